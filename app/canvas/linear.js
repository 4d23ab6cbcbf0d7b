// The best linear map from damaged to clean at any level of one noise: LinearFamily of
// ae_core/filters.py, for one sample at a time.

import { fetchFrame } from "./network.js";

const [STEPS, CLOSE] = [12, 1e-4]; // of conjugate gradients, as there

export class LinearFamily {
  constructor([levels, gain, centre, noise, mean, scale, power, basis]) {
    Object.assign(this, { levels, gain, centre, noise, mean, scale, power, basis, D: mean.length });
  }

  // b, E[x̃] and n at a level: parabolas through three of the table's levels.
  at(level) {
    const { levels, D } = this;
    const step = levels[1];
    const first = 2 * Math.min(Math.floor(level / step / 2), (levels.length - 3) / 2);
    const u = level / step - first;
    const parts = [((u - 1) * (u - 2)) / 2, u * (2 - u), (u * (u - 1)) / 2];
    const mixed = (table, width) => Float32Array.from({ length: width }, (_, i) =>
      parts.reduce((sum, part, k) => sum + part * table[(first + k) * width + i], 0));
    return [mixed(this.gain, 1)[0], mixed(this.centre, D), mixed(this.noise, D)];
  }

  // D values -> D values; not clipped.
  repair(xTilde, level) {
    if (level === 0) return xTilde;
    const { D, scale, mean } = this;
    const [gain, centre, noise] = this.at(level);
    const weight = noise.map((n, i) => n / (gain * scale[i]) ** 2); // of the noise, in units of scale
    const left = xTilde.map((v, i) => (v - centre[i]) / (gain * scale[i]));
    const base = weight.reduce((sum, v) => sum + v, 0) / D;
    const enough = CLOSE ** 2 * dot(left, left);
    const [signal, step, shown, image] = [0, 1, 2, 3].map(() => new Float32Array(D));
    let before = 1;
    for (let k = 0; k < STEPS && dot(left, left) > enough; k++) {
      const seen = this.seen(left, base);
      const z = left.map((v, i) => (v - seen[i]) / base);
      const squared = dot(left, z);
      for (let i = 0; i < D; i++) {
        step[i] = z[i] + (squared / before) * step[i];
        shown[i] = seen[i] + (squared / before) * shown[i];
        image[i] = shown[i] + weight[i] * step[i];
      }
      const length = squared / dot(step, image);
      for (let i = 0; i < D; i++) {
        signal[i] += length * shown[i];
        left[i] -= length * image[i];
      }
      before = squared;
    }
    return signal.map((v, i) => mean[i] + scale[i] * v);
  }

  // U Λ (Λ + base)⁻¹ Uᵀ left, in one walk over the basis.
  seen(left, base) {
    const { basis, power, D } = this;
    const found = new Float32Array(D);
    for (let k = 0, at = 0; k < power.length; k++, at += D) {
      let sum = 0;
      for (let i = 0; i < D; i++) sum += basis[at + i] * left[i];
      sum *= power[k] / (power[k] + base);
      for (let i = 0; i < D; i++) found[i] += sum * basis[at + i];
    }
    return found;
  }
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// Families by address, each fetched when it is first asked for; `ready` is called when one is here.
export class Families {
  constructor(ready) {
    Object.assign(this, { ready, known: new Map() });
  }

  get(url) {
    if (!this.known.has(url)) {
      this.known.set(url, null);
      fetchFrame(url).then(({ arrays }) => {
        this.known.set(url, new LinearFamily(arrays));
        this.ready();
      }).catch((error) => console.warn("The best linear map did not arrive:", error));
    }
    return this.known.get(url);
  }
}
