// One layer of a network: y = φ(g(s) ⊙ (W x + b) + c(s)), dense, convolution or its transpose;
// a residual one, a convolution that keeps the size, adds x.
// Gates are never folded into W: they scale what comes out, so a new weight costs next to nothing.
// Some have ramps instead, y = φ(W(s) x + b(s)): a W that moves is summed anew where it lies.

import { PANEL, padded } from "./kernels.js";

// Where the values of one sample lie. Images are kept pixel by pixel, `stride` channels each.
export const same = i => i;
const flat = size => ({ size, row: padded(size), place: same });
function image([channels, height, width], stride) {
  const pixels = height * width;
  const packed = channels === 1 && stride === 1;
  const place = packed ? same : i => (i % pixels) * stride + Math.floor(i / pixels);
  return { size: channels * pixels, row: pixels * stride, stride, place };
}
// What comes in, a sample or a code, is packed; between layers channels are padded.
export const firstLayout = ({ kind, in_shape: shape }) => (kind === "dense" ? flat(shape[0]) : image(shape, shape[0]));

// log g and c are cubic in s, the place on the slider: coefficients (4, 2 n). The only place here
// that knows the gate's form.
function gateAt(coefficients, n, s, i) {
  let logGain = 0, shift = 0;
  for (let power = 3; power >= 0; power--) {
    logGain = logGain * s + coefficients[power * 2 * n + i];
    shift = shift * s + coefficients[power * 2 * n + n + i];
  }
  return [Math.exp(logGain), shift];
}

// into[at + i] = values[i] + what ramps add to it at s: 3 arrays as long, one after another. The only
// place here that knows their form.
function raise(into, at, values, added, rise, s) {
  const [r0, r1, r2] = [0, 1, 2].map(k => rise * Math.min(Math.max(1.5 * (s + 1) - k, 0), 1)), n = values.length;
  for (let i = 0; i < n; i++) into[at + i] = values[i] + r0 * added[i] + r1 * added[n + i] + r2 * added[2 * n + i];
}

export class Layer {
  // spec: the file's entry; into: the layout of its input; asImage: whether an image follows.
  constructor(spec, arrays, into, asImage) {
    Object.assign(this, { spec, into, activation: spec.activation });
    this.weight = arrays[spec.weight];
    this.bias = arrays[spec.bias];
    this.gate = spec.gate === null ? null : arrays[spec.gate];
    const { ramps } = spec;
    this.ramps = ramps && {
      weight: ramps.weight === null ? null : arrays[ramps.weight], // of a large layer b alone moves
      bias: arrays[ramps.bias],
      rise: ramps.rise,
    };
    const { kind, out_shape: shape } = spec;
    this.conv = kind === "conv" || kind === "residual";
    [this.side, this.pace] = kind === "residual" ? [3, 1] : [4, 2]; // of the kernel, from place to place
    this.taps = this.side ** 2;
    if (kind === "dense") this.out = asImage ? image(asImage, padded(asImage[0])) : flat(shape[0]);
    else this.out = image(shape, this.conv || (shape[1] * shape[2]) % PANEL ? padded(shape[0]) : shape[0]);
    this.plan();
  }

  // k: values per row of the product; columns: of its result; rows: per sample.
  plan() {
    const { kind, in_shape: into, out_shape: out } = this.spec;
    if (kind === "dense") Object.assign(this, { k: this.into.row, columns: this.out.row, rows: 1 });
    else if (this.conv)
      Object.assign(this, { k: this.taps * this.into.stride, columns: padded(out[0]), rows: out[1] * out[2] });
    else Object.assign(this, { k: this.into.stride, columns: padded(this.taps * out[0]), rows: into[1] * into[2] });
    this.width = this.conv ? this.columns : this.out.row; // of a row of gains
    this.scratch = this.conv ? this.rows * this.k : kind === "upconv" ? this.rows * this.columns : 0;
    this.floats = this.k * this.columns + 2 * this.width;
  }

  // Lay weights out at `at`, in panels; returns the first place behind.
  place(kernels, at) {
    this.kernels = kernels;
    this.w = at;
    this.gain = at + this.k * this.columns;
    this.shift = this.gain + this.width;
    const { f } = kernels, { k, weight } = this;
    const place = (row, column) => at + (column - (column % PANEL)) * k + row * PANEL + (column % PANEL);
    const { kind, in_shape: into, out_shape: out } = this.spec;
    if (kind === "dense") {
      if (this.ramps?.weight) this.layRamps();
      else this.placeDense(weight, f, at);
    } else {
      // (channels of W's first axis, of its second, tap) -> row and column of the product.
      const { conv, taps } = this, [first, second] = conv ? [out[0], into[0]] : [into[0], out[0]];
      for (let a = 0, i = 0; a < first; a++) for (let b = 0; b < second; b++) for (let tap = 0; tap < taps; tap++)
        f[conv ? place(tap * this.into.stride + b, a) : place(a, tap * second + b)] = weight[i++];
    }
    this.turnTo(0);
    return at + this.floats;
  }

  // A million weights: no closure in the inner loop.
  placeDense(weight, into, start) {
    const [outs] = this.spec.out_shape, [ins] = this.spec.in_shape, { k } = this;
    const steps = Int32Array.from({ length: ins }, (_, j) => this.into.place(j) * PANEL);
    for (let o = 0, i = 0; o < outs; o++) {
      const column = this.out.place(o), at = start + (column - (column % PANEL)) * k + (column % PANEL);
      for (let j = 0; j < ins; j++) into[at + steps[j]] = weight[i++];
    }
  }

