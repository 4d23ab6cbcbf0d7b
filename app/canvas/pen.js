// A pen over one canvas: mouse, finger or keys, one at a time, make strokes on it.

import { clamp, h, put } from "./dom.js";

const STEP = 0.04; // of the canvas that an arrow key walks; with Shift three times as far
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// acts: {may() now, begin(x, y), extend(x, y)}; places are shares of the canvas.
export class Pen {
  constructor(canvas, acts) {
    Object.assign(this, { canvas, acts, finger: null, at: [0.5, 0.5], down: false });
    this.nib = h("i", { class: "bnc-nib", "aria-hidden": "true" });
    canvas.after(this.nib);
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId === this.finger) acts.extend(...this.place(event));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, ({ pointerId }) => (this.finger = pointerId === this.finger ? null : this.finger));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.hold(false));
    this.hold(false);
  }

  // Whether the canvas takes strokes now, and so keys.
  show() {
    const may = this.acts.may();
    put(this.canvas, "tabindex", may ? "0" : "-1");
    put(this.canvas, "role", may ? "application" : "img");
    if (!may) this.hold(false);
  }

  place({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  press(event) {
    if (event.button || this.finger != null || !this.acts.may()) return;
    this.hold(false);
    this.finger = event.pointerId;
    this.canvas.setPointerCapture(this.finger);
    this.acts.begin(...this.place(event));
  }

  // Arrows walk, Space or Enter puts the pen down and lifts it.
  key(event) {
    const way = WAYS[event.key];
    if (!this.acts.may() || this.finger != null || event.altKey || event.ctrlKey || event.metaKey) return;
    if (way) {
      const step = event.shiftKey ? 3 * STEP : STEP;
      this.at = this.at.map((value, i) => clamp(value + step * way[i], 0, 1));
      if (this.down) this.acts.extend(...this.at);
      this.hold(this.down);
    } else if (event.key === " " || event.key === "Enter") {
      this.hold(!this.down);
      if (this.down) this.acts.begin(...this.at);
    } else if (event.key === "Escape") this.hold(false);
    else return;
    event.preventDefault();
  }

  // Down or lifted, at its place.
  hold(down) {
    this.down = down;
    this.nib.classList.toggle("bnc-down", down);
    Object.assign(this.nib.style, { left: `${100 * this.at[0]}%`, top: `${100 * this.at[1]}%` });
  }
}
