// A slider for a number that may change while a race trains: moves freely, counts on release.

import { h, put, say, short } from "./dom.js";
import { mark } from "./knobs.js";

const STEPS = 400;

export class Tuner {
  // spec: {field, symbol, value, low, high, log}; where low is 0 the first step of a log slider is 0.
  constructor(spec, label, help, change) {
    this.spec = spec;
    this.value = h("output", {});
    this.input = h("input", {
      type: "range", min: 0, max: STEPS, step: 1, "aria-label": label, title: help, "data-field": spec.field,
      oninput: () => {
        this.held = true;
        this.show(this.at(Number(this.input.value)));
      },
      onchange: () => {
        this.held = false;
        this.sent = performance.now();
        change(spec.field, this.at(Number(this.input.value)));
      },
    });
    this.root = h("label", { class: "bnc-tuner" }, h("span", {}, `${spec.symbol} `, this.value), this.input);
    this.set(spec.value);
  }

  bottom() {
    const { low, high } = this.spec;
    return low > 0 ? low : high / 1e4;
  }

  at(place) {
    const { low, high, log } = this.spec;
    if (place <= 0) return low;
    const share = place / STEPS;
    const value = log ? this.bottom() * (high / this.bottom()) ** share : low + share * (high - low);
    return Number(value.toPrecision(2));
  }

  place(value) {
    const { low, high, log } = this.spec;
    if (value <= low) return 0;
    const share = log ? Math.log(value / this.bottom()) / Math.log(high / this.bottom()) : (value - low) / (high - low);
    return Math.round(STEPS * Math.min(1, Math.max(0, share)));
  }

  set(value) {
    this.input.value = this.place(value);
    this.show(value);
  }

  show(value) {
    mark(this.input);
    say(this.value, `= ${short(value)}`);
    put(this.input, "aria-valuetext", `${this.spec.symbol} = ${short(value)}`);
  }

  // The engine's value, unless a hand has just set another one.
  follow(value, free) {
    this.input.disabled = !free;
    if (this.held || performance.now() - (this.sent ?? -1e9) < 1500) return;
    if (this.known === value && this.sent == null) return;
    [this.known, this.sent] = [value, null];
    this.set(value);
  }
}
