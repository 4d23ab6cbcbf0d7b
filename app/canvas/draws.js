// New samples from nothing: the same draws of N(0, I) in every code space, and which fall into holes.

import { count, laid, segment, slider } from "./fields.js";
import { fill, fixed, h, say } from "./dom.js";
import { grounds } from "./journey.js";
import { standardNormal } from "./gaussian.js";
import { Face } from "./face.js";
import { filesCard } from "./saving.js";
import { cross, spots } from "./spots.js";
import { Scatter, Survey, SURVEYED } from "./scatter.js";
import { placesOf, strewnActs, widen } from "./strewn.js";
import { Tiles, tileSketcher } from "./tiles.js";

const ACROSS = 8; // tiles in a row
const STEP = 4;
const MOST = 64; // draws shown, as the view allows
const MOST_SEED = 2 ** 32 - 1;
const SECOND = 0.5; // a draw in a GIF

export class Draws extends Face {
  makeControls(props) {
    const { text } = props;
    Object.assign(this, { n: props.view.draws, focus: 0, owner: null });
    const seed = count(text.seed, text.seedHelp, { min: 0, max: MOST_SEED }, (drawSeed) => this.change({ drawSeed }));
    const range = { min: STEP, max: MOST, step: STEP, short: true };
    const draws = slider(text.draws, text.drawsHelp, range, (n) => {
      this.n = n;
      this.request({ answer: true });
    }, (n) => this.keep({ draws: n }));
    const ground = segment("ground", text.behind, text.behindHelp, grounds(props),
      (value) => this.change({ ground: value }));
    const anew = h("button", { type: "button", title: text.anewHelp,
      onclick: () => this.change({ drawSeed: Math.floor(Math.random() * 1e6) }) }, text.anew);
    const root = h("div", { class: "bnc-controls" }, ...laid([seed, draws]), anew, ground.root,
      h("p", { class: "bnc-code bnc-note" }, text.drawsHint));
    const show = () => {
      seed.show(this.view.drawSeed);
      draws.show(this.n);
      ground.show(this.view.ground);
    };
    return { root, show };
  }

  furnish(grid) {
    const { data, props: { text, palette } } = this;
    const sketcher = tileSketcher(data, palette);
    grid.classList.add("bnc-draws");
    for (const member of this.members) {
      const { name, colour } = member.spec;
      const chosen = (i) => this.choose(member, i);
      member.mosaic = data.kind === "points" ? null
        : new Tiles(sketcher, fill(text.drawsOf, { codec: name }), { across: ACROSS, colour, chosen });
      member.verdict = h("p", { class: "bnc-verdict" });
      const origin = h("p", { class: "bnc-code bnc-note" }, member.spec.prior ? text.fromPrior : text.fromCodes);
      member.card.code.parentElement.before(...[member.mosaic?.canvas].filter(Boolean), member.verdict, origin);
    }
    grid.append(filesCard(this));
  }

  adopt(view) {
    if (this.news(view, "draws")) this.n = view.draws;
    super.adopt(view);
  }

  choose(member, i) {
    Object.assign(this, { owner: member, focus: i });
    this.request({ answer: true });
  }

  acts(member) {
    return strewnActs(this, member);
  }

  answer() {
    this.controls.show();
    const { latentDim } = this.props;
    const { drawSeed: seed } = this.view;
    if (this.eps?.seed !== seed || this.eps.d !== latentDim) {
      this.eps = { seed, d: latentDim, all: standardNormal(SURVEYED, latentDim, seed) };
    }
    this.focus = Math.min(this.focus, this.n - 1);
    for (const member of this.members) {
      if (!member.cloud) continue;
      member.survey ??= new Survey(member);
      member.strip ??= new Scatter(member, member.mosaic);
      member.strip.want(this.eps.all, this.n);
      member.places = member.strip.z && placesOf(member.cloud, member.strip.z, member.strip.n);
      widen(member);
    }
  }

  settled() {
    return this.members.filter((m) => m.cloud?.whole && !m.cloud.pending).length;
  }

  draw() {
    this.members.forEach((member) => member.strip?.z && this.show(member));
    super.draw();
    for (const member of this.members) {
      if (!member.places || !member.frame) continue;
      this.strew(member);
      member.mosaic?.draw({ current: this.focus, crossed: member.holes }, member.spec.colour, this.look.ink, this.look.paper);
    }
  }

  // The chosen draw, large, and what the draws say of the code space.
  show(member) {
    const { strip, survey, card, data, spec } = member;
    const { focus, n } = this;
    const { text } = this.props;
    const { D } = data;
    const d = this.props.latentDim;
    member.holes = strip.holes();
    member.cursor = member.places && [member.places[2 * focus], member.places[2 * focus + 1]];
    const x = strip.x.subarray(focus * D, (focus + 1) * D);
    const z = strip.z.subarray(focus * d, (focus + 1) * d);
    const points = data.kind === "points";
    card.show(x, { z, xHat: x, error: 0, hole: strip.errors[focus], cloud: null });
    if (points) spots(card.picture.getContext("2d"), card.sketcher, strip.x, member.holes, spec.colour, this.look);
    if (spec.id === (this.owner ?? this.members.find((m) => m.spec.prior) ?? this.members[0]).spec.id) {
      this.input.show(x, fill(text.drawName, { number: focus + 1, count: n, codec: spec.name }));
    }
    say(member.verdict, verdict(member.holes, survey, text));
  }

  // Draws as rings over the plane's points, those in holes as crosses.
  strew({ plane, places, holes, spec }) {
    const { ink, paper } = this.look;
    const context = plane.front.getContext("2d");
    for (let i = 0; i < places.length / 2; i++) {
      const [x, y] = [plane.px(places[2 * i]), plane.py(places[2 * i + 1])];
      if (holes?.[i]) cross(context, x, y, ink, paper);
      else {
        context.beginPath();
        context.arc(x, y, 4, 0, 2 * Math.PI);
        context.fillStyle = paper;
        context.fill();
        context.strokeStyle = spec.colour;
        context.lineWidth = 2;
        context.stroke();
      }
    }
  }

  marks() {
    return { row: -1, pins: [], picked: [], lasso: null, trail: null };
  }

  table(n) {
    return this.members.filter((m) => m.strip?.z && !m.strip.pending).map(({ spec, strip, holes, codec }) => ({
      id: spec.id, name: spec.name, colour: spec.colour, n,
      z: strip.z.subarray(0, n * codec.latentDim), x: strip.x.subarray(0, n * codec.D),
      holes, columns: { round_trip: (i) => strip.errors[i], hole: (i) => holes?.[i] ?? "" },
    }));
  }

  timing() {
    const gathered = this.data.kind === "points";
    return { frames: this.n, seconds: SECOND * (this.n - 1), back: false, columns: this.n, across: ACROSS, gathered };
  }

  subject() {
    return `draws-seed${this.view.drawSeed}`;
  }
}

function verdict(holes, { limit, share }, text) {
  if (!holes) return text.measuring;
  if (limit === Infinity) return text.noHoles;
  const count = holes.reduce((a, b) => a + b, 0);
  const first = fill(text.inHoles, { count, n: holes.length });
  return share == null ? first : `${first}; ${fill(text.share, { share: fixed(100 * share, 2), n: SURVEYED })}`;
}
