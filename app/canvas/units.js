// How much every unit of a code varies over the points: which ones walk far, and which are dead.

import { fill, fixed, h, put } from "./dom.js";

const BURDA = 0.01; // variance of an active unit where the prior fixes the scale (Burda et al. 2016)
const FLAT = 1e-3; // of the largest variance: less is none, where nothing fixes the scale

// {mean, std, dead, order}: of each unit; order: units by their spread, the liveliest first.
export function unitsOf({ z, n, d }, prior) {
  const mean = new Float64Array(d);
  for (let i = 0; i < n * d; i++) mean[i % d] += z[i] / n;
  const variance = new Float64Array(d);
  for (let i = 0; i < n * d; i++) variance[i % d] += (z[i] - mean[i % d]) ** 2 / Math.max(1, n - 1);
  const std = variance.map(Math.sqrt);
  const limit = prior ? BURDA : FLAT * Math.max(...variance);
  const dead = [...variance].map((v) => v <= limit);
  const order = [...std.keys()].sort((a, b) => std[b] - std[a]);
  return { mean, std, dead, order };
}

// A bar for every unit; a dead one is an empty frame.
export class Bars {
  constructor(d, text, chosen) {
    this.text = text;
    this.bars = Array.from({ length: d }, (_, unit) => h("i", { onclick: () => chosen(unit) }));
    this.root = h("div", { class: "bnc-bars", role: "img" }, ...this.bars);
  }

  show({ std, dead }, unit) {
    const most = Math.max(...std) || 1;
    this.bars.forEach((bar, i) => {
      const height = `${Math.round((100 * std[i]) / most)}%`;
      if (bar.style.getPropertyValue("--height") !== height) bar.style.setProperty("--height", height);
      put(bar, "class", [dead[i] ? "bnc-dead" : "", i === unit ? "bnc-walks" : ""].join(" ").trim());
      put(bar, "title", fill(dead[i] ? this.text.deadUnit : this.text.spread, { number: i + 1, value: fixed(std[i], 2) }));
    });
    const names = dead.map((gone, i) => (gone ? `z${i + 1}` : "")).filter(Boolean);
    put(this.root, "aria-label", names.length
      ? fill(this.text.deadUnits, { count: names.length, d: std.length, names: names.join(", ") })
      : fill(this.text.noDeadUnits, { d: std.length }));
  }
}
