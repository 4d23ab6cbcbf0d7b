// One codec at work: its network, the codes of all samples, what lies behind them, and its card.

import { Card } from "./cards.js";
import { Cloud, curveOf, squared } from "./codes.js";
import { fixed, put, rgb } from "./dom.js";
import { Ground } from "./ground.js";
import { Lens } from "./lens.js";
import { Thumbs, drawThumbs, roomy } from "./thumbs.js";

const EASE = 0.25; // share of the way that the plane's frame moves in one drawn picture

export class Member {
  constructor(spec, sketcher, { text, page }, acts) {
    Object.assign(this, { spec, sketcher, moving: true });
    this.card = new Card(spec, sketcher, text, page, {
      live: (weight) => acts.live(this, weight),
      keep: (weight) => acts.keep(this, weight),
    });
    this.plane = this.card.plane;
    this.lens = new Lens();
    this.weight = spec.weight;
    this.card.knob?.set(spec.weight);
  }

  // True where the plane's size changed.
  resize() {
    this.card.trade?.resize();
    return this.plane.resize();
  }

  // The network has arrived.
  start(codec, data, view) {
    this.codec = codec;
    this.data = data;
    if (this.spec.weight != null) codec.setWeight(this.spec.weight);
    this.cloud = new Cloud(codec, data);
    this.ground = new Ground(codec, this.cloud, this.sketcher);
    this.thumbs = data.kind === "points" ? null : (data.thumbs ??= new Thumbs(this.sketcher, data));
    this.trade = this.card.trade;
    this.trade?.start(codec, data);
    this.arrange(view);
    this.weigh(this.weight);
  }

  // There are other samples behind the first ones.
  grow() {
    this.paint = this.ends = null;
    this.cloud?.grow(this.data.first);
  }

  weigh(weight) {
    this.weight = weight;
    this.card.knob?.set(weight);
    if (!this.codec || weight == null) return;
    this.codec.setWeight(weight);
    this.cloud.stale();
    this.ground.refresh();
    this.tour = null;
  }

  arrange({ dims, axes, ground, colouring }) {
    if (!this.cloud) return;
    if (colouring === "error") this.cloud.wantErrors();
    const turned = String([dims, axes]);
    if (turned !== this.turned) {
      this.turned = turned;
      this.cloud.turn(dims, axes);
      this.frame = null;
    }
    this.wanted = ground;
    this.behind = this.redraw = true;
  }

  // This codec's answer to x, the sample of that row or, at −1, of none. hand: the code that the
  // reader's hand has put in the encoder's place.
  answer(x, row, hand) {
    const { codec } = this;
    const z = hand ?? this.cloud.codeOf(row) ?? codec.encode(x, 1);
    const xHat = codec.decode(z, 1);
    const found = (this.answered = { z, xHat, error: squared(x, xHat), hole: null, cloud: this.curve() });
    this.cursor = this.cloud.flat(z);
    this.echo = null;
    if (hand) {
      const again = codec.encode(xHat, 1);
      found.hole = Math.sqrt(squared(again, z));
      this.echo = this.cloud.flat(again);
    }
    this.hand = hand != null;
    this.card.show(x, found);
  }

  showTerms(x) {
    if (this.spec.range) this.card.showTerms(() => this.codec.terms(x, 1), this.weight);
  }

  // Where the codec puts the data itself: what it has learned of points in the plane.
  curve() {
    return (this.tour ??= curveOf(this.codec, this.data));
  }

  // One step of everything that moves; true while it does.
  step(sized) {
    const { cloud, plane } = this;
    if (!cloud?.whole) return false;
    const eased = this.ease(sized);
    const pixel = (plane.view.x1 - plane.view.x0) / plane.width;
    const gliding = cloud.glide(pixel);
    this.redraw ||= eased || gliding || sized;
    this.behind ||= eased || sized;
    const settled = !eased && !cloud.pending;
    if (settled && this.stands()) {
      this.ground.restart(this.wanted, plane.view, plane.width);
      this.behind = true;
    }
    this.moving = eased || gliding;
    return this.moving;
  }

  // Whether the ground was made for another frame or mode.
  stands() {
    const { ground, plane } = this;
    if (ground.mode !== this.wanted) return true;
    if (this.wanted === "none") return false;
    return !ground.box || ["x0", "x1", "y0", "y1"].some((side) => ground.box[side] !== plane.view[side]);
  }

