// The latent page: planes and, below them, who lies next to the sample in question, what moves its code
// most, and how well each plane keeps who lies next to whom.

import { Directions } from "./directions.js";
import { Face } from "./face.js";
import { Nearest } from "./nearest.js";
import { Quality } from "./quality.js";

const SLICE = 6; // ms of a frame

export class Atlas extends Face {
  furnish() {
    this.seen = null; // of other data it may be
    this.nearest = new Nearest(this);
    this.directions = new Directions(this);
    this.quality = new Quality(this);
    this.root.style.setProperty("--n", String(this.members.length)); // by which the planes are as wide
    this.root.append(this.nearest.root, this.directions.root, this.quality.root);
  }

  arrange() {
    super.arrange();
    for (const panel of [this.directions, this.quality]) panel.show(this.view);
  }

  work(deadline, calm) {
    const busy = super.work(deadline, calm);
    const until = performance.now() + SLICE;
    return [this.nearest, this.directions, this.quality].map((panel) => panel.work(until, calm)).includes(true) || busy;
  }

  // Nudged along a direction, where one is chosen.
  see(focus) {
    this.still = super.see(focus);
    return this.directions.nudge.see(this.still);
  }

  answer() {
    super.answer();
    if (!this.seen) return;
    this.nearest.ask(this.seen.x, this.seen.row);
    this.directions.ask(this.still.x);
  }

  marks(member) {
    return { ...super.marks(member), row: this.seen?.row ?? -1 };
  }
}
