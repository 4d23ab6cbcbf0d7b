// The plane of two terms: runs as points, their medians with ranges, one network's curve through them.

import { clamp, fill, fixed, put, short } from "./dom.js";
import { even, svg, words } from "./svg.js";

const PAD = { left: 46, right: 18, top: 24, bottom: 40 };
const [LOW, HIGH, SHARE] = [270, 430, 0.42]; // pixels of height, and of the width
const [LETTER, LINE] = [6.6, 16]; // pixels that a written weight takes, at most
const TOUCH = 18; // pixels from a hand to the point it means

export class Plot {
  // pick(run): a point was chosen; told(words): what is under the hand
  constructor(props, pick, told) {
    const { text } = props;
    Object.assign(this, { props, told, ends: null });
    this.root = svg("svg", { class: "bnc-plot", role: "group", "aria-label": fill(text.chartAlt, text), style: `--codec:${props.codec.colour}` });
    [this.ground, this.middles, this.marks] = ["ground", "middles", "marks"].map((part) => svg("g", { class: `bnc-plot-${part}` }));
    this.root.append(this.ground, this.marks, this.middles);
    this.dots = new Map(props.runs.map(({ run }) => [run, this.dot(run, pick)]));
    this.marks.append(...this.dots.values());
    this.root.addEventListener("pointermove", (event) => this.point(this.nearest(event)));
    this.root.addEventListener("pointerleave", () => this.point(null));
    this.root.addEventListener("click", (event) => {
      const run = this.nearest(event);
      if (run) pick(run);
    });
  }

  // Points lie close together: the nearest one is meant, not the one drawn last.
  nearest({ clientX, clientY }) {
    const box = this.root.getBoundingClientRect();
    let [best, least] = [null, TOUCH];
    for (const [run, [x, y]] of this.at ?? []) {
      const far = Math.hypot(x - clientX + box.left, y - clientY + box.top);
      if (far < least) [best, least] = [run, far];
    }
    return best;
  }

  point(run) {
    if (run === this.pointed) return;
    this.pointed = run;
    for (const [other, dot] of this.dots) dot.toggleAttribute("data-near", other === run);
    this.root.style.cursor = run ? "pointer" : "";
    this.told(run ? this.dots.get(run).getAttribute("aria-label") : "");
  }

