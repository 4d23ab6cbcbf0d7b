// ∂f/∂x of an encoder at one sample: row vectors pulled back through its layers.

import { ACTIVATIONS, DERIVATIVES, PANEL } from "./kernels.js";

// One row of ∂f/∂x after the other, in the layout of the encoder's input.
function* pulled(codec, x) {
  const { layers, out } = codec.encoder;
  const slopes = codec.slopes(x);
  for (let unit = 0; unit < codec.latentDim; unit++) {
    let c = new Float32Array(out.row);
    c[out.place(unit)] = 1;
    for (let l = slopes.length - 1; l >= 0; l--) c = pullBack(layers[l], c.map((v, j) => v * slopes[l][j]), c);
    yield c;
  }
}

// ∂f/∂x: (D) -> (d · D), a row per unit of the code.
export function jacobian(codec, x) {
  const { into } = codec.encoder, { D } = codec;
  const rows = new Float32Array(codec.latentDim * D);
  let at = 0;
  for (const row of pulled(codec, x)) for (let j = 0; j < D; j++) rows[at++] = row[into.place(j)];
  return rows;
}

// ‖∂f/∂x‖²_F, mean per sample.
export function jacobianNorm(codec, x, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (const row of pulled(codec, x.subarray(i * codec.D, (i + 1) * codec.D))) for (const v of row) sum += v * v;
  }
  return sum / n;
}

// c W for one row vector, and `beside` where the layer is residual: (out.row) -> (into.row).
function pullBack(layer, c, beside) {
  const { k, columns, rows, conv: image, into: { row: size, stride } } = layer;
  const x = new Float32Array(size);
  for (let row = 0; row < rows; row++) {
    const into = image ? new Float32Array(k) : x;
    pullPanels(layer, c.subarray(row * columns, (row + 1) * columns), into);
    if (image) layer.spread(into, row, x);
  }
  if (layer.spec.kind === "residual") beside.forEach((v, i) => {
    const channel = i % columns;
    if (channel < stride) x[Math.floor(i / columns) * stride + channel] += v;
  });
  return x;
}

// into += c W, a panel of eight columns at a time; as a loop over the eight it takes thrice as long.
function pullPanels({ kernels: { f }, k, columns, w }, c, into) {
  for (let p = 0, at = w; p < columns; p += PANEL) {
    const [c0, c1, c2, c3, c4, c5, c6, c7] = c.subarray(p, p + PANEL);
    for (let j = 0; j < k; j++, at += PANEL) {
      into[j] += c0 * f[at] + c1 * f[at + 1] + c2 * f[at + 2] + c3 * f[at + 3]
        + c4 * f[at + 4] + c5 * f[at + 5] + c6 * f[at + 6] + c7 * f[at + 7];
    }
  }
}

// g φ′ of a layer, from its product W x (which `y` holds) -> one value per output.
export function slopesOf(layer, y) {
  const { kernels: { f }, gain, shift, width } = layer;
  const phi = ACTIVATIONS[layer.activation], derivative = DERIVATIVES[layer.activation];
  return y.map((v, i) => {
    const g = f[gain + (i % width)], a = g * v + f[shift + (i % width)];
    return g * derivative(a, phi(a));
  });
}
