// The weight's slider: logarithmic where the weight is, live while it moves, kept on release.

import { fill, h, put, say, short } from "./dom.js";

const STEPS = 1000;

// spec: {range: [low, high], log, ticks, separate, start, symbol, name}; live(weight), keep(weight); beside: an
// element at its right, or null
export class Knob {
  constructor(spec, text, { live, keep }, beside = null) {
    this.spec = spec;
    this.value = h("output", { class: "bnc-value" });
    const reset = () => keep(live(this.set(spec.start)));
    this.input = h("input", {
      type: "range", min: 0, max: STEPS, step: 1, title: text.knobHelp,
      "aria-label": fill(text.knob, { codec: spec.name, symbol: spec.symbol }),
      oninput: () => live(this.show(this.weight(this.input.value))),
      onchange: () => keep(this.weight(this.input.value)),
      ondblclick: reset,
      onkeydown: (event) => ["Delete", "Backspace"].includes(event.key) && reset(),
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

  get share() {
    return this.input.value / STEPS;
  }

  set(weight) {
    this.input.value = this.place(weight);
    return this.show(weight);
  }

  show(weight) {
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

// The coloured part of a slider's track, which follows its thumb.
export function mark(input) {
  const share = (input.value - input.min) / (input.max - input.min || 1);
  input.style.setProperty("--at", `${(100 * share).toFixed(1)}%`);
}
