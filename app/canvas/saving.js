// What a page shows, as files made in the browser: looping GIF, PNG strips, CSV.

import { select } from "./fields.js";
import { h } from "./dom.js";
import { encodeGif } from "./gif.js";
import { Sketcher } from "./images.js";

const TILE = 112; // pixels of an image's longer side, at least
const GAP = 4;
const LABEL = 20; // pixels of a line of text
const ACROSS = 4; // codecs beside each other in a GIF

// face: {props, data, table(n), subject(), timing() -> {frames, seconds, back, columns, across}}; film(n)
// where what moves is something else than what lies side by side.
export class Saver {
  constructor(face) {
    Object.assign(this, { face, chosen: "all" });
    const { text, codecs } = face.props;
    const options = [["all", text.allCodecs], ...codecs.map(({ id, name }) => [id, name])];
    this.select = select(text.save, text.saveHelp, options, (id) => (this.chosen = id));
    const button = (word, help, save) =>
      h("button", { type: "button", title: help, onclick: () => save() }, word);
    this.root = h("div", { class: "bnc-saver" }, this.select.root,
      button("GIF", text.gifHelp, () => this.gif()),
      button("PNG", text.pngHelp, () => this.png()),
      button("CSV", text.csvHelp, () => this.csv()));
  }

  // Empty as long as nothing is computed: then there is no file.
  rows(n, all = this.face.table(n)) {
    return this.chosen === "all" ? all : all.filter(({ id }) => id === this.chosen);
  }

  name(ending) {
    const { data, latentDim } = this.face.props;
    return [this.chosen, data.name, `d${latentDim}`, this.face.subject()].join("-") + ending;
  }

  gif() {
    const { frames, seconds, back } = this.face.timing();
    const rows = this.rows(frames, this.face.film?.(frames));
    if (!rows.length) return;
    const pen = new Printer(this.face);
    const made = Array.from({ length: frames }, (_, i) => pen.frame(rows, i));
    const { width, height } = made[0];
    const order = [...made.keys(), ...(back ? [...made.keys()].slice(1, -1).reverse() : [])];
    const delay = Math.max(2, Math.round((100 * seconds) / (frames - 1)));
    const bytes = encodeGif(made.map(({ data }) => data), width, height, delay, order);
    save(this.name(".gif"), new Blob([bytes], { type: "image/gif" }));
  }

  png() {
    const { columns, across } = this.face.timing();
    const rows = this.rows(columns);
    if (!rows.length) return;
    const canvas = new Printer(this.face).strips(rows, across ?? columns);
    canvas.toBlob((blob) => save(this.name(".png"), blob), "image/png");
  }

  // A row per step: whose it is, its place, its code, its values.
  csv() {
    const rows = this.rows(this.face.timing().columns);
    if (!rows.length) return;
    const { latentDim: d } = this.face.props;
    const { D } = this.face.data;
    const more = Object.keys(rows[0].columns);
    const numbered = (letter, count) => Array.from({ length: count }, (_, i) => letter + (i + 1));
    const lines = [["codec", "step", ...more, ...numbered("z", d), ...numbered("x", D)]];
    for (const { id, z, x, n, columns } of rows) {
      for (let i = 0; i < n; i++) {
        const code = z ? z.subarray(i * d, (i + 1) * d) : Array(d).fill("");
        const own = more.map((name) => columns[name](i));
        lines.push([id || "blend", i + 1, ...own, ...code, ...x.subarray(i * D, (i + 1) * D)]);
      }
    }
    saveTable(this.name(".csv"), lines);
  }
}

// A page's buttons alone, where nothing else stands with them.
export function filesCard(face) {
  const { files } = face.props.text;
  return h("section", { class: "bnc-card bnc-sheet", "aria-label": files },
    h("div", { class: "bnc-head" }, h("h4", {}, files), new Saver(face).root));
}

const plain = (value) => (typeof value === "number" ? Number(value.toPrecision(7)) : value);

// lines: of numbers and words, the first one of names; as CSV
export function saveTable(name, lines) {
  const text = lines.map((line) => line.map(plain).join(",")).join("\n") + "\n";
  save(name, new Blob([text], { type: "text/csv" }));
}

export function save(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it meanwhile
}

// Draws rows of samples on white; an image's pixels stay squares.
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
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
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

  tile(context, { x, colour }, i, left, top) {
    const { D, kind } = this.data;
    const one = x.subarray(i * D, (i + 1) * D);
    this.sketcher.sample(this.own, one, colour && one, colour, kind === "points" ? x : null);
    context.drawImage(this.own, left, top, this.width, this.height);
  }
}

// Black on white, so that grey images stay within 256 greys.
function write(context, { name }, left, top, width) {
  context.fillStyle = "#000";
  context.font = "14px sans-serif";
  context.textBaseline = "middle";
  context.fillText(name, left + 2, top + LABEL / 2 + 1, width - 4);
}
