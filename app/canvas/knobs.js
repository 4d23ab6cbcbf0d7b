// The weight's slider: logarithmic where the weight is, live while it moves, kept on release.

import { fill, h, put, say, short } from "./dom.js";

const STEPS = 1000;
const WAYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

// spec: {range: [low, high], log, ticks, separate, start, symbol, name}; live(weight), keep(weight); beside: an
// element at its right, or null
export class Knob {
  constructor(spec, text, { live, keep }, beside = null) {
    this.spec = spec;
    this.value = h("output", { class: "bnc-value" });
    const go = (weight) => keep(live(this.set(weight)));
    this.input = range({
      min: 0, max: STEPS, step: 1, title: text.knobHelp,
      "aria-label": fill(text.knob, { codec: spec.name, symbol: spec.symbol }),
      ondblclick: () => go(spec.start), onkeydown: (event) => this.key(event, go),
    }, {
      live: (weight) => live(this.show(weight)), keep, read: ({ value: place }) => this.weight(place), now: () => this.shown,
    });
    const at = (weight) => `left:calc(8px + ${this.place(weight) / STEPS} * (100% - 16px))`;
    const marks = spec.ticks.map((tick) => h("i", { style: at(tick) }, short(tick)));
    const dots = spec.separate?.weights.map((weight) => h("b", { style: at(weight) })) ?? [];
    this.root = h("label", { class: "bnc-knob" },
      h("span", {}, spec.symbol, " ", this.value), this.input,
      h("span", {
        class: "bnc-ticks", "aria-hidden": "true", title: dots.length ? text.separateHelp : null,
      }, ...marks, ...dots), beside);
  }

  place(weight) {
    const { range: [low, high], log } = this.spec;
    const share = log ? Math.log(weight / low) / Math.log(high / low) : (weight - low) / (high - low);
    return Math.round(STEPS * Math.min(1, Math.max(0, share)));
  }

  // Three digits are enough for a link; the ends of the range stay what they are.
  weight(place) {
    const { range: [low, high], log } = this.spec;
    if (place <= 0 || place >= STEPS) return place <= 0 ? low : high;
    const share = place / STEPS;
    const weight = log ? low * (high / low) ** share : low + share * (high - low);
    return Math.min(high, Math.max(low, Number(weight.toPrecision(3))));
  }

  // Arrows go to the next weight that reads otherwise: a step of the track may be less than its three digits.
  key(event, go) {
    const way = WAYS[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (["Delete", "Backspace"].includes(event.key)) return go(this.spec.start);
    if (!way) return;
    event.preventDefault();
    let place = this.place(this.shown);
    const beyond = () => way * (this.weight(place) - this.shown) > 0 && short(this.weight(place)) !== short(this.shown);
    while (place >= 0 && place <= STEPS && !beyond()) place += way; // past an end it is that end
    go(this.weight(place));
  }

  get share() {
    return this.input.value / STEPS;
  }

  set(weight) {
    this.input.value = this.place(weight);
    return this.show(weight);
  }

  show(weight) {
    this.shown = weight;
    mark(this.input);
    say(this.value, `= ${short(weight)}`);
    put(this.input, "aria-valuetext", `${this.spec.symbol} = ${short(weight)}`);
    return weight;
  }
}

// By codec, what somebody has moved from where it starts.
export function movedWeights(all) {
  const moved = all.filter(({ weight, spec }) => weight != null && weight !== spec.start);
  return Object.fromEntries(moved.map(({ weight, spec }) => [spec.id, weight]));
}

// The input of any slider: live while it moves, kept on release. A finger that turns out to scroll the
// page takes its value back: the browser moves the thumb first and says so afterwards.
// acts: {live(value), keep(value); read(input) -> value; now() -> the value of before; back(value)}
export function range(attributes, { live, keep = () => {}, read = ({ value }) => Number(value), now, back = live }) {
  const input = h("input", { type: "range", ...attributes });
  let before = null; // {place, value} at the last press
  let panned = false;
  const restore = () => {
    input.value = before.place;
    mark(input);
    back(before.value);
  };
  const on = (name, act) => input.addEventListener(name, act);
  on("pointerdown", () => {
    before = { place: input.value, value: now ? now() : read(input) };
    panned = false;
  });
  on("pointercancel", () => {
    panned = true;
    restore();
  });
  on("keydown", () => (panned = false));
  on("input", () => (panned ? restore() : live(read(input))));
  on("change", () => (panned ? restore() : keep(read(input))));
  return input;
}

// The coloured part of a slider's track, which follows its thumb.
export function mark(input) {
  const share = (input.value - input.min) / (input.max - input.min || 1);
  input.style.setProperty("--at", `${(100 * share).toFixed(1)}%`);
}
