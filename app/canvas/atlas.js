// The latent page: planes and, below them, who lies next to the sample in question, what moves its code
// most, and how well each plane keeps who lies next to whom.

import { Directions } from "./directions.js";
import { Face } from "./face.js";
import { Nearest } from "./nearest.js";
import { Quality } from "./quality.js";

const SLICE = 6; // ms of a frame
const NEARBY = "80px"; // from the window's edge: what a scroll shows next

export class Atlas extends Face {
  furnish() {
    this.seen = null; // of other data it may be
    this.nearest = new Nearest(this);
    this.directions = new Directions(this);
    this.quality = new Quality(this);
    this.root.style.setProperty("--n", String(this.members.length)); // by which the planes are as wide
    this.panels = [this.nearest, this.directions, this.quality];
    this.root.append(...this.panels.map(({ root }) => root));
    this.sights?.disconnect();
    this.sights = new IntersectionObserver((news) => this.sight(news), { rootMargin: NEARBY });
    this.panels.forEach(({ root }) => this.sights.observe(root));
  }

  unmount() {
    super.unmount();
    this.sights?.disconnect();
  }

  sight(news) {
    for (const { target, isIntersecting } of news) this.panels.find(({ root }) => root === target).inSight = isIntersecting;
    this.request({});
  }

  arrange() {
    super.arrange();
    for (const panel of [this.directions, this.quality]) panel.show(this.view);
  }

  // What nobody sees waits until the hand rests: a frame belongs to what it moves.
  work(deadline, calm) {
    const busy = super.work(deadline, calm);
    const until = performance.now() + SLICE;
    return this.panels.map((panel) => (calm || panel.inSight ? panel.work(until, calm) : true)).includes(true) || busy;
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