  // W and its three ramps in panels, so that `turnTo` walks straight through them.
  layRamps() {
    const { weight, ramps, k, columns } = this, n = weight.length, size = k * columns;
    const [values, added] = [new Float32Array(size), new Float32Array(3 * size)];
    this.placeDense(weight, values, 0);
    for (let r = 0; r < 3; r++) this.placeDense(ramps.weight.subarray(r * n, (r + 1) * n), added, r * size);
    this.laid = { values, added };
  }

  // Gains and shifts at s: g W x + (g b + c).
  turnTo(s) {
    const { f } = this.kernels, { gate, gain, shift, ramps } = this, n = this.bias.length;
    const bias = ramps ? new Float32Array(n) : this.bias;
    if (ramps) raise(bias, 0, this.bias, ramps.bias, ramps.rise, s);
    if (this.laid) raise(f, this.w, this.laid.values, this.laid.added, ramps.rise, s);
    const dense = this.spec.kind === "dense", stride = this.out.stride;
    for (let i = 0; i < n; i++) {
      const [g, c] = gate ? gateAt(gate, n, s, i) : [1, 0];
      const first = dense ? this.out.place(i) : i;
      const step = dense ? this.width : stride;
      for (let j = first; j < this.width; j += step) {
        f[gain + j] = g;
        f[shift + j] = g * bias[i] + c;
      }
    }
  }

  // W x of n samples at x -> y; `spare` is room for the columns of a convolution.
  multiply(x, n, y, spare) {
    const { kind } = this.spec, { kernels, rows, k, columns, w } = this, panels = columns / PANEL;
    if (kind === "dense") kernels.dense(x, this.into.row, n, w, k, y, columns, panels);
    else if (this.conv) {
      for (let i = 0; i < n; i++) this.gather(x + i * this.into.row, spare + i * this.scratch);
      kernels.dense(spare, k, n * rows, w, k, y, columns, panels);
    } else {
      kernels.dense(x, k, n * rows, w, k, spare, columns, panels);
      for (let i = 0; i < n; i++) this.scatter(spare + i * this.scratch, y + i * this.out.row);
    }
  }

  finish(y, n, activation = this.activation) {
    const rows = this.conv ? n * this.rows : n;
    this.kernels.finish(y, rows, this.width, this.gain, this.shift, activation);
  }

  // y += x where the layer is residual: n samples at x, their results at y.
  add(x, n, y) {
    if (this.spec.kind !== "residual") return;
    const { f } = this.kernels, { into, out } = this, [channels] = this.spec.out_shape;
    for (let i = 0; i < n; i++) for (let p = 0; p < this.rows; p++) {
      const from = x + i * into.row + p * into.stride, to = y + i * out.row + p * out.stride;
      for (let c = 0; c < channels; c++) f[to + c] += f[from + c];
    }
  }

  // The neighbourhood of every second pixel, 4 × 4, one row each; of every pixel, 3 × 3, in a residual layer.
  gather(x, at) {
    const { f } = this.kernels, [, height, width] = this.spec.in_shape, [, high, wide] = this.spec.out_shape;
    const { side, pace } = this, { stride } = this.into, run = side * stride; // pixels side by side
    for (let v = 0; v < high; v++) for (let u = 0; u < wide; u++)
      for (let row = pace * v - 1; row < pace * v - 1 + side; row++, at += run) {
        const left = Math.max(0, 1 - pace * u), right = Math.min(side, width - pace * u + 1);
        const from = x + (row * width + pace * u - 1) * stride;
        const outside = row < 0 || row >= height;
        if (outside || left || right < side) f.fill(0, at, at + run);
        if (outside) continue;
        if (stride >= PANEL) f.copyWithin(at + left * stride, from + left * stride, from + right * stride);
        else for (let c = left * stride; c < right * stride; c++) f[at + c] = f[from + c];
      }
  }

  // Adds one row of `gather` back to the pixels it came from.
  spread(values, row, x) {
    const [, height, width] = this.spec.in_shape, wide = this.spec.out_shape[2], { stride } = this.into;
    const { side, pace } = this;
    for (let tap = 0; tap < this.taps; tap++) {
      const v = pace * Math.floor(row / wide) - 1 + Math.floor(tap / side);
      const u = pace * (row % wide) - 1 + (tap % side);
      if (v < 0 || v >= height || u < 0 || u >= width) continue;
      for (let c = 0; c < stride; c++) x[(v * width + u) * stride + c] += values[tap * stride + c];
    }
  }

  // Every input pixel adds its 4 × 4 patch to the output.
  scatter(from, y) {
    const { f } = this.kernels, [, height, width] = this.spec.in_shape, [channels, high, wide] = this.spec.out_shape;
    const { stride } = this.out;
    f.fill(0, y, y + this.out.row);
    for (let v = 0; v < height; v++) for (let u = 0; u < width; u++, from += this.columns)
      for (let tap = 0; tap < 16; tap++) {
        const row = 2 * v - 1 + (tap >> 2), column = 2 * u - 1 + (tap & 3);
        if (row < 0 || row >= high || column < 0 || column >= wide) continue;
        const at = y + (row * wide + column) * stride, patch = from + tap * channels;
        for (let c = 0; c < channels; c++) f[at + c] += f[patch + c];
      }
  }
}
