// The live bench of the denoise page: damaged arrays, and everybody's repair of them, at once.

import { controls } from "./benchtop.js";
import { Strokes } from "./brush.js";
import { Crew, LINEAR, MEDIAN, NOISY } from "./crew.js";
import { loadData } from "./data.js";
import { fill, h, put, say, soon } from "./dom.js";
import { Sketcher } from "./images.js";
import { differs } from "./keeper.js";
import { movedWeights } from "./knobs.js";
import { LevelPlot } from "./levelplot.js";
import { Levels } from "./levels.js";
import { Lineup } from "./lineup.js";
import { Pen } from "./pen.js";
import { damaged, meanSquare, psnr } from "./repair.js";
import { RepairCard } from "./repaircard.js";
import { Stage } from "./stage.js";

const BOIL = 90; // ms between two noises while the picture boils
const PAD = 320; // pixels along the pad
const SLICE = 9; // ms of a frame for what stands below the bench

export class Bench extends Stage {
  constructor(component) {
    super(component, "bnc-denoise");
    this.strokes = new Strokes();
    this.tool = "hand";
    this.crew = new Crew(this.codecs, () => this.move());
    this.watch = new ResizeObserver(() => this.plot && this.trace());
    this.watch.observe(this.root);
  }

  unmount() {
    this.watch.disconnect();
    super.unmount();
  }

  async build(props) {
    const mine = (this.building = {});
    const fresh = this.data?.url !== props.data.url;
    const further = !fresh && props.data.more && props.data.more !== this.data.more;
    const data = fresh || further ? { ...props.data, ...(await loadData(props.data)), cloud: [] } : this.data;
    if (this.gone || this.building !== mine) return;
    const face = JSON.stringify([props.codecs.map(({ weight, ...spec }) => spec), props.text]);
    const other = fresh || further || face !== this.face;
    const lined = other || differs(props.shown, this.props.shown);
    Object.assign(this, { props, data, face });
    this.adopt(props.view, fresh);
    this.crew.join(props, this.view);
    if (fresh) {
      this.strokes.clear();
      this.tool = "hand"; // there may be no brushes for this data
    }
    if (other) this.lay();
    if (lined) this.lineUp();
    this.show();
    await this.fetchCodecs(props.codecs, (codec, i) => this.move(props.codecs[i].id));
  }

  // What Python tells anew; of the rest a hand may be further by now. Of fresh data all is new.
  adopt(view, fresh) {
    if (!this.keeper.hears(view) && !fresh) return;
    const told = fresh ? {} : this.told;
    const news = Object.entries(view).filter(([name, value]) => differs(value, told[name]));
    this.view = { ...this.view, ...Object.fromEntries(news) };
    this.told = { ...view };
  }

  // The bench itself: the array on the left, repairs on the right; below more samples, and all levels.
  lay() {
    const { text, codecs } = this.props;
    this.sketcher = new Sketcher(this.data, this.props.palette);
    this.first = this.framed(text.original);
    this.second = this.framed(text.damaged);
    this.pad = h("canvas", { class: "bnc-pad", "aria-label": text.pad, width: PAD, height: PAD });
    this.first.holder.append(this.pad);
    this.pens = [this.penOver(this.pad, "pen"), this.penOver(this.second.picture, null)];
    this.repairs = [
      { id: NOISY, name: text.asItIs }, { id: MEDIAN, name: text.median },
      { id: LINEAR, name: text.linear, help: text.linearHelp },
      ...codecs.map((spec) => ({ id: spec.id, name: spec.name, colour: spec.colour, spec })),
    ].map((row) => new RepairCard(row, this.sketcher, text, {
      live: (weight) => this.weigh(row.spec, weight), keep: () => this.keepWeights(),
    }));
    this.levels = new Levels(this, this.repairs.map(({ id }) => id));
    this.plot = new LevelPlot(this.levels, this.repairs.map(({ id, name, colour, spec }) => ({ ...spec, id, name, colour })), text, {
      live: (level) => this.live({ level }), keep: (level) => this.keep({ level }),
    });
    this.between = h("div");
    this.root.replaceChildren(h("div", { class: "bnc-bench" },
      h("section", { class: "bnc-card" },
        h("div", { class: "bnc-duo" }, this.first.root, this.second.root), controls(this)),
      h("div", { class: "bnc-repairs" }, ...this.repairs.map((card) => card.root))), this.between, this.plot.card);
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
    act();
    this.moved = "all"; // on the bench alone
    this.request();
  }

