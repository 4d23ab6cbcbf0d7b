// Bars of what `ranks.js` counts, for the planes as they are drawn, while weights move.

import { fill, h, put, tell } from "./dom.js";
import { toggle } from "./fields.js";
import { Ranks, Tally } from "./ranks.js";
import { BEST } from "./repaircard.js";

const MORE = 8; // ms of a frame, while no hand moves

export class Quality {
  constructor(face) {
    const { data, members, props: { text } } = face;
    Object.assign(this, { face, data, text });
    const measures = ["trustworthiness", "continuity", ...(data.labels ? ["accuracy"] : [])];
    this.courses = members.map((member) => ({ member, meters: measures.map((name) => new Meter(name, member.spec, text[name])) }));
    this.note = h("p", { class: "bnc-code" });
    this.body = h("div", { class: "bnc-quality-body", style: `--measures:${measures.length}` }, ...measures.map((name, i) => h("div", { class: "bnc-meters" },
      h("h5", {}, text[name]), ...this.courses.map(({ meters }) => meters[i].root))), this.note);
    this.switch = toggle(text.quality, text.qualityHelp, (measured) => face.change({ measured }));
    this.root = h("section", { class: "bnc-card bnc-quality", "aria-label": text.qualityAlt }, this.switch.root, this.body);
  }

  show({ measured }) {
    this.switch.show(measured);
    this.body.hidden = !measured;
    this.on = measured;
  }

  // Until `deadline`, those first that have waited longest; true while more is left.
  work(deadline, calm) {
    if (!this.on) return false;
    const ranks = (this.ranks ??= new Ranks(this.data));
    if (ranks.done < ranks.n) {
      tell(this.note, () => this.text.qualityWait);
      return ranks.work(deadline + (calm ? MORE : 0)) || true;
    }
    tell(this.note, () => fill(this.text.qualityNote, { count: ranks.n, k: ranks.k }));
    const open = this.courses.filter((course) => course.tally || this.moved(course));
    for (const course of open.sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0))) {
      // One that has begun is brought to its end: else nothing would be seen while a hand moves.
      if (!course.tally) Object.assign(course, { at: state(course), tally: new Tally(ranks, placesOf(course.member.cloud, ranks)) });
      if (course.tally.work(deadline)) return true;
      Object.assign(course, { shares: course.tally.shares, tally: null, turn: (this.turn = (this.turn ?? 0) + 1) });
      this.draw(course);
      if (performance.now() > deadline) return true;
    }
    return this.courses.some((course) => this.moved(course));
  }

  // Whether what is drawn has other codes than those that were measured; those on their way will ask again.
  moved(course) {
    const { cloud } = course.member;
    return cloud?.whole && !cloud.pending && course.at !== state(course);
  }

  draw({ meters, shares }) {
    for (const meter of meters) meter.fill(shares[meter.name]);
    meters.forEach((meter, i) => {
      const all = this.courses.filter((one) => one.shares).map((one) => one.meters[i]);
      const best = Math.max(...all.map(({ share }) => share));
      for (const one of all) one.say(best);
    });
  }
}

class Meter {
  constructor(name, { id, name: codec, colour }, label) {
    this.name = name;
    this.value = h("output", {}, "…");
    this.root = h("div", { class: "bnc-meter", role: "meter", "aria-valuemin": 0, "aria-valuemax": 1, "aria-label": `${label}: ${codec}`,
      "data-codec": id, "data-measure": name, style: `--codec:${colour}` }, h("span", {}, codec), h("i", {}), this.value);
  }

  fill(share) {
    this.share = share;
    put(this.root, "aria-valuenow", share.toFixed(4));
    this.root.style.setProperty("--share", share.toFixed(4));
  }

  say(best) {
    tell(this.value, () => `${this.share === best ? `${BEST} ` : ""}${this.share.toFixed(3)}`);
  }
}

const state = ({ member: { weight, turned } }) => `${weight} ${turned}`;

function placesOf({ target, line }, { rows }) {
  const places = new Float32Array(2 * rows.length);
  rows.forEach((row, i) => {
    places[2 * i] = target[2 * row];
    if (!line) places[2 * i + 1] = target[2 * row + 1]; // on a line the height means nothing
  });
  return places;
}
