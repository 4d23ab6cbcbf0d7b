// Several test samples under the same noise: a strip for everybody who repairs, a column for each sample.

import { heading } from "./cards.js";
import { LINEAR, MEDIAN, NOISY } from "./crew.js";
import { fill, h, put, say, tell } from "./dom.js";
import { field } from "./fields.js";
import { Printer } from "./printer.js";
import { BEST, decibels } from "./repaircard.js";
import { damaged, meanSquare, psnr } from "./repair.js";
import { save, saveTable } from "./saving.js";
import { tileSketcher } from "./tiles.js";

const CLEAN = "clean";

export class Lineup {
  constructor(bench) {
    const { props, data, crew } = bench;
    const { text, codecs } = props;
    Object.assign(this, { bench, crew, props, data, next: 0 });
    this.samples = props.shown.map((id) => {
      const row = data.ids.indexOf(id);
      return { id, row, x: data.x.subarray(row * data.D, (row + 1) * data.D) };
    });
    const sketcher = tileSketcher(data, props.palette);
    this.rows = [
      { id: CLEAN, name: text.clean }, { id: NOISY, name: text.damagedRow },
      { id: MEDIAN, name: text.median }, { id: LINEAR, name: text.linear },
      ...codecs.map(({ id, name, colour }) => ({ id, name, colour })),
    ].map((row) => this.strip(row, sketcher));
    const [clean, ...repairs] = this.rows.map((row) => row.root);
    const tools = h("div", { class: "bnc-tools" }, h("h4", {}, text.lineup), h("p", { class: "bnc-code" }, text.lineupHelp),
      this.chooser(), this.files());
    this.root = h("section", { class: "bnc-card bnc-lineup", "aria-label": text.lineup,
      style: `--count:${this.samples.length}` }, clean, tools, ...repairs);
    this.drawClean();
  }

  strip({ id, name, colour }, sketcher) {
    const total = h("span", { class: "bnc-number" });
    const cells = this.samples.map((sample) => {
      const canvas = sketcher.prepare(h("canvas", { role: "img" }));
      const words = fill(this.props.text.sampleName, { number: sample.id });
      put(canvas, "aria-label", `${name}, ${words}`);
      const number = h("figcaption", {});
      return { sample, canvas, number, root: h("figure", {}, id === CLEAN ? this.taker(sample, canvas, words) : canvas, number) };
    });
    return { id, name, colour, sketcher, total, cells, root: h("div", { class: "bnc-strip", "data-codec": id }, heading(name, colour, total),
      h("div", { class: "bnc-abreast" }, ...cells.map((cell) => cell.root))) };
  }

  // A clean sample is a button that puts it on the bench.
  taker({ row }, canvas, words) {
    const { text } = this.props;
    return h("button", { type: "button", class: "bnc-take", title: text.takeHelp, "aria-label": `${words}: ${text.takeHelp}`,
      onclick: () => this.bench.goTo(row, true) }, canvas);
  }

  drawClean() {
    for (const { sample, canvas, number } of this.rows[0].cells) {
      this.rows[0].sketcher.sample(canvas, sample.x, null);
      say(number, String(sample.id));
    }
  }

  // Which samples: by number, or by chance.
  chooser() {
    const { text, view } = this.props;
    this.note = h("small", { role: "status" });
    this.numbers = h("input", { type: "text", inputmode: "numeric", placeholder: text.byChance, "aria-label": text.samples,
      title: text.samplesHelp, value: view.pins.join(", "), onchange: () => this.choose(this.numbers.value) });
    const others = h("button", { type: "button", title: text.others, "aria-label": text.others,
      onclick: () => this.bench.keep({ drawSeed: (this.bench.view.drawSeed + 1) % 2 ** 32, pins: [] }) }, "⚄");
    return h("div", { class: "bnc-chooser" }, field(text.samples, h("div", { class: "bnc-stepper" }, this.numbers, others)),
      this.note);
  }

  choose(typed) {
    const { text, most, data: { total } } = this.props;
    const wrong = typed.split(/[\s,;]+/).find((part) => part && !(/^\d+$/.test(part) && Number(part) < total));
    if (wrong) return say(this.note, fill(text.noSuchSample, { value: wrong, last: total - 1 }));
    const pins = [...new Set(typed.match(/\d+/g)?.map(Number))];
    if (pins.length > most) return say(this.note, fill(text.tooMany, { count: pins.length, most }));
    this.bench.keep({ pins });
  }

