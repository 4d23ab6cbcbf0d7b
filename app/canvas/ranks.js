// How well a plane keeps who is near whom in the data (Venna & Kaski 2001), counted a few samples at a time.

import { evenly } from "./data.js";

const [MOST, NEAR, VOTERS] = [1000, 10, 5];
const ROWS = 8; // of a plane, between two looks at the clock

// Who is how near to whom by value: the rank of everybody, seen from everybody. Worked out once.
export class Ranks {
  constructor({ x, D, first, labels }) {
    const n = Math.min(MOST, first);
    const rows = evenly(first, n); // of those that came first
    Object.assign(this, { x, D, n, rows, done: 0, k: Math.min(NEAR, Math.floor((n - 1) / 2)) });
    this.labels = labels && rows.map((row) => labels[row]);
    this.ranks = new Uint16Array(n * n); // 1: the nearest
    this.nearest = new Uint16Array(n * this.k);
    this.order = Uint16Array.from({ length: n }, (_, i) => i);
    this.far = new Float32Array(n * n); // squared; until all ranks are known
  }

  // Until `deadline` (performance.now()); true while more is left.
  work(deadline) {
    while (this.done < this.n) {
      this.take(this.done++);
      if (performance.now() > deadline) break;
    }
    if (this.done < this.n) return true;
    this.far = null;
    return false;
  }

  // One row: what is before it on the diagonal stands already in the rows above.
  take(i) {
    const { n, rows, order, ranks, nearest, k } = this;
    const far = this.far.subarray(i * n, (i + 1) * n);
    for (let j = i + 1; j < n; j++) far[j] = this.far[j * n + i] = this.apart(rows[i], rows[j]);
    far[i] = -1; // itself: rank 0
    order.sort((a, b) => far[a] - far[b] || a - b);
    for (let rank = 1; rank < n; rank++) ranks[i * n + order[rank]] = rank;
    nearest.set(order.subarray(1, 1 + k), i * k);
  }

  apart(row, other) {
    const { x, D } = this;
    let sum = 0;
    for (let v = 0, a = row * D, b = other * D; v < D; v++, a++, b++) {
      const gap = x[a] - x[b];
      sum += gap * gap;
    }
    return sum;
  }
}

// The same samples' places in one plane, (n, 2), against their ranks.
export class Tally {
  constructor(ranks, places) {
    Object.assign(this, { ranks, places, done: 0, intruders: 0, missing: 0, hits: 0 });
    this.far = new Float64Array(ranks.n);
    this.close = new Uint16Array(ranks.n);
    this.near = new Uint16Array(Math.max(ranks.k, Math.min(VOTERS, ranks.n - 1)));
  }

  // Until `deadline`; true while more is left.
  work(deadline) {
    const { n } = this.ranks;
    while (this.done < n) {
      for (let i = 0; i < ROWS && this.done < n; i++) this.take(this.done++);
      if (performance.now() > deadline) break;
    }
    return this.done < n;
  }

  take(i) {
    const { ranks: { n, k, ranks, nearest, labels }, near } = this;
    this.look(i);
    const neighbours = near.subarray(0, k);
    for (const j of neighbours) this.intruders += Math.max(0, ranks[i * n + j] - k);
    const lost = nearest.subarray(i * k, (i + 1) * k).filter((j) => !neighbours.includes(j));
    for (const rank of this.ranksOf(lost)) this.missing += rank - k;
    if (labels) this.hits += vote(near.subarray(0, VOTERS), labels) === labels[i] ? 1 : 0;
  }

  // Everybody's distance from i in the plane, and the nearest of them in order; of equals the first.
  look(i) {
    const { places, far, near, ranks: { n } } = this;
    const [x, y] = [places[2 * i], places[2 * i + 1]];
    let [found, limit] = [0, Infinity]; // of the farthest one in `near`, once that is full
    for (let j = 0; j < n; j++) {
      const across = places[2 * j] - x, up = places[2 * j + 1] - y;
      const one = (far[j] = across * across + up * up);
      if (one >= limit || j === i) continue;
      let at = found < near.length ? found++ : found - 1;
      for (; at > 0 && far[near[at - 1]] > one; at--) near[at] = near[at - 1];
      near[at] = j;
      if (found === near.length) limit = far[near[found - 1]];
    }
    far[i] = Infinity;
  }

  // The ranks of some in the plane; of equals the first. Only who is as near as the farthest counts.
  ranksOf(some) {
    const { far, close } = this;
    const most = some.reduce((limit, j) => Math.max(limit, far[j]), -1);
    let count = 0;
    for (let j = 0; j < far.length; j++) if (far[j] <= most) close[count++] = j;
    return some.map((one) => {
      const limit = far[one];
      let rank = 1;
      for (let i = 0; i < count; i++) {
        const j = close[i];
        if (far[j] < limit || (far[j] === limit && j < one)) rank += 1;
      }
      return rank;
    });
  }

  // Shares in [0, 1], 1 is best: near here was near in the data, near in the data is near here, the
  // class by a vote of the neighbours (null without classes).
  get shares() {
    const { ranks: { n, k, labels }, intruders, missing, hits } = this;
    const most = (n * k * (2 * n - 3 * k - 1)) / 2;
    return { trustworthiness: 1 - intruders / most, continuity: 1 - missing / most, accuracy: labels ? hits / n : null };
  }
}

// Of tied classes the smallest.
function vote(voters, labels) {
  const votes = new Map();
  for (const j of voters) votes.set(labels[j], (votes.get(labels[j]) ?? 0) + 1);
  const most = Math.max(...votes.values());
  return Math.min(...[...votes].filter(([, count]) => count === most).map(([label]) => label));
}
