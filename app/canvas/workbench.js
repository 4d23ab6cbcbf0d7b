// What every kind of data has on the denoise page: noise, those who repair, and their curves over the level.

import { Crew } from "./crew.js";
import { loadData } from "./data.js";
import { soon, tell } from "./dom.js";
import { differs } from "./keeper.js";
import { movedWeights } from "./knobs.js";
import { LevelPlot } from "./levelplot.js";
import { Levels } from "./levels.js";
import { meanSquare, psnr } from "./repair.js";
import { decibels } from "./repaircard.js";
import { Stage } from "./stage.js";

const BOIL = 90; // ms between two noises while the picture boils
const SLICE = 6; // ms of a frame for what stands below the repairs

const bare = ({ weight, ...spec }) => spec; // what a card is made of: its weight moves

// A kind of its own says: lay() -> makes panel, repairs and plot; card(row) -> one of those who repair;
// draw() -> x and noisy; paint(card) shows its xHat; work(deadline) -> whether more is left.
export class Workbench extends Stage {
  constructor(component) {
    super(component, "bnc-denoise");
    this.crew = new Crew(this.codecs, () => this.move());
    this.watch = new ResizeObserver(() => this.plot && this.resized());
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
    const face = JSON.stringify([props.codecs.map(({ id, name }) => [id, name]), props.text, props.told]);
    const other = fresh || further || face !== this.face;
    const lined = other || differs(props.shown, this.props.shown);
    Object.assign(this, { props, data, face });
    this.adopt(props.view, fresh);
    this.crew.join(props, this.view);
    if (fresh) this.begin();
    if (other) this.lay();
    else this.renew();
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

  begin() {}

  // Codecs that are others now, such as the denoiser of another noise; what is in a hand stays in it.
  renew() {
    const specs = new Map(this.props.codecs.map((spec) => [spec.id, spec]));
    this.repairs = this.repairs.map((card) => {
      const spec = specs.get(card.id);
      if (!spec || !differs(bare(spec), bare(card.spec))) return card;
      const fresh = this.card({ id: spec.id, name: spec.name, colour: spec.colour, spec });
      card.root.replaceWith(fresh.root);
      return fresh;
    });
  }

  // The curves of those who repair.
  curves() {
    this.levels = new Levels(this, this.repairs.map(({ id }) => id));
    const rows = this.repairs.map(({ id, name, colour, spec }) => ({ ...spec, id, name, colour }));
    this.plot = new LevelPlot(this.levels, rows, this.props.text, {
      live: (level) => this.live({ level }), keep: (level) => this.keep({ level }),
    });
    return this.plot.card;
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

  weighing({ spec }) {
    return { live: (weight) => this.weigh(spec, weight), keep: () => this.keepWeights() };
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
    for (const { knob, spec } of this.repairs) knob?.set(crew.weight(spec));
    this.move(alone);
  }

  // What is repaired is another now, or one of those who repair is: on the bench and below it.
  move(alone = null) {
    this.moved = alone && this.moved !== "all" ? [...(this.moved ?? []), alone] : "all";
    this.stale(alone);
    this.levels.refresh();
    this.request();
  }

  stale() {}

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
    const busy = this.work(deadline) || this.levels.work(deadline);
    soon(this.plot.root, () => this.trace());
    if (busy) this.request();
  }

  work() {
    return false;
  }

  resized() {
    this.trace();
  }

  // The curves over the level, and the line at the level of the moment.
  trace() {
    const { kind, level } = this.view;
    const { measure, symbol } = this.props.kinds.find(({ id }) => id === kind);
    const { trained } = this.props;
    this.plot.draw(measure, trained?.kind === kind ? trained : null);
    this.plot.mark(level, symbol);
  }

  // All repairs, or those whose ids are in `moved`; decibels on each card, and a star on the best.
  answer(moved) {
    const { crew, repairs, props, x, noisy } = this;
    for (const card of repairs) {
      if (moved !== "all" && !moved.includes(card.id)) continue;
      card.xHat = crew.repair(card.id, noisy);
      card.db = card.xHat && psnr(meanSquare(x, card.xHat), props.peak);
      this.paint(card);
    }
    const best = Math.max(...repairs.map(({ db }) => db ?? -Infinity));
    for (const { score, db } of repairs) tell(score, () => decibels(db, best));
  }
}
