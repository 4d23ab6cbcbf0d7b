// The two directions along which codes vary most, by power iteration, and their shares of all variance.

import { evenly } from "./data.js";

const [STEPS, STILL] = [120, 1e-6]; // at most; moved less than this, a direction stands
const NOTHING = 1e-20; // of variance: codes that are all one
const WIDEST = 64; // numbers of a code whose covariance is worked out
const [FEW, MUCH] = [500, 128_000]; // codes, evenly taken, that stand for all: as many as hold so many numbers

// z: (n, d); before: where the directions were a moment ago, or nothing. -> {directions, shares}
export function mainPlane(z, mean, n, d, before) {
  const count = Math.min(n, Math.max(FEW, Math.floor(MUCH / d)));
  const starts = evenly(n, count).map((row) => row * d);
  const times = (d > WIDEST ? byCodes : byMatrix)(z, mean, d, starts);
  const [first, most] = principal(times, d, before?.[0]);
  const left = (v) => {
    const along = most * first.reduce((sum, one, j) => sum + one * v[j], 0);
    return times(v).map((one, j) => one - along * first[j]);
  };
  const [second, next] = principal(left, d, before?.[1]);
  const whole = Math.max(NOTHING, variance(z, mean, d, starts));
  return { directions: [first, second], shares: [most / whole, next / whole] };
}

// v -> the covariance times v, by its matrix …
function byMatrix(z, mean, d, starts) {
  const matrix = new Float64Array(d * d);
  const row = new Float64Array(d);
  for (const start of starts) {
    for (let j = 0; j < d; j++) row[j] = z[start + j] - mean[j];
    for (let j = 0, at = 0; j < d; j++, at += d) {
      const one = row[j];
      for (let k = 0; k <= j; k++) matrix[at + k] += one * row[k];
    }
  }
  for (let j = 0; j < d; j++) for (let k = 0; k <= j; k++) matrix[k * d + j] = matrix[j * d + k] /= starts.length;
  return (v) => {
    const found = new Float64Array(d);
    for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) found[j] += matrix[j * d + k] * v[k];
    return found;
  };
}

// … and by the codes themselves, where it would be large.
function byCodes(z, mean, d, starts) {
  return (v) => {
    const found = new Float64Array(d);
    for (const start of starts) {
      let along = 0;
      for (let j = 0; j < d; j++) along += (z[start + j] - mean[j]) * v[j];
      for (let j = 0; j < d; j++) found[j] += (along * (z[start + j] - mean[j])) / starts.length;
    }
    return found;
  };
}

function variance(z, mean, d, starts) {
  let sum = 0;
  for (const start of starts) for (let j = 0; j < d; j++) sum += (z[start + j] - mean[j]) ** 2 / starts.length;
  return sum;
}

// The leading direction of a symmetric matrix, of which v -> `times`(v) is known, and its eigenvalue.
function principal(times, d, start) {
  const rough = Float64Array.from(start ?? { length: d }, (one, i) => one ?? 1 + i / d);
  const size = Math.hypot(...rough);
  let v = rough.map((one) => one / size);
  let length = 0;
  for (let step = 0; step < STEPS; step++) {
    const next = times(v);
    length = Math.hypot(...next);
    if (length < NOTHING) return [v, 0];
    let moved = 0;
    for (let j = 0; j < d; j++) {
      const one = next[j] / length;
      moved += (one - v[j]) ** 2;
      v[j] = one;
    }
    if (moved < STILL ** 2) break;
  }
  if (!start) { // the sign is free: fixed here as on the server, and kept while a slider moves
    const most = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    if (most < 0) v = v.map((value) => -value);
  }
  return [v, length];
}
