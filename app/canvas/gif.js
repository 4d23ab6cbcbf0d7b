// Frames as an animated GIF that loops for ever (GIF89a): up to 256 colours exactly, else the
// means of 256 boxes (the widest box of colours is halved until there are as many).

const MOST = 256;
const MANY = 4096; // distinct colours beyond which only five bits of each channel are told apart

// frames: arrays of RGBA bytes, opaque; order: the frames in the order they are played; delay: 1/100 s.
// -> bytes of the file
export function encodeGif(frames, width, height, delay, order = [...frames.keys()]) {
  const views = frames.map((frame) => new Uint32Array(frame.buffer, frame.byteOffset, width * height));
  const { colours, index } = palette(views);
  const bits = Math.max(2, Math.ceil(Math.log2(Math.max(2, colours.length))));
  const parts = [header(width, height, bits), table(colours, 1 << bits), LOOP];
  const made = views.map((view) => compressed(indexed(view, index), bits));
  for (const i of order) parts.push(control(delay), place(width, height), made[i]);
  parts.push(Uint8Array.of(0x3b));
  return joined(parts);
}

const words = (...values) => values.flatMap((value) => [value & 255, value >> 8]);
const ascii = (text) => [...text].map((one) => one.charCodeAt(0));
const LOOP = Uint8Array.from([0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0]);
const header = (width, height, bits) =>
  Uint8Array.from([...ascii("GIF89a"), ...words(width, height), 0xf0 | (bits - 1), 0, 0]);
const control = (delay) => Uint8Array.from([0x21, 0xf9, 4, 4, ...words(delay), 0, 0]);
const place = (width, height) => Uint8Array.from([0x2c, 0, 0, 0, 0, ...words(width, height), 0]);

function table(colours, size) {
  const made = new Uint8Array(3 * size);
  colours.forEach((colour, i) => made.set(channels(colour), 3 * i));
  return made;
}

const channels = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255]; // little-endian RGBA

// The colours of the file, and the place of every colour of the frames among them.
function palette(views) {
  let mask = 0xffffff;
  let counts = counted(views, mask);
  if (counts.size > MANY) counts = counted(views, (mask = 0xf8f8f8));
  const boxes = [box([...counts.keys()])];
  while (boxes.length < Math.min(MOST, counts.size)) { // the widest box is halved
    const widest = boxes.reduce((best, one, i) => (one.width > boxes[best].width ? i : best), 0);
    const { all, axis, middle } = boxes[widest];
    const low = all.filter((colour) => channels(colour)[axis] <= middle);
    const high = all.filter((colour) => channels(colour)[axis] > middle);
    boxes.splice(widest, 1, box(low), box(high));
  }
  const places = new Map();
  boxes.forEach(({ all }, i) => all.forEach((colour) => places.set(colour, i)));
  return { colours: boxes.map(({ all }) => mean(all, counts)), index: (colour) => places.get(colour & mask) };
}

// Colours and the channel in which they differ most.
function box(all) {
  const spans = [0, 1, 2].map((axis) => {
    let [low, high] = [255, 0];
    for (const colour of all) {
      const value = channels(colour)[axis];
      [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    return { axis, width: high - low, middle: (low + high) / 2 };
  });
  return { all, ...spans.reduce((a, b) => (b.width > a.width ? b : a)) };
}

// A colour by its bytes, as `channels` takes it apart.
function mean(all, counts) {
  const total = all.reduce((sum, colour) => sum + counts.get(colour), 0);
  const [r, g, b] = [0, 1, 2].map((axis) =>
    Math.round(all.reduce((sum, colour) => sum + counts.get(colour) * channels(colour)[axis], 0) / total));
  return r | (g << 8) | (b << 16);
}

function counted(views, mask) {
  const counts = new Map();
  for (const view of views) {
    for (let i = 0; i < view.length;) { // run by run: enlarged pixels are many of one colour
      const start = i;
      const colour = view[i] & mask;
      while (i < view.length && (view[i] & mask) === colour) i++;
      counts.set(colour, (counts.get(colour) ?? 0) + i - start);
    }
  }
  return counts;
}

function indexed(view, index) {
  const made = new Uint8Array(view.length);
  let [before, place] = [-1, 0];
  for (let i = 0; i < view.length; i++) {
    if (view[i] !== before) [before, place] = [view[i], index(view[i])];
    made[i] = place;
  }
  return made;
}

// LZW with codes that grow from bits + 1 to 12 bits; the table starts again when it is full.
function compressed(values, bits) {
  const [clear, end] = [1 << bits, (1 << bits) + 1];
  const out = new Packer(bits);
  const known = new Int32Array(MANY << 8); // (code, next value) -> its own code, with the table's number
  let [age, next, size, prefix] = [1, end + 1, bits + 1, values[0]];
  out.write(clear, size);
  for (let i = 1; i < values.length; i++) {
    const key = (prefix << 8) | values[i];
    if (known[key] >> 12 === age) {
      prefix = known[key] & 4095;
      continue;
    }
    out.write(prefix, size);
    prefix = values[i];
    if (next === MANY) {
      out.write(clear, size);
      [age, next, size] = [age + 1, end + 1, bits + 1];
    } else {
      if (next === 1 << size) size++;
      known[key] = (age << 12) | next++;
    }
  }
  out.write(prefix, size);
  out.write(end, size);
  return out.close();
}

// Codes of any size, lowest bit first, in blocks of 255 bytes.
class Packer {
  constructor(bits) {
    this.blocks = [Uint8Array.of(bits)];
    this.block = [];
    this.rest = this.held = 0;
  }

  write(code, size) {
    this.rest |= code << this.held;
    for (this.held += size; this.held >= 8; this.held -= 8) {
      this.push(this.rest & 255);
      this.rest >>= 8;
    }
  }

  push(byte) {
    this.block.push(byte);
    if (this.block.length === 255) this.flush();
  }

  flush() {
    if (this.block.length) this.blocks.push(Uint8Array.from([this.block.length, ...this.block]));
    this.block = [];
  }

  close() {
    if (this.held) this.push(this.rest & 255);
    this.flush();
    this.blocks.push(Uint8Array.of(0));
    return joined(this.blocks);
  }
}

function joined(parts) {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
