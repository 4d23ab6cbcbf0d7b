// PSNR over the level of the noise, of everybody who repairs: measured a little in every frame.

import { damaged, meanSquare, psnr } from "./repair.js";

const [MANY, FEW, LARGE] = [96, 48, 256]; // test samples behind it; few where they have more values
const CHUNK = 8; // samples at one level before the next level; after a round of all the curve is drawn
const SEED = 0;

export class Levels {
  // ids: of those who repair; shares: the levels, of the highest one
  constructor({ data, props, crew }, ids) {
    const count = Math.min(data.D > LARGE ? FEW : MANY, data.first);
    this.count = count - (count % CHUNK) || count;
    Object.assign(this, { data, props, crew, shares: props.levels });
    this.rows = ids.map((id) => ({ id, db: null, sums: new Float64Array(this.shares.length) }));
  }

  // The levels of the noise of the moment.
  get at() {
    const { highest } = this.props.kinds.find(({ id }) => id === this.crew.view.kind);
    return this.shares.map((share) => share * highest);
  }

  // Begins anew whatever depends on what has moved. A curve stays until its next one is there, but
  // for another noise, whose levels are others.
  refresh() {
    const { kind } = this.crew.view;
    const other = kind !== this.kind;
    this.kind = kind;
    for (const row of this.rows) {
      row.waiting = false;
      if (other) row.db = null;
      const key = this.crew.key(row.id);
      if (key === row.key) continue;
      Object.assign(row, { key, done: 0 });
      row.sums.fill(0);
    }
  }

  // True while something is left to do.
  work(deadline) {
    const whole = this.count * this.shares.length;
    while (performance.now() < deadline) {
      const open = this.rows.filter((row) => !row.waiting && row.done < whole);
      if (!open.length) return false;
      const turn = Math.min(...open.map((row) => row.done));
      this.take(turn, open.filter((row) => row.done === turn));
    }
    return true;
  }

  // One sample at one level, repaired by those whose turn it is.
  take(turn, rows) {
    const { data, props, crew, shares } = this;
    const chunk = Math.min(CHUNK, this.count);
    const at = Math.floor(turn / chunk) % shares.length;
    const sample = Math.floor(turn / (chunk * shares.length)) * chunk + (turn % chunk);
    const level = this.at[at];
    const x = data.x.subarray(sample * data.D, (sample + 1) * data.D);
    const noisy = damaged(x, { ...crew.view, level, seed: SEED }, data.ids[sample], props.ends, data.shape);
    for (const row of rows) {
      const xHat = crew.repair(row.id, noisy, level);
      if (!xHat) {
        Object.assign(row, { waiting: true, db: null }); // until something arrives
        continue;
      }
      row.sums[at] += meanSquare(x, xHat);
      row.done += 1;
      const round = chunk * shares.length;
      if (row.done % round === 0) row.db = [...row.sums].map((sum) => psnr(sum / ((row.done / round) * chunk), props.peak));
    }
  }

  // Between two levels as the curve is drawn; null where nothing is measured.
  read({ db }, level) {
    const { at } = this;
    if (!db || level < at[0] - 1e-9) return null;
    const next = Math.max(1, at.findIndex((one) => one >= level - 1e-9));
    const share = (level - at[next - 1]) / (at[next] - at[next - 1]);
    return db[next - 1] + share * (db[next] - db[next - 1]);
  }

  // A row per level; what is not measured yet is empty.
  table() {
    return [["level", ...this.rows.map(({ id }) => id)],
      ...this.at.map((level, i) => [level, ...this.rows.map(({ db }) => (db ? db[i] : ""))])];
  }
}
