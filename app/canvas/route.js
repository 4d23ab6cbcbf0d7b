// Between two samples: the way from code to code in every codec, and the blend of their values.

import { count, segment } from "./fields.js";
import { fill, short } from "./dom.js";
import { Journey } from "./journey.js";
import { lerp, slerp } from "./paths.js";
import { placeIn } from "./pointing.js";
import { Strip } from "./strip.js";

export class Route extends Journey {
  constructor(component) {
    super(component);
    Object.assign(this, { held: 1, rows: [0, 1] });
  }

  own({ text, data }) {
    const range = { min: 0, max: data.total - 1 };
    this.ends = [text.from, text.to].map((label, which) =>
      count(label, text.endHelp, range, (id) => this.typed(which, id)));
    this.kind = segment("path", text.way, text.wayHelp, { lerp: "lerp", slerp: "slerp" },
      (path) => this.change({ path }));
    return [...this.ends, this.kind];
  }

  shown(field) {
    const which = this.ends.indexOf(field);
    return which < 0 ? this.view.path : this.data.ids[this.rows[which]];
  }

  place(text) {
    return { label: text.along, help: text.alongHelp, words: short };
  }

  hint(text) {
    return text.dragEnds;
  }

  adopt(view) {
    if (this.news(view, "anchors", true)) this.rows = view.anchors.map((id) => this.nearestRow(id));
    super.adopt(view);
  }

  // A sample that is not here comes with Python's answer.
  typed(which, id) {
    const anchors = [...this.view.anchors]; // the other one may still be on its way
    anchors[which] = id;
    const row = this.data.ids.indexOf(id);
    if (row >= 0) this.rows[which] = row;
    this.keep({ anchors });
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
      cursor: () => (member.cloud?.whole ? placeIn(member, this.at) ?? end(this.held) : null),
      hover: (u, v, byKey) => {
        if (!byKey || !member.cloud?.whole) return;
        this.at = { member, place: [u, v] };
        this.anchor(member, u, v, false);
      },
      choose: () => {
        this.keepEnd();
        this.held = 1 - this.held;
        this.at = null;
      },
      leave: () => this.restore(),
      set: (path, done) => {
        if (!path.length) return this.restore();
        if (path.length === 2 || this.fresh !== path) this.held = this.nearer(member, path, end);
        this.fresh = path;
        this.anchor(member, ...path.slice(-2), done);
      },
    };
  }

  // An end that was moved but not kept goes back; one that is on its way here stays.
  restore() {
    this.at = null;
    const kept = this.view.anchors.map((id) => this.data.ids.indexOf(id));
    this.rows = kept.map((row, which) => (row < 0 ? this.rows[which] : row));
    this.request({ answer: true });
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
    if (done) this.keepEnd();
    this.request({ answer: true });
  }

  keepEnd() {
    const anchors = [...this.view.anchors];
    anchors[this.held] = this.data.ids[this.rows[this.held]];
    this.keep({ anchors });
  }

  samples() {
    const { x, D } = this.data;
    return this.rows.map((row) => x.subarray(row * D, (row + 1) * D));
  }

  scene() {
    const { data, rows, props: { text } } = this;
    const [a, b] = this.samples();
    this.x = lerp(a, b, this.player.t);
    this.input.show(this.x, fill(text.blend, { a: data.ids[rows[0]], b: data.ids[rows[1]] }));
    const tiles = this.sheet.tiles("");
    if (!tiles) return;
    if (this.blend?.tiles !== tiles) this.blend = new Strip(null, tiles, data.D);
    const [{ x }] = this.plainTable(this.steps);
    this.blend.want(x, this.steps);
    if (this.blend.pending) this.blend.work(0);
    if (this.blend.pending) this.request({ answer: true });
  }

  // The codes of both ends are kept while the path plays.
  way(member) {
    const { codec } = member;
    const asked = String([this.rows, codec.weight]);
    if (member.ends?.asked !== asked) {
      member.ends = { asked, z: this.samples().map((x) => codec.encode(x, 1)) };
    }
    const between = this.view.path === "slerp" ? slerp : lerp;
    const [z0, z1] = member.ends.z;
    return (t) => between(z0, z1, t);
  }

  pinned() {
    return this.rows;
  }

  plain() {
    return [{ id: "", name: this.props.text.blendRow, colour: null }];
  }

  plainTable(n) {
    const [a, b] = this.samples();
    const x = new Float32Array(n * a.length);
    for (let i = 0; i < n; i++) x.set(lerp(a, b, i / (n - 1)), i * a.length);
    return [{ id: "", name: this.props.text.blendRow, colour: null, z: null, x, n, columns: this.columns(null, n) }];
  }

  columns(_, n) {
    return { t: (i) => i / (n - 1) };
  }

  subject() {
    return ["path", this.view.path, ...this.rows.map((row) => this.data.ids[row])].join("-");
  }
}
