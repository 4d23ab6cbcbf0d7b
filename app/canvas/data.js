// The samples of a split, as the server frames them: values, their places in the split, classes.

import { fetchFrame } from "./network.js";

// -> {n, shape, x: (n · D) values, ids: (n), labels: (n) or null}
export async function loadData(url) {
  const { header, arrays: [raw, ids, labels] } = await fetchFrame(url);
  const { scale = 1, offset = 0 } = header;
  const plain = raw instanceof Float32Array && scale === 1 && offset === 0;
  const x = plain ? raw : Float32Array.from(raw, (value) => value * scale + offset);
  return { n: ids.length, shape: header.shape, x, ids: [...ids], labels: labels ? [...labels] : null };
}
