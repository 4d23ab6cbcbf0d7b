// The best linear map from damaged to clean at any level of one noise: LinearFamily of
// ae_core/linear_family.py, for one sample at a time.

import { fetchFrame } from "./network.js";

const [STEPS, CLOSE, LOST, NEGLIGIBLE] = [12, 1e-4, 1e-6, 1e-6]; // as there

export class LinearFamily {
  // kept: the S places of the D values that are seen, where the others are erased; reach: (K · (D − S))
  constructor([levels, gain, centre, noise, mean, scale, power, basis, kept, reach]) {
    Object.assign(this, { levels, gain, centre, noise, mean, scale, power, basis, kept, reach, S: scale.length, D: mean.length });
    const known = new Set(kept);
    this.erased = kept ? [...mean.keys()].filter((place) => !known.has(place)) : [];
  }

  // b, E[x̃] and n at a level: parabolas through three of the table's levels.
  at(level) {
    const { levels, S } = this;
    const step = levels[1];
    const first = 2 * Math.min(Math.floor(level / step / 2), (levels.length - 3) / 2);
    const u = level / step - first;
    const parts = [((u - 1) * (u - 2)) / 2, u * (2 - u), (u * (u - 1)) / 2];
    const mixed = (table, width) => Float32Array.from({ length: width }, (_, i) =>
      parts.reduce((sum, part, k) => sum + part * table[(first + k) * width + i], 0));
    return [mixed(this.gain, 1)[0], mixed(this.centre, S), mixed(this.noise, S)];
  }

  // D values -> D values; not clipped.
  repair(xTilde, level) {
    const { kept, scale, mean } = this;
    if (level === 0 && !kept) return xTilde;
    const [gain, centre, noise] = this.at(level);
    if (gain < LOST || !this.power.length) return mean;
    const weight = noise.map((n, i) => n / (gain * scale[i]) ** 2); // of the noise, in units of scale
    const seen = kept ? Float32Array.from(kept, (place) => xTilde[place]) : xTilde;
    const left = seen.map((v, i) => (v - centre[i]) / (gain * scale[i]));
    const base = weight.reduce((sum, v) => sum + v, 0) / this.S;
    const negligible = base < NEGLIGIBLE * this.power[this.power.length - 1];
    if (negligible && !kept) return xTilde;
    const signal = negligible ? left : this.signal(left, weight, base);
    if (!kept) return signal.map((v, i) => mean[i] + scale[i] * v);
    const found = mean.slice();
    kept.forEach((place, i) => (found[place] += scale[i] * signal[i]));
    this.fill(found, signal);
    return found;
  }

  // What is erased, from the directions that are seen.
  fill(found, signal) {
    const { erased, basis, reach, S } = this;
    for (let k = 0; k < this.power.length; k++) {
      let sum = 0;
      for (let i = 0; i < S; i++) sum += basis[k * S + i] * signal[i];
      erased.forEach((place, i) => (found[place] += sum * reach[k * erased.length + i]));
    }
  }

  // M (M + diag(weight))⁻¹ left, with M = Uᵀ Λ U, by conjugate gradients.
  signal(left, weight, base) {
    const { S } = this;
    const enough = CLOSE ** 2 * dot(left, left);
    const [signal, step, shown, image] = [0, 1, 2, 3].map(() => new Float32Array(S));
    let before = 1;
    for (let k = 0; k < STEPS && dot(left, left) > enough; k++) {
      const seen = this.seen(left, base);
      const z = left.map((v, i) => (v - seen[i]) / base);
      const squared = dot(left, z);
      for (let i = 0; i < S; i++) {
        step[i] = z[i] + (squared / before) * step[i];
        shown[i] = seen[i] + (squared / before) * shown[i];
        image[i] = shown[i] + weight[i] * step[i];
      }
      const length = squared / dot(step, image);
      for (let i = 0; i < S; i++) {
        signal[i] += length * shown[i];
        left[i] -= length * image[i];
      }
      before = squared;
    }
    return signal;
  }

  // U Λ (Λ + base)⁻¹ Uᵀ left, in one walk over the basis.
  seen(left, base) {
    const { basis, power, S } = this;
    const found = new Float32Array(S);
    for (let k = 0, at = 0; k < power.length; k++, at += S) {
      let sum = 0;
      for (let i = 0; i < S; i++) sum += basis[at + i] * left[i];
      sum *= power[k] / (power[k] + base);
      for (let i = 0; i < S; i++) found[i] += sum * basis[at + i];
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
