// Frames as an animated GIF that loops for ever (GIF89a): up to 256 colours exactly, else the 256 most
// frequent and their neighbours.

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
  const all = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const colours = all.slice(0, MOST);
  const places = new Map(all.map((colour, i) => [colour, i < MOST ? i : nearest(colour, colours)]));
  return { colours, index: (colour) => places.get(colour & mask) };
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

function nearest(colour, colours) {
  const [r, g, b] = channels(colour);
  let best = Infinity;
  let found = 0;
  colours.forEach((other, i) => {
    const [x, y, z] = channels(other);
    const far = (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2;
    if (far < best) [best, found] = [far, i];
  });
  return found;
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
