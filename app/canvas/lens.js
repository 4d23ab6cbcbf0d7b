// How far a plane is zoomed in, and onto what part of the whole. Zooming is linked across planes.

import { clamp } from "./dom.js";

export const MOST = 64;
const EASE = 0.35; // share of the way that the part shown moves in one drawn picture

// A place is given as shares (u, v) of the whole, from its lower left corner.
export class Lens {
  constructor() {
    this.shown = { size: 1, u: 0.5, v: 0.5 };
    this.wanted = { ...this.shown };
  }

  get zoom() {
    return 1 / this.wanted.size;
  }

  // The place stays where it is on the screen.
  zoomBy(factor, u, v) {
    const { wanted } = this;
    const size = clamp(wanted.size / factor, 1 / MOST, 1);
    const kept = size / wanted.size;
    this.set(size, u + (wanted.u - u) * kept, v + (wanted.v - v) * kept);
  }

  // By shares of what is shown.
  panBy(across, up) {
    const { size, u, v } = this.wanted;
    this.set(size, u + across * size, v + up * size);
  }

  set(size, u, v) {
    const edge = size / 2; // nothing beyond the whole is shown
    this.wanted = { size, u: clamp(u, edge, 1 - edge), v: clamp(v, edge, 1 - edge) };
  }

  reset() {
    this.set(1, 0.5, 0.5);
  }

  // Moves what is shown towards what is wanted; true while it moves. Size and place move alike, so
  // that the place under the hand stays there on the way.
  step() {
    const { shown, wanted } = this;
    let far = 0;
    for (const one of ["size", "u", "v"]) {
      const rest = wanted[one] - shown[one];
      shown[one] += EASE * rest;
      far = Math.max(far, Math.abs(rest) / wanted.size);
    }
    if (far < 2e-3) Object.assign(shown, wanted);
    return far > 0;
  }

  // The part of a whole view that is shown.
  of({ x0, x1, y0, y1 }) {
    const { size, u, v } = this.shown;
    const [left, low] = [x0 + (u - size / 2) * (x1 - x0), y0 + (v - size / 2) * (y1 - y0)];
    return { x0: left, x1: left + size * (x1 - x0), y0: low, y1: low + size * (y1 - y0) };
  }
}

// All planes by the same factor, 0 for back to the whole: that of the hand around its place, the
// others around the spot of the sample that is shown. What a frame must do anew: nothing.
export function zoomAll(members, factor, owner, place) {
  for (const member of members) {
    const { lens, plane } = member;
    const at = member === owner ? place : member.spot;
    if (factor === 0) lens.reset();
    else lens.zoomBy(factor, ...(at ? plane.share(...at) : [0.5, 0.5]));
  }
  return {};
}

// What a hand over one plane may ask of all lenses.
export const lensActs = (face, member) => ({
  zoomed: () => member.lens.zoom > 1,
  zoom: (factor, ...place) => face.request(zoomAll(face.members, factor, member, place)),
  pan: (across, up) => {
    member.lens.panBy(across, up);
    face.request({});
  },
});
