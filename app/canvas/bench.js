// The live bench of the denoise page: one damaged array, and everybody's repair of it, at once.

import { controls } from "./benchtop.js";
import { Strokes } from "./brush.js";
import { loadData } from "./data.js";
import { fill, fixed, h, put, say, tell } from "./dom.js";
import { Sketcher } from "./images.js";
import { differs } from "./keeper.js";
import { mark } from "./knobs.js";
import { Families } from "./linear.js";
import { Pen } from "./pen.js";
import { clipped, corrupted, median, psnr } from "./repair.js";
import { Stage } from "./stage.js";

const BOIL = 90; // ms between two noises while the picture boils
const PAD = 320; // pixels along the pad

export class Bench extends Stage {
  constructor(component) {
    super(component);
    this.strokes = new Strokes();
    this.tool = "hand";
    this.families = new Families(() => this.request());
  }

  async build(props) {
    const mine = (this.building = {});
    const fresh = this.data?.url !== props.data.url;
    const further = !fresh && props.data.more && props.data.more !== this.data.more;
    const data = fresh || further ? { ...props.data, ...(await loadData(props.data)), cloud: [] } : this.data;
    if (this.gone || this.building !== mine) return;
    const names = (all) => JSON.stringify(all?.codecs.map(({ id }) => id));
    const other = fresh || further || names(this.props) !== names(props);
    Object.assign(this, { props, data });
    this.adopt(props.view, fresh);
    if (fresh) {
      this.strokes.clear();
      this.tool = "hand"; // there may be no brushes for this data
    }
    if (fresh || further) this.sketcher = new Sketcher(data, props.palette);
    if (other) this.lay();
    this.show();
    await this.fetchCodecs(props.codecs, () => this.request());
  }

  // What Python tells anew; of the rest a hand may be further by now. Of fresh data all is new.
  adopt(view, fresh) {
    if (!this.keeper.hears(view) && !fresh) return;
    const told = fresh ? {} : this.told;
    const news = Object.entries(view).filter(([name, value]) => differs(value, told[name]));
    this.view = { ...this.view, ...Object.fromEntries(news) };
    this.told = { ...view };
  }

  // The bench itself: the array on the left, repairs on the right.
  lay() {
    const { text, codecs } = this.props;
    this.first = this.framed(text.original);
    this.second = this.framed(text.damaged);
    this.pad = h("canvas", { class: "bnc-pad", "aria-label": text.pad, width: PAD, height: PAD });
    this.first.holder.append(this.pad);
    this.pens = [this.penOver(this.pad, "pen"), this.penOver(this.second.picture, null)];
    const rows = [
      { id: "noisy", name: text.asItIs }, { id: "median", name: text.median },
      { id: "linear", name: text.linear, help: text.linearHelp },
      ...codecs.map(({ id, name, colour }) => ({ id, name, colour })),
    ];
    this.repairs = rows.map((row) => ({ ...row, ...this.repair(row) }));
    this.root.replaceChildren(h("div", { class: "bnc-bench" },
      h("section", { class: "bnc-card" },
        h("div", { class: "bnc-duo" }, this.first.root, this.second.root), controls(this)),
      h("div", { class: "bnc-repairs" }, ...this.repairs.map((row) => row.root))));
  }

  framed(title) {
    const picture = this.sketcher.prepare(document.createElement("canvas"));
    put(picture, "role", "img");
    put(picture, "aria-label", title);
    const holder = h("div", { class: "bnc-holder" }, picture);
    const words = h("p", { class: "bnc-code" });
    return { picture, holder, words, root: h("div", {}, h("h4", {}, title), holder, words) };
  }

  repair({ name, colour, help }) {
    const [picture, error] = [0, 1].map(() => this.sketcher.prepare(document.createElement("canvas")));
    for (const [canvas, words] of [[picture, this.props.text.repair], [error, this.props.text.errorMap]]) {
      put(canvas, "role", "img");
      put(canvas, "aria-label", fill(words, { codec: name }));
    }
    const score = h("p", { class: "bnc-number" });
    const head = h("div", { class: "bnc-head" }, colour ? h("i", { style: `background:${colour}` }) : null,
      h("h4", {}, name));
    const root = h("section", { class: "bnc-card", "aria-label": name, title: help }, head,
      h("div", { class: "bnc-duo" }, picture, error), score);
    return { picture, error, score, root };
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
    this.request();
  }

