// What a weight buys and what it costs: reconstruction over penalty along the slider, measured here
// once, on the same few samples at every weight.

import { evenly } from "./data.js";
import { clamp, fill, fit, h, put } from "./dom.js";

const WEIGHTS = 9;
const [FEW, MOST, PRODUCTS] = [4, 128, 128]; // samples; pullbacks of the contractive penalty
const LEAST = 0.25; // of the reconstruction: a smaller change does not fill the height
const PAD = 5; // pixels around the curve

export class Tradeoff {
  constructor(spec, text) {
    const label = fill(text.tradeoff, { codec: spec.name, symbol: spec.symbol });
    const rings = spec.separate?.here ? spec.separate : { weights: [], gaps: [] };
    const title = rings.weights.length ? `${text.tradeoffHelp} ${text.rings}` : text.tradeoffHelp;
    Object.assign(this, { spec, rings, pending: 0, points: [], drawn: "" });
    this.canvas = h("canvas", { class: "bnc-trade", role: "img", title, "aria-label": label });
  }

  // Asked once per size: a canvas that is asked in every frame makes the browser lay all numbers out.
  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.size = width ? [width, height] : null; // not shown
    if (width && fit(this.canvas, width, height)) this.drawn = "";
  }

  start(codec, data) {
    const oneByOne = codec.variant === "contractive"; // its Jacobian takes a millisecond and more
    const count = Math.min(data.n, oneByOne ? clamp(Math.floor(PRODUCTS / codec.latentDim), FEW, MOST) : MOST);
    const rows = evenly(data.n, count);
    const x = new Float32Array(count * data.D);
    rows.forEach((row, i) => x.set(data.x.subarray(row * data.D, (row + 1) * data.D), i * data.D));
    Object.assign(this, { codec, x, width: data.D, count, some: oneByOne ? 1 : count, points: [] });
    this.pending = (WEIGHTS * count) / this.some;
  }

  // Measures until `deadline`; the codec is left at the weight it had.
  work(deadline) {
    const { codec, x, width, some, count, points } = this;
    const { weight } = codec;
    const parts = count / some;
    do {
      const step = WEIGHTS * parts - this.pending;
      const [at, part] = [Math.floor(step / parts), step % parts];
      codec.setWeight(weightAt(this.spec, at / (WEIGHTS - 1)));
      const terms = codec.terms(x.subarray(part * some * width, (part + 1) * some * width), some);
      const sum = (points[at] ??= [0, 0]);
      sum[0] += terms.penalty / parts;
      sum[1] += terms.reconstruction / parts;
      this.pending -= 1;
    } while (this.pending && performance.now() < deadline);
    codec.setWeight(weight);
  }

  // The curve, penalty across (logarithmic), and the weight's place on it, between two measured ones.
  draw(share, ink) {
    const { canvas, points } = this;
    const state = String([share, ink]);
    if (this.pending || !points.length || !this.size || state === this.drawn) return;
    this.drawn = state;
    const [width, height] = this.size;
    const pen = canvas.getContext("2d");
    pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    pen.clearRect(0, 0, width, height);
    const across = spread(points.map(([penalty]) => logOf(penalty)));
    const ups = points.map(([, reconstruction]) => reconstruction);
    const upwards = spread(ups, LEAST * Math.max(...ups));
    const place = (u, v) => [PAD + u * (width - 2 * PAD), height - PAD - v * (height - 2 * PAD)];
    Object.assign(pen, { strokeStyle: this.spec.colour, lineWidth: 2, lineJoin: "round" });
    pen.beginPath();
    for (const [penalty, reconstruction] of points) {
      pen.lineTo(...place(across(logOf(penalty)), upwards(reconstruction)));
    }
    pen.stroke();
    Object.assign(pen, { fillStyle: this.spec.colour, strokeStyle: ink, lineWidth: 1.5 });
    const mark = ([penalty, reconstruction], radius) => {
      pen.beginPath();
      pen.arc(...place(across(logOf(penalty)), upwards(reconstruction)), radius, 0, 2 * Math.PI);
    };
    for (const ring of this.separate()) {
      mark(ring, 2.5);
      pen.stroke();
    }
    mark(this.at(share), 4);
    pen.fill();
    pen.stroke();
    put(canvas, "data-points", listed(points));
    put(canvas, "data-rings", listed(this.separate()));
  }

  // Penalty and reconstruction at a share of the slider, between two measured weights: the penalty as
  // it is drawn, by its logarithm.
  at(share) {
    const first = Math.min(WEIGHTS - 2, Math.floor(share * (WEIGHTS - 1)));
    const rest = share * (WEIGHTS - 1) - first;
    const [[p, r], [q, s]] = [this.points[first], this.points[first + 1]];
    return [Math.exp(logOf(p) + rest * (logOf(q) - logOf(p))), r + rest * (s - r)];
  }

  // Where a network trained at one weight alone would lie: its objective is known, by the gap, and
  // drawn at the penalty of this one, so that the whole gap is reconstruction.
  separate() {
    const { range: [low, high], log } = this.spec;
    return this.rings.weights.map((weight, i) => {
      const share = log ? Math.log(weight / low) / Math.log(high / low) : (weight - low) / (high - low);
      const [penalty, reconstruction] = this.at(clamp(share, 0, 1));
      const gap = this.rings.gaps[i] / 100;
      return [penalty, reconstruction - ((reconstruction + weight * penalty) * gap) / (1 + gap)];
    });
  }
}

const logOf = (penalty) => Math.log(Math.max(penalty, 1e-12));
const listed = (points) => points.map((point) => point.map((v) => v.toPrecision(5)).join(" ")).join(",");

// A share of the slider -> the weight there.
export function weightAt({ range: [low, high], log }, share) {
  return log ? low * (high / low) ** share : low + share * (high - low);
}

// A function into [0, 1] for such values; a span below `least` is centred and keeps its proportion.
function spread(values, least = 1e-9) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(high - low, least);
  return (value) => 0.5 + (value - (low + high) / 2) / span;
}
