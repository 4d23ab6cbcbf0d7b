// Points as small pictures: where a zoomed plane has room for them, none over another.

const [LEAST, MOST] = [20, 64]; // CSS pixels of a picture's longer side
const STEP = 4; // sizes come in steps, or every move of the hand would change them all
const GAP = 5;
const EDGE = 2; // of its point's colour

const LINE = [96, 5]; // pixels of a series' picture, and its line's width in the drawing's units

// The samples' own pictures, each drawn once, when it is first shown.
export class Thumbs {
  constructor(sketcher, data) {
    Object.assign(this, { sketcher, data, known: new Map() });
    this.tall = sketcher.height / sketcher.width;
  }

  of(row) {
    if (!this.known.has(row)) {
      const { D, x, kind } = this.data;
      const sample = x.subarray(row * D, (row + 1) * D);
      this.known.set(row, kind === "series" ? this.line(sample) : this.image(sample));
    }
    return this.known.get(row);
  }

  // Rows from `first` on may be other samples now.
  forget(first) {
    for (const row of this.known.keys()) if (row >= first) this.known.delete(row);
  }

  image(sample) {
    const canvas = this.sketcher.prepare(document.createElement("canvas"));
    this.sketcher.sample(canvas, sample, null);
    return canvas;
  }

  line(sample) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [LINE[0], LINE[0] * this.tall];
    const context = canvas.getContext("2d");
    context.scale(LINE[0] / this.sketcher.width, LINE[0] / this.sketcher.width);
    this.sketcher.line(context, sample, "#7b828c", LINE[1]);
    return canvas;
  }
}

// The row of the picture under a pixel, or -1.
export function under(tiles, left, top) {
  for (const [row, [x, y]] of tiles?.rows ?? []) {
    const [wide, high] = tiles.sides;
    if (Math.abs(x - left) <= wide / 2 && Math.abs(y - top) <= high / 2) return row;
  }
  return -1;
}

// Which points of a plane have room: {sides: [wide, high] in CSS pixels, rows: Map row -> its middle}, or null
// where they lie too close. first: rows that come before all others.
export function roomy(plane, places, tall, first) {
  const { width, height } = plane;
  const seen = [];
  for (let row = 0; row < places.length / 2; row++) {
    const [x, y] = [plane.px(places[2 * row]), plane.py(places[2 * row + 1])];
    if (x >= 0 && y >= 0 && x < width && y < height) seen.push([row, x, y]);
  }
  const room = Math.sqrt((width * height) / Math.max(1, seen.length));
  if (room < LEAST) return null;
  const wide = Math.floor(Math.min(MOST, room) / STEP) * STEP;
  const high = Math.round(wide * tall);
  const early = new Set(first);
  seen.sort(([a], [b]) => early.has(b) - early.has(a) || a - b);
  return { sides: [wide, high], rows: placed(seen, wide + GAP, high + GAP) };
}

// Greedy: a picture is left out where one is already. Cells of one picture's size keep this linear.
function placed(seen, wide, high) {
  const rows = new Map();
  const cells = new Map();
  for (const [row, x, y] of seen) {
    const [column, line] = [Math.floor(x / wide), Math.floor(y / high)];
    let free = true;
    for (let at = 0; at < 9 && free; at++) {
      const near = cells.get(`${column + (at % 3) - 1} ${line + Math.floor(at / 3) - 1}`);
      free = !near?.some(([u, v]) => Math.abs(u - x) < wide && Math.abs(v - y) < high);
    }
    if (!free) continue;
    const cell = `${column} ${line}`;
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push([x, y]);
    rows.set(row, [x, y]);
  }
  return rows;
}

// Over the points' own canvas; the colours are the points', three bytes each.
export function drawThumbs(plane, thumbs, { sides: [wide, high], rows }, colours, faint, paper) {
  const context = plane.points.getContext("2d");
  context.setTransform(plane.ratio, 0, 0, plane.ratio, 0, 0);
  const image = thumbs.data.kind === "image";
  context.imageSmoothingEnabled = !image || wide * plane.ratio < 2 * thumbs.sketcher.width;
  for (const [row, [x, y]] of rows) {
    const [left, top] = [x - wide / 2, y - high / 2];
    context.globalAlpha = faint?.[row] ? 0.28 : 1;
    context.fillStyle = `rgb(${colours[3 * row]} ${colours[3 * row + 1]} ${colours[3 * row + 2]})`;
    context.fillRect(left - EDGE, top - EDGE, wide + 2 * EDGE, high + 2 * EDGE);
    if (!image) {
      context.fillStyle = paper;
      context.fillRect(left, top, wide, high);
    }
    context.drawImage(thumbs.of(row), left, top, wide, high);
  }
  context.globalAlpha = 1;
  context.setTransform(1, 0, 0, 1, 0, 0);
}
