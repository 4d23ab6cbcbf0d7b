// Everybody who repairs damaged samples: the codecs at their weights, the median, the best linear map, and nobody.

import { clamp } from "./dom.js";
import { Families } from "./linear.js";
import { clipped, median } from "./repair.js";

export const NOISY = "noisy", MEDIAN = "median", LINEAR = "linear";

export class Crew {
  // codecs: networks by address, as they arrive; ready: called when a linear map has arrived.
  constructor(codecs, ready) {
    Object.assign(this, { codecs, families: new Families(ready) });
  }

  // props: what Python says; view: noise, switches and weights of the moment.
  join(props, view) {
    Object.assign(this, { props, view });
    this.specs = new Map(props.codecs.map((spec) => [spec.id, spec]));
  }

  // Whether a codec is set to the level of the noise: one that was trained on a range of this kind.
  follows({ told }) {
    return this.view.told && told === this.view.kind;
  }

  weight(spec, level = this.view.level) {
    const { range, id, start } = spec;
    return range && this.follows(spec) ? clamp(level, ...range) : this.view.weights[id] ?? start;
  }

  // Samples with noise of this level, repaired; null while what repairs them is on its way.
  repair(id, noisy, level = this.view.level) {
    const xHat = this.made(id, noisy, level);
    const { low, high } = this.props.ends;
    return xHat && this.view.clip ? clipped(xHat, low, high) : xHat;
  }

  made(id, noisy, level) {
    if (id === NOISY) return noisy;
    if (id === MEDIAN) return median(noisy, this.props.data.shape);
    if (id === LINEAR) return this.lines(noisy, level);
    const spec = this.specs.get(id);
    const codec = this.codecs.get(spec.url);
    if (!codec) return null;
    codec.setWeight(this.weight(spec, level));
    const n = noisy.length / codec.D;
    return codec.decode(codec.encode(noisy, n), n);
  }

  lines(noisy, level) {
    const family = this.linear();
    if (!family) return null;
    const { D } = family;
    const found = new Float32Array(noisy.length);
    for (let at = 0; at < noisy.length; at += D) found.set(family.repair(noisy.subarray(at, at + D), level), at);
    return found;
  }

  // What its repairs depend on, but for the level of the noise.
  key(id) {
    const { kind, clip, block, blockX, blockY } = this.view;
    const spec = this.specs.get(id);
    const own = spec && [spec.url, this.follows(spec) ? "told" : this.weight(spec)];
    return String([kind, clip, block, blockX, blockY, own]);
  }

  // The map for this very damage; another clipping or block needs another, of which Python tells.
  linear() {
    const { linear } = this.props;
    const { clip, block, blockX, blockY, kind } = this.view;
    const here = String([clip, block, block && blockX, block && blockY]);
    return here === String(linear.made) ? this.families.get(linear.urls[kind]) : null;
  }
}
