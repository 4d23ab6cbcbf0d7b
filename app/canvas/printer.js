// Rows of samples as one picture on white paper; an image's pixels stay squares.

import { Sketcher } from "./images.js";
import { cross, spots } from "./spots.js";

const TILE = 112; // pixels of an image's longer side, at least
const GAP = 4;
const LABEL = 20; // pixels of a line of text
const ACROSS = 4; // codecs beside each other
const EDGE = 10; // pixels from a tile's corner to the middle of its mark
const [INK, PAPER, FRAME] = ["#000000", "#ffffff", "#c8ccd2"];

// rows: [{name, colour, x, n, holes}], holes: a 1 for every sample that is marked as one, or null.
export class Printer {
  constructor({ data, props }) {
    this.sketcher = new Sketcher(data, props.palette);
    this.own = this.sketcher.prepare(document.createElement("canvas"));
    const { width, height } = this.sketcher;
    const scale = data.kind === "image" ? Math.max(1, Math.round(TILE / Math.max(width, height))) : 1;
    Object.assign(this, { data, width: width * scale, height: height * scale });
    this.name = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  }

  paper(width, height) {
    const context = this.name;
    [context.canvas.width, context.canvas.height] = [width, height];
    context.fillStyle = PAPER;
    context.fillRect(0, 0, width, height);
    context.strokeStyle = FRAME;
    context.imageSmoothingEnabled = this.data.kind !== "image";
    return context;
  }

  // One frame of a GIF: a tile of every row, under its name where there are several.
  frame(rows, i) {
    const label = rows.length > 1 ? LABEL : 0;
    const across = Math.min(rows.length, ACROSS);
    const [w, high] = [this.width + (label && GAP), this.height + label];
    const context = this.paper(across * w, Math.ceil(rows.length / across) * high);
    rows.forEach((row, k) => {
      const [left, top] = [(k % across) * w, Math.floor(k / across) * high];
      if (label) write(context, row, left, top, w);
      this.tile(context, row, i, left, top + label);
    });
    return context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  }

  // Every row's steps beside each other, under its name.
  strips(rows, across) {
    const lines = Math.ceil(rows[0].n / across);
    const [w, up] = [this.width + GAP, this.height + GAP];
    const high = LABEL + lines * up;
    const context = this.paper(across * w + GAP, rows.length * high + GAP);
    rows.forEach((row, k) => {
      write(context, row, GAP, k * high, across * w);
      for (let i = 0; i < row.n; i++) {
        this.tile(context, row, i, GAP + (i % across) * w, k * high + LABEL + Math.floor(i / across) * up);
      }
    });
    return context.canvas;
  }

  // Points: all those of a row in one picture, beside the other rows'.
  planes(rows) {
    const across = Math.min(rows.length, ACROSS);
    const [wide, high] = [2 * this.width, 2 * this.height]; // as many pixels as are drawn
    const [w, up] = [wide + GAP, LABEL + high + GAP];
    const context = this.paper(across * w + GAP, Math.ceil(rows.length / across) * up + GAP);
    rows.forEach((row, k) => {
      const [left, top] = [GAP + (k % across) * w, Math.floor(k / across) * up];
      write(context, row, left, top, wide);
      const pen = this.own.getContext("2d");
      pen.clearRect(0, 0, this.width, this.height);
      this.sketcher.ground(pen);
      if (row.holes) spots(pen, this.sketcher, row.x, row.holes, row.colour, { ink: INK, paper: PAPER });
      else this.sketcher.dots(pen, row.x, row.colour, 1);
      context.drawImage(this.own, left, top + LABEL, wide, high);
      context.strokeRect(left + 0.5, top + LABEL + 0.5, wide - 1, high - 1);
    });
    return context.canvas;
  }

  tile(context, { x, colour, holes }, i, left, top) {
    const { D, kind } = this.data;
    const one = x.subarray(i * D, (i + 1) * D);
    this.sketcher.sample(this.own, one, colour && one, colour, kind === "points" ? x : null);
    context.drawImage(this.own, left, top, this.width, this.height);
    if (holes?.[i]) cross(context, left + this.width - EDGE, top + EDGE, INK, PAPER);
  }
}

// Black on white, so that grey images stay within 256 greys.
function write(context, { name }, left, top, width) {
  context.fillStyle = INK;
  context.font = "14px sans-serif";
  context.textBaseline = "middle";
  context.fillText(name, left + 2, top + LABEL / 2 + 1, width - 4);
}
