// How well a plane keeps who is near whom in the data (Venna & Kaski 2001), counted a few samples at a time.

const [MOST, NEAR, VOTERS] = [1000, 10, 5];
const ROWS = 16; // between two looks at the clock

// Who is how near to whom by value: the rank of everybody, seen from everybody. Worked out once.
export class Ranks {
  constructor({ x, D, first, labels }) {
    const n = Math.min(MOST, first);
    const rows = Array.from({ length: n }, (_, i) => Math.floor((i * first) / n)); // even, over those that came first
    Object.assign(this, { x, D, n, rows, done: 0, k: Math.min(NEAR, Math.floor((n - 1) / 2)) });
    this.labels = labels && rows.map((row) => labels[row]);
    this.ranks = new Uint16Array(n * n); // 1: the nearest
    this.nearest = new Uint16Array(n * this.k);
    this.order = Uint16Array.from({ length: n }, (_, i) => i);
    this.far = new Float64Array(n);
  }

  // Until `deadline` (performance.now()); true while more is left.
  work(deadline) {
    while (this.done < this.n) {
      for (let i = 0; i < ROWS && this.done < this.n; i++) this.take(this.done++);
      if (performance.now() > deadline) break;
    }
    return this.done < this.n;
  }

  take(i) {
    const { x, D, n, rows, far, order, ranks, nearest, k } = this;
    const one = rows[i] * D;
    for (let j = 0; j < n; j++) {
      const other = rows[j] * D;
      let sum = 0;
      for (let v = 0; v < D; v++) sum += (x[one + v] - x[other + v]) ** 2;
      far[j] = sum;
    }
    far[i] = -1; // itself: rank 0
    order.sort((a, b) => far[a] - far[b] || a - b);
    for (let rank = 1; rank < n; rank++) ranks[i * n + order[rank]] = rank;
    nearest.set(order.subarray(1, 1 + k), i * k);
  }
}

// The same samples' places in one plane, (n, 2), against their ranks.
export class Tally {
  constructor(ranks, places) {
    Object.assign(this, { ranks, places, done: 0, intruders: 0, missing: 0, hits: 0 });
    this.far = new Float64Array(ranks.n);
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
    for (const j of nearest.subarray(i * k, (i + 1) * k)) {
      if (!neighbours.includes(j)) this.missing += Math.max(0, this.rank(j) - k);
    }
    if (labels) this.hits += vote(near.subarray(0, VOTERS), labels) === labels[i] ? 1 : 0;
  }

  // Everybody's distance from i in the plane, and the nearest of them in order; of equals the first.
  look(i) {
    const { places, far, near, ranks: { n } } = this;
    const [x, y] = [places[2 * i], places[2 * i + 1]];
    let found = 0;
    for (let j = 0; j < n; j++) {
      far[j] = (places[2 * j] - x) ** 2 + (places[2 * j + 1] - y) ** 2;
      if (j === i || (found === near.length && far[j] >= far[near[found - 1]])) continue;
      let at = found < near.length ? found++ : found - 1;
      for (; at > 0 && far[near[at - 1]] > far[j]; at--) near[at] = near[at - 1];
      near[at] = j;
    }
    far[i] = Infinity;
  }

  rank(one) {
    const { far } = this;
    const limit = far[one];
    let before = 0;
    for (let j = 0; j < far.length; j++) if (far[j] < limit || (far[j] === limit && j < one)) before += 1;
    return before + 1;
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
