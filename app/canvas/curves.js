// Curves over epochs: the error of every codec in one chart, the terms of one objective in a small one.

import { cleared, short } from "./dom.js";

const STEPS = [1, 1.5, 2, 3, 4, 6, 8, 10];
export const DASHES = { solid: [], dot: [1, 5], dash: [8, 5], longdash: [14, 5], dashdot: [9, 4, 1, 4],
  longdashdot: [14, 4, 1, 4] };
const NEUTRAL = "#7b828c";
const [LEFT, BOTTOM, TOP] = [38, 17, 6];
const ROW = 13; // pixels from the words of one change to those below

// The next round number from `value` up: a range that seldom has to change.
export function roomy(value) {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const scale = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find((s) => s * scale >= value * (1 - 1e-9)) ?? 10) * scale;
}

export class Chart {
  constructor(canvas) {
    this.canvas = canvas;
  }

  // Clears, writes the axes, and leaves a context in which curves are drawn.
  begin(epochs, limit, { ink, axis }) {
    const { canvas } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return null;
    const c = cleared(canvas, width, height);
    Object.assign(this, { c, epochs, limit, written: [], width: width - LEFT - 6, height: height - BOTTOM - TOP });
    c.font = "11px sans-serif";
    c.fillStyle = c.strokeStyle = ink;
    c.lineWidth = 1;
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(this.y(share * limit)) + 0.5;
      c.globalAlpha = 0.13;
      line(c, LEFT, y, LEFT + this.width, y);
      c.globalAlpha = 0.75;
      c.textAlign = "right";
      c.textBaseline = share === 1 ? "top" : share ? "middle" : "bottom";
      c.fillText(short(share * limit), LEFT - 4, y + (share === 1 ? -5 : share ? 0 : 3));
    }
    c.textBaseline = "bottom";
    c.textAlign = "left";
    c.fillText("0", LEFT, height);
    c.textAlign = "center";
    c.fillText(axis, LEFT + this.width / 2, height);
    c.textAlign = "right";
    c.fillText(String(epochs), LEFT + this.width, height);
    c.globalAlpha = 1;
    c.save();
    c.beginPath();
    c.rect(LEFT, 0, this.width + 4, height - BOTTOM + 2);
    c.clip();
    return c;
  }

  x(epoch) {
    return LEFT + (epoch / this.epochs) * this.width;
  }

  y(value) {
    return TOP + this.height * (1 - Math.min(1.5, Math.max(-0.5, value / this.limit)));
  }

  // points: [[epoch, value], …]
  curve(points, colour, { dash = "solid", width = 2, alpha = 1 } = {}) {
    const { c } = this;
    c.strokeStyle = c.fillStyle = colour;
    c.globalAlpha = alpha;
    c.lineWidth = width;
    c.setLineDash(DASHES[dash]);
    c.lineCap = DASHES[dash].includes(1) ? "round" : "butt";
    c.lineJoin = "round";
    c.beginPath();
    for (const [epoch, value] of points) c.lineTo(this.x(epoch), this.y(value));
    c.stroke();
    c.setLineDash([]);
    if (points.length === 1) c.fillRect(this.x(points[0][0]) - 2, this.y(points[0][1]) - 2, 5, 5);
    c.globalAlpha = 1;
  }

  area(upper, lower, colour, alpha) {
    const { c } = this;
    c.fillStyle = colour;
    c.globalAlpha = alpha;
    c.beginPath();
    for (const [epoch, value] of upper) c.lineTo(this.x(epoch), this.y(value));
    for (const [epoch, value] of [...lower].reverse()) c.lineTo(this.x(epoch), this.y(value));
    c.fill();
    c.globalAlpha = 1;
  }

  // A moment at which something was changed.
  mark(epoch, words, ink) {
    const { c } = this;
    const x = this.x(epoch);
    c.strokeStyle = c.fillStyle = ink;
    c.globalAlpha = 0.8;
    c.lineWidth = 1.5;
    c.setLineDash([3, 3]);
    line(c, x, 0, x, this.height + TOP);
    c.setLineDash([]);
    c.textBaseline = "top";
    const wide = c.measureText(words).width;
    const left = x + wide + 6 > LEFT + this.width;
    c.textAlign = left ? "right" : "left";
    c.fillText(words, x + (left ? -4 : 4), this.row(left ? x - wide - 4 : x + 4, wide));
    c.globalAlpha = 1;
  }

  // Where words from x on stand, so wide: below those already written there.
  row(x, wide) {
    let y = 2;
    while (this.written.some((one) => one.y === y && one.x < x + wide + 6 && x < one.x + one.wide + 6)) y += ROW;
    this.written.push({ x, wide, y });
    return y;
  }

  // The line at the epoch that everything else shows.
  end(at, ink) {
    const { c } = this;
    c.strokeStyle = ink;
    c.lineWidth = 2;
    line(c, this.x(at), 0, this.x(at), this.height + TOP);
    c.restore();
  }
}

export function drawErrors(chart, { runs, baselines, epochs, at, look, axis }) {
  const all = [...runs.map((run) => run.errors[0]?.[1] ?? 0), ...baselines.map((b) => b.error)];
  if (!chart.begin(epochs, roomy(Math.max(...all)), { ...look, axis })) return;
  for (const { error, colour } of baselines) chart.curve([[0, error], [epochs, error]], colour, { dash: "dash" });
  for (const { errors, colour, dash, shown } of runs) {
    chart.curve(errors, colour, shown ? { dash, width: 2.5 } : { width: 1, alpha: 0.45 });
  }
  const marks = new Map(runs.flatMap((run) => run.marks.map((m) => [`${m.epoch} ${m.words}`, m])));
  for (const { epoch, words } of marks.values()) chart.mark(epoch, words, look.ink);
  chart.end(at, look.ink);
}

// Train filled: reconstruction, and lighter above it weight · penalty. Valid: reconstruction dotted, total dashed.
export function drawTerms(chart, { rows, colour, limit, marks, epochs, at, look, axis }) {
  if (!chart.begin(epochs, limit, { ...look, axis })) return;
  const points = (value) => rows.map((row) => [row[0], value(row)]);
  const [bare, total] = [points((row) => row[1]), points((row) => row[1] + row[2])];
  const floor = points(() => 0);
  chart.area(bare, floor, colour, 0.6);
  chart.area(total, bare, colour, 0.28);
  chart.curve(points((row) => row[3]), NEUTRAL, { dash: "dot" });
  chart.curve(points((row) => row[3] + row[4]), NEUTRAL, { dash: "dash" });
  for (const { epoch, words } of marks) chart.mark(epoch, words, look.ink);
  chart.end(at, look.ink);
}

function line(c, x0, y0, x1, y1) {
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
  c.stroke();
}
