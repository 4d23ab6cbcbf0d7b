// A journey that starts at one sample: typed, kept by a click, or pointed at in any plane.

import { count } from "./fields.js";
import { Journey } from "./journey.js";
import { placeIn } from "./pointing.js";

export class Walk extends Journey {
  startField(label, help) {
    return count(label, help, { min: 0, max: this.props.data.total - 1 }, (id) => this.typed(id));
  }

  get row() {
    return this.hover ?? this.chosen;
  }

  get id() {
    return this.data.ids[this.row];
  }

  adopt(view) {
    if (!this.ready || this.joined) this.hover = null; // its row may be another sample now
    if (this.news(view, "sample", true)) this.chosen = this.nearestRow(view.sample);
    super.adopt(view);
  }

  // A sample that is not here comes with Python's answer.
  typed(id) {
    const row = this.data.ids.indexOf(id);
    if (row >= 0) this.chosen = row;
    this.keep({ sample: id });
    this.request({ answer: true });
  }

  point(row) {
    this.hover = row;
    this.request({ answer: true });
  }

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
        this.keep({ sample: this.id });
      },
      leave: () => {
        this.at = null;
        this.point(null);
      },
      set: () => {},
    };
  }

  scene() {
    const { x, D } = this.data;
    this.x = x.subarray(this.row * D, (this.row + 1) * D);
    this.input.show(this.x, this.name(this.row));
  }

  pinned() {
    return [this.row];
  }
}
