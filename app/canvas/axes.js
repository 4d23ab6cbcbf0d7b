// The numbers and lines of a plane's two axes.

import { short } from "./dom.js";

export function drawAxes(plane, context, ink, names) {
  const { view, width, height } = plane;
  const step = nice((view.x1 - view.x0) / Math.max(2, width / 70));
  context.font = "11px sans-serif";
  context.fillStyle = context.strokeStyle = ink;
  context.lineWidth = 1;
  const write = (text, x, y) => {
    context.globalAlpha = 0.72;
    context.fillText(text, x, y);
  };
  const room = context.measureText(names[0]).width + 22; // no number beneath the name
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const u of ticks(view.x0, view.x1, step)) {
    const x = plane.px(u);
    if (x < 12 || x > width - room) continue;
    rule(context, x, 0, x, height, u === 0);
    write(short(u), x, height - 4);
  }
  context.textAlign = "right";
  write(names[0], width - 5, height - 4);
  if (plane.line) return;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const v of ticks(view.y0, view.y1, step)) {
    const y = plane.py(v);
    if (y < 22 || y > height - 20) continue;
    rule(context, 0, y, width, y, v === 0);
    write(short(v), 4, y);
  }
  write(names[1], 5, 10);
}

export function rule(context, x0, y0, x1, y1, strong) {
  const before = context.globalAlpha;
  context.globalAlpha = before * (strong ? 0.35 : 0.1);
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  context.globalAlpha = before;
}

// 1, 2 or 5 times a power of ten, at least `rough`.
function nice(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((digit) => digit * power >= rough * 0.999);
}

function ticks(low, high, step) {
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
  return found;
}
