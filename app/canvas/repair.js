// What happens to one array on the bench: noise, the median filter, and how good a repair is.

import { CORRUPTIONS, uniform } from "./objective.js";

// x damaged by one kind of noise; the same seed gives the same noise at every level.
export function corrupted(x, kind, level, seed) {
  return CORRUPTIONS[kind](x, level, uniform(seed));
}

export function clipped(x, low, high) {
  return x.map((value) => Math.min(high, Math.max(low, value)));
}

// The median of 3 values in time, or of 3 × 3 pixels; edges mirrored. shape: (T), (H, W), (C, H, W).
export function median(x, shape) {
  if (shape.length === 1) return middle(x, 1, shape[0], [0]);
  const [height, width] = shape.slice(-2);
  const size = height * width;
  const found = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += size) {
    found.set(middle(x.subarray(at, at + size), height, width, [-1, 0, 1]), at);
  }
  return found;
}

function middle(x, height, width, rows) {
  const inside = (i, n) => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i);
  const window = new Float32Array(3 * rows.length);
  return x.map((_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    let k = 0;
    for (const dy of rows) {
      for (const dx of [-1, 0, 1]) window[k++] = x[inside(row + dy, height) * width + inside(column + dx, width)];
    }
    return window.sort()[(window.length - 1) / 2];
  });
}

// 10 log₁₀(peak² / MSE)
export function psnr(x, xHat, peak) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (xHat[i] - x[i]) ** 2;
  return 10 * Math.log10((peak * peak * x.length) / sum);
}
