// The latent page: planes and, below them, who lies next to the sample in question.

import { Face } from "./face.js";
import { Nearest } from "./nearest.js";

const SLICE = 6; // ms of a frame

export class Atlas extends Face {
  furnish() {
    this.x = null; // of other data it may be
    this.nearest = new Nearest(this);
    this.root.append(this.nearest.root);
  }

  work(deadline, calm) {
    const busy = super.work(deadline, calm);
    return this.nearest.work(performance.now() + SLICE) || busy;
  }

  answer() {
    super.answer();
    if (this.x) this.nearest.ask(this.x, this.hand.focus.row);
  }
}
