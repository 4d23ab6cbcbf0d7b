// Small drawings of one sample, its reconstruction and the error, for every kind of data.
// What differs between kinds is here: image (C, H, W) or (H, W), points (2), series (T).

import { clamp, rgb } from "./dom.js";

const NEUTRAL = "#7b828c";
const GREY = rgb(NEUTRAL);
const SIDE = 132; // of points and series, in the drawing's own units
const HEAD = 16; // the same, of an arrow that is longer than drawn

// data: {kind, shape, low, high, limit, cloud}; palette: {bright, dark}
export class Sketcher {
  constructor(data, palette) {
    Object.assign(this, { data, bright: rgb(palette.bright), dark: rgb(palette.dark) });
    this.css = { bright: palette.bright, dark: palette.dark };
    const [height, width] = data.kind === "image" ? data.shape.slice(-2) : [SIDE, SIDE];
    this.width = data.kind === "series" ? 1.5 * SIDE : width;
    this.height = data.kind === "series" ? SIDE : height;
    this.channels = data.kind === "image" && data.shape.length === 3 ? data.shape[0] : 1;
    this.ratio = data.kind === "image" ? 1 : 2;
    this.pen = 1; // by which lines are wider
  }

  // Sets a canvas up once; pixels of an image stay squares at any size.
  prepare(canvas) {
    canvas.width = Math.round(this.width * this.ratio);
    canvas.height = Math.round(this.height * this.ratio);
    canvas.className = `bnc-picture bnc-${this.data.kind}`;
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return canvas;
  }

  // x alone, or x̂ (over x where the data is points or a series). cloud: what the codec makes of all.
  sample(canvas, x, xHat, colour, cloud) {
    const context = canvas.getContext("2d");
    if (this.data.kind === "image") return this.pixels(context, xHat ?? x);
    context.clearRect(0, 0, this.width, this.height);
    if (this.data.kind === "points") return this.place(context, x, xHat, colour, cloud);
    this.line(context, x, NEUTRAL, 1.6);
    if (xHat) this.line(context, xHat, colour, 2.2);
  }

  // x as it lies behind points: bright is ink, dark is clear, on either theme.
  ghost(canvas, x) {
    this.sample(canvas, x, null);
    if (this.data.kind !== "image") return;
    const pixels = this.image.data;
    for (let at = 0; at < pixels.length; at += 4) {
      pixels[at + 3] = pixels[at];
      pixels.set(GREY, at);
    }
    canvas.getContext("2d").putImageData(this.image, 0, 0);
  }

  // x̂ − x on one scale for all codecs.
  error(canvas, x, xHat) {
    const context = canvas.getContext("2d");
    if (this.data.kind === "image") return this.signed(context, x, xHat);
    context.clearRect(0, 0, this.width, this.height);
    if (this.data.kind === "points") this.arrow(context, x, xHat);
    else this.area(context, x, xHat);
  }

