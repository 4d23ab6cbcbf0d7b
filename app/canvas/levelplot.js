// The curves of `levels.js`, with a line at the level of the moment, which a hand can drag.

import { DASHES } from "./curves.js";
import { clamp, fill, h, put, say, short } from "./dom.js";
import { BEST } from "./repaircard.js";
import { saveTable } from "./saving.js";
import { even, svg, words } from "./svg.js";

const NEUTRAL = "#7b828c";
const PAD = { left: 40, right: 14, top: 22, bottom: 38 };
const [LOW, HIGH, SHARE] = [260, 380, 0.42]; // pixels of height, and of the width
const STEP = 5; // dB between two ends that the axis may have
const NEUTRALS = [["dot", "circle"], ["dash", "square"], ["dashdot", "diamond"]];
const MARKS = {
  circle: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", square: "M-3.6-3.6h7.2v7.2h-7.2z", diamond: "M0-5L5 0L0 5L-5 0z",
  cross: "M-1.5-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z", "triangle-up": "M0-5L5 4H-5z",
  star: "M0-5.5L1.4-1.8L5.2-1.7L2.2.7L3.3 4.4L0 2.3L-3.3 4.4L-2.2.7L-5.2-1.7L-1.4-1.8z",
};

export class LevelPlot {
  // rows: [{id, name, colour, dash, mark}]; acts: {live(level), keep(level)}
  constructor(levels, rows, text, acts) {
    Object.assign(this, { levels, text });
    this.rows = rows.map((row, i) => {
      if (row.colour) return row;
      const [dash, mark] = NEUTRALS[i % NEUTRALS.length];
      return { id: row.id, name: row.name, colour: NEUTRAL, dash, mark };
    });
    this.root = svg("svg", { class: "bnc-plot bnc-levels", role: "img", "aria-label": text.curveAlt });
    [this.ground, this.lines, this.now] = [0, 1, 2].map(() => svg("g"));
    this.now.append(svg("line", { class: "bnc-level-now" }), svg("circle", { class: "bnc-level-grip", r: 7 }));
    this.root.append(this.ground, this.lines, this.now);
    this.drag(acts);
    this.values = this.rows.map(() => h("b"));
    this.note = h("p", { class: "bnc-code" });
    this.card = h("section", { class: "bnc-card bnc-course", "aria-label": text.curve },
      h("div", { class: "bnc-head" }, h("h4", {}, text.curve), h("div", { class: "bnc-saver" },
        h("button", { type: "button", title: text.csvCurve, onclick: () => saveTable("psnr-over-level.csv", levels.table()) }, "CSV"))),
      h("div", { class: "bnc-course-body" }, this.root, h("div", { class: "bnc-key" },
        ...this.rows.map((row, i) => h("div", {}, swatch(row), h("span", {}, row.name), this.values[i])), this.note)));
  }

