// The sample that a walk starts from: typed, kept by a click, or pointed at in any plane.

import { count } from "./fields.js";
import { placeIn } from "./pointing.js";

export class Standing {
  constructor(face) {
    Object.assign(this, { face, chosen: 0, hover: null, at: null });
  }

  field(label, help) {
    const { total } = this.face.props.data;
    return count(label, help, { min: 0, max: total - 1 }, (id) => this.typed(id));
  }

  get row() {
    return this.hover ?? this.chosen;
  }

  get id() {
    return this.face.data.ids[this.row];
  }

  get x() {
    const { x, D } = this.face.data;
    return x.subarray(this.row * D, (this.row + 1) * D);
  }

  adopt(view) {
    const { face } = this;
    if (!face.ready || face.joined) this.hover = null; // its row may be another sample now
    if (face.news(view, "sample", true)) this.chosen = face.nearestRow(view.sample);
  }

  // A sample that is not here comes with Python's answer.
  typed(id) {
    const row = this.face.data.ids.indexOf(id);
    if (row >= 0) this.chosen = row;
    this.face.keep({ sample: id });
    this.face.request({ answer: true });
  }

  point(row) {
    this.hover = row;
    this.face.request({ answer: true });
  }

  // What a hand does in one plane.
  acts(member) {
    const at = () => member.cloud?.whole && [member.cloud.shown[2 * this.row], member.cloud.shown[2 * this.row + 1]];
    return {
      lasso: () => false,
      cursor: () => placeIn(member, this.at) ?? at(),
      hover: (u, v, byKey) => {
        if (!member.cloud?.whole) return;
        const { plane, cloud } = member;
        this.at = { member, place: [u, v] };
        const row = plane.nearest(cloud.shown, plane.px(u), plane.py(v), byKey ? Infinity : undefined);
        this.point(row < 0 ? null : row);
      },
      choose: () => {
        if (this.hover == null) return;
        this.chosen = this.hover;
        this.face.keep({ sample: this.face.data.ids[this.chosen] });
      },
      leave: () => {
        this.at = null;
        this.point(null);
      },
      set: () => {},
    };
  }
}
