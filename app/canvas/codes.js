// Where one codec puts all samples: encoded a few at a time, so that a slider never waits.

import { mainPlane } from "./principal.js";

const CHUNK = 32;
const MOST_KEPT = 4e6; // values of first layers, 16 MB
const GLIDE = 0.3; // share of the way to its new code that a point moves in a frame

export class Cloud {
  constructor(codec, data) {
    Object.assign(this, { codec, data, n: data.n, d: codec.latentDim });
    this.z = new Float32Array(this.n * this.d);
    this.target = new Float32Array(2 * this.n);
    this.shown = new Float32Array(2 * this.n);
    const first = codec.header.encoder[0].out_shape.reduce((a, b) => a * b, 1);
    this.kept = codec.range && first * this.n <= MOST_KEPT ? [] : null; // by chunk: see `encode`
    this.row = 0;
    this.pending = this.n;
    this.whole = false; // every sample has been encoded at least once
    this.errors = null; // squared error of every sample, once colours ask for it
    this.dims = [0, 1];
    this.axes = "units";
    this.heights = rows(data);
    this.frame();
  }

  // Other samples lie behind the `first` ones, which keep their codes.
  grow(first) {
    const { data, d } = this;
    const from = Math.floor(first / CHUNK) * CHUNK;
    this.pending = this.pending ? data.n : data.n - from;
    Object.assign(this, { n: data.n, row: from, whole: false, heights: rows(data) });
    if (this.kept?.length > from / CHUNK) this.kept.length = from / CHUNK;
    for (const [name, width] of [["z", d], ["target", 2], ["shown", 2], ["errors", 1]]) {
      if (this[name]) this[name] = resized(this[name], width * data.n);
    }
  }

  get line() {
    return this.d === 1;
  }

  // The weight moved: every code is old.
  stale() {
    this.pending = this.n;
  }

  turn(dims, axes) {
    [this.dims, this.axes] = [dims.map((dim) => dim % this.d), this.d > 2 ? axes : "units"];
    if (this.d > 1 && this.dims[0] === this.dims[1]) this.dims = [0, 1];
    this.frame();
    this.project(0, this.n);
    this.measure();
  }

  // The code of a sample, where all are of the weight of the moment.
  codeOf(row) {
    return row < 0 || this.pending ? null : this.z.slice(row * this.d, (row + 1) * this.d);
  }

  // Encodes until `deadline` (performance.now()); true where something changed.
  work(deadline) {
    if (!this.pending) return false;
    do {
      const count = Math.min(CHUNK, this.n - this.row);
      const out = this.encode(count);
      if (this.errors) this.judge(this.row, count, out);
      this.project(this.row, this.row + count);
      this.pending = Math.max(0, this.pending - count);
      this.row = (this.row + count) % this.n;
    } while (this.pending && performance.now() < deadline);
    if (!this.pending) this.settle();
    return true;
  }

  // Codes of the next samples. What the first layer makes of them does not depend on the weight: kept.
  encode(count) {
    const out = this.z.subarray(this.row * this.d, (this.row + count) * this.d);
    const width = this.data.D;
    const x = this.data.x.subarray(this.row * width, (this.row + count) * width);
    if (!this.kept) return this.codec.encode(x, count, out);
    this.kept[this.row / CHUNK] ??= this.codec.prepare(x, count);
    return this.kept[this.row / CHUNK].encode(0, count, out);
  }

  // Colours need every sample's error: a decoder's work, so only on demand.
  wantErrors() {
    if (this.errors) return;
    this.errors = new Float32Array(this.n);
    this.stale();
  }

  judge(row, count, z) {
    const width = this.data.D;
    const xHat = this.codec.decode(z, count);
    for (let i = 0; i < count; i++) {
      this.errors[row + i] = squared(this.data.x, xHat, (row + i) * width, i * width, width);
    }
  }

  settle() {
    this.frame();
    this.project(0, this.n);
    this.measure();
    if (!this.whole) this.shown.set(this.target);
    this.whole = true;
  }

  // Moves every point towards its code; true while any still moves. `near`: plane units of a pixel.
  glide(near) {
    let far = 0;
    const { shown, target } = this;
    for (let i = 0; i < shown.length; i++) {
      const rest = target[i] - shown[i];
      shown[i] += GLIDE * rest;
      if (rest > far) far = rest;
      else if (-rest > far) far = -rest;
    }
    if (far > 0.3 * near) return true;
    if (far > 0) shown.set(target);
    return false;
  }

  // The plane's origin (d) and its two directions: z = origin + u · first + v · second; of principal
  // components their shares of all variance, too.
  frame() {
    const { d, n, z } = this;
    const mean = new Float64Array(d);
    for (let i = 0; i < n * d; i++) mean[i % d] += z[i] / n;
    this.origin = mean;
    if (d > 2 && this.axes === "pca") {
      return Object.assign(this, mainPlane(z, mean, n, d, this.shares && this.directions));
    }
    this.directions = this.dims.map((dim) => {
      const axis = new Float64Array(d);
      axis[dim % d] = 1;
      return axis;
    });
    for (const dim of this.dims) mean[dim % d] = 0; // the plane's numbers are the units' own
    this.shares = null;
  }

  project(from, to) {
    for (let i = from; i < to; i++) {
      const [u, v] = this.flat(this.z, i * this.d, i);
      this.target[2 * i] = u;
      this.target[2 * i + 1] = v;
    }
  }

  // A code (at `offset` of z) -> its place in the plane. row: whose height on a line, -1 for none.
  flat(z, offset = 0, row = -1) {
    if (this.line) return [z[offset], row < 0 ? 0.5 : this.heights[row]];
    let [u, v] = [0, 0];
    const [first, second] = this.directions;
    for (let j = 0; j < this.d; j++) {
      const centred = z[offset + j] - this.origin[j];
      u += centred * first[j];
      v += centred * second[j];
    }
    return [u, v];
  }

  // A place in the plane -> the code there: (d).
  lift(u, v) {
    if (this.line) return Float32Array.of(u);
    const [first, second] = this.directions;
    return Float32Array.from(this.origin, (o, j) => o + u * first[j] + v * second[j]);
  }

  // The box around all codes.
  measure() {
    const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
    for (let i = 0; i < this.n; i++) {
      const [u, v] = [this.target[2 * i], this.target[2 * i + 1]];
      if (u < box.x0) box.x0 = u;
      if (u > box.x1) box.x1 = u;
      if (v < box.y0) box.y0 = v;
      if (v > box.y1) box.y1 = v;
    }
    if (this.line) Object.assign(box, { y0: 0, y1: 1 });
    this.box = box;
  }
}

function resized(values, length) {
  const found = new Float32Array(length);
  found.set(values.subarray(0, length));
  return found;
}

// Where a codec puts points of the plane: what it has learned of them; null for other data.
export function curveOf(codec, { kind, cloud }) {
  if (kind !== "points") return null;
  const n = cloud.length / 2;
  return codec.decode(codec.encode(cloud, n), n);
}

// ‖x − x̂‖² of `width` values from two offsets.
export function squared(x, xHat, from = 0, other = 0, width = x.length) {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += (xHat[other + i] - x[from + i]) ** 2;
  return sum;
}

// Heights of samples on a line: a row per class, and within it a place that means nothing.
function rows(data) {
  const most = data.labels ? data.labels.reduce((a, b) => Math.max(a, b), 0) + 1 : 1;
  return Float32Array.from({ length: data.n }, (_, i) => {
    const label = Math.max(0, data.labels?.[i] ?? 0);
    return (label + 0.2 + 0.6 * ((i * 0.618034) % 1)) / most;
  });
}
