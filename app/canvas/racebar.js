// What a hand does with a race: play, pause, step, cancel; and the scrubber over its epochs.

import { mark } from "./knobs.js";
import { fill, h, put, say } from "./dom.js";
import { Tuner } from "./tuner.js";

const PACES = [2, 5, 10, 20, 40]; // epochs per second
export const OVER = ["finished", "cancelled", "failed"];

export class RaceBar {
  // acts: {ask(wish), look(epoch or null, kept)}
  constructor(props, acts) {
    const { text } = props;
    Object.assign(this, { props, text, acts, filming: false });
    const button = (name, wish, help = null) => h("button", { type: "button", "data-act": name, title: help,
      onclick: () => acts.ask(typeof wish === "function" ? wish() : wish) }, text[name]);
    this.buttons = {
      play: button("play", { act: "play" }), pause: button("pause", { act: "pause" }),
      resume: button("resume", { act: "resume" }, text.resumeHelp),
      batch: button("batch", { act: "step", unit: "batch" }), epoch: button("epoch", { act: "step", unit: "epoch" }),
      cancel: button("cancel", { act: "cancel" }),
      branch: button("branch", () => ({ act: "branch", epoch: this.at }), text.branchHelp),
      replay: button("replay", () => ({ act: "branch", epoch: this.at, replay: true }), text.replayHelp),
      close: button("close", { act: "close" }, text.closeHelp),
    };
    this.state = h("b", { class: "bnc-state" });
    this.words = h("span", {});
    this.progress = h("progress", { max: 1, value: 0, "aria-label": text.progressLabel });
    const rate = { field: "learning_rate", symbol: text.rate, value: props.rate, low: 1e-5, high: 0.1, log: true };
    this.rate = new Tuner(rate, text.rate, text.knobHelp, (field, value) => acts.ask({ act: "change", field, value }));
    this.root = h("section", { class: "bnc-card bnc-racebar" },
      h("div", { class: "bnc-acts" }, ...["play", "pause", "resume", "batch", "epoch", "cancel", "close"].map((name) => this.buttons[name])),
      h("div", { class: "bnc-told" }, h("p", {}, this.state, " ", this.words), this.progress, h("p", { class: "bnc-facts" }, props.facts)),
      this.makeScrubber(), this.rate.root);
  }

  makeScrubber() {
    const { text, acts, props } = this;
    this.slider = h("input", { type: "range", min: 1, max: Math.max(2, props.epochs), step: 1, title: text.lookHelp, "aria-label": text.lookAt,
      class: "bnc-scrub",
      oninput: () => { this.hold(); acts.look(Number(this.slider.value), false); },
      onchange: () => acts.look(Number(this.slider.value), true) });
    this.here = h("output", { class: "bnc-here", style: `--digits:${String(props.epochs).length}` });
    this.reel = h("button", { type: "button", "data-act": "film", onclick: () => (this.filming ? this.hold() : this.film()) });
    const icon = (name, sign, act) => h("button", { type: "button", "data-act": name, title: text[name], "aria-label": text[name], onclick: act }, sign);
    this.pace = h("select", { "aria-label": text.pace, "data-act": "pace" },
      ...PACES.map((count) => h("option", { value: count }, fill(text.perSecond, { count }))));
    this.pace.value = "10";
    return h("div", { class: "bnc-scrubber" },
      icon("rewind", "«", () => { this.hold(); acts.look(1, true); }), this.reel,
      icon("latest", "»", () => { this.hold(); acts.look(null, true); }),
      this.slider, this.here, this.pace, h("div", { class: "bnc-branches" }, this.buttons.replay, this.buttons.branch));
  }

  // Runs through the stored epochs, from the first where the last is shown.
  film() {
    this.filming = true;
    let [place, before] = [this.at >= this.last ? 1 : this.at, performance.now()];
    const turn = (now) => {
      if (!this.filming || !this.root.isConnected) return;
      place += ((now - before) / 1000) * Number(this.pace.value);
      before = now;
      if (place >= this.last) {
        this.filming = false;
        return this.acts.look(null, true);
      }
      this.acts.look(Math.floor(place), false);
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
    this.acts.look(place, false);
  }

  hold() {
    if (this.filming) this.acts.look(this.at, true);
    this.filming = false;
  }

  // news: the latest of the server, with `words`; at: the epoch shown; last: the latest there is
  show({ news, words, share, at, last, pending, rate }) {
    Object.assign(this, { at, last });
    const { buttons, text } = this;
    const over = OVER.includes(news.state);
    const can = {
      play: news.state === "paused", pause: news.state === "running", resume: news.state === "interrupted",
      batch: !over && news.state !== "queued" && news.state !== "interrupted",
      epoch: !over && news.state !== "queued" && news.state !== "interrupted",
      cancel: !over, branch: true, replay: true, close: true,
    };
    const cannot = { batch: news.state === "running", epoch: news.state === "running", branch: at >= last, replay: at >= last };
    for (const [name, element] of Object.entries(buttons)) {
      element.hidden = !can[name]; // those beside the slider keep their room, so that it stays in the hand
      element.disabled = pending || !!cannot[name];
    }
    put(buttons.play, "class", "bnc-main");
    put(buttons.pause, "class", "bnc-main");
    put(buttons.resume, "class", "bnc-main");
    put(this.root, "data-state", news.state);
    say(this.state, text.states[news.state]);
    say(this.words, words);
    this.progress.value = share;
    if (Number(this.slider.value) !== at) this.slider.value = at;
    mark(this.slider);
    this.slider.disabled = last < 1;
    say(this.here, `${at} / ${this.props.epochs}`);
    put(this.slider, "aria-valuetext", `${text.lookAt} ${at}`);
    say(this.reel, this.filming ? "❚❚" : "▶");
    put(this.reel, "title", this.filming ? text.hold : text.film);
    put(this.reel, "aria-label", this.filming ? text.hold : text.film);
    this.reel.disabled = last < 2;
    this.rate.follow(rate, !over);
  }
}
