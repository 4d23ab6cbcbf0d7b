// What a live page without planes has: its element, a way to tell Python, and codecs that are fetched once.

import { h } from "./dom.js";
import { Keeper } from "./keeper.js";
import { loadCodec } from "./network.js";

// A page of its own says: build(props), at first and whenever Python has news.
export class Stage {
  constructor(component, kind = "") {
    this.root = h("div", { class: `bnc ${kind}` });
    component.parentElement.append(this.root);
    this.keeper = new Keeper(component);
    this.codecs = new Map(); // by address
  }

  unmount() {
    this.gone = true;
    this.root.remove();
  }

  update(component) {
    this.keeper.heed(component);
    return this.build(component.data);
  }

  // Each codec once it is here.
  async fetchCodecs(specs, arrived) {
    await Promise.all(specs.map(async ({ url }, i) => {
      if (!this.codecs.has(url)) this.codecs.set(url, await loadCodec(url));
      arrived(this.codecs.get(url), i);
    }));
  }
}
