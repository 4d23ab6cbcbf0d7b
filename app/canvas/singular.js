// The singular values and input directions of a flat matrix, by Jacobi's rotations of its Gram matrix.

const [SWEEPS, SMALL] = [30, 1e-11]; // at most; what is left beside the diagonal, of the whole

// J: (d · D), rows one after another -> {values, inputs}: strongest first, min(d, D) of them, and so many
// inputs as are wanted: (D) of length 1 whose largest entry is positive, as in ae_core's `singular_directions`.
export function singular(J, d, D, wanted = Infinity) {
  const wide = d <= D; // the Gram matrix of the shorter side
  const size = Math.min(d, D);
  const gram = wide ? productOf(d, D, (i, j) => J[i * D + j]) : productOf(D, d, (i, j) => J[j * D + i]);
  const turned = rotated(gram, size);
  const order = [...Array(size).keys()].sort((a, b) => gram[b * size + b] - gram[a * size + a]);
  const values = order.map((k) => Math.sqrt(Math.max(0, gram[k * size + k])));
  return { values, inputs: order.slice(0, wanted).map((k) => upright(wide ? direction(J, d, D, turned, k) : column(turned, size, k))) };
}

// A Aᵀ: (rows, rows), in float64.
function productOf(rows, columns, at) {
  const a = Float64Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns));
  const found = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let v = 0; v < columns; v++) sum += a[i * columns + v] * a[j * columns + v];
      found[i * rows + j] = found[j * rows + i] = sum;
    }
  }
  return found;
}

// Turns a symmetric matrix into its eigenvalues on the diagonal, in place -> its eigenvectors as columns.
function rotated(a, n) {
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let [off, whole] = [0, 0];
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
      whole += a[i * n + j] ** 2;
      if (i !== j) off += a[i * n + j] ** 2;
    }
    if (off <= SMALL ** 2 * whole) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) turn(a, v, n, p, q);
  }
  return v;
}

// One rotation, which makes a[p, q] zero.
function turn(a, v, n, p, q) {
  const apart = a[p * n + q];
  if (apart === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apart);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1), s = t * c;
  mix(a, n, p, q, n, c, s);
  mix(a, n, p * n, q * n, 1, c, s);
  mix(v, n, p, q, n, c, s);
}

// Turns two rows (step 1), or two columns (step n), into each other.
function mix(m, n, from, other, step, c, s) {
  for (let k = 0, i = from, j = other; k < n; k++, i += step, j += step) {
    const x = m[i], y = m[j];
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  }
}

// Jᵀ u of an output direction u.
function direction(J, d, D, turned, k) {
  const found = new Float64Array(D);
  for (let i = 0; i < d; i++) for (let j = 0; j < D; j++) found[j] += turned[i * d + k] * J[i * D + j];
  return found;
}

const column = (turned, n, k) => Float64Array.from({ length: n }, (_, i) => turned[i * n + k]);

// Of length 1, its largest entry positive; all zeros stay so.
function upright(v) {
  const most = v.reduce((best, one) => (Math.abs(one) > Math.abs(best) ? one : best), 0);
  const length = Math.sqrt(v.reduce((sum, one) => sum + one * one, 0));
  return Float32Array.from(v, (one) => (length ? (Math.sign(most) * one) / length : 0));
}
