// Draws of one codec: decoded, and held against the round trips of its data.

import { coloured, fitted, holeLimit, roundTrips, spreadOf } from "./gaussian.js";

export const SURVEYED = 1000; // draws whose share of holes is told; those shown are the first of them
const MOST_DATA = 1000; // samples whose round trips say what a hole is
const SLICE = 8;

// The draws that are shown.
export class Scatter {
  constructor(member, tiles) {
    Object.assign(this, { member, tiles, pending: 0, n: 0 });
  }

  // eps: (SURVEYED · d) draws of N(0, I), the same for every codec; the first n are shown.
  want(eps, n) {
    const { member } = this;
    const { codec, cloud, spec } = member;
    const settled = cloud.whole && !cloud.pending;
    const old = this.eps !== eps || (!spec.prior && settled && this.fit !== codec.weight);
    if (old && (spec.prior || cloud.whole)) {
      this.z = spec.prior ? eps : coloured(eps, fitted(cloud.z, cloud.n, cloud.d), cloud.d);
      Object.assign(this, { eps, fit: settled ? codec.weight : null });
    } else if (!this.z || (n === this.n && codec.weight === this.weight)) return;
    if (n !== this.n) {
      this.x = new Float32Array(n * codec.D);
      this.errors = new Float32Array(n);
      this.next = 0;
      this.tiles?.resize(n);
    }
    Object.assign(this, { n, weight: codec.weight, pending: n });
    member.survey.restart(this.z);
  }

  work(deadline) {
    const { codec } = this.member;
    const { latentDim: d, D } = codec;
    do {
      const { next } = this;
      const count = Math.min(SLICE, this.n - next, this.pending);
      const { errors, x } = roundTrips(codec, this.z.subarray(next * d, (next + count) * d), count);
      this.x.set(x, next * D);
      this.errors.set(errors, next);
      for (let i = 0; i < count; i++) this.tiles?.put(next + i, x.subarray(i * D, (i + 1) * D));
      this.pending -= count;
      this.next = (next + count) % this.n;
    } while (this.pending && performance.now() < deadline);
  }

  // 1 for draws in holes, null as long as nobody knows.
  holes() {
    const { limit } = this.member.survey;
    return limit == null || this.pending ? null : this.errors.map((error) => (error > limit ? 1 : 0));
  }
}

// The share of draws in holes: first the data's own round trips, then the draws'.
export class Survey {
  constructor(member) {
    Object.assign(this, { member, pending: 0, limit: null, share: null });
  }

  restart(z) {
    const { cloud } = this.member;
    this.rows = Math.min(MOST_DATA, cloud.n);
    Object.assign(this, { z, limit: null, share: null, at: 0, pending: this.rows + SURVEYED });
    [this.data, this.draws] = [new Float32Array(this.rows), new Float32Array(SURVEYED)];
  }

  work(deadline) {
    const { codec, cloud } = this.member;
    if (cloud.pending) return;
    const { d } = cloud;
    do {
      const ofData = this.at < this.rows;
      const start = ofData ? this.at : this.at - this.rows;
      const count = Math.min(SLICE, (ofData ? this.rows : SURVEYED) - start);
      const z = (ofData ? cloud.z : this.z).subarray(start * d, (start + count) * d);
      (ofData ? this.data : this.draws).set(roundTrips(codec, z, count).errors, start);
      this.at += count;
      this.pending -= count;
      if (this.at === this.rows) this.limit = holeLimit(this.data, spreadOf(cloud.z));
    } while (this.pending && performance.now() < deadline);
    if (!this.pending) this.share = this.draws.filter((error) => error > this.limit).length / SURVEYED;
  }
}
