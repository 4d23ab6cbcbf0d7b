// The two kernels again, four floats at a time: some ten times as fast as plain JavaScript.
// A kilobyte of WebAssembly, assembled here; where a browser has no SIMD, kernels.js does the work.

import { assemble } from "./assembler.js";
import { ACTIVATIONS } from "./kernels.js";

const BYTES = 4, PAGE = 65536;

// sum += v · b, fused where the browser can.
const fused = (sum, v, b) => `get ${v} get ${b} get ${sum} f32x4.relaxed_madd set ${sum}`;
const separate = (sum, v, b) => `get ${v} get ${b} f32x4.mul get ${sum} f32x4.add set ${sum}`;

const number = v => `f32.const ${v} f32x4.splat`;
const advance = (name, by) => `get ${name} i32.const ${by} i32.add set ${name}`;

// One block of y: `rows` rows by one panel of 8 columns, both halves of it in registers.
function block(rows, madd) {
  const each = [...Array(rows).keys()];
  return `
    ${each.map(r => `${number(0)} tee a${r} set b${r}`).join(" ")}
    get w set q
    ${each.slice(1).map(r => `get x${r - 1} get xs i32.add set x${r}`).join(" ")}
    get x0 get k i32.add set stop
    loop
      get q v128.load 0 set low   get q v128.load 16 set high
      ${each.map(r => `get x${r} v128.load32_splat 0 set v ${madd(`a${r}`, "v", "low")} ${madd(`b${r}`, "v", "high")}`).join("\n")}
      ${advance("q", 32)}
      ${each.slice(1).map(r => advance(`x${r}`, BYTES)).join(" ")}
      ${advance("x0", BYTES)}
      get x0 get stop i32.ne br_if 0
    end
    get to set out
    ${each.map(r => `get out get a${r} v128.store 0 get out get b${r} v128.store 16 get out get ys i32.add set out`).join("\n")}`;
}

// y = x Wᵀ; addresses, row lengths and k in bytes. Panel by panel, four rows at a time, then one.
const dense = madd => ({
  params: ["x", "xs", "n", "w", "k", "y", "ys", "panels"],
  numbers: ["from", "to", "left", "q", "stop", "out", "x0", "x1", "x2", "x3"],
  vectors: ["low", "high", "v", "a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"],
  body: `
    loop
      get x set from   get y set to   get n set left
      block
        loop
          get left i32.const 4 i32.lt_s br_if 1
          get from set x0
          ${block(4, madd)}
          get out set to
          get xs i32.const 2 i32.shl get from i32.add set from
          ${advance("left", -4)}
          br 0
        end
      end
      block
        loop
          get left i32.eqz br_if 1
          get from set x0
          ${block(1, madd)}
          get out set to
          get from get xs i32.add set from
          ${advance("left", -1)}
          br 0
        end
      end
      ${advance("y", 32)}
      get k i32.const 3 i32.shl get w i32.add set w
      ${advance("panels", -1)}
      get panels br_if 0
    end`,
});

// v -> e^v: 2^n e^r with |r| ≤ ln 2 / 2, e^r by its series; right to the last bit or two.
const exponential = `
  ${number(-87)} f32x4.max ${number(88)} f32x4.min set v
  get v ${number(Math.LOG2E)} f32x4.mul f32x4.nearest set n
  get v get n ${number(0.693359375)} f32x4.mul f32x4.sub get n ${number(-2.12194440e-4)} f32x4.mul f32x4.sub set v
  ${number(1 / 5040)}
  ${[720, 120, 24, 6, 2, 1, 1].map(k => `get v f32x4.mul ${number(1 / k)} f32x4.add`).join(" ")}
  get n i32x4.trunc_sat_f32x4_s i32.const 127 i32x4.splat i32x4.add i32.const 23 i32x4.shl f32x4.mul`;
// 1 / (1 + e^−v)
const logistic = `f32x4.neg ${exponential} ${number(1)} f32x4.add set v ${number(1)} get v f32x4.div`;

// What each activation makes of the vector on the stack; `a` is free to keep it in.
const VECTORS = {
  linear: "",
  relu: `${number(0)} f32x4.max`,
  sigmoid: logistic,
  tanh: `${number(2)} f32x4.mul ${logistic} ${number(2)} f32x4.mul ${number(1)} f32x4.sub`,
  silu: `tee a ${logistic} get a f32x4.mul`,
};

// y = φ(g ⊙ y + c); addresses and width in bytes.
const finish = activation => ({
  params: ["y", "rows", "width", "g", "c"],
  numbers: ["j"],
  vectors: ["v", "n", "a"],
  body: `
    loop
      i32.const 0 set j
      loop
        get y
        get y v128.load 0
        get g get j i32.add v128.load 0 f32x4.mul
        get c get j i32.add v128.load 0 f32x4.add
        ${VECTORS[activation]}
        v128.store 0
        ${advance("y", 16)}
        ${advance("j", 16)}
        get j get width i32.ne br_if 0
      end
      ${advance("rows", -1)}
      get rows br_if 0
    end`,
});

function compile() {
  if (typeof WebAssembly !== "object") return null;
  const finishes = Object.fromEntries(Object.keys(ACTIVATIONS).map(name => [name, finish(name)]));
  for (const madd of [fused, separate]) {
    const bytes = assemble({ ...finishes, dense: dense(madd) });
    if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes);
  }
  return null;
}

let compiled;

// Memory of `size` floats and the operations on it; null where there is no SIMD.
export function simdKernels(size) {
  compiled ??= { module: compile() };
  if (!compiled.module) return null;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((size * BYTES) / PAGE) + 1 });
  const { exports } = new WebAssembly.Instance(compiled.module, { host: { memory } });
  return {
    f: new Float32Array(memory.buffer),
    dense: (x, xs, n, w, k, y, ys, panels) =>
      exports.dense(4 * x, 4 * xs, n, 4 * w, 4 * k, 4 * y, 4 * ys, panels),
    finish: (y, rows, width, g, c, activation) =>
      exports[activation](4 * y, rows, 4 * width, 4 * g, 4 * c),
  };
}
