// The input moved a little along one direction: what then moves in which code?

import { fill, fixed, h, put, say } from "./dom.js";
import { mark, range } from "./knobs.js";

const START = 0.5; // of the way to the slider's end
const ENOUGH = 500; // samples behind the spread of the data

export class Nudge {
  // changed({strip, k}): which direction is taken now
  constructor(face, changed) {
    const { text } = face.props;
    Object.assign(this, { face, text, changed, taken: null, share: 0, reach: 0.5 * spreadOf(face.data) });
    this.words = h("span", {});
    this.value = h("output", { class: "bnc-value" });
    this.input = range({ min: -1, max: 1, step: 0.01, "aria-label": text.nudgeLabel, title: text.nudgeHelp },
      { live: (share) => this.move(share) });
    this.root = h("div", { class: "bnc-nudge" }, h("span", {}, this.words, " ", this.value), this.input);
    this.say();
  }

  // How far the input is moved, in units of the data; 0 where it is not.
  get far() {
    return this.taken && this.at === this.focus() ? this.share * this.reach : 0;
  }

  // The direction of a strip; the same one again leaves it.
  take(strip, k) {
    if (!strip.found) return; // still on its way
    if (this.taken?.strip === strip && this.taken.k === k) return this.release();
    const same = this.taken && this.share;
    Object.assign(this, { taken: { strip, k, v: strip.found.inputs[k] }, at: this.focus(), share: same || START });
    this.show();
  }

  release() {
    if (!this.taken) return;
    Object.assign(this, { taken: null, share: 0 });
    this.show();
  }

  move(share) {
    this.share = share;
    this.show();
  }

  show() {
    this.say();
    this.changed(this.taken ?? {});
    this.face.request({ answer: true });
  }

  say() {
    const { text, taken } = this;
    const of = taken && { number: taken.k + 1, codec: taken.strip.member.spec.name };
    say(this.words, of ? fill(text.nudged, of) : text.nudgeHelp);
    say(this.value, of ? fixed(this.share * this.reach) : "");
    this.input.disabled = !taken;
    this.input.value = this.share;
    put(this.input, "aria-valuetext", fixed(this.share * this.reach));
    mark(this.input);
  }

  // What is chosen for good: a hand that looks elsewhere sees that as it is.
  focus() {
    const { hover, chosen } = this.face.hand;
    return hover ? null : `${chosen.row} ${chosen.member?.spec.id} ${chosen.place}`;
  }

  // What is seen, moved; what is no longer what was moved lets go.
  see(seen) {
    if (!this.taken || this.face.hand.hover) return seen;
    if (this.at !== this.focus()) {
      this.release();
      return seen;
    }
    const { taken: { v }, far, text } = this;
    const x = seen.x.map((one, i) => one + far * v[i]);
    return { x, row: -1, code: null, words: fill(text.nudgedName, { name: seen.words }) };
  }
}

// The root mean square of how far samples lie from their mean.
function spreadOf({ x, D, first }) {
  const every = Math.max(1, Math.floor(first / ENOUGH));
  const rows = Array.from({ length: Math.floor(first / every) }, (_, i) => i * every);
  let sum = 0;
  for (let j = 0; j < D; j++) {
    const mean = rows.reduce((a, row) => a + x[row * D + j], 0) / rows.length;
    for (const row of rows) sum += (x[row * D + j] - mean) ** 2 / rows.length;
  }
  return Math.sqrt(sum);
}
