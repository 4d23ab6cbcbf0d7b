// Data in the plane as a codec sees it: what its decoder reaches, and the field r(x) − x as arrows.

import { cleared } from "./dom.js";

const LONGEST = 0.9; // of the distance between two places: an arrow of that length or more is drawn so long

export function drawPull(canvas, shot, data, colour, look) {
  const box = boundsOf(data);
  canvas.style.aspectRatio = `${box.width} / ${box.height}`;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width) return;
  const c = cleared(canvas, width, height);
  const scale = width / box.width;
  const at = (x, y) => [(x - box.x0) * scale, height - (y - box.y0) * scale];
  dots(c, data.x, at, look.ink, 0.4, 2.2);
  if (shot.field) arrows(c, shot.field, data.places, at, look.ink);
  dots(c, shot.reconstructions, at, colour, 0.8, 2.6);
  if (shot.reach) reach(c, shot.reach, shot.codesShape[1], at, colour);
}

// What holds all places of the field.
function boundsOf({ places }) {
  const [xs, ys] = [0, 1].map((k) => places.map((place) => place[k]));
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const room = 0.03 * Math.max(x1 - x0, y1 - y0);
  return { x0: x0 - room, y0: y0 - room, width: x1 - x0 + 2 * room, height: y1 - y0 + 2 * room };
}

export function dots(c, points, at, colour, alpha, size) {
  c.fillStyle = colour;
  c.globalAlpha = alpha;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = at(points[i], points[i + 1]);
    c.fillRect(x - size / 2, y - size / 2, size, size);
  }
  c.globalAlpha = 1;
}

// One scale for all: an arrow shows a third of the way, at most as far as its neighbour's place.
function arrows(c, field, places, at, ink) {
  const [[ax, ay], [bx, by]] = [at(...places[0]), at(...places[1])];
  const most = LONGEST * Math.hypot(ax - bx, ay - by);
  c.strokeStyle = c.fillStyle = ink;
  c.lineWidth = 1.1;
  c.globalAlpha = 0.8;
  places.forEach(([x, y], i) => {
    const [px, py] = at(x, y);
    const [qx, qy] = at(field[2 * i], field[2 * i + 1]);
    const far = Math.hypot(qx - px, qy - py) / 3;
    if (far < 0.7) return void c.fillRect(px - 0.7, py - 0.7, 1.4, 1.4);
    const long = Math.min(far, most);
    const angle = Math.atan2(qy - py, qx - px);
    arrow(c, [px, py], [px + long * Math.cos(angle), py + long * Math.sin(angle)], 3.5);
  });
  c.globalAlpha = 1;
}

// size: of the head, at most; a short arrow has a smaller one
export function arrow(c, [px, py], [tx, ty], size) {
  const angle = Math.atan2(ty - py, tx - px);
  const head = Math.min(size, 0.5 * Math.hypot(tx - px, ty - py));
  c.beginPath();
  c.moveTo(px, py);
  c.lineTo(tx, ty);
  for (const turn of [2.6, -2.6]) {
    c.moveTo(tx, ty);
    c.lineTo(tx + head * Math.cos(angle + turn), ty + head * Math.sin(angle + turn));
  }
  c.stroke();
}

// A curve for d = 1; for d = 2 the net of a square of codes.
function reach(c, points, d, at, colour) {
  const n = points.length / 2;
  const side = d === 1 ? n : Math.round(Math.sqrt(n));
  c.strokeStyle = colour;
  c.lineJoin = "round";
  c.lineWidth = d === 1 ? 2.2 : 1;
  c.globalAlpha = d === 1 ? 1 : 0.55;
  const draw = (index) => {
    c.beginPath();
    for (let i = 0; i < side; i++) c.lineTo(...at(points[2 * index(i)], points[2 * index(i) + 1]));
    c.stroke();
  };
  if (d === 1) draw((i) => i);
  else for (let k = 0; k < side; k++) [(i) => k * side + i, (i) => i * side + k].forEach(draw);
  c.globalAlpha = 1;
}