  files() {
    const button = (word, help, act) => h("button", { type: "button", title: help, onclick: act }, word);
    const { text } = this.props;
    return h("div", { class: "bnc-saver" }, button("PNG", text.pngRepairs, () => this.png()),
      button("CSV", text.csvRepairs, () => this.csv()));
  }

  // All is to be made anew, or, where noise and samples stay, what one of them repairs.
  stale(alone = null) {
    this.judged = false;
    if (!alone) this.arrays = this.samples.map(() => null);
    for (const row of this.rows.slice(1)) if (!alone || row.id === alone) row.cells.forEach((cell) => (cell.stale = true));
  }

  // Goes on where it was: what is stale again and again is all reached. True while something is left.
  work(deadline) {
    if (this.judged) return false;
    const cells = this.rows.slice(1).flatMap((row) => row.cells.map((cell, k) => ({ row, cell, k })));
    let seen = 0;
    while (seen < cells.length && performance.now() < deadline) {
      const { row, cell, k } = cells[this.next];
      if (cell.stale) this.mend(row, cell, k);
      seen += 1;
      this.next = (this.next + 1) % cells.length;
    }
    if (seen < cells.length) return true;
    this.judge();
    return false;
  }

  mend(row, cell, k) {
    const { crew, samples: { [k]: { id, x } } } = this;
    const noisy = (this.arrays[k] ??= damaged(x, crew.view, id, this.props.ends, this.data.shape));
    cell.stale = false;
    cell.xHat = crew.repair(row.id, noisy);
    cell.mse = cell.xHat && meanSquare(x, cell.xHat);
    if (cell.xHat) row.sketcher.sample(cell.canvas, row.colour ? x : cell.xHat, row.colour ? cell.xHat : null, row.colour);
  }

  // Decibels under each tile and beside each name; the best of every column and of all have a star.
  judge() {
    const { peak } = this.props;
    const rows = this.rows.slice(1);
    for (let k = 0; k < this.samples.length; k++) {
      const each = rows.map(({ cells }) => psnr(cells[k].mse, peak));
      const best = Math.max(...each.map((db) => db ?? -Infinity));
      rows.forEach(({ cells }, i) => tell(cells[k].number, () => (each[i] == null ? "…"
        : `${each[i] === best ? `${BEST} ` : ""}${each[i] === Infinity ? "∞" : each[i].toFixed(1).replace("-", "−")}`)));
    }
    for (const row of rows) row.db = psnr(mean(row.cells.map(({ mse }) => mse)), peak);
    const best = Math.max(...rows.map(({ db }) => db ?? -Infinity));
    for (const row of rows) tell(row.total, () => decibels(row.db, best));
    this.judged = true;
    put(this.root, "data-level", String(this.crew.view.level)); // of all these pictures
  }

  get ready() {
    return this.rows.slice(1).every(({ db, cells }) => db != null && !cells.some((cell) => cell.stale));
  }

  png() {
    if (!this.ready) return;
    const { D } = this.data;
    const rows = this.rows.map(({ id, name, colour, cells, db }) => {
      const x = new Float32Array(cells.length * D);
      cells.forEach(({ sample, xHat }, k) => x.set(id === CLEAN ? sample.x : xHat, k * D));
      return { name: id === CLEAN ? name : `${name}  ${decibels(db)}`, colour, x, n: cells.length };
    });
    const canvas = new Printer(this).strips(rows, this.samples.length);
    canvas.toBlob((blob) => save("denoise.png", blob), "image/png");
  }

  csv() {
    if (!this.ready) return;
    const { peak } = this.props;
    const lines = [["repair", "psnr_db", ...this.samples.map(({ id }) => `psnr_db_sample_${id}`)]];
    for (const { id, db, cells } of this.rows.slice(1)) lines.push([id, db, ...cells.map(({ mse }) => psnr(mse, peak))]);
    saveTable("denoise-psnr.csv", lines);
  }
}

const mean = (values) => (values.includes(null) ? null : values.reduce((a, b) => a + b, 0) / values.length);
