// Who lies next to the sample in question: by its values, and in every code space, while weights move.

import { heading } from "./cards.js";
import { squared } from "./codes.js";
import { fill, fixed, h, put, say, tell } from "./dom.js";
import { Sketcher, disc } from "./images.js";
import { tileSketcher } from "./tiles.js";

const [FEW, MANY] = [6, 30]; // neighbours: as pictures, and as points in one picture
const GREY = "#7b828c";
const LOOK = 56; // values between two looks at how far it is already

export class Nearest {
  constructor(face) {
    const { data, props: { text }, members } = face;
    const plane = data.kind === "points"; // one picture holds all of them
    const sketcher = plane ? new Sketcher(data, face.props.palette) : tileSketcher(data, face.props.palette);
    const count = plane ? MANY : FEW;
    Object.assign(this, { data, count, turn: 0 });
    const act = (row) => face.hand.goTo(row, true);
    this.values = new Company({ name: text.byValue }, sketcher, data, text, act);
    this.strips = members.map((member) => Object.assign(new Company(member.spec, sketcher, data, text, act), { member }));
    this.root = h("section", { class: "bnc-card bnc-nearest", "aria-label": text.nearest, "data-kind": data.kind, style: `--count:${plane ? 1 : FEW + 1};--strips:${members.length + 1}` },
      this.values.root, h("div", { class: "bnc-tools" }, h("h4", {}, text.nearest),
        h("p", { class: "bnc-code" }, fill(plane ? text.nearestPoints : text.nearestHelp, { count, shown: data.n }))),
      ...this.strips.map((strip) => strip.root));
  }

  // Another sample, or place, is in question.
  ask(x, row) {
    Object.assign(this, { x, row });
    this.turn += 1;
  }

  // Until `deadline`, those first that have waited longest; true while more is left.
  work(deadline) {
    if (!this.x) return false;
    if (this.values.turn !== this.turn) {
      this.values.turn = this.turn;
      this.values.show(this.x, nearestOf(this.data.x, this.x, this.row, this.data.n, this.count, this.values.rows), null);
    }
    const open = this.strips.filter((strip) => this.open(strip));
    for (const strip of open.sort((a, b) => a.turn - b.turn)) {
      if (performance.now() > deadline) return true;
      this.look(strip);
    }
    return false;
  }

  // Whether what a strip shows is old; codes that are on their way will ask again.
  open({ member: { cloud, weight, answered }, turn, at }) {
    return cloud?.whole && !cloud.pending && answered && (turn !== this.turn || at !== weight);
  }

  look(strip) {
    const { member } = strip;
    const { z, xHat, error } = member.answered;
    Object.assign(strip, { turn: this.turn, at: member.weight });
    strip.show(this.x, nearestOf(member.cloud.z, z, this.row, this.data.n, this.count), this.values.rows, { xHat, error });
  }
}

class Company {
  constructor({ id = "", name, colour }, sketcher, data, text, act) {
    Object.assign(this, { sketcher, data, text, colour, turn: 0 });
    this.note = h("span", { class: "bnc-code" });
    const tile = (button) => {
      const canvas = sketcher.prepare(h("canvas", { role: "img" }));
      const words = h("figcaption", {});
      const made = { canvas, words };
      const inside = button ? h("button", { type: "button", class: "bnc-take", title: text.goTo, onclick: () => act(made.row) }, canvas) : canvas;
      return Object.assign(made, { button: button && inside, root: h("figure", {}, inside, words) });
    };
    this.first = tile(false);
    this.tiles = Array.from({ length: data.kind === "points" ? 0 : FEW }, () => tile(true));
    put(this.first.canvas, "aria-label", id ? fill(text.reconstruction, { codec: name }) : text.input);
    this.root = h("div", { class: "bnc-strip", "data-codec": id || "values" }, heading(name, colour, this.tiles.length ? this.note : null),
      h("div", { class: "bnc-abreast" }, this.first.root, ...this.tiles.map((one) => one.root)), this.tiles.length ? null : this.note);
  }

  // rows: of the nearest; byValue: those by value, to mark who is among both, or null
  show(x, rows, byValue, answer = null) {
    const { sketcher, data, text, first, tiles, colour } = this;
    this.rows = rows;
    sketcher.sample(first.canvas, x, answer?.xHat ?? null, colour);
    if (!tiles.length) this.scatter(rows);
    else say(first.words, answer ? "x̂" : "x");
    tiles.forEach((tile, k) => {
      tile.root.hidden = k >= rows.length;
      if (k >= rows.length) return;
      const row = (tile.row = rows[k]);
      sketcher.sample(tile.canvas, data.x.subarray(row * data.D, (row + 1) * data.D), null);
      const name = data.names.length && data.labels?.[row] >= 0 ? data.names[data.labels[row]] : String(data.ids[row]);
      tell(tile.words, () => `${byValue?.includes(row) ? "• " : ""}${name}`);
      put(tile.button, "aria-label", `${name}: ${text.goTo}`);
    });
    if (answer) tell(this.note, () => fill(text.both, { error: fixed(answer.error), both: rows.filter((row) => byValue.includes(row)).length, count: rows.length }));
    put(this.root, "data-rows", rows.map((row) => data.ids[row]).join(" "));
  }

  // Points: all of them in the picture of the one.
  scatter(rows) {
    const { sketcher, data: { x }, colour = GREY } = this;
    const context = this.first.canvas.getContext("2d");
    for (const row of rows) {
      const [left, up] = [sketcher.across(x[2 * row], sketcher.width), sketcher.across(x[2 * row + 1], sketcher.height)];
      disc(context, left, sketcher.height - up, 3, colour, "#ffffff");
    }
  }
}

// The rows of the samples whose values (or codes) are nearest to these, but for the sample itself; of
// equals the first. before: as many rows that were nearest to something else, which is often close by.
export function nearestOf(all, one, self, n, count, before = []) {
  const width = one.length;
  const known = before.filter((row) => row !== self && row < n).map((row) => squared(one, all, 0, row * width, width));
  let limit = known.length < count ? Infinity : Math.max(...known); // none of the nearest is farther
  const found = []; // [distance, row], nearest first
  for (let row = 0; row < n; row++) {
    if (row === self) continue;
    const far = within(limit, one, all, row * width);
    if (far > limit || (found.length === count && far >= limit)) continue;
    let at = found.length;
    while (at > 0 && found[at - 1][0] > far) at -= 1;
    found.splice(at, 0, [far, row]);
    if (found.length < count) continue;
    found.length = count;
    limit = found[count - 1][0];
  }
  return found.map(([, row]) => row);
}

// Their squared distance or, once it is beyond `limit`, a part of it.
function within(limit, one, all, from) {
  let sum = 0;
  for (let v = 0; v < one.length && sum <= limit; ) {
    const end = Math.min(v + LOOK, one.length);
    for (; v < end; v++) sum += (all[from + v] - one[v]) ** 2;
  }
  return sum;
}
