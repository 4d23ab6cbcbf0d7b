// Along a unit: one number of the sample's code walks through its range, the others stay.

import { decimal } from "./cards.js";
import { segment, slider } from "./fields.js";
import { fill } from "./dom.js";
import { Bars, unitsOf } from "./units.js";
import { Walk } from "./walk.js";

const REACH = 2.5; // standard deviations of the codes to either side of their mean

export class Traverse extends Walk {
  own({ text, latentDim }) {
    const words = (place) => (this.view.ranked ? fill(text.nth, { number: place }) : `z${place}`);
    this.unit = 0;
    this.sample = this.startField(text.sample, text.walkSample);
    if (latentDim === 1) return [this.sample];
    this.pick = slider(text.unit, text.unitHelp, { min: 1, max: latentDim, step: 1, words },
      (place) => this.walkAlong(place - 1), () => this.keep({ units: [this.unit] }));
    this.order = segment("ranked", text.order, text.orderHelp, { true: text.byRank, false: text.byNumber },
      (value) => this.change({ ranked: value === "true" }));
    return [this.sample, this.pick, this.order];
  }

  shown(field) {
    if (field === this.sample) return this.id;
    return field === this.pick ? this.unit + 1 : this.view.ranked;
  }

  place(text) {
    const words = (t) => `${decimal(sigmas(t))} σ`;
    return { label: text.walk, help: text.walkHelp, words };
  }

  hint(text) {
    return this.props.latentDim > 1 ? text.walkHint : text.walkOne;
  }

  furnish(grid) {
    super.furnish(grid);
    const { latentDim, text } = this.props;
    for (const member of this.members) {
      if (latentDim === 1) continue;
      member.bars = new Bars(latentDim, text, (unit) => this.choose(member, unit));
      member.card.code.parentElement.before(member.bars.root);
    }
  }

  adopt(view) {
    if (this.news(view, "units")) this.unit = Math.min(this.props.latentDim - 1, view.units[0] ?? 0);
    super.adopt(view);
  }

  walkAlong(unit) {
    this.unit = unit;
    this.request({ answer: true });
  }

  // A bar was chosen: this unit, or in the order of spread its rank in this codec.
  choose(member, unit) {
    this.walkAlong(this.view.ranked ? member.units.order.indexOf(unit) : unit);
    this.keep({ units: [this.unit] });
  }

  // The plane shows the unit that walks, and the liveliest other one.
  arrange() {
    for (const member of this.members) {
      const dims = member.axes ?? this.view.dims;
      member.arrange({ ...this.view, axes: "units", dims });
    }
  }

  way(member) {
    const { cloud, codec, spec } = member;
    if (!cloud.whole) return null;
    if (cloud.pending || member.units?.weight !== codec.weight) {
      const weight = cloud.pending ? NaN : codec.weight; // NaN: measured again at the next look
      member.units = { ...unitsOf(cloud, spec.prior), weight };
    }
    const { units } = member;
    const unit = this.view.ranked ? units.order[this.unit] : this.unit;
    member.unit = unit;
    member.bars?.show(units, unit);
    this.turn(member, [unit, units.order.find((other) => other !== unit) ?? 0]);
    const z = codec.encode(this.x, 1);
    const step = units.std[units.dead[unit] ? units.order[0] : unit]; // a dead one as far as the liveliest
    return (t) => {
      const walked = z.slice();
      walked[unit] = units.mean[unit] + sigmas(t) * step;
      return walked;
    };
  }

  turn(member, axes) {
    if (String(axes) === String(member.axes)) return;
    member.axes = axes;
    member.arrange({ ...this.view, axes: "units", dims: axes });
  }

  words({ unit, units }, z, t) {
    const place = { number: unit + 1, value: decimal(z[unit]), sigmas: decimal(sigmas(t)) };
    return fill(this.props.text[units.dead[unit] ? "walksDead" : "walks"], place);
  }

  columns({ unit }, n) {
    return { unit: () => unit + 1, sigmas: (i) => sigmas(i / (n - 1)) };
  }

  subject() {
    const unit = this.view.ranked ? `unit-rank${this.unit + 1}` : `unit-z${this.unit + 1}`;
    return [unit, "sample", this.id].join("-");
  }
}

const sigmas = (t) => REACH * (2 * t - 1);
