// A hand that draws a sample, or damages one: strokes with undo, centred and scaled as the data was.

const INK = 0.075; // radius of the pen, as a share of the pad
const FINE = 160; // pixels along the pad on which strokes are drawn before they are scaled down

export class Strokes {
  constructor() {
    this.all = [];
  }

  begin(tool, x, y) {
    this.all.push({ tool, path: [[x, y]] });
  }

  extend(x, y) {
    this.all.at(-1)?.path.push([x, y]); // undone meanwhile
  }

  undo() {
    this.all.pop();
  }

  clear() {
    this.all = [];
  }

  has(tool) {
    return this.all.some((stroke) => stroke.tool === tool);
  }

  // Pen strokes in white on black, as the reader drew them.
  draw(canvas) {
    const context = canvas.getContext("2d");
    const side = canvas.width;
    context.fillStyle = "#000";
    context.fillRect(0, 0, side, canvas.height);
    context.strokeStyle = "#fff";
    context.lineWidth = 2 * INK * side;
    context.lineCap = context.lineJoin = "round";
    for (const { tool, path } of this.all) {
      if (tool !== "pen") continue;
      context.beginPath();
      for (const [x, y] of path) context.lineTo(x * side, y * side);
      if (path.length === 1) context.lineTo(path[0][0] * side + 0.1, path[0][1] * side);
      context.stroke();
    }
  }

  // The drawing as a sample of height × width values in [0, 1]. norm: how the data was made.
  sample(height, width, norm) {
    const pad = document.createElement("canvas");
    pad.width = pad.height = FINE;
    this.draw(pad);
    const box = bounds(pad);
    const whole = { left: 0, top: 0, size: FINE };
    if (!box || !norm) return shrunk(pad, whole, width, height, [0, 0, width, height]);
    if (norm === "digits") return shrunk(pad, box, width, height, fitted(box, width, height, 0));
    // MNIST: the longer side becomes 20 of 28 pixels, then the centre of mass moves to the middle.
    const edge = (4 / 28) * width;
    const first = shrunk(pad, box, width, height, fitted(box, width, height, edge));
    const [dx, dy] = mass(first, width, height);
    const [left, top, w, h] = fitted(box, width, height, edge);
    return shrunk(pad, box, width, height, [left + Math.round(dx), top + Math.round(dy), w, h]);
  }

  // Damage by the brush on an array: white or black wherever it went.
  damage(x, height, width, low, high) {
    const reach = Math.max(0.75, 0.06 * width);
    for (const { tool, path } of this.all) {
      if (tool === "pen") continue;
      const value = tool === "white" ? high : low;
      for (const [px, py] of dense(path, width)) {
        for (let row = 0; row < height; row++) {
          for (let column = 0; column < width; column++) {
            const far = Math.hypot(column + 0.5 - px * width, row + 0.5 - py * height);
            if (far <= reach) x[row * width + column] = value;
          }
        }
      }
    }
  }
}

// Points of a path no further apart than half a pixel of the sample.
function dense(path, width) {
  const found = [path[0]];
  for (let i = 1; i < path.length; i++) {
    const [[x0, y0], [x1, y1]] = [path[i - 1], path[i]];
    const steps = Math.ceil(Math.hypot(x1 - x0, y1 - y0) * width * 2) || 1;
    for (let k = 1; k <= steps; k++) found.push([x0 + ((x1 - x0) * k) / steps, y0 + ((y1 - y0) * k) / steps]);
  }
  return found;
}

function bounds(pad) {
  const { data } = pad.getContext("2d").getImageData(0, 0, FINE, FINE);
  let [left, top, right, bottom] = [FINE, FINE, -1, -1];
  for (let i = 0; i < FINE * FINE; i++) {
    if (data[4 * i] < 128) continue;
    const [x, y] = [i % FINE, Math.floor(i / FINE)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  }
  if (right < 0) return null;
  return { left, top, wide: right - left + 1, high: bottom - top + 1 };
}

// Where the box lands in the sample: its longer side fills all but the edge, in proportion.
function fitted({ wide, high }, width, height, edge) {
  const scale = Math.min((width - 2 * edge) / wide, (height - 2 * edge) / high);
  const [w, h] = [wide * scale, high * scale];
  return [(width - w) / 2, (height - h) / 2, w, h];
}

// Area averages by way of a canvas eight times as fine as the sample.
function shrunk(pad, { left, top, wide, high, size }, width, height, [x, y, w, h]) {
  const times = 8;
  const fine = document.createElement("canvas");
  [fine.width, fine.height] = [width * times, height * times];
  const context = fine.getContext("2d");
  context.drawImage(pad, left, top, wide ?? size, high ?? size, x * times, y * times, w * times, h * times);
  const { data } = context.getImageData(0, 0, fine.width, fine.height);
  const found = new Float32Array(width * height);
  for (let i = 0; i < fine.width * fine.height; i++) {
    const [column, row] = [Math.floor((i % fine.width) / times), Math.floor(i / fine.width / times)];
    found[row * width + column] += data[4 * i] / 255 / times ** 2;
  }
  return found;
}

// How far the centre of mass lies from the middle, to be moved by.
function mass(x, width, height) {
  let [sum, across, down] = [1e-9, 0, 0];
  x.forEach((value, i) => {
    sum += value;
    across += value * ((i % width) + 0.5);
    down += value * (Math.floor(i / width) + 0.5);
  });
  return [width / 2 - across / sum, height / 2 - down / sum];
}
