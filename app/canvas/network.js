// A codec in the browser: PyTorch's forward pass, gates included, in plain typed arrays.

import { slopesOf } from "./jacobian.js";
import { plainKernels } from "./kernels.js";
import { Layer, firstLayout, same } from "./layers.js";
import { simdKernels } from "./simd.js";
import { objectiveTerms } from "./objective.js";

const TYPES = { float32: Float32Array, uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float16: Uint16Array };
const ROOM = 1 << 20; // floats of working memory: longer batches go through in slices
const SLICE = 64;

// The framing shared by all binary routes: header, then arrays, each at a multiple of 4 bytes.
export function unframe(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + Math.ceil(length / 4) * 4;
  const arrays = header.arrays.map(({ shape, dtype }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const raw = new TYPES[dtype](buffer, at, size);
    at += Math.ceil(raw.byteLength / 4) * 4;
    return dtype === "float16" ? widened(raw) : raw;
  });
  return { header, arrays };
}

// All 65536 float16 values, made when the first file holds some.
let halves;
function widened(raw) {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => {
    const exponent = (bits >> 10) & 31, fraction = bits & 1023;
    const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
    return bits & 0x8000 ? -size : size;
  });
  const values = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) values[i] = halves[raw[i]];
  return values;
}

export async function fetchFrame(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return unframe(await answer.arrayBuffer());
}

export async function loadCodec(url) {
  return codecOf(await fetchFrame(url));
}

export const codecOf = ({ header, arrays }) => new Codec(header, arrays);

// Layers in order; each keeps its result in one of two halves of the working memory.
class Stack {
  constructor(specs, arrays) {
    let into = (this.into = firstLayout(specs[0]));
    this.layers = specs.map((spec, i) => {
      const next = specs[i + 1];
      const image = spec.kind === "dense" && next && next.kind !== "dense" ? next.in_shape : null;
      const layer = new Layer(spec, arrays, into, image);
      into = layer.out;
      return layer;
    });
    this.out = into;
  }
}

export class Codec {
  constructor(header, arrays) {
    const { sample_shape: shape, latent_dim: latent, config } = header;
    Object.assign(this, {
      header, config, variant: header.variant, sampleShape: shape, latentDim: latent,
      D: shape.reduce((a, b) => a * b, 1), range: header.range, logScale: header.log_scale,
      logits: config.reconstruction === "bernoulli",
    });
    this.encoder = new Stack(header.encoder, arrays);
    this.decoder = new Stack(header.decoder, arrays);
    const last = this.encoder.layers.at(-1);
    this.head = header.log_var && new Layer(header.log_var, arrays, last.into, null);
    this.settle();
    this.weight = header.weight;
    if (this.range) this.setWeight(header.weight);
  }

  // One block of memory: weights first, then room for a slice of samples.
  settle() {
    const layers = [...this.encoder.layers, ...this.decoder.layers, ...(this.head ? [this.head] : [])];
    const row = Math.max(this.encoder.into.row, ...layers.map(l => Math.max(l.into.row, l.out.row)));
    const spare = Math.max(...layers.map(l => l.scratch));
    this.slice = Math.max(1, Math.min(SLICE, Math.floor(ROOM / (2 * row + spare))));
    let at = layers.reduce((sum, layer) => sum + layer.floats, 0);
    this.rooms = [at, at + this.slice * row];
    this.spare = at + 2 * this.slice * row;
    const size = this.spare + this.slice * spare;
    const kernels = simdKernels(size) ?? plainKernels(size);
    this.f = kernels.f;
    at = 0;
    for (const layer of layers) at = layer.place(kernels, at);
    this.layers = layers;
  }

  // Where a weight lies on the slider, −1 to 1.
  place(weight) {
    const scale = this.logScale ? Math.log : w => w;
    const [low, high] = this.range.map(scale);
    return (2 * (scale(weight) - low)) / (high - low) - 1;
  }

  setWeight(weight) {
    if (!this.range) return;
    this.weight = Math.min(Math.max(weight, this.range[0]), this.range[1]);
    const s = this.place(this.weight);
    if (s === this.s) return; // ramps sum their matrices anew
    this.s = s;
    for (const layer of this.layers) layer.turnTo(s);
  }

  // Codes of n samples: n·D values -> n·d values. Deterministic, as the core's `encode`.
  encode(x, n, out = new Float32Array(n * this.latentDim)) {
    return this.run(this.encoder, x, n, out);
  }

