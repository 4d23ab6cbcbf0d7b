// One card per codec: plane, reconstruction, error map, numbers, knob; and the card of the input.

import { fill, fixed, h, put, short, soon, tell } from "./dom.js";
import { Knob } from "./knobs.js";
import { Plane } from "./plane.js";
import { Tradeoff } from "./tradeoff.js";

const SQUARED = "‖x\u00a0−\u00a0x̂‖²";

export class Card {
  // spec: one codec as Python names it; acts: {live(weight), keep(weight)}
  constructor(spec, sketcher, text, page, acts) {
    Object.assign(this, { spec, sketcher, text });
    const name = { codec: spec.name };
    this.plane = new Plane(spec.colour, fill(text.plane, name), text.planeHelp);
    this.picture = named(sketcher, fill(text.reconstruction, name));
    this.error = named(sketcher, fill(text.errorMap, name));
    this.code = h("p", { class: "bnc-code" });
    this.number = h("p", { class: "bnc-number" });
    this.terms = h("p", { class: "bnc-terms", title: spec.drawn ? text.drawnHelp : text.termsHelp });
    this.trade = spec.range && !spec.noise ? new Tradeoff(spec, text) : null;
    this.knob = spec.range ? new Knob(spec, text, acts, this.trade?.canvas) : null;
    const duo = h("div", { class: "bnc-duo" }, this.picture, this.error);
    const words = h("div", { class: "bnc-line" }, this.code, this.knob ? this.terms : null);
    const parts = page !== "latent"
      ? [h("div", { class: "bnc-body" }, this.plane.root, duo), words]
      : [this.plane.root, h("div", { class: "bnc-lower" }, duo, words)];
    this.root = h("section", {
      class: "bnc-card", "aria-label": spec.name, "data-codec": spec.id, style: `--codec:${spec.colour}`,
    }, heading(spec.name, spec.colour, this.number), ...parts,
      this.knob?.root ?? h("p", { class: "bnc-hint" }, spec.weight == null ? text.noWeight
        : fill(text.fixedWeight, { symbol: spec.symbol, weight: short(spec.weight) })));
  }

  // answer: {z, xHat, error, hole: number or null, cloud, words: what is said of z, where not its values}
  show(x, { z, xHat, error, hole, cloud, words }) {
    this.sketcher.sample(this.picture, x, xHat, this.spec.colour, cloud);
    this.sketcher.error(this.error, x, xHat);
    put(this.code, "title", z.length > 2 && !words ? this.text.apartHelp : "");
    tell(this.code, () => words ?? (z.length > 2 ? apart(z, this.text) : `z = ${written(z)}`));
    const number = () => hole == null ? `${SQUARED} = ${fixed(error)}`
      : fill(this.text.hole, { value: hole < 1e-5 ? "0" : fixed(hole) });
    tell(this.number, number);
    soon(this.error, () => put(this.error, "aria-label",
      `${fill(this.text.errorMap, { codec: this.spec.name })}: ${number()}`));
  }

  // reconstruction + weight · penalty = total, of the sample shown. measure: () -> its terms.
  showTerms(measure, weight) {
    if (!this.knob || this.spec.noise) return;
    tell(this.terms, () => {
      const { reconstruction, penalty } = measure();
      const total = fixed(reconstruction + weight * penalty);
      return `${fixed(reconstruction)} + ${this.spec.symbol} · ${fixed(penalty)} = ${total}`;
    });
  }
}

export class InputCard {
  constructor(sketcher, text, controls, legend) {
    Object.assign(this, { sketcher, text });
    this.picture = named(sketcher, text.input);
    this.name = h("p", { class: "bnc-name", "aria-live": "polite" });
    this.root = h("section", { class: "bnc-card bnc-input", "aria-label": text.input },
      h("div", { class: "bnc-head" }, h("h4", {}, text.inputHead)),
      h("div", { class: "bnc-first" }, this.picture, this.name), controls, legend);
  }

  show(x, words) {
    this.sketcher.sample(this.picture, x, null);
    tell(this.name, () => words);
  }
}

// colour: of a codec; null for what is none
export function heading(name, colour, beside) {
  const dot = colour ? h("i", { style: `background:${colour}` }) : null;
  return h("div", { class: "bnc-head" }, dot, h("h4", {}, name), beside);
}

function named(sketcher, label) {
  const canvas = sketcher.prepare(document.createElement("canvas"));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

export function decimal(value) {
  const text = Math.abs(value) < 9.995 ? value.toFixed(2) : short(value);
  return text === "-0.00" ? "0.00" : text.replaceAll("-", "−");
}

// Two digits after the point or, where that would hardly tell a code from 0, three that count.
function written(z) {
  const small = z.every((value) => Math.abs(value) < 0.1);
  return [...z].map((value) => (!small ? decimal(value) : Math.abs(value) < 1e-5 ? "0" : fixed(value))).join(", ");
}

function apart(z, text) {
  const limit = 0.05 * z.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  const active = z.reduce((count, value) => count + (Math.abs(value) > limit ? 1 : 0), 0);
  return fill(text.apart, { active, d: z.length });
}
