// Codes that cut a code space into cells of the same share, one in the middle of each.

import { normalQuantile } from "./gaussian.js";

// How far a ring reaches that half of a two-dimensional Gaussian lies within, in standard deviations.
const HALF = Math.sqrt(2 * Math.LN2);

// side² places (σ across, σ upwards) of N(0, I), the top row first: (2 · side²). On a line, which has
// one number alone, it grows along each row, and from the bottom row to the top.
export function cells(side, line) {
  const steps = line ? side * side : side;
  const values = Float64Array.from({ length: steps }, (_, i) => normalQuantile((i + 0.5) / steps));
  const places = new Float32Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    const [column, row] = [i % side, side - 1 - Math.floor(i / side)];
    places.set(line ? [values[row * side + column], 0] : [values[column], values[row]], 2 * i);
  }
  return places;
}

// n places on a ring around the middle: (2 n). On a line there and back.
export function ring(n) {
  return Float32Array.from({ length: 2 * n }, (_, at) => {
    const angle = (2 * Math.PI * Math.floor(at / 2)) / n;
    return HALF * (at % 2 ? Math.sin(angle) : Math.cos(angle));
  });
}

// Places as codes: two units at mean + σ · place, the others at their mean. -> (n · d)
export function codesAt(places, { mean, std }, [across, upwards]) {
  const n = places.length / 2;
  const d = mean.length;
  const z = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    z.set(mean, i * d);
    z[i * d + across] += std[across] * places[2 * i];
    if (d > 1) z[i * d + upwards] += std[upwards] * places[2 * i + 1];
  }
  return z;
}
