// One run of a sweep: where it lies, its figures on test, its reconstructions and codes.

import { fill, fixed, h, say, short } from "./dom.js";
import { shotsOf } from "./film.js";
import { fetchFrame } from "./network.js";
import { drawPull } from "./pull.js";
import { drawCodes } from "./racecard.js";

const PICTURES = 8;

export class RunCard {
  // curves(run): look at that run alone
  constructor(props, sketcher, data, curves) {
    const { text, codec } = props;
    Object.assign(this, { props, sketcher, data });
    this.name = h("h4", {});
    this.words = h("p", { class: "bnc-sweep-words" });
    this.figures = h("dl", { class: "bnc-sweep-figures" });
    this.open = h("button", { type: "button", "data-act": "curves", title: text.curvesHelp, onclick: () => curves(this.point.run) }, text.curves);
    this.plane = h("canvas", { class: "bnc-codes", role: "img", "aria-label": fill(text.planeAlt, { codec: codec.name }) });
    this.pictures = this.makePictures({ codec: codec.name });
    const head = h("div", { class: "bnc-head" }, h("i", { style: `background:${codec.colour}` }), this.name, this.open);
    this.body = h("div", { class: "bnc-sweep-run" }, h("div", {}, head, this.words, this.figures), this.pictures, this.plane);
    this.root = h("section", { class: "bnc-card", "aria-live": "polite", hidden: "" }, this.body);
  }

  makePictures(name) {
    const { data, sketcher, props: { text } } = this;
    if (data.kind === "points") return (this.field = h("canvas", { class: "bnc-pull", role: "img", "aria-label": fill(text.field, name) }));
    const make = () => sketcher.prepare(document.createElement("canvas"));
    const count = Math.min(PICTURES, data.n);
    this.hats = Array.from({ length: count }, make);
    const originals = data.kind === "image" ? Array.from({ length: count }, make) : [];
    originals.forEach((canvas, i) => sketcher.sample(canvas, this.sample(i), null, null));
    return h("div", { class: "bnc-sweep-pictures", role: "img", "aria-label": fill(text.pictures, name), style: `--n:${data.kind === "image" ? count : 2}` }, ...originals, ...this.hats);
  }

  sample(i) {
    return this.data.x.subarray(i * this.data.D, (i + 1) * this.data.D);
  }

  // point: what is known of the run pointed at, or nothing
  show(point, look) {
    const { text, symbol, epochs } = this.props;
    Object.assign(this, { point, look });
    this.root.hidden = !point;
    if (!point) return;
    say(this.name, fill(text.point, { symbol, weight: short(point.weight), seed: point.seed }));
    const lines = [text.states[point.state], fill(text.epochOf, { done: point.epoch ?? 0, total: epochs })];
    if (point.place) {
      const [bare, weighted] = [point.place[1], point.weighted];
      lines.push(fill(text.valid, { first: fixed(bare), second: fixed(weighted), total: fixed(bare + weighted) }));
    }
    if (point.reason) lines.push(point.reason);
    say(this.words, lines.join(" · "));
    this.list(point.test);
    this.fetch(point);
    this.draw();
  }

  list(test) {
    const { text } = this.props;
    const known = Object.entries(text.figures).filter(([name]) => name in test);
    const state = JSON.stringify(known.map(([name]) => test[name]));
    if (state === this.listed) return;
    this.listed = state;
    const rows = known.flatMap(([name, words]) => [h("dt", {}, words), h("dd", {}, fixed(test[name], 4))]);
    this.figures.replaceChildren(...(rows.length ? [h("dt", { class: "bnc-sweep-title" }, text.onTest), ...rows] : []));
  }

  // A snapshot never changes: it is fetched once.
  async fetch({ run, shot }) {
    if (!shot || (this.shown?.run === run && this.shown.shot === shot)) return;
    const wanted = (this.shown = { run, shot });
    try {
      const [seen] = shotsOf(await fetchFrame(`${this.props.film}${run}/${shot}-${shot}.bin`));
      if (this.shown !== wanted) return;
      this.seen = { ...seen, run };
      this.draw();
    } catch {
      if (this.shown === wanted) this.shown = null;
    }
  }

  draw() {
    const { seen, point, data, sketcher, look } = this;
    const here = seen && seen.run === point?.run;
    for (const part of [this.plane, this.pictures]) part.style.visibility = here ? "" : "hidden";
    if (!here) return;
    const { colour } = this.props.codec;
    if (this.field) drawPull(this.field, seen, data, colour, look);
    this.hats?.forEach((canvas, i) => sketcher.sample(canvas, this.sample(i), seen.reconstructions.subarray(i * data.D, (i + 1) * data.D), colour));
    drawCodes(this.plane, seen, data.labels, look);
  }
}
