// What a page shows, as files made in the browser: looping GIF, PNG strips, CSV.

import { select } from "./fields.js";
import { h } from "./dom.js";
import { encodeGif } from "./gif.js";
import { Printer } from "./printer.js";

// face: {props, data, table(n), subject(), timing() -> {frames, seconds, back, columns, across, gathered}};
// film(n) where what moves is something else than what lies side by side; gathered: points of a codec in one
// picture.
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
    const { columns, across, gathered } = this.face.timing();
    const rows = this.rows(columns);
    if (!rows.length) return;
    const pen = new Printer(this.face);
    const canvas = gathered ? pen.planes(rows) : pen.strips(rows, across ?? columns);
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