  boil() {
    this.turning = !this.turning;
    this.show();
    const turn = () => {
      if (!this.turning || this.gone) return;
      this.view.seed = (this.view.seed + 1) % 2 ** 31;
      this.move();
      setTimeout(turn, BOIL);
    };
    if (this.turning) turn();
    else this.keep({ seed: this.view.seed });
  }

  goTo(row, done) {
    const changes = { sample: this.data.ids[row] };
    if (this.strokes.has("pen")) this.strokes.clear();
    if (done) this.keep(changes);
    else this.live(changes);
  }

  // A weight in the hand: a codec that was told the level is told no more.
  weigh(spec, weight) {
    const told = this.view.told && !this.crew.follows(spec);
    const alone = told === this.view.told ? spec.id : null; // else others are told no more, too
    this.live({ told, weights: { ...this.view.weights, [spec.id]: weight } }, alone);
    return weight;
  }

  keepWeights() {
    const { told, weights } = this.view;
    Object.assign(this.told, { told, weights });
    const moved = this.props.codecs.map((spec) => ({ spec, weight: weights[spec.id] ?? null }));
    this.keeper.keep({ told, weights: movedWeights(moved) });
  }

  live(changes, alone = null) {
    Object.assign(this.view, changes);
    this.show(alone);
  }

  keep(changes) {
    this.live(changes);
    Object.assign(this.told, changes);
    this.keeper.keep(changes);
  }

  show(alone = null) {
    const { view, crew } = this;
    this.panel.show(view);
    for (const pen of this.pens) pen.show();
    for (const { knob, spec } of this.repairs) knob?.set(crew.weight(spec));
    this.pad.hidden = this.tool !== "pen";
    this.second.picture.classList.toggle("bnc-brush", this.tool === "white" || this.tool === "black");
    this.move(alone);
  }

  get row() {
    return Math.max(0, this.data.ids.indexOf(this.view.sample));
  }

  // What is repaired is another now, or one of those who repair is: on the bench and below it.
  move(alone = null) {
    this.moved = alone && this.moved !== "all" ? [...(this.moved ?? []), alone] : "all";
    this.lineup?.stale(alone);
    this.levels?.refresh();
    this.request();
  }

  request() {
    if (this.waiting || this.gone) return;
    this.waiting = true;
    requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.waiting = false;
    if (this.gone) return;
    if (this.moved === "all") this.draw();
    if (this.moved) this.answer(this.moved);
    this.moved = null;
    const deadline = performance.now() + SLICE;
    const busy = this.lineup.work(deadline) || this.levels.work(deadline);
    soon(this.plot.root, () => this.trace());
    if (busy) this.request();
  }

  // The curves over the level, and the line at the level of the moment.
  trace() {
    const { kind, level } = this.view;
    const { measure, symbol } = this.props.kinds.find(({ id }) => id === kind);
    const { trained } = this.props;
    this.plot.draw(measure, trained?.kind === kind ? trained : null);
    this.plot.mark(level, symbol);
  }

  draw() {
    const { data, view, props, sketcher, row, strokes } = this;
    const [height, width] = data.shape.slice(-2);
    const drawn = strokes.has("pen");
    if (this.tool === "pen") strokes.draw(this.pad);
    const x = drawn ? strokes.sample(height, width, props.norm) : data.x.slice(row * data.D, (row + 1) * data.D);
    const noisy = damaged(x, view, drawn ? -1 : view.sample, props.ends, data.shape);
    if (data.kind === "image") strokes.damage(noisy, height, width, props.ends.low, props.ends.high);
    sketcher.sample(this.first.picture, x, null);
    sketcher.sample(this.second.picture, noisy, null);
    say(this.first.words, drawn ? props.text.drawn : fill(props.text.sampleName, { number: view.sample }));
    Object.assign(this, { x, noisy });
  }

  answer(moved) {
    const { crew, repairs, props, x, noisy } = this;
    for (const card of repairs) {
      if (moved !== "all" && !moved.includes(card.id)) continue;
      const xHat = crew.repair(card.id, noisy);
      card.db = xHat && psnr(meanSquare(x, xHat), props.peak);
      if (xHat) card.draw(x, xHat);
    }
    const best = Math.max(...repairs.map(({ db }) => db ?? -Infinity));
    for (const card of repairs) card.judge(card.db, best);
  }
}
