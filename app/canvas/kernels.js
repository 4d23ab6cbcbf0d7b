// The two operations a network spends its time in, on one Float32Array that holds everything.
// All addresses are places in that array; rows of x and y may be longer than what is used of them.

// W is kept in panels of 8 output columns, (panel, k, 8): what one pass reads lies together.
export const PANEL = 8;
export const padded = n => Math.ceil(n / PANEL) * PANEL;

const silu = a => a / (1 + Math.exp(-a));
const sigmoid = a => 1 / (1 + Math.exp(-a));
export const ACTIVATIONS = {
  linear: a => a,
  relu: a => (a > 0 ? a : 0),
  tanh: Math.tanh,
  sigmoid,
  silu,
};

// φ′, given input a and output y = φ(a).
export const DERIVATIVES = {
  linear: () => 1,
  relu: a => (a > 0 ? 1 : 0),
  tanh: (a, y) => 1 - y * y,
  sigmoid: (a, y) => y * (1 - y),
  silu: (a, y) => sigmoid(a) * (1 - y) + y,
};

// Memory of `size` floats and the operations on it, in plain JavaScript.
export function plainKernels(size) {
  const f = new Float32Array(size);
  return { f, dense: (...args) => dense(f, ...args), finish: (...args) => finish(f, ...args) };
}

// y = x Wᵀ: n rows of k values, xs apart -> n rows of 8 · panels values, ys apart.
function dense(f, x, xs, n, w, k, y, ys, panels) {
  for (let p = 0; p < panels; p++, w += PANEL * k, y += PANEL) {
    let row = 0;
    for (; row + 2 <= n; row += 2) twoRows(f, x + row * xs, xs, w, k, y + row * ys, ys);
    if (row < n) oneRow(f, x + row * xs, w, k, y + row * ys);
  }
}

function oneRow(f, x, w, k, y) {
  let a = 0, b = 0, c = 0, d = 0, e = 0, g = 0, h = 0, i = 0;
  for (let j = 0; j < k; j++, w += PANEL) {
    const v = f[x + j];
    if (v === 0) continue; // the background of a digit
    a += v * f[w]; b += v * f[w + 1]; c += v * f[w + 2]; d += v * f[w + 3];
    e += v * f[w + 4]; g += v * f[w + 5]; h += v * f[w + 6]; i += v * f[w + 7];
  }
  f[y] = a; f[y + 1] = b; f[y + 2] = c; f[y + 3] = d;
  f[y + 4] = e; f[y + 5] = g; f[y + 6] = h; f[y + 7] = i;
}

// Two rows, four columns at a time: eight sums stay in registers, each weight is read once for both.
function twoRows(f, x, xs, w, k, y, ys) {
  for (let half = 0; half < PANEL; half += 4) {
    let a = 0, b = 0, c = 0, d = 0, e = 0, g = 0, h = 0, i = 0;
    for (let j = 0, q = w + half; j < k; j++, q += PANEL) {
      const u = f[x + j], v = f[x + xs + j];
      const w0 = f[q], w1 = f[q + 1], w2 = f[q + 2], w3 = f[q + 3];
      a += u * w0; b += u * w1; c += u * w2; d += u * w3;
      e += v * w0; g += v * w1; h += v * w2; i += v * w3;
    }
    const at = y + half, below = at + ys;
    f[at] = a; f[at + 1] = b; f[at + 2] = c; f[at + 3] = d;
    f[below] = e; f[below + 1] = g; f[below + 2] = h; f[below + 3] = i;
  }
}

// y = φ(g ⊙ y + c): `rows` rows of `width` values; g and c are places of `width` values each.
function finish(f, y, rows, width, g, c, activation) {
  const phi = ACTIVATIONS[activation];
  for (let row = 0; row < rows; row++, y += width) {
    for (let j = 0; j < width; j++) f[y + j] = phi(f[g + j] * f[y + j] + f[c + j]);
  }
}
