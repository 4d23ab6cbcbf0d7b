// The denoise page of images and series: one damaged array, and everybody's repair of it, at once.

import { controls } from "./benchtop.js";
import { Strokes } from "./brush.js";
import { LINEAR, MEDIAN, NOISY } from "./crew.js";
import { fill, h, put, say } from "./dom.js";
import { Sketcher } from "./images.js";
import { Lineup } from "./lineup.js";
import { Pen } from "./pen.js";
import { damaged } from "./repair.js";
import { RepairCard } from "./repaircard.js";
import { Workbench } from "./workbench.js";

const PAD = 320; // pixels along the pad

export class Bench extends Workbench {
  constructor(component) {
    super(component);
    this.strokes = new Strokes();
  }

  begin() {
    this.strokes.clear();
    this.tool = "hand"; // there may be no brushes for this data
  }

  // The bench itself: the array on the left, repairs on the right; below more samples, and all levels.
  lay() {
    const { text, codecs } = this.props;
    this.sketcher = new Sketcher(this.data, this.props.palette);
    this.first = this.framed(text.original);
    this.second = this.framed(text.damaged);
    this.pad = h("canvas", { class: "bnc-pad", "aria-label": text.pad, width: PAD, height: PAD });
    this.first.holder.append(this.pad);
    this.hint = h("p", { class: "bnc-blank" }, text.drawHere);
    this.pens = [this.penOver(this.pad, "pen"), this.penOver(this.second.picture, null)];
    this.first.holder.append(this.hint);
    this.repairs = [
      { id: NOISY, name: text.asItIs }, { id: MEDIAN, name: text.median },
      { id: LINEAR, name: text.linear, help: text.linearHelp },
      ...codecs.map((spec) => ({ id: spec.id, name: spec.name, colour: spec.colour, spec })),
    ].map((row) => this.card(row));
    this.between = h("div");
    this.root.replaceChildren(h("div", { class: "bnc-bench" },
      h("section", { class: "bnc-card" },
        h("div", { class: "bnc-duo" }, this.first.root, this.second.root), controls(this)),
      h("div", { class: "bnc-repairs" }, ...this.repairs.map((card) => card.root))), this.between, this.curves());
  }

  card(row) {
    return new RepairCard(row, this.sketcher, this.props.text, this.weighing(row));
  }

  lineUp() {
    this.lineup = new Lineup(this);
    this.between.replaceChildren(this.lineup.root);
  }

  framed(title) {
    const picture = this.sketcher.prepare(document.createElement("canvas"));
    put(picture, "role", "img");
    put(picture, "aria-label", title);
    const holder = h("div", { class: "bnc-holder" }, picture);
    const words = h("p", { class: "bnc-code" });
    return { picture, holder, words, root: h("div", {}, h("h4", {}, title), holder, words) };
  }

  take(tool) {
    this.tool = tool;
    this.show();
  }

  // only: the one tool that this canvas takes, null for all others.
  penOver(canvas, only) {
    return new Pen(canvas, {
      may: () => this.tool !== "hand" && (this.tool === "pen") === (only === "pen"),
      begin: (x, y) => this.stroke(() => this.strokes.begin(this.tool, x, y)),
      extend: (x, y) => this.stroke(() => this.strokes.extend(x, y)),
    });
  }

  stroke(act) {
    const many = this.strokes.all.length;
    act();
    if (this.strokes.all.length !== many) this.panel.show(this.view); // what can be taken back
    this.moved = "all"; // on the bench alone
    this.request();
  }

  goTo(row, done) {
    const changes = { sample: this.data.ids[row] };
    if (this.strokes.has("pen")) this.strokes.clear();
    if (this.tool === "pen") this.tool = "hand"; // who asks for a sample wants to see it
    if (done) this.keep(changes);
    else this.live(changes);
  }

  show(alone = null) {
    for (const pen of this.pens) pen.show();
    this.pad.hidden = this.tool !== "pen";
    this.second.picture.classList.toggle("bnc-brush", this.tool === "white" || this.tool === "black");
    super.show(alone);
  }

  get row() {
    return Math.max(0, this.data.ids.indexOf(this.view.sample));
  }

  stale(alone) {
    this.lineup?.stale(alone);
  }

  work(deadline) {
    return this.lineup.work(deadline);
  }

  draw() {
    const { data, view, props, sketcher, row, strokes } = this;
    const [height, width] = data.shape.slice(-2);
    const drawn = strokes.has("pen");
    const own = drawn || this.tool === "pen"; // a pad with nothing on it is black
    this.hint.hidden = drawn || !own;
    if (this.tool === "pen") strokes.draw(this.pad);
    const x = own ? strokes.sample(height, width, props.norm) : data.x.slice(row * data.D, (row + 1) * data.D);
    const noisy = damaged(x, view, own ? -1 : view.sample, props.ends, data.shape);
    if (data.kind === "image") strokes.damage(noisy, height, width, props.ends.low, props.ends.high);
    sketcher.sample(this.first.picture, x, null);
    sketcher.sample(this.second.picture, noisy, null);
    const { text } = props;
    say(this.first.words, drawn ? text.drawn : own ? text.undrawn : fill(text.sampleName, { number: view.sample }));
    Object.assign(this, { x, noisy });
  }

  paint(card) {
    if (card.xHat) card.draw(this.x, card.xHat);
  }
}
