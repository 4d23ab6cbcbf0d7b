// Codes to decode that belong to no sample, and where they fall into holes: as ae_core/latent.

import { normal, uniform } from "./objective.js";

export const QUANTILE = 0.99; // of the data's round trips: a worse one is a hole
const ROUNDING = 1e-4; // of the codes' spread: a round trip as good as that is exact

// n draws of N(0, I): (n · d).
export function standardNormal(n, d, seed) {
  const eps = normal(uniform(seed));
  return Float32Array.from({ length: n * d }, eps);
}

// Φ⁻¹ of a share between 0 and 1: Newton's steps from the middle, which never go too far, with Φ by
// its series (Marsaglia 2004, "Evaluating the normal distribution").
export function normalQuantile(share) {
  let z = 0;
  for (let step = 0; step < 30; step++) {
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    let [term, series] = [z, z];
    for (let k = 3; Math.abs(term) > 1e-16; k += 2) series += term *= (z * z) / k;
    z -= (0.5 + density * series - share) / density;
  }
  return z;
}

// N(mean, covariance) of n codes: {mean (d), root (d · d)} with covariance = root rootᵀ, root lower.
// A unit that never moves makes the covariance singular: its column stays 0.
export function fitted(z, n, d) {
  const mean = new Float64Array(d);
  for (let i = 0; i < n * d; i++) mean[i % d] += z[i] / n;
  const root = new Float64Array(d * d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const a = (z[i * d + j] - mean[j]) / Math.max(1, n - 1);
      for (let k = 0; k <= j; k++) root[j * d + k] += a * (z[i * d + k] - mean[k]);
    }
  }
  const tiny = 1e-10 * Math.max(...mean.map((_, j) => root[j * d + j]), 1e-30);
  for (let k = 0; k < d; k++) { // Cholesky, column by column
    const pivot = root[k * d + k];
    const length = pivot > tiny ? Math.sqrt(pivot) : 0;
    for (let j = k; j < d; j++) root[j * d + k] = length && root[j * d + k] / length;
    for (let j = k + 1; j < d; j++) {
      for (let i = j; i < d; i++) root[i * d + j] -= root[i * d + k] * root[j * d + k];
    }
  }
  return { mean, root };
}

// Draws of N(mean, root rootᵀ) from draws of N(0, I).
export function coloured(eps, { mean, root }, d) {
  return eps.map((_, at) => {
    const [i, j] = [Math.floor(at / d), at % d];
    let value = mean[j];
    for (let k = 0; k <= j; k++) value += root[j * d + k] * eps[i * d + k];
    return value;
  });
}

// ‖f(g(z)) − z‖ of n codes, and what they decode to: {errors (n), x (n · D)}.
export function roundTrips(codec, z, n) {
  const x = codec.decode(z, n);
  const again = codec.encode(x, n);
  const d = codec.latentDim;
  const errors = Float32Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = i * d; j < (i + 1) * d; j++) sum += (again[j] - z[j]) ** 2;
    return Math.sqrt(sum);
  });
  return { errors, x };
}

// The round trip beyond which a code lies in a hole; Infinity for a codec that returns exactly.
export function holeLimit(errors, spread) {
  const most = errors.reduce((a, b) => Math.max(a, b), 0);
  return most < ROUNDING * spread ? Infinity : quantile(errors, QUANTILE);
}

// Between two values linearly, as torch.quantile.
export function quantile(values, q) {
  const sorted = Float32Array.from(values).sort();
  const place = q * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

// Standard deviation of all values, whatever the unit.
export function spreadOf(z) {
  const mean = z.reduce((sum, value) => sum + value, 0) / z.length;
  return Math.sqrt(z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, z.length - 1));
}
