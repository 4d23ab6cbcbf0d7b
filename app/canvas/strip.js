// The decoded steps of one codec's way, a few at a time, so that an end can be dragged meanwhile.

const SLICE = 2;

export class Strip {
  // codec: null where the steps are the samples themselves; tiles: null where nothing draws them
  constructor(codec, tiles, D) {
    Object.assign(this, { codec, tiles, D, pending: 0, next: 0, n: 0, weight: null });
  }

  // z: (n · d) codes of the steps (values, without a codec); nothing to do where they are the old ones.
  want(z, n) {
    const weight = this.codec?.weight;
    if (n === this.n && weight === this.weight && same(z, this.z)) return;
    if (n !== this.n) {
      this.x = new Float32Array(n * this.D);
      this.next = 0;
      this.tiles?.resize(n);
    }
    Object.assign(this, { z, n, weight, pending: n });
  }

  // Goes on where it was: steps that are new again and again are all reached.
  work(deadline) {
    const { codec, D } = this;
    const width = this.z.length / this.n;
    do {
      const count = Math.min(SLICE, this.n - this.next, this.pending);
      const z = this.z.subarray(this.next * width, (this.next + count) * width);
      const x = codec ? codec.decode(z, count) : z;
      this.x.set(x, this.next * D);
      for (let i = 0; i < count; i++) this.tiles?.put(this.next + i, x.subarray(i * D, (i + 1) * D));
      this.pending -= count;
      this.next = (this.next + count) % this.n;
    } while (this.pending && performance.now() < deadline);
  }
}

function same(a, b) {
  if (a?.length !== b?.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
