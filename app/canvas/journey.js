// The live part of the generate page: a path between two samples plays in every code space at once.

import { squared } from "./codes.js";
import { fill, h, put, say } from "./dom.js";
import { mark } from "./knobs.js";
import { Face } from "./main.js";
import { lerp, slerp } from "./paths.js";

const TRAIL = 40; // steps of a drawn path
const SPEED = 0.35; // of the path per second, once from end to end and back

export class Journey extends Face {
  constructor(component) {
    super(component);
    Object.assign(this, { t: 0.5, way: 1, playing: false, held: 1, rows: [0, 1] });
  }

  makeControls(props) {
    const { text } = props;
    this.slider = h("input", {
      type: "range", min: 0, max: 1, step: 0.005, "aria-label": text.along, title: text.alongHelp,
      oninput: () => this.move(Number(this.slider.value)),
    });
    this.button = h("button", { type: "button", title: text.playHelp, onclick: () => this.play() }, text.play);
    this.choices = [["path", { lerp: "lerp", slerp: "slerp" }, text.wayHelp, text.way],
      ["ground", this.grounds(props), text.behindHelp, text.behind]];
    this.radios = [];
    const fields = this.choices.map(([name, words, help, label]) => {
      const buttons = Object.entries(words).map(([value, word]) => h("button", {
        type: "button", role: "radio", "data-field": name, "data-value": value, title: help,
        onclick: () => this.change({ [name]: value }),
      }, word));
      this.radios.push(...buttons);
      return h("div", { class: "bnc-field" }, h("span", {}, label),
        h("div", { class: "bnc-segment", role: "radiogroup", "aria-label": label }, ...buttons));
    });
    const root = h("div", { class: "bnc-controls" },
      h("div", { class: "bnc-stepper" }, this.button, this.slider), ...fields,
      h("p", { class: "bnc-code bnc-note" }, text.dragEnds));
    return { root, show: () => this.showControls() };
  }

  grounds({ data, text }) {
    const words = { none: text.nothing, decoded: text.decoded, holes: text.holes };
    if (data.kind === "points") delete words.decoded;
    return words;
  }

  showControls() {
    for (const one of this.radios) {
      put(one, "aria-checked", String(this.view[one.dataset.field] === one.dataset.value));
    }
    say(this.button, this.playing ? this.props.text.pause : this.props.text.play);
    this.slider.value = this.t;
    mark(this.slider);
  }

  adopt(view) {
    super.adopt(view);
    this.rows = view.anchors.map((id) => this.nearestRow(id));
  }

  move(t) {
    this.t = t;
    this.request({ answer: true });
  }

  play() {
    this.playing = !this.playing;
    let before = performance.now();
    const turn = (now) => {
      if (!this.playing || this.gone) return;
      this.t += (this.way * SPEED * (now - before)) / 1000;
      before = now;
      if (this.t >= 1 || this.t <= 0) {
        this.way = this.t >= 1 ? -1 : 1;
        this.t = Math.min(1, Math.max(0, this.t));
      }
      this.request({ answer: true });
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
    this.request({ answer: true });
  }

  // An end of the path is dragged from sample to sample, in any plane; Enter takes the other end.
  acts(member) {
    const end = (which) => {
      const { shown } = member.cloud;
      return [shown[2 * this.rows[which]], shown[2 * this.rows[which] + 1]];
    };
    return {
      lasso: () => Boolean(member.cloud?.whole),
      cursor: () => this.at ?? end(this.held),
      hover: (u, v, byKey) => {
        if (!byKey || !member.cloud?.whole) return;
        this.at = [u, v];
        this.anchor(member, u, v, false);
      },
      choose: () => {
        this.keepEnds();
        this.held = 1 - this.held;
        this.at = null;
      },
      leave: () => (this.at = null),
      set: (path, done) => {
        if (path.length === 2 || this.fresh !== path) this.held = this.nearer(member, path, end);
        this.fresh = path;
        if (path.length) this.anchor(member, ...path.slice(-2), done);
      },
    };
  }

  nearer({ plane }, [u, v], end) {
    const [a, b] = [0, 1].map((which) => {
      const [x, y] = end(which);
      return Math.hypot(plane.px(x) - plane.px(u), plane.py(y) - plane.py(v));
    });
    return a < b ? 0 : 1;
  }

  anchor(member, u, v, done) {
    const { plane, cloud } = member;
    const row = plane.nearest(cloud.shown, plane.px(u), plane.py(v), Infinity);
    if (row >= 0) this.rows[this.held] = row;
    if (done) this.keepEnds();
    this.request({ answer: true });
  }

  keepEnds() {
    this.keep({ anchors: this.rows.map((row) => this.data.ids[row]) });
  }

  answer() {
    const { data, rows, t, props } = this;
    this.controls.show();
    const [a, b] = rows.map((row) => data.x.subarray(row * data.D, (row + 1) * data.D));
    const blend = lerp(a, b, t);
    this.input.show(blend, fill(props.text.blend, { a: data.ids[rows[0]], b: data.ids[rows[1]] }));
    const between = this.view.path === "slerp" ? slerp : lerp;
    for (const member of this.members) {
      if (!member.cloud) continue;
      const [z0, z1] = [a, b].map((x) => member.codec.encode(x, 1));
      const z = between(z0, z1, t);
      const xHat = member.codec.decode(z, 1);
      const hole = Math.sqrt(squared(member.codec.encode(xHat, 1), z));
      member.cursor = member.cloud.flat(z);
      member.echo = null;
      member.hand = false;
      member.trail = Array.from({ length: TRAIL + 1 }, (_, i) => member.cloud.flat(between(z0, z1, i / TRAIL))).flat();
      if (member.cloud.line) for (let i = 1; i < member.trail.length; i += 2) member.trail[i] = 0.5;
      member.card.show(blend, { z, xHat, error: 0, hole, cloud: member.curve() });
    }
  }

  marks(member) {
    return { row: -1, pins: this.rows, picked: [], lasso: null, trail: member.trail };
  }
}