  // Samples kept for many weights: the first layer's W x does not depend on the weight.
  // -> {encode(first, count, out)}: codes of some of them at the weight of the moment.
  prepare(x, n) {
    const [layer] = this.encoder.layers, { row } = layer.out;
    if (layer.ramps?.weight) return this.prepareWhole(x.slice(0, n * this.D));
    const products = new Float32Array(n * row);
    this.inSlices(n, (first, count) => {
      this.write(this.encoder.into, x, first, count);
      layer.multiply(this.rooms[0], count, this.rooms[1], this.spare);
      products.set(this.f.subarray(this.rooms[1], this.rooms[1] + count * row), first * row);
    });
    const encode = (first, count, out = new Float32Array(count * this.latentDim)) => {
      this.inSlices(count, (at, some) => {
        const from = (first + at) * row;
        this.f.set(products.subarray(from, from + some * row), this.rooms[1]);
        layer.finish(this.rooms[1], some);
        this.forward(this.encoder, 1, some, out, at);
      });
      return out;
    };
    return { encode };
  }

  // The same where W itself moves.
  prepareWhole(x) {
    const encode = (first, count, out = new Float32Array(count * this.latentDim)) => {
      this.inSlices(count, (at, some) => {
        this.write(this.encoder.into, x, first + at, some);
        this.forward(this.encoder, 0, some, out, at);
      });
      return out;
    };
    return { encode };
  }

  // Samples from n codes, in data space.
  decode(z, n, out = new Float32Array(n * this.D)) {
    return this.run(this.decoder, z, n, out, this.logits ? "sigmoid" : undefined);
  }

  // What the reconstruction term reads: logits for bernoulli.
  decodeRaw(z, n, out = new Float32Array(n * this.D)) {
    return this.run(this.decoder, z, n, out);
  }

  // q(z | x) = N(mu, exp(logVar)) of the variational codec.
  posterior(x, n) {
    const logVar = new Float32Array(n * this.latentDim);
    const stack = { into: this.encoder.into, layers: [...this.encoder.layers.slice(0, -1), this.head], out: this.head.out };
    return { mu: this.encode(x, n), logVar: this.run(stack, x, n, logVar) };
  }

  // The objective's terms at the weight, mean per sample.
  terms(x, n, seed = 0) {
    return objectiveTerms(this, x, n, seed);
  }

  // g φ′ of every encoder layer at one sample: what its Jacobian is made of, beside W.
  slopes(x) {
    this.write(this.encoder.into, x, 0, 1);
    let [from, to] = this.rooms;
    return this.encoder.layers.map(layer => {
      layer.multiply(from, 1, to, this.spare);
      const slopes = slopesOf(layer, this.f.slice(to, to + layer.out.row));
      layer.finish(to, 1);
      layer.add(from, 1, to);
      [from, to] = [to, from];
      return slopes;
    });
  }

  run(stack, x, n, out, lastActivation) {
    this.inSlices(n, (first, count) => {
      this.write(stack.into, x, first, count);
      this.forward(stack, 0, count, out, first, lastActivation);
    });
    return out;
  }

  inSlices(n, work) {
    for (let first = 0; first < n; first += this.slice) work(first, Math.min(this.slice, n - first));
  }

  // Layers `start` and on, over what lies in rooms[start % 2]; results from sample `first` of out.
  forward(stack, start, count, out, first, lastActivation) {
    const { layers } = stack;
    for (let i = start; i < layers.length; i++) {
      const [from, to] = i % 2 ? [this.rooms[1], this.rooms[0]] : this.rooms;
      layers[i].multiply(from, count, to, this.spare);
      layers[i].finish(to, count, i === layers.length - 1 ? lastActivation : undefined);
      layers[i].add(from, count, to);
    }
    this.read(stack.out, this.rooms[layers.length % 2], out, first, count);
  }

  // Samples first..first + count of x into working memory, in the layout of the first layer.
  write({ size, row, place }, x, first, count) {
    const { f, rooms: [at] } = this;
    for (let i = 0; i < count; i++) {
      const from = (first + i) * size, to = at + i * row;
      if (place === same) f.set(x.subarray(from, from + size), to);
      else for (let j = 0; j < size; j++) f[to + place(j)] = x[from + j];
      if (row > size) f.fill(0, to + size, to + row);
    }
  }

  read({ size, row, place }, at, out, first, count) {
    const { f } = this;
    for (let i = 0; i < count; i++) {
      const from = at + i * row, to = (first + i) * size;
      if (place === same) out.set(f.subarray(from, from + size), to);
      else for (let j = 0; j < size; j++) out[to + j] = f[from + place(j)];
    }
  }
}