  boil() {
    this.turning = !this.turning;
    this.show();
    const turn = () => {
      if (!this.turning || this.gone) return;
      this.view.seed = (this.view.seed + 1) % 2 ** 31;
      this.request();
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

  live(changes) {
    Object.assign(this.view, changes);
    this.show();
  }

  keep(changes) {
    this.live(changes);
    Object.assign(this.told, changes);
    this.keeper.keep(changes);
  }

  show() {
    const { view, props } = this;
    this.kinds.show(view.kind);
    this.tools?.show(this.tool);
    for (const pen of this.pens) pen.show();
    put(this.boiling, "aria-pressed", String(Boolean(this.turning)));
    const kind = props.kinds.find(({ id }) => id === view.kind);
    put(this.level, "max", String(kind.highest));
    put(this.level, "aria-label", kind.measure);
    say(this.measure, kind.measure);
    this.level.value = view.level;
    mark(this.level);
    say(this.amount, `= ${view.level.toFixed(2)}`);
    this.walk.value = this.row;
    mark(this.walk);
    this.pad.hidden = this.tool !== "pen";
    this.second.picture.classList.toggle("bnc-brush", this.tool === "white" || this.tool === "black");
    this.request();
  }

  get row() {
    return Math.max(0, this.data.ids.indexOf(this.view.sample));
  }

  request() {
    if (this.waiting || this.gone) return;
    this.waiting = true;
    requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.waiting = false;
    if (this.gone) return;
    const { data, view, props, sketcher } = this;
    const { low, high } = props.ends;
    const [height, width] = data.shape.slice(-2);
    const drawn = this.strokes.has("pen");
    if (this.tool === "pen") this.strokes.draw(this.pad);
    const row = this.row;
    const x = drawn ? this.strokes.sample(height, width, props.norm) : data.x.slice(row * data.D, (row + 1) * data.D);
    let noisy = corrupted(x, view.kind, view.level, view.seed);
    if (view.clip) noisy = clipped(noisy, low, high);
    if (data.kind === "image") this.strokes.damage(noisy, height, width, low, high);
    sketcher.sample(this.first.picture, x, null);
    sketcher.sample(this.second.picture, noisy, null);
    say(this.first.words, drawn ? props.text.drawn : fill(props.text.sampleName, { number: view.sample }));
    this.answer(x, noisy);
  }

  answer(x, noisy) {
    const { view, props, sketcher, repairs } = this;
    const specs = Object.fromEntries(props.codecs.map((spec) => [spec.id, spec]));
    for (const one of repairs) {
      const codec = this.codecs.get(specs[one.id]?.url);
      const family = one.id === "linear" ? this.families.get(props.linear[view.kind]) : null;
      if ((specs[one.id] && !codec) || (one.id === "linear" && !family)) {
        one.db = null; // still on its way
        continue;
      }
      let xHat = noisy;
      if (one.id === "median") xHat = median(noisy, this.data.shape);
      else if (family) xHat = this.shown(family.repair(noisy, view.level));
      else if (codec) {
        const { told, weight } = specs[one.id];
        codec.setWeight(told && view.told ? view.level : weight);
        xHat = this.shown(codec.decode(codec.encode(noisy, 1), 1));
      }
      one.db = psnr(x, xHat, props.peak);
      sketcher.sample(one.picture, x, xHat, one.colour ?? "#7b828c");
      sketcher.error(one.error, x, xHat);
    }
    const best = Math.max(...repairs.map(({ db }) => db ?? -Infinity));
    for (const { score, db } of repairs) {
      tell(score, () => db == null ? "…" : `${db === best ? "★ " : ""}${db === Infinity ? "∞" : fixed(db)} dB`);
    }
  }

  // A repair as all are shown and judged.
  shown(xHat) {
    const { low, high } = this.props.ends;
    return this.view.clip ? clipped(xHat, low, high) : xHat;
  }
}