  dot(run, pick) {
    const dot = svg("g", { class: "bnc-plot-dot", tabindex: 0, role: "button", "data-run": run });
    dot.append(svg("circle", { class: "bnc-plot-touch", r: 11 }), svg("circle", { class: "bnc-plot-point" }));
    dot.addEventListener("focus", () => this.point(run));
    dot.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick(run);
    });
    return dot;
  }

  show(points, curve, picked) {
    const width = this.root.clientWidth;
    if (!width) return;
    const height = Math.round(clamp(width * SHARE, LOW, HIGH));
    put(this.root, "viewBox", `0 0 ${width} ${height}`);
    put(this.root, "height", String(height));
    this.measure(points, curve, width, height);
    const groups = this.groups(points);
    this.ground.replaceChildren(...this.axes(width, height), ...this.line(curve, "curve"),
      ...this.line(groups.filter((g) => g.middle).map((g) => g.middle), "thread"));
    this.middles.replaceChildren(...groups.flatMap((group) => this.middle(group)), ...this.weights(groups));
    this.at = new Map();
    for (const point of points) this.place(point, point.run === picked, groups[0]?.several);
    put(this.root, "data-done", String(points.filter((point) => point.state === "finished").length));
    put(this.root, "data-curve", String(curve.length));
  }

  // Ends of both axes: what has ended and the curve; they grow, and never shrink under the reader's eyes. Only
  // before there is any of that they follow runs in training, whose first epochs lie far away.
  measure(points, curve, width, height) {
    const ended = points.filter((point) => point.place && point.state === "finished").map((point) => point.place);
    const firm = ended.length + curve.length > 0;
    if (firm !== this.firm) this.ends = null;
    this.firm = firm;
    const all = firm ? [...ended, ...curve] : points.filter((point) => point.place).map((point) => point.place);
    const sides = [0, 1].map((k) => {
      const log = k === 0 && this.props.log;
      const values = all.map((place) => (log ? Math.log10(Math.max(place[k], 1e-9)) : place[k]));
      const before = this.ends?.[k] ?? [Infinity, -Infinity];
      return [Math.min(before[0], ...values), Math.max(before[1], ...values)];
    });
    if (all.length) this.ends = sides;
    this.scales = sides.map(([low, high], k) => {
      const log = k === 0 && this.props.log;
      const room = all.length ? Math.max((high - low) * 0.06, Math.abs(high) * 0.01, 1e-6) : 0;
      const [from, to] = all.length ? [low >= 0 && !log ? Math.max(0, low - room) : low - room, high + room] : [0, 1];
      const [start, length] = k ? [height - PAD.bottom, -(height - PAD.top - PAD.bottom)] : [PAD.left, width - PAD.left - PAD.right];
      const at = (value) => start + clamp((( log ? Math.log10(Math.max(value, 1e-9)) : value) - from) / (to - from), 0, 1) * length;
      return { at, ticks: log ? decades(from, to) : even(from, to, Math.abs(length) / (k ? 60 : 90)) };
    });
  }

  xy([x, y]) {
    return [this.scales[0].at(x), this.scales[1].at(y)];
  }

  axes(width, height) {
    const { text } = this.props;
    const [bottom, right] = [height - PAD.bottom, width - PAD.right];
    const [across, up] = this.scales;
    const rule = (x1, y1, x2, y2) => svg("line", { class: "bnc-plot-rule", x1, y1, x2, y2 });
    return [
      ...across.ticks.flatMap((x) => [rule(across.at(x), PAD.top, across.at(x), bottom), words(short(x), across.at(x), bottom + 15, "middle")]),
      ...up.ticks.flatMap((y) => [rule(PAD.left, up.at(y), right, up.at(y)), words(short(y), PAD.left - 6, up.at(y) + 4, "end")]),
      words(text.across, (PAD.left + right) / 2, height - 6, "middle", "bnc-plot-name"),
      words(text.up, 2, 13, "start", "bnc-plot-name"),
    ];
  }

  line(places, kind) {
    if (places.length < 2) return [];
    const path = places.map((place) => this.xy(place).map((v) => v.toFixed(1)).join(" ")).join("L");
    return [svg("path", { class: `bnc-plot-${kind}`, d: `M${path}` })];
  }

  // The runs of each weight; over seeds that have ended, the median of both terms and their ends.
  groups(points) {
    const weights = [...new Set(points.map((point) => point.weight))].sort((a, b) => a - b);
    const several = new Set(points.map((point) => point.seed)).size > 1;
    return weights.map((weight) => {
      const ended = points.filter((p) => p.weight === weight && p.state === "finished" && p.place).map((p) => p.place);
      const sides = [0, 1].map((k) => ended.map((place) => place[k]).sort((a, b) => a - b));
      return { weight, several, count: ended.length, sides, middle: ended.length ? sides.map(median) : null };
    });
  }

  middle({ several, count, middle, sides: [xs, ys] }) {
    if (!several || !middle) return [];
    const [x, y] = this.xy(middle);
    const whisker = (a, b) => svg("path", { class: "bnc-plot-range", d: `M${a.join(" ")}L${b.join(" ")}` });
    const [across, up] = this.scales;
    const ranges = count < 2 ? [] : [whisker([across.at(xs[0]), y], [across.at(xs.at(-1)), y]), whisker([x, up.at(ys[0])], [x, up.at(ys.at(-1))])];
    return [...ranges, svg("circle", { class: "bnc-plot-median", cx: x, cy: y, r: 5.5 })];
  }

  // Weights beside their points, where there is room: the ends first.
  weights(groups) {
    const { symbol, noise } = this.props;
    if (noise) return []; // they are the axis
    const known = groups.filter((group) => group.middle);
    const written = [];
    for (const { weight, middle } of [known[0], known.at(-1), ...known].filter(Boolean)) {
      const [x, y] = this.xy(middle);
      const name = `${symbol} = ${short(weight)}`;
      const width = name.length * LETTER;
      const left = x > this.root.clientWidth - PAD.right - width;
      const start = left ? x - 9 - width : x + 9;
      if (written.some((w) => Math.abs(w.y - y) < LINE && w.start < start + width && start < w.start + w.width)) continue;
      written.push({ name, start, width, x: x + (left ? -9 : 9), y, left });
    }
    return written.map(({ name, x, y, left }) => words(name, x, y - 8, left ? "end" : "start", "bnc-plot-weight"));
  }

  place(point, picked, several) {
    const dot = this.dots.get(point.run);
    const { text, symbol } = this.props;
    const shown = point.place && !["failed", "queued"].includes(point.state);
    dot.style.display = shown ? "" : "none";
    if (!shown) return;
    const [x, y] = this.xy(point.place);
    put(dot, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    put(dot, "data-state", point.state);
    put(dot, "data-place", point.place.map((v) => v.toPrecision(6)).join(" "));
    put(dot, "aria-pressed", String(picked));
    this.at.set(point.run, [x, y]);
    put(dot.lastChild, "r", String(several && point.state === "finished" ? 3.4 : 5.5));
    const name = fill(text.point, { symbol, weight: short(point.weight), seed: point.seed });
    const told = fill(text.pointHelp, { name, across: text.across, x: fixed(point.place[0]), up: text.up, y: fixed(point.place[1]) });
    put(dot, "aria-label", point.state === "cancelled" ? `${told} · ${text.states.cancelled}` : told);
  }
}

function median(sorted) {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Powers of ten between two exponents, and 2 and 5 times them where there are few.
function decades(low, high) {
  const digits = high - low < 1.5 ? [1, 2, 5] : [1];
  const found = [];
  for (let k = Math.floor(low); k <= high; k++) found.push(...digits.map((digit) => digit * 10 ** k));
  return found.filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
}
