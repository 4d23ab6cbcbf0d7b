// What moves each code most at the sample in question: the singular directions of ∂f/∂x, while weights move.

import { heading } from "./cards.js";
import { squared } from "./codes.js";
import { fill, fixed, h, put, tell } from "./dom.js";
import { toggle } from "./fields.js";
import { Sketcher } from "./images.js";
import { jacobian } from "./jacobian.js";
import { Nudge } from "./nudge.js";
import { singular } from "./singular.js";
import { tileSketcher } from "./tiles.js";

const [FEW, WIDEST] = [6, 64]; // pictures; numbers of a code: a row of ∂f/∂x takes a pass through the encoder
const BARS = 3; // values from which bars say more than numbers
const [WIDE, HIGH, SLOTS] = [720, 58, 12]; // of the bars' canvas, which is stretched; bars that fit at least
const STEP = 0.18; // of the plane's height, that a point is moved along a direction

export class Directions {
  constructor(face) {
    const { data, members, props: { text, latentDim } } = face;
    const sketcher = data.kind === "points" ? new Sketcher(data, face.props.palette) : tileSketcher(data, face.props.palette);
    const few = Math.min(FEW, data.D, latentDim);
    Object.assign(this, { face, turn: 0, wide: latentDim > WIDEST });
    this.nudge = new Nudge(face, (taken) => this.strips.forEach((one) => one.press(taken)));
    this.strips = members.map((member) => new Strip(member, few, sketcher, data, text, (strip, k) => this.nudge.take(strip, k)));
    this.body = h("div", { class: "bnc-directions-body", "data-kind": data.kind, style: `--count:${data.kind === "points" ? few : FEW};--strips:${members.length}` },
      h("p", { class: "bnc-code" }, this.wide ? fill(text.directionsWide, { most: WIDEST })
        : [text.directionsNote, ...(few < BARS ? [] : [text.directionsBars])].join(" ")),
      ...(this.wide ? [] : [this.nudge.root, ...this.strips.map((strip) => strip.root)]));
    this.switch = toggle(text.directions, text.directionsHelp, (directions) => face.change({ directions }));
    this.root = h("section", { class: "bnc-card bnc-directions", "aria-label": text.directionsAlt }, this.switch.root, this.body);
  }

  show({ directions }) {
    this.switch.show(directions);
    this.body.hidden = !directions;
    this.on = directions;
    if (!directions) this.nudge.release();
  }

  // Another sample, or place, is in question; or the same one, nudged.
  ask(x) {
    if (!this.x || x.length !== this.x.length || x.some((one, i) => one !== this.x[i])) this.turn += 1;
    this.x = x;
    for (const strip of this.strips) if (strip.found) strip.tell(x, this.nudge);
  }

  // Until `deadline`, those first that have waited longest; true while more is left.
  work(deadline) {
    if (!this.on || !this.x || this.wide) return false;
    const open = this.strips.filter(({ member, turn, at }) => member.answered && (turn !== this.turn || at !== member.weight));
    for (const strip of open.sort((a, b) => a.turn - b.turn)) {
      if (performance.now() > deadline) return true;
      Object.assign(strip, { turn: this.turn, at: strip.member.weight });
      strip.look(this.x);
      strip.tell(this.x, this.nudge);
    }
    return false;
  }
}

class Strip {
  constructor(member, few, sketcher, data, text, act) {
    const { spec } = member;
    Object.assign(this, { member, sketcher, data, text, turn: 0 });
    this.note = h("span", { class: "bnc-code" });
    this.bars = h("canvas", { class: "bnc-spectrum", width: WIDE, height: HIGH, role: "img", "aria-label": fill(text.spectrum, { codec: spec.name }) });
    this.tiles = Array.from({ length: few }, (_, k) => {
      const canvas = sketcher.prepare(h("canvas", {}));
      const words = h("figcaption", {});
      const button = h("button", { type: "button", class: "bnc-take", title: text.nudgeHelp, "aria-pressed": "false",
        "aria-label": fill(text.direction, { number: k + 1, codec: spec.name }), onclick: () => act(this, k) }, canvas);
      return { canvas, words, button, root: h("figure", {}, button, words) };
    });
    this.bars.hidden = few < BARS;
    const below = data.kind === "points"; // where a strip is as narrow as one picture
    this.root = h("div", { class: "bnc-strip", "data-codec": spec.id, style: `--codec:${spec.colour}` },
      heading(spec.name, spec.colour, below ? null : this.note), this.bars,
      h("div", { class: "bnc-abreast" }, ...this.tiles.map(({ root }) => root)), below ? this.note : null);
  }

  look(x) {
    const { member: { codec }, tiles } = this;
    const { values, inputs } = (this.found = singular(jacobian(codec, x), codec.latentDim, codec.D, tiles.length));
    tiles.forEach(({ canvas, words }, k) => {
      this.sketch(canvas, x, inputs[k]);
      tell(words, () => fixed(values[k]));
    });
    this.draw(values);
    put(this.root, "data-values", values.map((value) => value.toPrecision(6)).join(" "));
  }

  // What the directions are together or, under a nudge, how far it moves this code.
  tell(x, nudge) {
    const { found: { values }, member: { codec, answered: { z } }, text } = this;
    if (nudge.far) {
      const moved = Math.sqrt(squared(z, codec.encode(x, 1))) / Math.abs(nudge.far);
      return tell(this.note, () => fill(text.moved, { far: fixed(moved) }));
    }
    const norm = fill(text.norm, { norm: fixed(Math.hypot(...values)) });
    const count = values.length > 1 ? `, ${fill(text.spread, { count: spreadOf(values).toFixed(1), of: values.length })}` : "";
    tell(this.note, () => norm + count);
  }

  // strip, k: along whose direction the input is nudged; null along none.
  press({ strip, k }) {
    this.tiles.forEach(({ button }, i) => put(button, "aria-pressed", String(strip === this && i === k)));
  }

  // A direction has no size: as large as the colours reach, or as a step that can be seen.
  sketch(canvas, x, v) {
    const { sketcher, data, member: { spec } } = this;
    const most = v.reduce((best, one) => Math.max(best, Math.abs(one)), 1e-30);
    if (data.kind === "points") return sketcher.sample(canvas, x, x.map((one, i) => one + STEP * (data.high - data.low) * v[i]), spec.colour);
    sketcher.error(canvas, new Float32Array(v.length), v.map((one) => (one * data.limit) / most));
  }

  // All singular values as shares of the strongest.
  draw(values) {
    const pen = this.bars.getContext("2d");
    const step = WIDE / Math.max(SLOTS, values.length);
    pen.clearRect(0, 0, WIDE, HIGH);
    pen.fillStyle = this.member.spec.colour;
    values.forEach((value, k) => {
      const up = values[0] ? Math.max(2, (value / values[0]) * HIGH) : 2;
      pen.fillRect(k * step, HIGH - up, 0.85 * step, up);
    });
  }
}

// How many directions share the square of the norm, counted by their shares: 1 where one has all of it.
function spreadOf(values) {
  const [second, fourth] = [2, 4].map((power) => values.reduce((sum, value) => sum + value ** power, 0));
  return fourth ? second ** 2 / fourth : 0;
}
