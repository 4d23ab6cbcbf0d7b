// What lies behind the points, made a few cells at a time: decoded samples, or the hole map.

import { rgb } from "./dom.js";

const TILE = 26; // CSS pixels of a decoded sample: smaller ones cannot be read
const FOG = 26; // cells of the hole map
const BATCH = 4;

export class Ground {
  constructor(codec, cloud, sketcher) {
    Object.assign(this, { codec, cloud, sketcher, mode: "none", pending: 0, picture: null });
    this.fog = rgb("#7b828c");
  }

  // Starts again over what the plane shows; until its cells are new the old picture stands in.
  restart(mode, view, width) {
    const before = mode === this.mode ? this.picture : null;
    const old = this.box;
    this.mode = mode;
    this.pending = 0;
    if (mode === "none" || !this.cloud.whole) return (this.picture = null);
    const most = mode === "holes" ? FOG : Math.min(16, Math.max(4, Math.round(width / TILE)));
    this.columns = most;
    this.rows = Math.max(1, Math.round((most * (view.y1 - view.y0)) / (view.x1 - view.x0)));
    if (this.cloud.line) this.rows = 1;
    this.box = { ...view };
    const [w, t] = mode === "holes" ? [1, 1] : [this.sketcher.width, this.sketcher.height];
    this.picture = document.createElement("canvas");
    [this.picture.width, this.picture.height] = [this.columns * w, this.rows * t];
    if (before) this.carry(before, old);
    this.order = spread(this.columns * this.rows);
    this.errors = new Float32Array(this.order.length);
    this.next = 0;
    this.refresh();
  }

  carry(before, old) {
    const { x0, x1, y0, y1 } = this.box;
    const across = (u) => ((u - x0) / (x1 - x0)) * this.picture.width;
    const down = (v) => ((y1 - v) / (y1 - y0)) * this.picture.height;
    const [left, top] = [across(old.x0), down(old.y1)];
    const context = this.picture.getContext("2d");
    context.drawImage(before, left, top, across(old.x1) - left, down(old.y0) - top);
  }

  // The weight moved: every cell is old; goes on where it was, so that none is left behind.
  refresh() {
    this.pending = this.picture ? this.order.length : 0;
  }

  work(deadline) {
    if (!this.pending) return false;
    do {
      const cells = [];
      while (cells.length < Math.min(BATCH, this.pending)) {
        cells.push(this.order[this.next]);
        this.next = (this.next + 1) % this.order.length;
      }
      this.pending -= cells.length;
      const { d } = this.cloud;
      const z = new Float32Array(cells.length * d);
      cells.forEach((cell, i) => z.set(this.cloud.lift(...this.centre(cell)), i * d));
      const x = this.codec.decode(z, cells.length);
      if (this.mode === "holes") this.measure(cells, z, x);
      else cells.forEach((cell, i) => this.tile(cell, x.subarray(i * this.codec.D)));
    } while (this.pending && performance.now() < deadline);
    if (this.mode === "holes") this.paint();
    return true;
  }

  centre(cell) {
    const { x0, x1, y0, y1 } = this.box;
    const column = cell % this.columns;
    const row = Math.floor(cell / this.columns);
    const u = x0 + ((column + 0.5) / this.columns) * (x1 - x0);
    return [u, y1 - ((row + 0.5) / this.rows) * (y1 - y0)];
  }

  tile(cell, x) {
    const { width, height } = this.sketcher;
    const own = (this.own ??= this.sketcher.prepare(document.createElement("canvas")));
    this.sketcher.ghost(own, x.subarray(0, this.codec.D));
    const left = (cell % this.columns) * width;
    const top = Math.floor(cell / this.columns) * height;
    const context = this.picture.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.clearRect(left, top, width, height);
    context.drawImage(own, left, top, width, height);
  }

  // ‖f(g(z)) − z‖ of some cells.
  measure(cells, z, x) {
    const again = this.codec.encode(x, cells.length);
    const { d } = this.cloud;
    cells.forEach((cell, i) => {
      let sum = 0;
      for (let j = i * d; j < (i + 1) * d; j++) sum += (again[j] - z[j]) ** 2;
      this.errors[cell] = Math.sqrt(sum);
    });
  }

  // Full fog is the 95 % quantile, but never less than 1 % of the width: rounding is no hole.
  paint() {
    const context = this.picture.getContext("2d");
    const image = context.createImageData(this.columns, this.rows);
    const sorted = this.errors.slice().sort();
    const limit = Math.max(sorted[Math.floor(0.95 * sorted.length)], 0.01 * (this.box.x1 - this.box.x0));
    this.limit = limit;
    this.errors.forEach((error, cell) => {
      image.data.set(this.fog, 4 * cell);
      image.data[4 * cell + 3] = 235 * Math.min(1, error / limit);
    });
    context.putImageData(image, 0, 0);
  }
}

// 0 … n − 1 in an order that covers the whole evenly from the start.
function spread(n) {
  let step = Math.max(1, Math.round(n * 0.618034));
  const shared = (a, b) => (b ? shared(b, a % b) : a);
  while (shared(n, step) !== 1) step++;
  return Array.from({ length: n }, (_, i) => (i * step) % n);
}
