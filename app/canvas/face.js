// The live canvas: one state, one loop. What a hand asks is answered here; Python hears of what is kept.

import { Controls, Legend } from "./controls.js";
import { InputCard } from "./cards.js";
import { fill, h } from "./dom.js";
import { Hand } from "./hand.js";
import { Sketcher } from "./images.js";
import { Keeper, differs } from "./keeper.js";
import { askedAnew, chores } from "./chores.js";
import { lensActs, zoomAll } from "./lens.js";
import { movedWeights } from "./knobs.js";
import { Others, errorLimit, readLook } from "./look.js";
import { Member } from "./member.js";
import { cloudOf, loadData } from "./data.js";
import { loadCodec } from "./network.js";
import { listen } from "./pointing.js";

// ms of a frame for work that may wait: under a hand, and under one that moves a weight or without one.
const [BUDGET, IDLE] = [9, 24];
const CALM = 250; // ms after which a hand counts as gone
const MOST_PINS = 8; // more chosen samples than this are rings, not diamonds

export class Face {
  constructor(component) {
    this.keeper = new Keeper(component);
    this.root = h("div", { class: "bnc" });
    component.parentElement.append(this.root);
    this.sizes = new ResizeObserver(() => this.request({ sized: true }));
    this.asked = this.weighed = 0;
    this.dirty = {};
    this.tick = () => this.frame();
  }

  unmount() {
    this.gone = true;
    this.sizes.disconnect();
    this.root.remove();
  }

  async update(component) {
    this.keeper.heed(component);
    const { data: props } = component;
    if (source(props) !== source(this.props)) return this.build(props);
    this.props = props;
    if (props.data.more && props.data.more !== this.building.more) return this.join(props);
    // What is being built, or fetched to join, takes it over.
    if (!this.ready || this.building.more !== this.data.more) return;
    if (this.keeper.hears(props.view)) this.adopt(props.view);
    this.request({ sized: true });
  }

  // Everything for a data set and its codecs; the page keeps its place while they arrive.
  async build(props) {
    this.props = props;
    this.ready = false;
    const mine = (this.building = { ...props.data });
    const codecs = props.codecs.map(({ url }) => loadCodec(url)); // they travel beside the samples
    Object.assign(mine, await loadData(props.data));
    if (this.gone || this.building !== mine) return;
    const data = (this.data = mine);
    data.cloud = cloudOf(data);
    Object.assign(this, { others: new Others(data), sketcher: new Sketcher(data, props.palette) });
    const acts = { live: (m, w) => this.weigh(m, w), keep: () => this.keep({ weights: this.weights() }) };
    this.members = props.codecs.map((spec) => new Member(spec, this.sketcher, props, acts));
    this.controls = this.makeControls(props, data);
    this.legend = new Legend(props);
    this.input = new InputCard(this.sketcher, props.text, this.controls.root, this.legend.root);
    this.root.replaceChildren(h("div", {
      class: `bnc-grid bnc-${props.page}`, style: `--n:${props.codecs.length}`,
    }, this.input.root, ...this.members.map((m) => m.card.root)));
    this.furnish(this.root.firstChild);
    [this.root, ...this.members.map((m) => m.plane.root)].forEach((one) => this.sizes.observe(one)); // cards stretch
    this.hand = new Hand(this, { row: 0 });
    for (const member of this.members) listen(member.plane, { ...lensActs(this, member), ...this.acts(member) });
    this.adopt(this.keeper.latest(this.props.view)); // of today: there may have been news meanwhile
    this.ready = true;
    this.request({ sized: true });
    await Promise.all(this.members.map(async (member, i) => {
      member.start(await codecs[i], data, this.view);
      this.request({ answer: true });
    }));
  }

  // Samples that are not yet here, behind the first ones; all else stays as it is.
  async join({ data }) {
    if (!this.ready) return this.build(this.props);
    const mine = (this.building = { ...data });
    Object.assign(mine, await loadData(data));
    if (this.gone || this.building !== mine) return;
    Object.assign(this.data, mine);
    Object.assign(this, { others: new Others(this.data), joined: true });
    this.hand.hover = null; // its row may be another sample now
    this.data.thumbs?.forget(mine.first);
    for (const member of this.members) member.grow();
    this.controls.grow?.();
    this.adopt(this.keeper.latest(this.props.view));
    this.joined = false;
    this.request({ answer: true, points: true });
  }

  furnish() {} // what a page puts beside or into the cards
  settled() { return 0; } // how much of what answers rest on is there
  get stressed() { return this.view.label; } // the class whose samples stand out

  makeControls(props, data) {
    return new Controls(props, data, {
      row: () => this.hand.focus.row, sample: (row, done) => this.hand.goTo(row, done), leave: () => this.hand.leave(),
      change: (changes) => this.change(changes),
      zoom: (factor) => this.request(zoomAll(this.members, factor)),
    });
  }

  acts(member) { return this.hand.acts(member); }

