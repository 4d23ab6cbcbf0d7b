// A place from 0 to 1 that a hand or time moves: there and back, or from the start again.

import { segment, slider } from "./fields.js";
import { fill, h, put, say } from "./dom.js";
import { mark, range } from "./knobs.js";

const SPEEDS = { min: 0.1, max: 1.5, step: 0.05 }; // ways per second

export class Player {
  // moved(): the place has changed; place: {label, help, words(t)} of the slider
  constructor(text, place, moved) {
    Object.assign(this, { text, place, moved, t: 0.5, way: 1, pace: 0.35, back: true, playing: false });
    this.button = h("button", { type: "button", title: text.playHelp, onclick: () => this.play() });
    this.slider = range({ min: 0, max: 1, step: 0.005, "aria-label": place.label, title: place.help },
      { live: (t) => this.go(t) });
    this.root = h("div", { class: "bnc-stepper" }, this.button, this.slider);
    const words = (pace) => fill(text.perWay, { seconds: (1 / pace).toFixed(1) });
    this.speed = slider(text.speed, text.speedHelp, { ...SPEEDS, words, short: true }, (pace) => this.set({ pace }));
    this.loop = segment("loop", text.loop, text.loopHelp, { true: text.thereAndBack, false: text.again },
      (value) => this.set({ back: value === "true" }));
  }

  set(changes) {
    Object.assign(this, changes);
    this.moved();
  }

  go(t) {
    this.set({ t: Math.min(1, Math.max(0, t)) });
  }

  show() {
    say(this.button, this.playing ? this.text.pause : this.text.play);
    if (Number(this.slider.value) !== this.t) this.slider.value = this.t;
    mark(this.slider);
    put(this.slider, "aria-valuetext", this.place.words(this.t));
    this.speed.show(this.pace);
    this.loop.show(this.back);
  }

  stop() {
    this.playing = false;
  }

  play() {
    this.playing = !this.playing;
    let before = performance.now();
    const turn = (now) => {
      if (!this.playing) return;
      this.walk((this.pace * (now - before)) / 1000);
      before = now;
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
    this.moved();
  }

  walk(far) {
    let t = this.t + (this.back ? this.way : 1) * far;
    if (!this.back) t %= 1;
    else if (t >= 1 || t <= 0) this.way = t >= 1 ? -1 : 1;
    this.go(t);
  }
}