  pixels(context, x) {
    const count = this.width * this.height;
    const image = (this.image ??= new ImageData(this.width, this.height));
    const { low, high } = this.data;
    const gain = 255 / (high - low);
    for (let i = 0; i < count; i++) {
      const at = 4 * i;
      for (let c = 0; c < 3; c++) {
        image.data[at + c] = (x[this.channels === 3 ? c * count + i : i] - low) * gain + 0.5;
      }
      image.data[at + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  signed(context, x, xHat) {
    const count = this.width * this.height;
    const image = (this.errors ??= new ImageData(this.width, this.height));
    for (let i = 0; i < count; i++) {
      let error = 0;
      for (let c = 0; c < this.channels; c++) error += xHat[c * count + i] - x[c * count + i];
      error /= this.channels * this.data.limit;
      const [r, g, b] = error > 0 ? this.bright : this.dark;
      const at = 4 * i;
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = Math.min(1, Math.abs(error)) * 255 + 0.5;
    }
    context.putImageData(image, 0, 0);
  }

  across(value, size) {
    const { low, high } = this.data;
    return clamp((value - low) / (high - low), 0, 1) * size;
  }

  // The data's own points.
  ground(context) {
    this.dots(context, this.data.cloud, NEUTRAL, 0.5);
  }

  place(context, x, xHat, colour, cloud) {
    this.ground(context);
    if (cloud) this.dots(context, cloud, colour, 0.75);
    const at = (p) => [this.across(p[0], this.width), this.height - this.across(p[1], this.height)];
    const [x0, y0] = at(x);
    if (xHat) {
      const [x1, y1] = at(xHat);
      context.strokeStyle = NEUTRAL;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      context.stroke();
      disc(context, x1, y1, 5, colour, "#ffffff");
    }
    context.strokeStyle = NEUTRAL;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x0, y0, 7, 0, 2 * Math.PI);
    context.stroke();
  }

  dots(context, cloud, colour, alpha) {
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    for (let i = 0; i < cloud.length; i += 2) {
      const left = this.across(cloud[i], this.width);
      const top = this.height - this.across(cloud[i + 1], this.height);
      context.fillRect(left - 1.2, top - 1.2, 2.4, 2.4);
    }
    context.globalAlpha = 1;
  }

  line(context, x, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width * this.pen;
    context.lineJoin = "round";
    context.beginPath();
    for (let i = 0; i < x.length; i++) {
      const top = this.height - this.across(x[i], this.height);
      context.lineTo((i / (x.length - 1)) * this.width, top);
    }
    context.stroke();
  }

  area(context, x, xHat) {
    const middle = this.height / 2;
    const step = this.width / (x.length - 1);
    for (const [sign, colour] of [[1, this.css.bright], [-1, this.css.dark]]) {
      context.fillStyle = colour;
      context.beginPath();
      context.moveTo(0, middle);
      for (let i = 0; i < x.length; i++) {
        const error = clamp((xHat[i] - x[i]) / this.data.limit, -1, 1);
        context.lineTo(i * step, middle - (error * sign > 0 ? error : 0) * middle);
      }
      context.lineTo(this.width, middle);
      context.fill();
    }
    context.fillStyle = NEUTRAL;
    context.fillRect(0, middle - 0.5, this.width, 1);
  }

  // The two differences from the middle; the frame is ± limit. What is longer ends there with a head.
  arrow(context, x, xHat) {
    const [w, high] = [this.width / 2, this.height / 2];
    const whole = [0, 1].map((i) => (xHat[i] - x[i]) / this.data.limit);
    const beyond = Math.max(1, ...whole.map(Math.abs));
    const [dx, dy] = whole.map((one) => one / beyond);
    context.globalAlpha = 0.35;
    context.fillStyle = NEUTRAL;
    context.fillRect(0, high - 0.5, this.width, 1);
    context.fillRect(w - 0.5, 0, 1, this.height);
    context.globalAlpha = 1;
    context.fillStyle = dx > 0 ? this.css.bright : this.css.dark;
    context.fillRect(w, high - 3, dx * w, 6);
    context.fillStyle = dy > 0 ? this.css.bright : this.css.dark;
    context.fillRect(w - 3, high, 6, -dy * high);
    context.strokeStyle = NEUTRAL;
    context.lineWidth = 3;
    context.beginPath();
    context.moveTo(w, high);
    context.lineTo(w + dx * w, high - dy * high);
    context.stroke();
    if (beyond > 1) head(context, w + dx * w, high - dy * high, Math.atan2(-dy * high, dx * w));
  }
}

function head(context, x, y, angle) {
  context.fillStyle = NEUTRAL;
  context.beginPath();
  context.moveTo(x, y);
  for (const side of [-0.5, 0.5]) context.lineTo(x - HEAD * Math.cos(angle + side), y - HEAD * Math.sin(angle + side));
  context.fill();
}

export function disc(context, x, y, radius, fillColour, edge) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fillColour;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = edge;
  context.stroke();
}