  adopt(view) {
    const known = this.ready ? this.view.weights : null;
    this.view = view;
    for (const member of this.members) {
      const { id, start } = member.spec;
      const weight = view.weights[id] ?? start;
      const news = !known || weight !== (known[id] ?? start); // else a hand may be further by now
      if (weight != null && news && weight !== member.weight) member.weigh(weight);
    }
    this.arrange();
    this.hand.chosen = this.placed(view) ?? { row: this.nearestRow(view.sample) };
    this.request({ answer: true });
  }

  // Whether Python tells something new of a field; else a hand may be further by now. Samples are
  // looked up anew, too, when others have joined.
  news(view, field, ofSamples = false) {
    return !this.ready || (ofSamples && this.joined) || differs(view[field], this.view[field]);
  }

  // A place that a link names, in the plane of its codec.
  placed({ pointer, owner }) {
    const member = pointer && this.members.find((m) => m.spec.id === owner);
    return member ? { row: -1, member, place: pointer } : null;
  }

  nearestRow(id) {
    const { ids } = this.data;
    return ids.reduce((best, one, i) => (Math.abs(one - id) < Math.abs(ids[best] - id) ? i : best), 0);
  }

  // Tells Python, which writes the address; once per release, never while something moves.
  keep(changes) {
    this.view = { ...this.view, ...changes };
    this.keeper.keep(changes);
  }

  change(changes) {
    this.keep(changes);
    this.arrange();
    this.request({ answer: true });
  }

  arrange() {
    for (const member of this.members) member.arrange(this.view);
  }

  weigh(member, weight) {
    member.weigh(weight);
    this.weighed = performance.now();
    this.request({ answer: true });
    return weight;
  }

  weights() { return movedWeights(this.members); }

  busy() { this.asked = performance.now(); } // a hand is at work: what can wait, waits

  request(what) {
    if (what.answer) this.busy();
    Object.assign(this.dirty, what);
    if (this.waiting || this.gone || !this.ready) return;
    this.waiting = true;
    requestAnimationFrame(this.tick);
  }

  frame() {
    this.waiting = false;
    if (this.gone || !this.ready) return;
    const now = performance.now();
    const calm = now - this.asked > CALM;
    const { sized, answer, points } = this.dirty;
    this.dirty = {};
    if (sized) this.look = readLook(this.root, this.props.palette, this.data.n);
    const resized = sized && this.members.map((m) => m.resize()).includes(true);
    if (answer) this.answer();
    const room = calm || now - this.weighed < CALM ? IDLE : BUDGET;
    let busy = this.work(now + room, calm); // first, so that this frame shows what it found
    for (const member of this.members) {
      if (points || sized) member.redraw = member.behind = true;
      busy = member.step(resized) || busy;
    }
    this.draw();
    if (busy) this.request({});
  }

  work(deadline, calm) {
    return askedAnew(this, () => chores(this.members, deadline, calm));
  }

  answer() {
    const { row, member: owner } = this.hand.focus;
    this.controls.show(this.view, row);
    if (row < 0 && !owner?.cloud?.whole) return this.request({ answer: true });
    const { x, code, words } = (this.seen = this.see(this.hand.focus));
    this.input.show(x, words);
    for (const member of this.members.filter(({ cloud }) => cloud)) {
      member.answer(x, this.seen.row, member === owner ? code : null);
      member.showTerms(x);
    }
  }

  // A sample or, where a hand is on none, what its codec decodes there. row: -1 for what is no sample.
  see({ row, member: owner, place }) {
    const { data: { x, D }, props: { text } } = this;
    if (row >= 0) return { x: x.subarray(row * D, (row + 1) * D), row, code: null, words: this.name(row) };
    const code = owner.cloud.lift(...place);
    return { x: owner.codec.decode(code, 1), row, code, words: fill(text.place, { codec: owner.spec.name }) };
  }

  name(row) {
    const { ids, labels, names } = this.data;
    const words = names.length && labels?.[row] >= 0 ? this.props.text.sampleClass : this.props.text.sampleName;
    return fill(words, { number: ids[row], name: names[labels?.[row]] });
  }

  draw() {
    const { colouring } = this.view;
    const limit = colouring === "error" ? errorLimit(this.members) : 1;
    this.legend.show(colouring, limit, this.look.night);
    const look = { ...this.look, colouring, limit, faint: this.others.of(this.stressed) };
    for (const member of this.members) member.draw(look, this.marks(member));
  }

  // What lies over one plane.
  marks(member) {
    const { view, data, hand } = this;
    const rows = hand.circled ?? view.pins.map((id) => data.ids.indexOf(id)).filter((row) => row >= 0);
    const many = hand.circled || rows.length > MOST_PINS;
    const lasso = hand.lasso?.member === member ? hand.lasso.path : null;
    return { row: hand.focus.row, pins: many ? [] : rows, picked: many ? rows : [], lasso };
  }
}

const source = ({ data, codecs, page, latentDim }) =>
  JSON.stringify([data.url, page, latentDim, codecs.map((codec) => [codec.url, codec.name])]);
