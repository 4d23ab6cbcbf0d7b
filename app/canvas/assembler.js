// WebAssembly from its text, as much of it as simd.js needs: flat instructions, locals by name.

const V128 = 0x7b, I32 = 0x7f, ALIGNED = 2; // 4 bytes: where every float begins

// Opcode, and how to write what follows it in the text.
const PLAIN = {
  end: [0x0b], return: [0x0f],
  "i32.add": [0x6a], "i32.sub": [0x6b], "i32.mul": [0x6c], "i32.shl": [0x74],
  "i32.eqz": [0x45], "i32.ne": [0x47], "i32.lt_s": [0x48], "i32.lt_u": [0x49], "i32.ge_s": [0x4e],
  "f32x4.splat": [0xfd, 0x13], "i32x4.splat": [0xfd, 0x11], "f32x4.nearest": [0xfd, 0x6a],
  "f32x4.neg": [0xfd, 0xe1, 0x01], "f32x4.add": [0xfd, 0xe4, 0x01], "f32x4.sub": [0xfd, 0xe5, 0x01],
  "f32x4.mul": [0xfd, 0xe6, 0x01], "f32x4.div": [0xfd, 0xe7, 0x01], "f32x4.min": [0xfd, 0xe8, 0x01],
  "f32x4.max": [0xfd, 0xe9, 0x01], "f32x4.relaxed_madd": [0xfd, 0x85, 0x02],
  "i32x4.shl": [0xfd, 0xab, 0x01], "i32x4.add": [0xfd, 0xae, 0x01],
  "i32x4.trunc_sat_f32x4_s": [0xfd, 0xf8, 0x01],
};
const LOCALS = { get: 0x20, set: 0x21, tee: 0x22 };
const LABELS = { br: 0x0c, br_if: 0x0d };
const BLOCKS = { block: 0x02, loop: 0x03 };
const ACCESS = { "v128.load": [0xfd, 0x00], "v128.load32_splat": [0xfd, 0x09], "v128.store": [0xfd, 0x0b] };

function unsigned(n) {
  const bytes = [];
  do {
    bytes.push((n & 127) | (n > 127 ? 128 : 0));
    n >>>= 7;
  } while (n);
  return bytes;
}

function signed(n) {
  const bytes = [];
  for (;;) {
    const byte = n & 127;
    n >>= 7;
    if ((n === 0 && !(byte & 64)) || (n === -1 && byte & 64)) return [...bytes, byte];
    bytes.push(byte | 128);
  }
}

const float = v => [...new Uint8Array(Float32Array.of(v).buffer)];
const list = items => [...unsigned(items.length), ...items.flat()];
const sized = bytes => [...unsigned(bytes.length), ...bytes];
const section = (id, items) => [id, ...sized(list(items))];
const text = name => sized([...new TextEncoder().encode(name)]);

function encode(source, names) {
  const words = source.trim().split(/\s+/), code = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word in PLAIN) code.push(...PLAIN[word]);
    else if (word in LOCALS) code.push(LOCALS[word], ...unsigned(place(names, words[++i])));
    else if (word in LABELS) code.push(LABELS[word], ...unsigned(Number(words[++i])));
    else if (word in BLOCKS) code.push(BLOCKS[word], 0x40);
    else if (word in ACCESS) code.push(...ACCESS[word], ALIGNED, ...unsigned(Number(words[++i])));
    else if (word === "i32.const") code.push(0x41, ...signed(Number(words[++i])));
    else if (word === "f32.const") code.push(0x43, ...float(Number(words[++i])));
    else throw new Error(`no instruction ${word}`);
  }
  return code;
}

function place(names, name) {
  const found = names.indexOf(name);
  if (found < 0) throw new Error(`no local ${name}`);
  return found;
}

// functions: {name: {params, numbers, vectors, body}}, all taking and holding i32 but for vectors.
// -> the bytes of a module that imports its memory as host.memory and exports every function.
export function assemble(functions) {
  const all = Object.entries(functions);
  const types = all.map(([, { params }]) => [0x60, ...list(params.map(() => [I32])), 0]);
  const bodies = all.map(([, { params, numbers = [], vectors = [], body }]) => {
    const locals = [[...unsigned(numbers.length), I32], [...unsigned(vectors.length), V128]];
    return sized([...list(locals), ...encode(body, [...params, ...numbers, ...vectors]), 0x0b]);
  });
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, types),
    ...section(2, [[...text("host"), ...text("memory"), 0x02, 0x00, 1]]),
    ...section(3, all.map((_, i) => unsigned(i))),
    ...section(7, all.map(([name], i) => [...text(name), 0x00, ...unsigned(i)])),
    ...section(10, bodies),
  ]);
}
