// The whole manifold: cells of the same share of every code space, decoded side by side.

import { decimal } from "./cards.js";
import { laid, segment, select, slider } from "./fields.js";
import { fill, h, put } from "./dom.js";
import { Face } from "./face.js";
import { roundTrips } from "./gaussian.js";
import { grounds } from "./journey.js";
import { cells, codesAt, ring } from "./lattice.js";
import { filesCard } from "./saving.js";
import { Strip } from "./strip.js";
import { placesOf, strewnActs, widen } from "./strewn.js";
import { Tiles, tileSketcher } from "./tiles.js";
import { unitsOf } from "./units.js";

const SIDES = { min: 4, max: 24, step: 1 }; // as the view allows
const DOT = 3; // CSS pixels of a cell in the plane
const [FRAMES, SECONDS] = [48, 4]; // of the ring in a GIF

export class Manifold extends Face {
  makeControls(props) {
    const { text, latentDim } = props;
    Object.assign(this, { side: props.view.side, focus: 0, owner: null });
    const side = slider(text.side, text.sideHelp, SIDES, (n) => this.resize(n), (n) => this.keep({ side: n }));
    const ground = segment("ground", text.behind, text.behindHelp, grounds(props),
      (value) => this.change({ ground: value }));
    const units = latentDim > 2 ? this.units(props) : [];
    const root = h("div", { class: "bnc-controls" }, ...laid([side, ...units, ground]),
      h("p", { class: "bnc-code bnc-note" }, latentDim > 1 ? text.manifoldHint : text.manifoldLine));
    const show = () => {
      side.show(this.side);
      units.forEach((one, i) => one.show(i ? this.view.dims[i - 1] : this.view.ranked));
      ground.show(this.view.ground);
    };
    return { root, show };
  }

  units({ text, latentDim }) {
    const order = segment("ranked", text.order, text.orderHelp, { true: text.byRank, false: text.byNumber },
      (value) => this.change({ ranked: value === "true" }));
    const options = Array.from({ length: latentDim }, (_, i) => [i, i + 1]);
    const picks = [text.across, text.upwards].map((label, place) =>
      ({ ...select(label, text.unitPair, options, (unit) => this.pick(place, Number(unit))), short: true }));
    return [order, ...picks];
  }

  // Both directions stay two: who takes the other's unit leaves it its own.
  pick(place, unit) {
    const dims = [...this.view.dims];
    if (dims[1 - place] === unit) dims[1 - place] = dims[place];
    dims[place] = unit;
    this.change({ dims });
  }

  resize(side) {
    const [column, row] = [this.focus % this.side, Math.floor(this.focus / this.side)];
    const near = (at) => Math.min(side - 1, Math.round(((at + 0.5) * side) / this.side - 0.5));
    Object.assign(this, { side, focus: near(row) * side + near(column) });
    this.request({ answer: true });
  }

  furnish(grid) {
    const { data, props: { text, palette } } = this;
    const sketcher = tileSketcher(data, palette);
    grid.classList.add("bnc-draws", "bnc-lattice");
    for (const member of this.members) {
      const { name, colour, prior } = member.spec;
      member.mosaic = data.kind === "points" ? null : this.mosaic(member, sketcher, fill(text.cellsOf, { codec: name }), colour);
      const origin = h("p", { class: "bnc-code bnc-note" }, prior ? text.cellsPrior : text.cellsCodes);
      member.card.code.parentElement.before(...[member.mosaic?.canvas].filter(Boolean), origin);
    }
    grid.append(filesCard(this));
  }

  // Shows the cell under the hand, in every codec.
  mosaic(member, sketcher, label, colour) {
    const tiles = new Tiles(sketcher, label, { colour, gap: 0, chosen: (i) => this.choose(member, i) });
    const under = ({ offsetX, offsetY }) => tiles.n && this.choose(member, tiles.at(offsetX, offsetY));
    tiles.canvas.addEventListener("pointermove", under);
    return tiles;
  }

  adopt(view) {
    if (this.news(view, "side")) {
      this.side = view.side;
      this.focus = Math.floor(view.side / 2) * (view.side + 1);
    }
    super.adopt(view);
  }

  choose(member, i) {
    Object.assign(this, { owner: member, focus: i });
    this.request({ answer: true });
  }

  // The plane shows the two units that the cells lie along.
  arrange() {
    for (const member of this.members) member.arrange({ ...this.view, axes: "units", dims: member.pair ?? this.view.dims });
  }

  acts(member) {
    return strewnActs(this, member);
  }

