// What happens to one array: noise, an erased block, the median filter, and how good a repair is.

import { CORRUPTIONS, uniform } from "./objective.js";

// x damaged as the view says: noise, then clipping, then the erased block. The same seed gives a
// sample of this number the same noise at every level. number: −1 for what is in no data set.
export function damaged(x, view, number, ends, shape) {
  let found = CORRUPTIONS[view.kind](x, view.level, uniform(seedOf(view.seed, number)));
  if (view.clip) found = clipped(found, ends.low, ends.high);
  if (view.block) erase(found, view, shape);
  return found;
}

const seedOf = (seed, number) => (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 2, 0x85ebca6b)) >>> 0;

// Sets a block to 0: of an image across and down, of a series along time. Its side and centre are shares.
function erase(x, { block, blockX, blockY }, shape) {
  const width = shape.at(-1), height = shape.length > 1 ? shape.at(-2) : 1;
  const [left, right] = span(blockX, block, width);
  const [top, bottom] = shape.length > 1 ? span(blockY, block, height) : [0, 1];
  for (let row = 0; row < x.length / width; row++) {
    if (row % height >= top && row % height < bottom) x.fill(0, row * width + left, row * width + right);
  }
}

// First and one past the last erased place of `size`; the block stays inside.
function span(centre, side, size) {
  const length = Math.min(Math.floor(side * size + 0.5), size);
  const start = Math.min(Math.max(Math.floor(centre * size - length / 2 + 0.5), 0), size - length);
  return [start, start + length];
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

export function meanSquare(x, xHat) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (xHat[i] - x[i]) ** 2;
  return sum / x.length;
}

// 10 log₁₀(peak² / MSE); null where nothing is measured yet
export const psnr = (mse, peak) => (mse == null ? null : 10 * Math.log10((peak * peak) / mse));