  // The line follows the hand, and the noise above follows the line. A finger that scrolls moves neither.
  drag({ live, keep }) {
    const { root } = this;
    const move = ({ clientX }) => {
      const box = root.getBoundingClientRect();
      const share = (clientX - box.left - PAD.left) / (this.width - PAD.left - PAD.right);
      this.level = clamp(Math.round(100 * share * this.highest) / 100, 0, this.highest);
      live(this.level);
    };
    root.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      root.setPointerCapture(event.pointerId);
      this.held = true;
      if (event.pointerType !== "touch") move(event);
    });
    root.addEventListener("pointermove", (event) => this.held && move(event));
    root.addEventListener("pointerup", (event) => {
      if (!this.held) return;
      this.held = false;
      move(event);
      keep(this.level);
    });
    root.addEventListener("pointercancel", () => (this.held = false));
  }

  get highest() {
    return this.levels.at.at(-1) / this.levels.shares.at(-1);
  }

  // view: kind and level; trained: {span, words} or null
  draw(measure, trained) {
    const width = this.root.clientWidth;
    if (!width) return;
    const height = Math.round(clamp(width * SHARE, LOW, HIGH));
    Object.assign(this, { width, height });
    put(this.root, "viewBox", `0 0 ${width} ${height}`);
    put(this.root, "height", String(height));
    const all = this.levels.rows.flatMap(({ db }) => (db ?? []).filter(Number.isFinite));
    const ends = all.length ? [STEP * Math.floor(Math.min(...all) / STEP), STEP * Math.ceil(Math.max(...all) / STEP)] : [0, 30];
    const [low, high] = ends[0] === ends[1] ? [ends[0], ends[0] + STEP] : ends;
    this.x = (level) => PAD.left + (level / this.highest) * (width - PAD.left - PAD.right);
    this.y = (db) => height - PAD.bottom - ((db - low) / (high - low)) * (height - PAD.top - PAD.bottom);
    this.ground.replaceChildren(...this.shade(trained), ...this.axes(low, high, measure));
    this.lines.replaceChildren(...this.rows.flatMap((row, i) => this.line(row, this.levels.rows[i])));
    put(this.root, "data-drawn", String(this.levels.rows.filter(({ db }) => db).length));
  }

  // Where the line stands, and what the curves say there.
  mark(level, symbol) {
    if (!this.x) return;
    const x = this.x(level).toFixed(1);
    const [line, grip] = this.now.children;
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", PAD.top], ["y2", this.height - PAD.bottom]]) put(line, name, String(value));
    put(grip, "cx", x);
    put(grip, "cy", String(PAD.top));
    const read = this.levels.rows.map((row) => this.levels.read(row, level));
    const best = Math.max(...read.map((db) => db ?? -Infinity));
    read.forEach((db, i) => say(this.values[i], db == null ? "–" : `${db === best ? `${BEST} ` : ""}${db.toFixed(1).replace("-", "−")} dB`));
    const [first, at] = [this.levels.at[0], level].map((one) => `${symbol} = ${one.toFixed(2)}`);
    const { curveBefore, curveNote } = this.text;
    say(this.note, fill(level < this.levels.at[0] ? curveBefore : curveNote, { first, level: at, count: this.levels.count }));
  }

  shade(trained) {
    if (!trained) return [];
    const [from, to] = trained.span.map((level) => this.x(Math.min(level, this.highest)));
    const box = svg("rect", { class: "bnc-level-shade", x: from, width: Math.max(1, to - from), y: PAD.top, height: this.height - PAD.top - PAD.bottom });
    return [box, words(trained.words, from + 2, PAD.top - 8, "start")];
  }

  axes(low, high, measure) {
    const { width, height, highest } = this;
    const [bottom, right] = [height - PAD.bottom, width - PAD.right];
    const rule = (x1, y1, x2, y2) => svg("line", { class: "bnc-plot-rule", x1, y1, x2, y2 });
    return [
      ...even(0, highest, width / 90).flatMap((x) => [rule(this.x(x), PAD.top, this.x(x), bottom), words(short(x), this.x(x), bottom + 15, "middle")]),
      ...even(low, high, (height - PAD.top - PAD.bottom) / 55).flatMap((y) =>
        [rule(PAD.left, this.y(y), right, this.y(y)), words(short(y), PAD.left - 6, this.y(y) + 4, "end")]),
      words(measure, (PAD.left + right) / 2, height - 5, "middle", "bnc-plot-name"),
      words("dB", 4, PAD.top - 8, "start", "bnc-plot-name"),
    ];
  }

  line(row, { db }) {
    if (!db) return [];
    const places = db.map((value, i) => [this.x(this.levels.at[i]), this.y(value)]).filter(([, y]) => Number.isFinite(y));
    const path = places.map((place) => place.map((v) => v.toFixed(1)).join(" ")).join("L");
    return [drawn(row, `M${path}`), ...places.map(([x, y]) => marked(row, x, y))];
  }
}

const drawn = ({ colour, dash }, d) => svg("path", {
  class: "bnc-level-line", d, stroke: colour, "stroke-dasharray": DASHES[dash].join(" "), "stroke-width": colour === NEUTRAL ? 1.8 : 2.6,
});

const marked = ({ colour, mark }, x, y) => svg("path", {
  d: MARKS[mark], fill: colour, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
});

function swatch(row) {
  const root = svg("svg", { viewBox: "0 0 34 12", width: 34, height: 12, "aria-hidden": "true" });
  root.append(drawn(row, "M1 6H33"), marked(row, 17, 6));
  return root;
}
