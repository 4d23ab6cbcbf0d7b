// One repair on the bench: its picture, its errors, how good it is, and the weight behind it.

import { heading } from "./cards.js";
import { fill, fixed, h, put, short } from "./dom.js";
import { Knob } from "./knobs.js";

export const BEST = "★"; // not by colour alone

export class RepairCard {
  // row: {id, name, colour, help, spec: a codec's}; acts: {live(weight), keep(weight)}
  constructor(row, sketcher, text, acts) {
    const { id, name, colour, help, spec } = row;
    Object.assign(this, { ...row, sketcher, text });
    [this.picture, this.error] = [text.repair, text.errorMap].map((words) => {
      const canvas = sketcher.prepare(h("canvas", { role: "img" }));
      put(canvas, "aria-label", fill(words, { codec: name }));
      return canvas;
    });
    this.score = h("p", { class: "bnc-number" });
    this.knob = spec?.range ? new Knob(spec, text, acts) : null;
    this.root = h("section", { class: "bnc-card", "aria-label": name, title: help, "data-codec": id,
      style: colour ? `--codec:${colour}` : null },
      heading(name, colour, this.score),
      h("div", { class: "bnc-duo" }, this.picture, this.error), this.knob?.root ?? weightless(spec, text));
  }

  draw(x, xHat) {
    this.sketcher.sample(this.picture, x, xHat, this.colour ?? "#7b828c");
    this.sketcher.error(this.error, x, xHat);
  }
}

// What stands in a knob's place; nothing where nobody would look for one.
export function weightless(spec, text) {
  return spec ? h("p", { class: "bnc-hint" }, spec.weight == null ? text.noWeight
    : fill(text.fixedWeight, { symbol: spec.symbol, weight: short(spec.weight) })) : null;
}

// null: still on its way.
export function decibels(db, best) {
  return db == null ? "…" : `${db === best ? `${BEST} ` : ""}${db === Infinity ? "∞" : fixed(db)} dB`;
}
