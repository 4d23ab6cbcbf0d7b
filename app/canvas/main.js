// Where the live canvas starts: every page has its own kind, fetched when it is shown.

import { Face } from "./face.js";

export async function mount(component) {
  const { page, making } = component.data;
  const Kind = { race: async () => (await import("./race.js")).Race,
    sweep: async () => (await import("./sweep.js")).Sweep,
    denoise: async () => (await import("./bench.js")).Bench,
    flow: async () => (await import("./flow.js")).Flow,
    latent: async () => (await import("./atlas.js")).Atlas,
    reconstruct: async () => (await import("./gallery.js")).Gallery,
    path: async () => (await import("./route.js")).Route,
    traversal: async () => (await import("./traverse.js")).Traverse,
    direction: async () => (await import("./towards.js")).Towards,
    manifold: async () => (await import("./manifold.js")).Manifold,
    prior: async () => (await import("./draws.js")).Draws }[making ?? page];
  const face = new (Kind ? await Kind() : Face)(component);
  await face.build(component.data);
  return face;
}
