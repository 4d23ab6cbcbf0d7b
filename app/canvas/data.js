// The samples of a split, as the server frames them: values, their places in the split, classes.

import { fetchFrame } from "./network.js";

const CLOUD = 160; // points of the data drawn behind one of them

// more: the address of samples beyond those of `url`, which a link names, or null.
// -> {n, first: how many of them are those of `url`, D, shape, x: (n · D) values, ids: (n), labels: (n) or null}
export async function loadData({ url, more }) {
  const [first, rest] = await Promise.all([url, more].filter(Boolean).map(load));
  return { ...(rest ? joined(first, rest) : first), first: first.n };
}

function joined(a, b) {
  const x = new Float32Array(a.x.length + b.x.length);
  x.set(a.x);
  x.set(b.x, a.x.length);
  return { ...a, n: a.n + b.n, x, ids: [...a.ids, ...b.ids], labels: a.labels && [...a.labels, ...b.labels] };
}

async function load(url) {
  const { header, arrays: [raw, ids, labels] } = await fetchFrame(url);
  const { scale = 1, offset = 0 } = header;
  const plain = raw instanceof Float32Array && scale === 1 && offset === 0;
  const x = plain ? raw : Float32Array.from(raw, (value) => value * scale + offset);
  return { n: ids.length, D: x.length / ids.length, shape: header.shape, x, ids: [...ids], labels: labels ? [...labels] : null };
}

// Samples evenly spread over all of them.
export function cloudOf({ x, n, D }) {
  const every = Math.max(1, Math.floor(n / CLOUD));
  return x.filter((_, i) => Math.floor(i / D) % every === 0);
}

// `count` of n rows, as even as they can be.
export function evenly(n, count) {
  return Array.from({ length: count }, (_, i) => Math.floor((i * n) / count));
}