  answer() {
    this.controls.show();
    for (const member of this.members) {
      const { cloud } = member;
      if (!cloud?.whole) continue;
      const asked = String([this.side, this.view.dims, this.view.ranked]); // another weight makes codes pending
      if (cloud.pending || member.laid?.asked !== asked) {
        member.laid = { z: this.lay(member), asked: cloud.pending ? null : asked }; // once more when all are new
      }
      this.show(member, member.laid.z);
    }
  }

  // Lays the cells over a code space: their codes, which the strip decodes.
  lay(member) {
    const n = this.side ** 2;
    this.measure(member);
    const z = codesAt(this.cells(), member.space, member.pair);
    if (member.mosaic) member.mosaic.across = this.side;
    member.strip ??= new Strip(member.codec, member.mosaic, member.data.D);
    member.strip.want(z, n);
    member.places = placesOf(member.cloud, z, n, false);
    widen(member);
    return z;
  }

  cells() {
    if (this.known?.side !== this.side) {
      this.known = { side: this.side, places: cells(this.side, this.props.latentDim === 1) };
    }
    return this.known.places;
  }

  // Where the cells lie: in the prior, or where there is none in a Gaussian with each unit's own spread.
  measure(member) {
    const { cloud, spec, codec: { latentDim: d } } = member;
    const found = unitsOf(cloud, spec.prior);
    const { dims, ranked } = this.view;
    const pair = dims.map((dim) => Math.min(dim, d - 1)).map((dim) => (ranked && d > 2 ? found.order[dim] : dim));
    member.space = spec.prior ? { mean: new Float64Array(d), std: new Float64Array(d).fill(1) } : found;
    if (String(pair) === String(member.pair)) return;
    member.pair = pair;
    member.arrange({ ...this.view, axes: "units", dims: pair });
  }

  // The chosen cell, large.
  show(member, cellCodes) {
    const { card, codec, data, spec, strip } = member;
    const { latentDim: d } = this.props;
    const z = cellCodes.subarray(this.focus * d, (this.focus + 1) * d);
    const { errors, x } = roundTrips(codec, z, 1);
    member.cursor = [member.places[2 * this.focus], member.places[2 * this.focus + 1]];
    card.show(x, { z, xHat: x, error: 0, hole: errors[0], cloud: data.kind === "points" ? strip.x : null });
    if (member !== (this.owner ?? this.members.find((m) => m.spec.prior) ?? this.members[0])) return;
    const [across, upwards] = this.cells().subarray(2 * this.focus, 2 * this.focus + 2);
    const words = d > 1 ? this.props.text.cell : this.props.text.cellLine;
    this.input.show(x, fill(words, { across: decimal(across), upwards: decimal(upwards), codec: spec.name }));
  }

  // Once all points have their new codes, their spread is asked again; points show what is decoded.
  settled() {
    const open = (m) => m.cloud && (m.cloud.pending || (this.data.kind === "points" && m.strip?.pending));
    return this.members.filter((m) => m.cloud?.whole && !open(m)).length;
  }

  draw() {
    super.draw();
    for (const member of this.members) {
      if (!member.places || !member.frame) continue;
      this.strew(member);
      const { mosaic, strip, spec, weight } = member;
      mosaic?.draw({ current: this.focus }, spec.colour, this.look.ink, this.look.paper);
      if (mosaic && !strip.pending) put(mosaic.canvas, "data-weight", String(weight)); // of all its cells
    }
  }

  // All cells as one path: there may be hundreds.
  strew({ plane, places, spec }) {
    const context = plane.front.getContext("2d");
    context.beginPath();
    for (let i = 0; i < places.length; i += 2) {
      context.rect(plane.px(places[i]) - DOT / 2, plane.py(places[i + 1]) - DOT / 2, DOT, DOT);
    }
    context.lineWidth = 1.5;
    context.strokeStyle = this.look.paper;
    context.stroke();
    context.fillStyle = spec.colour;
    context.fill();
  }

  marks() {
    return { row: -1, pins: [], picked: [], lasso: null, trail: null };
  }

  // What the saver writes: the cells side by side, and in what moves the way round the middle.
  table() {
    return this.rows(this.cells());
  }

  film(n) {
    return this.rows(ring(n));
  }

  rows(places) {
    const n = places.length / 2;
    return this.members.filter((m) => m.space).map(({ codec, pair, space, spec: { id, name, colour } }) => {
      const z = codesAt(places, space, pair);
      const columns = { across: (i) => places[2 * i], upwards: (i) => places[2 * i + 1] };
      return { id, name, colour, z, x: codec.decode(z, n), n, columns };
    });
  }

  timing() {
    return { frames: FRAMES, seconds: SECONDS, back: false, columns: this.side ** 2, across: this.side, gathered: this.data.kind === "points" };
  }

  subject() {
    return `manifold-${this.side}x${this.side}`;
  }
}
