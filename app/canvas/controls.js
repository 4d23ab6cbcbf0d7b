// What is chosen once for all planes: sample, class, colours, what lies behind the points.

import { fill, fixed, h, put, say, soon } from "./dom.js";
import { segment } from "./fields.js";
import { mark, range } from "./knobs.js";

const ZOOM = 1.6; // of one press

// acts: {row(), sample(row, done), leave(), change({field: value}), zoom(factor)}
export class Controls {
  constructor(props, data, acts) {
    Object.assign(this, { props, data, acts, text: props.text });
    this.rows = [...Array(data.n).keys()];
    this.segments = [];
    this.root = h("div", { class: "bnc-controls" }, this.stepper(), this.classes(), ...this.choices());
  }

  stepper() {
    const { text } = this;
    const step = (by) => () => this.step(by);
    this.range = range({ min: 0, step: 1, "aria-label": text.sample, title: text.sampleHelp }, {
      live: (place) => this.go(place, false), keep: (place) => this.go(place, true), back: () => this.acts.leave(),
    });
    return h("div", { class: "bnc-stepper" }, button("‹", text.before, step(-1)), this.range,
      button("›", text.after, step(1)), button("⚄", text.random, () => this.random()));
  }

  classes() {
    const { names } = this.props.data;
    if (!this.data.labels || !names.length) return null;
    const options = names.map((name, k) => h("option", { value: k }, name));
    this.select = h("select", {
      title: this.text.classHelp,
      onchange: () => this.acts.change({ label: this.select.value === "" ? null : Number(this.select.value) }),
    }, h("option", { value: "" }, this.text.any), ...options);
    return h("label", { class: "bnc-field" }, h("span", {}, this.text.class), this.select);
  }

  choices() {
    const { props, text } = this;
    const grounds = { none: text.nothing, decoded: text.decoded, holes: text.holes };
    if (props.data.kind === "points") delete grounds.decoded; // a decoded point is no picture
    const found = [
      this.segment("ground", text.behind, grounds, text.behindHelp),
      this.segment("colouring", text.colour, { label: text.byClass, error: text.byError }, text.colourHelp),
    ];
    found.push(this.zoom());
    if (props.page === "latent") {
      const modes = { false: text.one, true: text.set };
      found.push(this.segment("lasso", text.pointing, modes, text.pointingHelp, (v) => v === "true"));
    }
    if (props.latentDim > 2) {
      found.push(this.segment("axes", text.axes, { units: text.units, pca: text.pca }, text.axesHelp));
      found.push(this.units());
    }
    return found;
  }

  zoom() {
    const { text, acts } = this;
    const by = (sign, label, factor) => button(sign, label, () => acts.zoom(factor));
    return h("div", { class: "bnc-field bnc-inline" }, h("span", {}, text.zoom),
      h("div", { class: "bnc-pair", role: "group", "aria-label": text.zoom, title: text.zoomHelp },
        by("−", text.further, 1 / ZOOM), by("+", text.closer, ZOOM), by("⤢", text.whole, 0)));
  }

  units() {
    const pick = (place) => h("select", {
      "aria-label": place ? this.text.upwards : this.text.across,
      onchange: (event) => {
        const dims = [...this.dims];
        dims[place] = Number(event.target.value);
        if (dims[0] === dims[1]) dims[1 - place] = this.dims[place];
        this.acts.change({ dims });
      },
    }, ...Array.from({ length: this.props.latentDim }, (_, i) => h("option", { value: i }, `z${i + 1}`)));
    this.picks = [pick(0), pick(1)];
    this.pair = h("div", { class: "bnc-field" }, h("span", {}, this.text.unitPair),
      h("div", { class: "bnc-pair" }, ...this.picks));
    return this.pair;
  }

  segment(name, label, words, help, read = (value) => value) {
    const { root, show } = segment(name, label, help, words, (value) => this.acts.change({ [name]: read(value) }));
    this.segments.push({ name, show });
    return root;
  }

  // Shows the view and, of its class, the sample.
  show(view, row) {
    if (view !== this.view) this.showView(view);
    this.view = view;
    if (row !== this.row) soon(this.range, () => this.showRow());
    this.row = row;
  }

  // Where the hand is by now.
  showRow() {
    const row = this.acts.row();
    const at = this.rows.indexOf(row);
    if (at < 0) return;
    this.range.value = at;
    mark(this.range);
    put(this.range, "aria-valuetext", String(this.data.ids[row]));
  }

  showView(view) {
    for (const { name, show } of this.segments) show(view[name]);
    if (this.label !== view.label) {
      this.label = view.label;
      const { labels, n } = this.data;
      const all = [...Array(n).keys()];
      const own = labels && view.label != null ? all.filter((i) => labels[i] === view.label) : all;
      this.rows = own.length ? own : all;
    }
    if (this.select) this.select.value = view.label ?? "";
    this.dims = view.dims;
    this.picks?.forEach((pick, place) => (pick.value = view.dims[place]));
    if (this.pair) this.pair.hidden = view.axes === "pca";
    this.range.max = this.rows.length - 1;
    this.row = null; // its place may be another one now
    mark(this.range);
  }

  // There are more samples than before.
  grow() {
    this.label = this.view = undefined; // their rows are collected anew
  }

  step(by) {
    const at = this.rows.indexOf(this.acts.row());
    this.go((at + by + this.rows.length) % this.rows.length, true);
  }

  random() {
    this.go(Math.floor(Math.random() * this.rows.length), true);
  }

  go(place, done) {
    this.acts.sample(this.rows[place], done);
  }
}

// The classes' colours, or the scale of the errors; and what the error maps' colours mean.
export class Legend {
  constructor(props) {
    this.text = props.text;
    const { names } = props.data;
    this.chips = h("div", { class: "bnc-chips" }, ...names.map((name, k) =>
      h("span", {}, h("i", { style: `background:${props.palette.labels[k % 10]}` }), name)));
    this.most = h("span");
    this.scale = h("div", { class: "bnc-scale" }, "0", h("i", { class: "bnc-cividis" }), this.most);
    this.root = h("div", { class: "bnc-legend" }, this.chips, this.scale, errorScale(props));
  }

  show(colouring, limit, night) {
    this.scale.children[0].classList.toggle("bnc-night", night);
    this.chips.hidden = colouring === "error";
    this.scale.hidden = colouring !== "error";
    say(this.most, fill(this.text.errorLimit, { limit: fixed(limit, 2) }));
  }
}

// The colours of error maps, which all drawings share.
export function errorScale({ palette, text }) {
  const bar = `background:linear-gradient(90deg,${palette.dark},transparent,${palette.bright})`;
  const [left, right] = text.errorEnds;
  return h("div", { class: "bnc-ends" }, h("i", { style: bar }), h("div", {}, h("span", {}, left), h("span", {}, right)));
}

function button(sign, label, onclick) {
  return h("button", { type: "button", class: "bnc-button", "aria-label": label, title: label, onclick }, sign);
}
