// The denoise page of points in the plane: where noise pushes them, and where everybody pulls them back.

import { controls } from "./benchtop.js";
import { heading } from "./cards.js";
import { LINEAR, NOISY } from "./crew.js";
import { cleared, fill, h, put } from "./dom.js";
import { Knob } from "./knobs.js";
import { readLook } from "./look.js";
import { arrow, dots } from "./pull.js";
import { damaged } from "./repair.js";
import { weightless } from "./repaircard.js";
import { saveTable } from "./saving.js";
import { Workbench } from "./workbench.js";

const [ROOM, SLIM] = [0.14, 0.8]; // around the data, and the shorter side at least, as shares of the longer one
const GREY = "#7b828c";
const DAMAGED = "#d06000";

export class Flow extends Workbench {
  // A strip of choices, and a plane for each of those who repair.
  lay() {
    const { text, codecs } = this.props;
    this.box = boxOf(this.data.x);
    this.repairs = [
      { id: NOISY, name: text.damagedRow, hint: text.received },
      { id: LINEAR, name: text.linear, help: text.linearHelp, hint: text.ownMaps },
      ...codecs.map((spec) => ({ id: spec.id, name: spec.name, colour: spec.colour, spec })),
    ].map((row) => this.card(row));
    const files = h("div", { class: "bnc-saver" },
      h("button", { type: "button", title: text.csvPoints, onclick: () => this.csv() }, "CSV"));
    this.root.replaceChildren(
      h("section", { class: "bnc-card bnc-choices" }, controls(this), files, h("p", { class: "bnc-code" }, text.flowNote)),
      h("div", { class: "bnc-repairs bnc-flows" }, ...this.repairs.map((card) => card.root)), this.curves());
  }

  card(row) {
    const acts = { ...this.weighing(row), hand: (place) => this.point(place) };
    return new FlowCard(row, this.props.text, acts, this.box);
  }

  lineUp() {
    const { data, props: { shown } } = this;
    this.ids = shown;
    const rows = shown.map((id) => data.ids.indexOf(id));
    this.x = Float32Array.from({ length: 2 * rows.length }, (_, i) => data.x[2 * rows[i >> 1] + (i % 2)]);
  }

  draw() {
    const { x, ids, view, props, data } = this;
    this.noisy = new Float32Array(x.length);
    ids.forEach((id, i) => this.noisy.set(damaged(x.subarray(2 * i, 2 * i + 2), view, id, props.ends, data.shape), 2 * i));
    this.look = readLook(this.root, props.palette, data.n);
  }

  paint(card) {
    const { hand, crew } = this;
    const pulled = hand && card.id !== NOISY ? crew.repair(card.id, Float32Array.from(hand)) : null;
    card.draw(this.data.x, this.noisy, hand, pulled, this.look);
  }

  // A hand over any plane is a damaged point of its own, in all of them. null: it has left.
  point(place) {
    this.hand = place;
    for (const card of this.repairs) this.paint(card);
  }

  resized() {
    if (this.noisy) for (const card of this.repairs) this.paint(card);
    this.trace();
  }

  // A row per point: as it is, damaged, and as each of them repairs it.
  csv() {
    const { x, noisy, ids, repairs } = this;
    if (repairs.some(({ xHat }) => !xHat)) return;
    const columns = [["x", x], ["damaged", noisy], ...repairs.filter(({ id }) => id !== NOISY).map(({ id, xHat }) => [id, xHat])];
    const lines = [["sample", ...columns.flatMap(([name]) => [`${name}_1`, `${name}_2`])]];
    ids.forEach((id, i) => lines.push([id, ...columns.flatMap(([, all]) => [...all.subarray(2 * i, 2 * i + 2)])]));
    saveTable("denoise-points.csv", lines);
  }
}

// One of those who repair: arrows from the damaged points to where it puts them.
class FlowCard {
  constructor(row, text, acts, box) {
    Object.assign(this, { ...row, box });
    const { id, name, colour, help, hint, spec } = row;
    this.canvas = h("canvas", { class: "bnc-flow", role: "img", "aria-label": fill(text.flow, { codec: name }) });
    this.canvas.style.aspectRatio = `${box.width} / ${box.height}`;
    this.score = h("p", { class: "bnc-number" });
    this.knob = spec?.range ? new Knob(spec, text, acts) : null;
    const { canvas } = this;
    canvas.addEventListener("pointermove", (event) => acts.hand(this.place(event)));
    canvas.addEventListener("pointerdown", (event) => acts.hand(this.place(event)));
    for (const gone of ["pointerleave", "pointercancel"]) canvas.addEventListener(gone, () => acts.hand(null));
    this.root = h("section", { class: "bnc-card", "aria-label": name, title: help, "data-codec": id,
      style: colour ? `--codec:${colour}` : null }, heading(name, colour, this.score), canvas,
      this.knob?.root ?? weightless(spec, text) ?? h("p", { class: "bnc-hint" }, hint));
  }

  place({ offsetX, offsetY }) {
    const { box, canvas: { clientWidth, clientHeight } } = this;
    return [box.x0 + (offsetX / clientWidth) * box.width, box.y0 + (1 - offsetY / clientHeight) * box.height];
  }

  draw(data, noisy, hand, pulled, { ink }) {
    const { canvas, box, colour = GREY, xHat } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    const c = cleared(canvas, width, height);
    const at = (x, y) => [((x - box.x0) / box.width) * width, height - ((y - box.y0) / box.height) * height];
    dots(c, data, at, ink, 0.35, 2.4);
    if (this.id === NOISY) rings(c, noisy, at);
    else if (xHat) {
      c.strokeStyle = colour;
      c.lineWidth = 1.3;
      c.globalAlpha = 0.8;
      for (let i = 0; i < noisy.length; i += 2) arrow(c, at(noisy[i], noisy[i + 1]), at(xHat[i], xHat[i + 1]), 4);
      c.globalAlpha = 1;
    }
    put(canvas, "data-drawn", xHat ? String(noisy.length / 2) : "0");
    if (!hand) return;
    c.strokeStyle = ink;
    c.lineWidth = 2.5;
    if (pulled) arrow(c, at(...hand), at(...pulled), 8);
    c.beginPath();
    c.arc(...at(...hand), 6, 0, 2 * Math.PI);
    c.stroke();
  }
}

function rings(c, points, at) {
  c.strokeStyle = DAMAGED;
  c.lineWidth = 1.5;
  for (let i = 0; i < points.length; i += 2) {
    c.beginPath();
    c.arc(...at(points[i], points[i + 1]), 3, 0, 2 * Math.PI);
    c.stroke();
  }
}

// The data with room around it: the same at every level, so that nothing jumps.
function boxOf(x) {
  const [xs, ys] = [0, 1].map((k) => x.filter((_, i) => i % 2 === k));
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const longer = Math.max(x1 - x0, y1 - y0);
  const [width, height] = [x1 - x0, y1 - y0].map((side) => Math.max(side, SLIM * longer) + 2 * ROOM * longer);
  return { x0: (x0 + x1 - width) / 2, y0: (y0 + y1 - height) / 2, width, height };
}
