// J = reconstruction + weight · penalty as ae_core defines it: per sample, summed over values.

import { bent } from "./bend.js";
import { jacobianNorm } from "./jacobian.js";

const mean = values => values.reduce((a, b) => a + b, 0) / values.length;

// Uniform numbers in [0, 1) from a seed (mulberry32); PyTorch's own cannot be had here.
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Normal numbers after Box and Muller.
export function normal(random) {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Three ways to damage values, as ae_core/corruption.py: x -> a new array.
export const CORRUPTIONS = {
  gaussian: (x, sigma, random) => {
    const eps = normal(random);
    return x.map(v => v + sigma * eps());
  },
  salt_pepper: (x, share, random) =>
    x.map(v => {
      const u = random();
      return u < share / 2 ? 0 : u < share ? 1 : v;
    }),
  masking: (x, share, random) => x.map(v => (random() < share ? 0 : v)),
};

export const RECONSTRUCTIONS = {
  squared: (x, raw) => (x - raw) ** 2,
  absolute: (x, raw) => Math.abs(x - raw),
  // −x log p − (1 − x) log(1 − p) from the logit, without overflow.
  bernoulli: (x, raw) => Math.max(raw, 0) - raw * x + Math.log1p(Math.exp(-Math.abs(raw))),
};

function reconstruction(codec, x, raw, n) {
  const term = RECONSTRUCTIONS[codec.config.reconstruction ?? "squared"];
  let sum = 0;
  for (let i = 0; i < n * codec.D; i++) sum += term(x[i], raw[i]);
  return sum / n;
}

// What each variant adds; all take (codec, x, n, random) and give {z or codes, penalty}.
const VARIANTS = {
  sparse(codec, x, n, random) {
    const z = codec.encode(shown(codec, x, n, random), n), { latentDim: d, config } = codec;
    if (config.penalty === "l1") return { z, penalty: z.reduce((a, v) => a + Math.abs(v), 0) / n };
    const active = Array.from({ length: d }, (_, j) => mean(z.filter((_, i) => i % d === j)));
    return { z, penalty: active.reduce((a, rho) => a + bernoulliKl(config.rho, rho), 0) };
  },
  contractive: (codec, x, n) => ({ z: codec.encode(x, n), penalty: jacobianNorm(codec, x, n) }),
  denoising(codec, x, n, random) {
    const { corruption, clip } = codec.config;
    let damaged = CORRUPTIONS[corruption](shown(codec, x, n, random), codec.weight, random);
    if (clip) damaged = damaged.map(v => Math.min(Math.max(v, 0), 1));
    return { z: codec.encode(damaged, n), penalty: 0 };
  },
  variational(codec, x, n, random) {
    const { mu, logVar } = codec.posterior(x, n), eps = normal(random);
    let penalty = 0;
    const z = mu.map((m, i) => {
      penalty += 0.5 * (m * m + Math.exp(logVar[i]) - 1 - logVar[i]);
      return codec.weight > 0 ? m + Math.exp(logVar[i] / 2) * eps() : m;
    });
    return { z, penalty: penalty / n };
  },
};

// What the encoder sees of n samples, but for the noise: bent, where the network was trained so.
function shown({ D, sampleShape, config: { bend } }, x, n, random) {
  if (!bend) return x.subarray(0, n * D);
  const y = new Float32Array(n * D), draw = normal(random);
  for (let i = 0; i < n; i++) y.set(bent(x.subarray(i * D, (i + 1) * D), sampleShape, bend, draw), i * D);
  return y;
}

export function objectiveTerms(codec, x, n, seed) {
  const plain = () => ({ z: codec.encode(x, n), penalty: 0 });
  const { z, penalty } = (VARIANTS[codec.variant] ?? plain)(codec, x, n, uniform(seed));
  return { reconstruction: reconstruction(codec, x, codec.decodeRaw(z, n), n), penalty };
}

function bernoulliKl(rho, active) {
  const hat = Math.min(Math.max(active, 1e-30), 1 - 1e-7);
  return rho * Math.log(rho / hat) + (1 - rho) * (Math.log1p(-rho) - Math.log1p(-hat));
}
