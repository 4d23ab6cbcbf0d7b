// Samples across, codecs down: what each codec makes of them, while its weight moves.

import { heading } from "./cards.js";
import { curveOf, squared } from "./codes.js";
import { errorScale } from "./controls.js";
import { cloudOf, loadData } from "./data.js";
import { fill, fixed, h, put, short, tell } from "./dom.js";
import { Sketcher } from "./images.js";
import { Knob, movedWeights } from "./knobs.js";
import { Stage } from "./stage.js";

export class Gallery extends Stage {
  constructor(component) {
    super(component, "bnc-gallery");
    this.stale = new Set(); // rows to be drawn anew
    this.tick = () => this.frame();
  }

  async build(props) {
    const mine = (this.building = {});
    const source = JSON.stringify([props.data.url, props.data.more]);
    const data = source === this.source ? this.data : await read(props.data);
    if (this.gone || this.building !== mine) return;
    const face = JSON.stringify([source, props.shown, props.text, props.codecs.map(({ weight, ...spec }) => spec)]);
    Object.assign(this, { props, data, source });
    if (face !== this.face) this.lay();
    this.face = face;
    if (this.keeper.hears(props.view)) {
      for (const row of this.rows) if (row.adopt(props.view.weights)) this.request(row);
    }
    const { rows } = this;
    await this.fetchCodecs(props.codecs, (codec, i) => {
      if (rows[i].codec) return; // drawn already
      rows[i].codec = codec;
      this.request(rows[i]);
    });
  }

  lay() {
    const { props, data } = this;
    const sketcher = new Sketcher(data, props.palette);
    const places = props.shown.map((id) => data.ids.indexOf(id));
    const samples = places.map((place) => data.x.subarray(place * data.D, (place + 1) * data.D));
    const names = places.map((place) => this.name(place));
    const before = new Map((this.rows ?? []).map((row) => [row.spec.url, row.weight]));
    this.rows = props.codecs.map((spec) => {
      const row = new Row(spec, samples, names, { sketcher, data }, props.text, {
        live: (weight) => this.weigh(row, weight), keep: () => this.keep(),
      });
      row.told = before.get(spec.url) ?? spec.weight;
      row.weigh(row.told);
      return row;
    });
    const first = originals(samples, names, sketcher, props);
    this.root.style.setProperty("--count", samples.length);
    this.root.replaceChildren(first, ...this.rows.map((row) => row.root));
    for (const row of this.rows) { // at once where the codec is here: no picture goes blank in between
      row.codec = this.codecs.get(row.spec.url);
      if (row.codec) row.draw();
    }
  }

  name(place) {
    const { ids, labels, names } = this.data;
    return { number: ids[place], name: names.length && labels ? names[labels[place]] : null };
  }

  weigh(row, weight) {
    row.weigh(weight);
    this.request(row);
    return weight;
  }

  // Tells Python, which writes the address; once per release, never while something moves.
  keep() {
    for (const row of this.rows) row.told = row.weight;
    this.keeper.keep({ weights: movedWeights(this.rows) });
  }

  request(row) {
    this.stale.add(row);
    this.waiting ??= requestAnimationFrame(this.tick);
  }

  frame() {
    this.waiting = null;
    if (this.gone) return;
    for (const row of this.stale) if (row.codec) row.draw();
    this.stale.clear();
  }
}

// A codec: its name, its knob, and a pair of pictures for every sample.
class Row {
  constructor(spec, samples, names, drawn, text, acts) {
    Object.assign(this, { spec, samples, text, ...drawn });
    this.knob = spec.range ? new Knob(spec, text, acts) : null;
    this.mean = h("span", { class: "bnc-number" });
    this.cells = names.map((name) => {
      const [picture, error] = [text.reconstruction, text.errorMap].map((words) => {
        const canvas = this.sketcher.prepare(h("canvas", { role: "img" }));
        put(canvas, "aria-label", `${fill(words, { codec: spec.name })}, ${fill(text.sampleName, name)}`);
        return canvas;
      });
      const number = h("figcaption", {});
      return { picture, error, number, root: h("figure", {}, h("div", { class: "bnc-duo" }, picture, error), number) };
    });
    const fixedAt = spec.weight == null || spec.range ? null
      : h("p", { class: "bnc-code" }, fill(text.fixedWeight, { symbol: spec.symbol, weight: short(spec.weight) }));
    this.root = h("section", { class: "bnc-card bnc-shelf", "aria-label": spec.name, "data-codec": spec.id,
      style: `--codec:${spec.colour}` },
      h("div", { class: "bnc-label" }, heading(spec.name, spec.colour, this.mean), this.knob?.root ?? fixedAt),
      h("div", { class: "bnc-cells" }, ...this.cells.map((cell) => cell.root)));
  }

  weigh(weight) {
    this.weight = weight;
    if (weight != null) this.knob?.set(weight);
  }

  // What the address says; where that is what was kept last, a hand may be further by now.
  adopt(weights) {
    const told = weights[this.spec.id] ?? this.spec.start;
    const news = told !== this.told;
    if (news) this.weigh(told);
    this.told = told;
    return news;
  }

  draw() {
    const { codec, sketcher, spec } = this;
    if (this.weight != null && codec.range) codec.setWeight(this.weight);
    const cloud = curveOf(codec, this.data);
    let sum = 0;
    this.cells.forEach(({ picture, error, number }, i) => {
      const x = this.samples[i];
      const xHat = codec.decode(codec.encode(x, 1), 1);
      const wrong = squared(x, xHat);
      sketcher.sample(picture, x, xHat, spec.colour, cloud);
      sketcher.error(error, x, xHat);
      tell(number, () => fixed(wrong));
      sum += wrong;
    });
    tell(this.mean, () => fill(this.text.mean, { value: fixed(sum / this.cells.length) }));
  }
}

function originals(samples, names, sketcher, props) {
  const { text } = props;
  const cells = samples.map((x, i) => {
    const { number, name } = names[i];
    const canvas = sketcher.prepare(h("canvas", { role: "img" }));
    put(canvas, "aria-label", fill(name ? text.sampleClass : text.sampleName, names[i]));
    sketcher.sample(canvas, x, null);
    const words = h("figcaption", {}, name ? h("b", {}, name) : null, h("small", {}, fill(text.sampleName, { number })));
    return h("figure", {}, h("div", { class: "bnc-duo" }, canvas), words); // as large as what it becomes below
  });
  return h("section", { class: "bnc-card bnc-shelf", "aria-label": text.originals },
    h("div", { class: "bnc-label" }, h("div", { class: "bnc-head" }, h("h4", {}, text.originals)),
      h("p", { class: "bnc-code" }, text.below), errorScale(props)),
    h("div", { class: "bnc-cells" }, ...cells));
}

async function read(spec) {
  const data = { ...spec, ...(await loadData(spec)) };
  return { ...data, cloud: cloudOf(data) };
}
