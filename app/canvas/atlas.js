// The latent page: planes and, below them, who lies next to the sample in question, and how well each
// plane keeps who lies next to whom.

import { Face } from "./face.js";
import { Nearest } from "./nearest.js";
import { Quality } from "./quality.js";

const SLICE = 6; // ms of a frame

export class Atlas extends Face {
  furnish() {
    this.x = null; // of other data it may be
    this.nearest = new Nearest(this);
    this.quality = new Quality(this);
    this.root.append(this.nearest.root, this.quality.root);
  }

  arrange() {
    super.arrange();
    this.quality.show(this.view);
  }

  work(deadline, calm) {
    const busy = super.work(deadline, calm);
    const until = performance.now() + SLICE;
    return [this.nearest.work(until), this.quality.work(until), busy].includes(true);
  }

  answer() {
    super.answer();
    if (this.x) this.nearest.ask(this.x, this.hand.focus.row);
  }
}