  ease(sized) {
    const turned = this.lens.step();
    const to = this.cloud.box;
    const from = this.frame;
    if (!from) this.frame = { ...to };
    else {
      const size = Math.max(to.x1 - to.x0, to.y1 - to.y0, 1e-9);
      let far = 0;
      for (const side of ["x0", "x1", "y0", "y1"]) {
        const rest = to[side] - from[side];
        from[side] += EASE * rest;
        far = Math.max(far, Math.abs(rest) / size);
      }
      if (far < 2e-3) Object.assign(from, to);
      if (far === 0 && !sized && !turned) return false;
    }
    this.plane.look(this.frame, this.cloud.line, this.lens);
    return true;
  }

  draw(look, marks) {
    const { plane, cloud } = this;
    if (!cloud?.whole || !this.frame) return; // the frame comes with the next step
    if (this.behind) {
      const { ground } = this;
      const names = cloud.shares?.map((share, i) => `PC${i + 1} ${Math.round(100 * share)} %`) ?? cloud.dims.map((dim) => `z${dim + 1}`);
      const style = ground.mode === "holes" ? { smooth: true, alpha: 1 } : { smooth: false, alpha: 0.75 };
      if (ground.mode === "holes" && ground.picture) style.note = `‖f(g(z)) − z‖ ≥ ${fixed(ground.limit, 2)}`;
      plane.drawGround(ground.picture, ground.box, { ...style, ink: look.ink, names });
    }
    if (this.redraw) this.drawPoints(look, [...marks.pins, ...marks.picked]);
    const at = (row) => [cloud.shown[2 * row], cloud.shown[2 * row + 1]];
    const cursor = (this.spot = marks.row >= 0 ? at(marks.row) : this.cursor);
    plane.drawFront({
      cursor, hand: this.hand, echo: this.echo, pins: marks.pins.map(at), near: marks.picked.map(at),
      lasso: marks.lasso, trail: marks.trail, tile: this.tiles?.rows.has(marks.row) ? this.tiles.sides : null,
    }, look.ink, look.paper);
    this.trade?.draw(this.card.knob.share, look.ink);
    this.behind = this.redraw = false;
  }

  // As dots, and where a zoomed plane has room as pictures; rows in `first` have room before others.
  drawPoints(look, first) {
    const { plane, cloud, thumbs, lens: { zoom } } = this;
    const colours = this.colours(look);
    plane.drawPoints(cloud.shown, colours, look.faint, look.radius * Math.min(2, zoom ** 0.3));
    this.tiles = thumbs && zoom > 1 ? roomy(plane, cloud.shown, thumbs.tall, first) : null;
    if (!cloud.pending) put(plane.points, "data-weight", String(this.weight)); // of all these codes
    put(plane.points, "data-pictures", String(this.tiles?.rows.size ?? 0));
    if (this.tiles) drawThumbs(plane, thumbs, this.tiles, colours, look.faint, look.paper);
  }

  colours({ colouring, labels, limit, grey, night }) {
    const { data, cloud } = this;
    const made = (this.paint ??= new Uint8Array(3 * data.n));
    for (let i = 0; i < data.n; i++) {
      const colour = colouring === "error" ? cividis(cloud.errors[i] / limit, night ? NIGHT : DAY)
        : labels[data.labels?.[i] >= 0 ? data.labels[i] % labels.length : -1] ?? grey;
      made[3 * i] = colour[0];
      made[3 * i + 1] = colour[1];
      made[3 * i + 2] = colour[2];
    }
    return made;
  }
}

// Blue to yellow, ever lighter; .bnc-cividis shows the same. On a dark plane the dark end would be lost.
const DAY = shades("#00224e", "#35456c", "#7d7c78", "#bcae6c", "#fde737");
const NIGHT = shades("#5c6f9c", "#7f838f", "#a69d7d", "#cdba68", "#fde737");

function shades(...stops) {
  const ends = stops.map(rgb);
  return Array.from({ length: 64 }, (_, i) => {
    const place = (i / 63) * 4;
    const [a, b] = [ends[Math.floor(place)], ends[Math.ceil(place)]];
    return a.map((value, c) => value + (place % 1) * (b[c] - value));
  });
}

function cividis(share, of) {
  return of[Math.round(63 * Math.min(1, Math.max(0, share || 0)))];
}
