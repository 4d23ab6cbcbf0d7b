// The hand over all planes: what it hovers, what it chooses and keeps, what it circles.

import { inside, placeIn } from "./pointing.js";
import { under } from "./thumbs.js";

const MOST_PICKED = 100;

// face: {data, view, members, keep(changes), request(what)}; a focus is a sample's row or a place.
export class Hand {
  constructor(face, chosen) {
    Object.assign(this, { face, chosen, hover: null, at: null, lasso: null, circled: null });
  }

  get focus() {
    return this.hover ?? this.chosen;
  }

  goTo(row, done) {
    this.hover = done ? null : { row };
    if (done) this.choose({ row });
    this.face.request({ answer: true });
  }

  choose(focus) {
    const { view, data } = this.face;
    this.chosen = focus;
    const place = focus.row < 0;
    this.face.keep({
      sample: place ? view.sample : data.ids[focus.row],
      pointer: place ? focus.place.map((value) => Number(value.toPrecision(5))) : null,
      owner: place ? focus.member.spec.id : null,
    });
  }

  // What the listeners of one plane call.
  acts(member) {
    return {
      lasso: () => this.face.view.lasso && Boolean(member.cloud?.whole),
      cursor: () => placeIn(member, this.at) ?? member.cursor ?? [0, 0],
      hover: (u, v) => this.point(member, u, v),
      choose: (more) => this.settle(more),
      leave: () => this.leave(),
      set: (path, done) => this.circle(member, path, done),
    };
  }

  leave() {
    this.hover = this.at = null;
    this.face.request({ answer: true });
  }

  settle(more) {
    if (!this.hover) return;
    this.choose(this.hover);
    if (more && this.hover.row >= 0) this.pick(toggled(this.face.view.pins, this.face.data.ids[this.hover.row]));
    this.face.request({ answer: true });
  }

  // A sample where the hand is on one, else the place itself.
  point(member, u, v) {
    if (!member.cloud?.whole) return;
    this.at = { member, place: [u, v] };
    const { plane } = member;
    const [left, top] = [plane.px(u), plane.py(v)];
    const picture = under(member.tiles, left, top);
    const row = picture >= 0 ? picture : plane.nearest(member.cloud.shown, left, top);
    const news = row < 0 || row !== this.hover?.row; // on the same sample all stays as it is
    this.hover = row >= 0 ? { row } : { row, member, place: [u, v] };
    if (news) this.face.request({ answer: true });
    else this.face.busy();
  }

  circle(member, path, done) {
    const { ids } = this.face.data;
    const { shown } = member.cloud;
    const rows = [...ids.keys()].filter((i) => inside(path, shown[2 * i], shown[2 * i + 1]));
    this.lasso = done ? null : { member, path };
    this.circled = done ? null : rows;
    if (done && rows.length) this.pick(thinned(rows).map((row) => ids[row]), rows.length);
    this.face.request({ points: true });
  }

  // circled: how many lay inside the line, of which these are kept
  pick(pins, circled = pins.length) {
    this.face.keep({ pins, circled });
    this.face.request({ points: true });
  }
}

const toggled = (pins, id) =>
  pins.includes(id) ? pins.filter((pin) => pin !== id) : [...pins, id].slice(-MOST_PICKED);

function thinned(rows) {
  if (rows.length <= MOST_PICKED) return rows;
  const step = (rows.length - 1) / (MOST_PICKED - 1);
  return Array.from({ length: MOST_PICKED }, (_, i) => rows[Math.round(i * step)]);
}
