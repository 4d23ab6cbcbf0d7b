// An image bent and stretched as by another hand: ae_core/deformation.py, a sample at a time.

const [STRETCH, SHIFT, LATTICE] = [0.06, 1 / 28, 5];

// A sample (C, H, W) with displacements and a linear map of its own; `draw` gives normal numbers.
export function bent(x, shape, strength, draw) {
  const take = n => Float64Array.from({ length: n }, draw);
  return moved(x, shape, take(2 * LATTICE ** 2), take(4), strength);
}

// The same by these draws: (2, 5, 5) and (2, 2).
export function moved(x, [channels, height, width], drawn, turn, strength) {
  const [low, high] = x.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const sides = { height, width }, y = new Float32Array(x.length), lattice = { height: LATTICE, width: LATTICE };
  const across = n => i => (n > 1 ? (i * (LATTICE - 1)) / (n - 1) : 0); // from pixels to the lattice
  const [down, right] = [across(height), across(width)];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = [(2 * column + 1) / width - 1, (2 * row + 1) / height - 1];
      const to = at.map((v, i) => {
        const field = bicubic(drawn, i * LATTICE ** 2, lattice, down(row), right(column));
        return v + strength * (STRETCH * (turn[2 * i] * at[0] + turn[2 * i + 1] * at[1]) + 2 * SHIFT * field);
      });
      const [u, v] = [((to[0] + 1) * width - 1) / 2, ((to[1] + 1) * height - 1) / 2];
      for (let c = 0; c < channels; c++) {
        const found = bicubic(x, c * height * width, sides, v, u);
        y[(c * height + row) * width + column] = Math.min(Math.max(found, low), high);
      }
    }
  }
  return y;
}

// Between the values of a (height, width) array that starts at `from`; beyond its edge it goes on as there.
function bicubic(values, from, { height, width }, v, u) {
  const [row, column] = [Math.floor(v), Math.floor(u)];
  const [down, right] = [weights(v - row), weights(u - column)];
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    const line = from + inside(row - 1 + i, height) * width;
    for (let j = 0; j < 4; j++) sum += down[i] * right[j] * values[line + inside(column - 1 + j, width)];
  }
  return sum;
}

const inside = (i, n) => Math.min(Math.max(i, 0), n - 1);

// Keys' cubic with a = −3/4, as PyTorch has it: of the four values around a place t after the second.
function weights(t) {
  const a = -0.75;
  const near = d => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = d => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}
