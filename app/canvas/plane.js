// One latent plane: ground, points and pointer in three stacked canvases; only what changed is drawn.

import { drawAxes, rule } from "./axes.js";
import { fit, h } from "./dom.js";
import { disc } from "./images.js";

const REACH = 12; // CSS pixels around a point that count as on it

export class Plane {
  constructor(colour, label, hint) {
    this.colour = colour;
    this.layers = ["ground", "points", "front"].map((name) => h("canvas", { class: `bnc-${name}` }));
    [this.ground, this.points, this.front] = this.layers;
    for (const canvas of [this.ground, this.points]) canvas.setAttribute("aria-hidden", "true");
    this.root = h("div", { class: "bnc-plane", style: `--codec:${colour}` }, ...this.layers);
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "application", "aria-label": label, "aria-description": hint,
    })) this.front.setAttribute(name, value);
    this.view = this.whole = { x0: -1, x1: 1, y0: -1, y1: 1 };
    this.width = this.height = 1;
  }

  // True where the size changed.
  resize() {
    this.width = this.root.clientWidth || 1;
    this.height = this.root.clientHeight || 1;
    const changed = this.layers.map((canvas) => fit(canvas, this.width, this.height));
    this.ratio = this.front.width / this.width;
    return changed.includes(true);
  }

  // Shows a box of codes at one scale for both axes, or the part of it that a lens asks for.
  // line: only the first axis has a meaning.
  look(box, line, lens) {
    const cx = (box.x0 + box.x1) / 2;
    const cy = (box.y0 + box.y1) / 2;
    const sx = Math.max(box.x1 - box.x0, 1e-3) / this.width;
    const sy = Math.max(box.y1 - box.y0, 1e-3) / this.height;
    const across = (line ? sx : Math.max(sx, sy)) * this.width * 0.545;
    const up = (line ? sy : Math.max(sx, sy)) * this.height * 0.545;
    this.whole = { x0: cx - across, x1: cx + across, y0: cy - up, y1: cy + up };
    this.view = lens.of(this.whole);
    this.line = line;
  }

  px(u) {
    return ((u - this.view.x0) / (this.view.x1 - this.view.x0)) * this.width;
  }

  py(v) {
    return ((this.view.y1 - v) / (this.view.y1 - this.view.y0)) * this.height;
  }

  // CSS pixels inside the plane -> the place in the plane.
  at(left, top) {
    const { x0, x1, y0, y1 } = this.view;
    return [x0 + (left / this.width) * (x1 - x0), y1 - (top / this.height) * (y1 - y0)];
  }

  // A place in the plane as shares of the whole, zoomed or not.
  share(u, v) {
    const { x0, x1, y0, y1 } = this.whole;
    return [(u - x0) / (x1 - x0), (v - y0) / (y1 - y0)];
  }

  // The row of the nearest point within reach of a pixel, or -1. places: (2n) in plane units.
  nearest(places, left, top, reach = REACH) {
    let best = reach * reach;
    let found = -1;
    const [gx, gy] = [this.px(1) - this.px(0), this.py(1) - this.py(0)];
    const [ox, oy] = [this.px(0) - left, this.py(0) - top];
    for (let i = 0; i < places.length; i += 2) {
      const dx = ox + gx * places[i];
      const dy = oy + gy * places[i + 1];
      const distance = dx * dx + dy * dy;
      if (distance < best) {
        best = distance;
        found = i / 2;
      }
    }
    return found;
  }

  // All points as discs written straight into pixels: 10,000 take about a millisecond.
  // colours: (3n) bytes; faint: 1 for rows that step back, or null.
  drawPoints(places, colours, faint, radius) {
    const { width, height } = this.points;
    const context = this.points.getContext("2d");
    if (this.sheet?.width !== width || this.sheet?.height !== height) {
      this.sheet = context.createImageData(width, height);
    } else this.sheet.data.fill(0);
    const stamp = this.stamp(radius * this.ratio);
    const half = (stamp.side - 1) / 2;
    const gx = width / (this.view.x1 - this.view.x0);
    const gy = height / (this.view.y1 - this.view.y0);
    const pixels = this.sheet.data;
    for (let i = 0; i < places.length / 2; i++) {
      const left = Math.round((places[2 * i] - this.view.x0) * gx) - half;
      const top = Math.round((this.view.y1 - places[2 * i + 1]) * gy) - half;
      if (!(left > -stamp.side && top > -stamp.side && left < width && top < height)) continue;
      const strength = faint?.[i] ? 0.28 : 0.9;
      for (const [dx, dy, cover] of stamp.dots) {
        const [x, y] = [left + dx, top + dy];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const at = 4 * (y * width + x);
        const alpha = cover * strength * 255;
        if (alpha < pixels[at + 3]) continue;
        pixels[at] = colours[3 * i];
        pixels[at + 1] = colours[3 * i + 1];
        pixels[at + 2] = colours[3 * i + 2];
        pixels[at + 3] = alpha;
      }
    }
    context.putImageData(this.sheet, 0, 0);
  }

  // A disc with a soft edge: [dx, dy, cover] of its pixels.
  stamp(radius) {
    if (this.made?.radius === radius) return this.made;
    const half = Math.ceil(radius);
    const dots = [];
    for (let y = -half; y <= half; y++) {
      for (let x = -half; x <= half; x++) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x, y)));
        if (cover > 0) dots.push([x + half, y + half, cover]);
      }
    }
    return (this.made = { radius, side: 2 * half + 1, dots });
  }

  // The picture behind the points (or none) and the numbers of the axes.
  drawGround(picture, box, { smooth, alpha, ink, names, note }) {
    const context = this.ground.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    if (picture) {
      context.imageSmoothingEnabled = smooth;
      context.globalAlpha = alpha;
      const [left, top] = [this.px(box.x0), this.py(box.y1)];
      context.drawImage(picture, left, top, this.px(box.x1) - left, this.py(box.y0) - top);
      context.globalAlpha = 1;
    }
    drawAxes(this, context, ink, names);
    if (!note) return;
    context.globalAlpha = 0.8;
    context.textAlign = "right";
    context.fillText(note, this.width - 5, 10);
  }

  // marks: {cursor: [u, v], hand, echo: [u, v], pins: [[u, v]…], near: [[u, v]…], trail, lasso,
  // tile: [wide, high] where the cursor's sample is drawn as a picture}
  drawFront({ cursor, hand, echo, pins, near, trail, lasso, tile }, ink, paper) {
    const context = this.front.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    if (trail) this.stroke(context, trail, this.colour, 2);
    for (const [u, v] of near ?? []) ring(context, this.px(u), this.py(v), 5, ink, 1.2);
    for (const [u, v] of pins ?? []) pin(context, this.px(u), this.py(v), ink, paper);
    if (lasso?.length > 2) this.stroke(context, lasso, ink, 1.5, true);
    if (!cursor) return;
    const [x, y] = [this.px(cursor[0]), this.py(cursor[1])];
    context.globalAlpha = 0.85;
    context.strokeStyle = this.colour;
    context.lineWidth = 1;
    rule(context, x, 0, x, this.height, true);
    if (!this.line) rule(context, 0, y, this.width, y, true);
    context.globalAlpha = 1;
    if (echo) { // where the encoder puts what was decoded at the hand
      this.stroke(context, [...cursor, ...echo], ink, 1.5);
      ring(context, this.px(echo[0]), this.py(echo[1]), 4, ink, 1.5);
    }
    if (tile) return frame(context, x, y, tile, this.colour, ink);
    disc(context, x, y, hand ? 7 : 6, this.colour, paper);
    ring(context, x, y, hand ? 8.5 : 7.5, ink, 1.5);
  }

  stroke(context, places, colour, width, close) {
    context.beginPath();
    for (let i = 0; i < places.length; i += 2) {
      context.lineTo(this.px(places[i]), this.py(places[i + 1]));
    }
    if (close) context.closePath();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

function ring(context, x, y, radius, colour, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

// Around a picture: the codec's colour, and ink outside it.
function frame(context, x, y, [wide, high], colour, ink) {
  for (const [out, style, width] of [[5, ink, 1.5], [3, colour, 3]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.strokeRect(x - wide / 2 - out, y - high / 2 - out, wide + 2 * out, high + 2 * out);
  }
}

function pin(context, x, y, ink, paper) {
  context.save();
  context.translate(x, y);
  context.rotate(Math.PI / 4);
  context.fillStyle = paper;
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.fillRect(-4.5, -4.5, 9, 9);
  context.strokeRect(-4.5, -4.5, 9, 9);
  context.restore();
}
