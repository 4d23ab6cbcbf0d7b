// One codec in a race: pictures, plane, objective, and the weight that may change while it trains.

import { Chart, drawTerms, roomy } from "./curves.js";
import { cleared, fill, fixed, h, put, say, short } from "./dom.js";
import { drawPull } from "./pull.js";
import { Tuner } from "./tuner.js";

const PICTURES = 3;
const NEUTRAL = [123, 130, 140];
const ROW = 0.36; // how far the points of one class spread around their row

export class RaceCard {
  // spec: a run or a baseline as Python names it; change(field, value)
  constructor(spec, sketcher, data, text, change) {
    Object.assign(this, { spec, sketcher, data, text });
    const name = { codec: spec.name };
    this.number = h("p", { class: "bnc-number" });
    this.pictures = this.makePictures(name);
    this.plane = h("canvas", { class: "bnc-codes", role: "img", "aria-label": fill(text.planeAlt, name) });
    this.trained = "run" in spec;
    this.terms = h("canvas", { class: "bnc-curve", role: "img", "aria-label": fill(text.termsAlt, name) });
    this.chart = new Chart(this.terms);
    this.words = h("p", { class: "bnc-terms bnc-sum" });
    this.failure = h("p", { class: "bnc-failure", role: "alert", hidden: "" });
    this.tuner = spec.knob && new Tuner(spec.knob, `${spec.name} ${spec.knob.symbol}`, text.knobHelp, change);
    const head = h("div", { class: "bnc-head" }, h("i", { style: `background:${spec.colour}` }), h("h4", {}, spec.name));
    this.root = h("section", {
      class: "bnc-card", "aria-label": spec.name, "data-codec": spec.id, style: `--codec:${spec.colour}`,
    }, head, this.failure, this.pictures, this.number, this.plane,
      ...(this.trained ? [this.terms, this.words, this.tuner?.root] : [h("p", { class: "bnc-hint" }, text.untrained)]).filter(Boolean));
  }

  makePictures(name) {
    const { data, sketcher, text } = this;
    if (data.kind === "points") {
      return (this.field = h("canvas", { class: "bnc-pull", role: "img", "aria-label": fill(text.field, name) }));
    }
    const make = () => sketcher.prepare(document.createElement("canvas"));
    const count = Math.min(PICTURES, data.n);
    this.hats = Array.from({ length: count }, make);
    const originals = data.kind === "image" ? Array.from({ length: count }, make) : [];
    originals.forEach((canvas, i) => sketcher.sample(canvas, this.sample(i), null, null));
    return h("div", { class: `bnc-trio bnc-trio-${data.kind}`, role: "img", "aria-label": fill(text.pictures, name) },
      ...originals, ...this.hats);
  }

  sample(i) {
    return this.data.x.subarray(i * this.data.D, (i + 1) * this.data.D);
  }

  // shot: a snapshot; race: what all cards share ({epochs, at, look, limit, axis})
  draw(shot, run, race) {
    if (shot) this.see(shot, race.look);
    if (!this.trained) return;
    const rows = run.rows;
    drawTerms(this.chart, { ...race, rows, colour: this.spec.colour, marks: run.marks });
    const row = rows[Math.min(race.at, rows.length) - 1];
    if (row) say(this.words, fill(this.text.valid, { first: fixed(row[3]), second: fixed(row[4]), total: fixed(row[3] + row[4]) }));
    this.failure.hidden = !run.reason;
    say(this.failure, run.reason);
    this.tuner?.follow(run.value, !run.over);
  }

  see(shot, look) {
    const { data, sketcher, spec } = this;
    say(this.number, fill(this.text.error, { value: fixed(shot.error) }));
    if (this.field) drawPull(this.field, shot, data, spec.colour, look);
    this.hats?.forEach((canvas, i) => {
      const hat = shot.reconstructions.subarray(i * data.D, (i + 1) * data.D);
      sketcher.sample(canvas, this.sample(i), hat, spec.colour);
    });
    drawCodes(this.plane, shot, data.labels, look);
    put(this.plane, "data-step", String(shot.step));
  }
}

// The first two units of the codes, one unit as long on both axes; a code of one number lies in a row per class.
export function drawCodes(canvas, { codes, codesShape: [n, d] }, labels, look) {
  const line = d === 1;
  canvas.classList.toggle("bnc-strip", line);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return;
  const c = cleared(canvas, width, height);
  const [x0, x1, y0, y1] = line ? strip(codes, labels) : square(codes, n, d);
  const px = (u) => ((u - x0) / (x1 - x0)) * width;
  const py = (v) => height - ((v - y0) / (y1 - y0)) * height;
  c.fillStyle = look.ink;
  c.globalAlpha = 0.3;
  if (x0 < 0 && x1 > 0) c.fillRect(px(0), 0, 1, height);
  if (!line && y0 < 0 && y1 > 0) c.fillRect(0, py(0), width, 1);
  c.globalAlpha = 0.85;
  const size = n > 200 ? 3.4 : 4.4;
  for (let i = 0; i < n; i++) {
    const label = labels ? labels[i] : -1;
    c.fillStyle = `rgb(${label < 0 ? NEUTRAL : look.labels[label % look.labels.length]})`;
    const v = line ? Math.max(0, label) + ROW * spread(i) : codes[i * d + 1];
    c.fillRect(px(codes[i * d]) - size / 2, py(v) - size / 2, size, size);
  }
  c.globalAlpha = 0.75;
  c.fillStyle = look.ink;
  c.font = "11px sans-serif";
  c.textBaseline = "bottom";
  c.textAlign = "left";
  c.fillText(short(x0), 3, height - 1);
  c.textAlign = "right";
  c.fillText(short(x1), width - 3, height - 1);
  c.globalAlpha = 1;
}

// A round square that holds the codes: points move in it, it seldom moves itself.
function square(codes, n, d) {
  const ends = [[Infinity, -Infinity], [Infinity, -Infinity]];
  for (let i = 0; i < n; i++) {
    for (const k of [0, 1]) ends[k] = [Math.min(ends[k][0], codes[i * d + k]), Math.max(ends[k][1], codes[i * d + k])];
  }
  const half = roomy((Math.max(...ends.map(([low, high]) => high - low)) / 2) * 1.2);
  const [x, y] = ends.map(([low, high]) => Math.round((low + high) / 2 / (half / 4)) * (half / 4));
  return [x - half, x + half, y - half, y + half];
}

function strip(codes, labels) {
  const [low, high] = [Math.min(...codes), Math.max(...codes)];
  const half = roomy(((high - low) / 2) * 1.2);
  const middle = Math.round((low + high) / 2 / (half / 4)) * (half / 4);
  const rows = labels ? Math.max(...labels.slice(0, codes.length)) : 0;
  return [middle - half, middle + half, -0.5, rows + 0.5];
}

// Spreads the points of a row evenly and always alike.
function spread(i) {
  return ((i * 0.618034) % 1) * 2 - 1;
}
