// Towards a class: the sample's code moves along the difference of two means, in every codec.

import { decimal } from "./cards.js";
import { select } from "./fields.js";
import { fill } from "./dom.js";
import { widen } from "./strewn.js";
import { Walk } from "./walk.js";

const FARTHEST = 1.5; // times the difference of the means

export class Towards extends Walk {
  own({ text, data }) {
    this.sample = this.startField(text.sample, text.pushSample);
    this.target = select(text.target, text.targetHelp, data.names.map((name, k) => [k, name]),
      (k) => this.change({ target: Number(k) }));
    return [this.sample, this.target];
  }

  shown(field) {
    return field === this.sample ? this.id : this.view.target;
  }

  place(text) {
    return { label: text.push, help: text.pushHelp, words: (t) => `× ${decimal(FARTHEST * t)}` };
  }

  hint(text) {
    return text.pushHint;
  }

  // The class that is aimed at stands out in the planes.
  get stressed() {
    return this.view.target;
  }

  way(member) {
    const { cloud, codec, data } = member;
    if (!cloud.whole) return null;
    const asked = String([this.view.target, codec.weight]);
    if (cloud.pending || member.push?.asked !== asked) {
      const along = difference(cloud, data.labels, this.view.target);
      member.push = { along, asked: cloud.pending ? null : asked }; // measured again once all are new
    }
    const { along } = member.push;
    const z = codec.encode(this.x, 1);
    return (t) => z.map((value, i) => value + FARTHEST * t * along[i]);
  }

  // The way may lead out of the data.
  follow(member, way) {
    super.follow(member, way);
    widen({ cloud: member.cloud, places: member.trail });
  }

  words(member, z, t) {
    return fill(this.props.text.pushed, { amount: decimal(FARTHEST * t), name: this.aim });
  }

  get aim() {
    return this.props.data.names[this.view.target];
  }

  columns(_, n) {
    return { amount: (i) => (FARTHEST * i) / (n - 1) };
  }

  subject() {
    return `towards-${this.view.target}-sample-${this.id}`;
  }
}

// Mean code of a class minus that of all others, as ae_core's attribute_direction: (d).
function difference({ z, n, d }, labels, target) {
  const sums = [new Float64Array(d), new Float64Array(d)];
  const counts = [0, 0];
  for (let i = 0; i < n; i++) {
    const own = labels[i] === target ? 1 : 0;
    counts[own]++;
    for (let j = 0; j < d; j++) sums[own][j] += z[i * d + j];
  }
  if (!counts[0] || !counts[1]) return sums[0].fill(0); // nothing to tell apart
  return sums[1].map((sum, j) => sum / counts[1] - sums[0][j] / counts[0]);
}
