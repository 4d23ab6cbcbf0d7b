// Snapshots of a race's runs by epoch: fetched once, a few at a time, the newest first.

import { fetchFrame } from "./network.js";

const CHUNK = 24; // epochs in one answer
const AT_ONCE = 3; // answers under way
const [TRIES, PAUSE] = [5, 1000]; // of one answer, and ms between them

export class Film {
  // base: where films are; arrived(): something new is here
  constructor(base, ids, arrived) {
    Object.assign(this, { base, arrived, queue: [], busy: 0 });
    this.shots = new Map(ids.map((id) => [id, new Map()]));
    this.asked = new Map(ids.map((id) => [id, new Set()]));
    this.now = new Map(); // run -> {stamp, shot} of this moment
  }

  // These epochs of a run are on disk.
  know(id, epochs) {
    const asked = this.asked.get(id);
    const fresh = epochs.filter((epoch) => !asked.has(epoch));
    fresh.forEach((epoch) => asked.add(epoch));
    for (let end = fresh.length; end > 0; end -= CHUNK) {
      this.queue.push([id, fresh.slice(Math.max(0, end - CHUNK), end), TRIES]);
    }
    this.pump();
  }

  pump() {
    while (this.busy < AT_ONCE && this.queue.length) {
      const [id, epochs, tries] = this.queue.shift();
      this.busy++;
      fetchFrame(`${this.base}${id}/${epochs[0]}-${epochs.at(-1)}.bin`)
        .then((frame) => shotsOf(frame).forEach((shot) => this.shots.get(id).set(shot.epoch, shot)))
        .catch(() => tries > 1 && setTimeout(() => this.queue.push([id, epochs, tries - 1]) && this.pump(), PAUSE))
        .finally(() => {
          this.busy--;
          this.arrived();
          this.pump();
        });
    }
  }

  // The picture of this moment, where a new one is there.
  async look(id, stamp) {
    if (!stamp || this.now.get(id)?.stamp === stamp) return;
    this.now.set(id, { stamp, shot: this.now.get(id)?.shot });
    try {
      const [shot] = shotsOf(await fetchFrame(`${this.base}${id}/live.bin?at=${stamp}`));
      this.now.set(id, { stamp, shot });
      this.arrived();
    } catch {
      this.now.delete(id);
    }
  }

  // The last epoch of which a run's snapshot is here.
  last(id) {
    return Math.max(0, ...this.shots.get(id).keys());
  }

  // What a run looked like after an epoch; the nearest one before it, where that was not kept.
  at(id, epoch) {
    const mine = this.shots.get(id);
    for (let e = epoch; e > 0; e--) if (mine.has(e)) return mine.get(e);
    return null;
  }

  // The newest there is, in the middle of an epoch too.
  newest(id) {
    const shot = this.at(id, this.last(id));
    const live = this.now.get(id)?.shot;
    return live && live.step > (shot?.step ?? 0) ? live : shot;
  }

  // The largest difference between runs over all epochs that all of them have shown; null for none.
  difference(ids) {
    let largest = null;
    for (const [epoch, { reconstructions: first }] of this.shots.get(ids[0])) {
      const others = ids.slice(1).map((id) => this.shots.get(id).get(epoch));
      if (!others.every(Boolean)) continue;
      for (const { reconstructions } of others) {
        for (let i = 0; i < first.length; i++) largest = Math.max(largest, Math.abs(first[i] - reconstructions[i]));
      }
      largest ??= 0;
    }
    return largest;
  }
}

// header: {epochs, steps, errors, parts}; arrays: the parts of each shot in order.
export function shotsOf({ header, arrays }) {
  const { epochs, steps, errors, parts } = header;
  return epochs.map((epoch, i) => {
    const shot = { epoch, step: steps[i], error: errors[i] };
    parts.forEach((name, j) => {
      const at = i * parts.length + j;
      shot[name] = arrays[at];
      shot[`${name}Shape`] = header.arrays[at].shape;
    });
    return shot;
  });
}
