// Samples side by side in one canvas: steps of a way, or draws.

import { fit, h } from "./dom.js";
import { Sketcher } from "./images.js";
import { cross } from "./spots.js";

const GAP = 2; // CSS pixels between two tiles, unless said
const STORED = 8; // tiles in a row of the store; without gaps it is the picture itself
const NARROW = 420; // CSS pixels
const WIDE = 336; // CSS pixels of a mosaic at most
const COARSE = 5; // cells abreast up to which lines are wide enough as they are
const SMALL = [84, 56]; // a series in a tile, in the drawing's own units

// A sketcher for tiles: lines keep their width in a picture of a few pixels.
export function tileSketcher(data, palette) {
  const small = new Sketcher(data, palette);
  if (data.kind === "series") [small.width, small.height] = SMALL;
  return small;
}

export class Tiles {
  // across: tiles in a row, 0 for all in one; colour of lines, null for grey
  constructor(sketcher, label, { across = 0, colour = null, chosen = null, gap = GAP } = {}) {
    Object.assign(this, { sketcher, across, colour, gap, n: 0, state: "" });
    this.own = sketcher.prepare(document.createElement("canvas"));
    this.source = document.createElement("canvas");
    this.canvas = h("canvas", { class: "bnc-tiles", role: "img", "aria-label": label,
      onclick: chosen && ((event) => chosen(this.at(event.offsetX, event.offsetY))) });
  }

  resize(n) {
    if (n === this.n) return;
    this.n = n;
    if (!this.gap && this.sketcher.data.kind === "series") this.refine();
    this.abreast = this.gap ? STORED : this.across;
    this.source.width = this.abreast * this.own.width;
    this.source.height = Math.ceil(n / this.abreast) * this.own.height;
    this.columns = 0;
  }

  // Curves are stored as large as a mosaic shows them, in lines of a pixel: scaled down they would break.
  refine() {
    const { sketcher, across } = this;
    sketcher.ratio = Math.min(2, (WIDE * Math.min(window.devicePixelRatio || 1, 2)) / (across * sketcher.width));
    sketcher.pen = Math.max(1, across / COARSE);
    this.own = sketcher.prepare(document.createElement("canvas"));
  }

  // How many stand in a row: on a phone a long row becomes two.
  layout() {
    const narrow = !this.across && this.n > 7 && this.canvas.clientWidth < NARROW;
    const columns = narrow ? Math.ceil(this.n / 2) : Math.min(this.across || this.n, this.n);
    if (columns === this.columns) return;
    Object.assign(this, { columns, rows: Math.ceil(this.n / columns), state: "" });
    this.canvas.style.aspectRatio = `${columns * this.own.width} / ${this.rows * this.own.height}`;
    this.canvas.style.setProperty("--columns", columns);
  }

  put(i, x) {
    this.sketcher.sample(this.own, x, this.colour ? x : null, this.colour);
    const context = this.source.getContext("2d");
    const [left, top, width, height] = this.stored(i);
    context.clearRect(left, top, width, height);
    context.drawImage(this.own, left, top);
    this.state = "";
  }

  stored(i) {
    const { width, height } = this.own;
    return [(i % this.abreast) * width, Math.floor(i / this.abreast) * height, width, height];
  }

  // The tile under a place in CSS pixels.
  at(left, top) {
    const { clientWidth, clientHeight } = this.canvas;
    const column = Math.min(this.columns - 1, Math.floor((left / clientWidth) * this.columns));
    return Math.min(this.n - 1, Math.floor((top / clientHeight) * this.rows) * this.columns + column);
  }

  // current: the tile with a frame, or -1; crossed: a 1 for tiles with a cross, or null.
  draw({ current = -1, crossed = null }, colour, ink, paper) {
    if (!this.n || !this.canvas.clientWidth) return;
    this.layout();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const state = String([current, crossed, ink, paper]);
    if (!fit(this.canvas, width, height) && state === this.state) return;
    this.state = state;
    const context = this.canvas.getContext("2d");
    const ratio = this.canvas.width / width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingQuality = "high"; // else smaller ones would leave pixels out
    context.imageSmoothingEnabled = this.sketcher.data.kind !== "image";
    const [w, up] = [width / this.columns, height / this.rows];
    const boxOf = (i) => {
      const [column, row] = [i % this.columns, Math.floor(i / this.columns)];
      return [column * w + this.gap / 2, row * up + this.gap / 2, w - this.gap, up - this.gap];
    };
    if (!this.gap) context.drawImage(this.source, 0, 0, width, height); // hundreds of tiles at once
    for (let i = 0; this.gap && i < this.n; i++) {
      const box = boxOf(i);
      context.drawImage(this.source, ...this.stored(i), ...box);
      if (crossed?.[i]) cross(context, box[0] + box[2] - 8, box[1] + 8, ink, paper);
    }
    if (current >= 0 && current < this.n) frame(context, boxOf(current), colour, paper);
  }
}

function frame(context, [left, top, width, height], colour, paper) {
  for (const [stroke, line] of [[paper, 5], [colour, 3]]) {
    context.strokeStyle = stroke;
    context.lineWidth = line;
    context.strokeRect(left + 1, top + 1, width - 2, height - 2);
  }
}
