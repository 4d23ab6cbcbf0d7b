// A sweep on the page: runs become points on the plane of their two terms while workers train them.

import { loadData } from "./data.js";
import { fill, h, put, say } from "./dom.js";
import { Sketcher } from "./images.js";
import { readLook } from "./look.js";
import { fetchFrame } from "./network.js";
import { News } from "./news.js";
import { OVER } from "./racebar.js";
import { RunCard } from "./runcard.js";
import { Plot } from "./sweepplot.js";
import { Watch } from "./watch.js";

const POLL = { running: 600, queued: 1000, paused: 1500, interrupted: 1500 }; // ms between two looks at the folders
const HASTE = 150; // ms until the look after a wish

export class Sweep extends Watch {
  constructor(component) {
    super(component, "bnc-race bnc-sweep");
  }

  source({ race, curve, text, runs }) {
    return [race, curve, text, runs];
  }

  async build(props) {
    this.props = props;
    this.reports?.stop();
    const building = (this.building = {});
    const data = { ...props.data, ...(await loadData(props.data)) };
    if (this.gone || this.building !== building) return;
    const { text } = props;
    const sketcher = new Sketcher({ ...data, cloud: data.x }, props.palette);
    Object.assign(this, { data, curve: [], told: props.view.state, picked: props.picked, refused: "" });
    this.news = { state: props.view.state, position: 0, runs: [] };
    this.note = h("p", { class: "bnc-note", role: "status", hidden: "" });
    this.under = h("p", { class: "bnc-sweep-words" }, text.hint);
    this.plot = new Plot(props, (run) => this.pick(run), (words) => say(this.under, words || text.hint));
    this.card = new RunCard(props, sketcher, data, (run) => this.ask({ act: "curves", run }));
    const keys = this.keys(props);
    this.root.replaceChildren(this.makeBar(props), this.note,
      h("section", { class: "bnc-card" },
        h("div", { class: "bnc-head" }, h("h4", {}, text.title), keys), this.plot.root, this.under),
      this.card.root);
    if (props.curve) this.drawCurve(props.curve, building);
    this.reports = new News(() => props.news, (news) => this.hear(news), (words) => this.say(words), text);
    this.reports.look();
  }

  keys({ text, codec, curve, runs }) {
    const key = (kind, words) => h("span", {}, h("i", { class: `bnc-sweep-${kind}`, style: `--codec:${codec.colour}` }), words);
    const several = new Set(runs.map((run) => run.seed)).size > 1;
    this.openKey = key("open", text.keyTraining);
    this.cancelledKey = key("cancelled", text.keyCancelled);
    return h("div", { class: "bnc-keys" }, several ? key("median", text.keyMedian) : null,
      key("one", text.keyRun), this.openKey, this.cancelledKey, curve ? key("line", text.keyCurve) : null);
  }

  makeBar({ text, facts }) {
    const button = (name, act, help) =>
      h("button", { type: "button", "data-act": act, title: help ?? null, onclick: () => this.ask({ act }) }, text[name]);
    this.buttons = {
      resume: button("resume", "resume", text.resumeHelp), cancel: button("cancel", "cancel"),
      close: button("close", "close", text.closeHelp),
    };
    put(this.buttons.resume, "class", "bnc-main");
    this.state = h("b", { class: "bnc-state" });
    this.words = h("span", {});
    this.progress = h("progress", { max: 1, value: 0, "aria-label": text.progressLabel });
    this.bar = h("section", { class: "bnc-card bnc-racebar" }, h("div", { class: "bnc-acts" }, ...Object.values(this.buttons)),
      h("div", { class: "bnc-told" }, h("p", {}, this.state, " ", this.words), this.progress, h("p", { class: "bnc-facts" }, facts)));
    return this.bar;
  }

  // Where one network for all weights lies; the points do not wait for it.
  async drawCurve(url, building) {
    try {
      const { arrays: [weights, penalties, reconstructions] } = await fetchFrame(url);
      if (this.gone || this.building !== building) return;
      this.curve = [...weights].map((weight, i) => [this.props.noise ? weight : penalties[i], reconstructions[i], weight]);
      this.request();
    } catch (error) {
      console.warn("No curve of the one network:", error);
    }
  }

  hear(news) {
    this.heard(news);
    const failed = news.runs.filter((run) => run.reason);
    const failure = failed.length ? fill(this.props.text.failed, { count: failed.length, reason: failed[0].reason }) : "";
    this.say(this.refused || failure);
    this.request();
    return POLL[news.state];
  }

  ask(wish) {
    this.wait();
    return this.wish(wish, HASTE);
  }

  pick(run) {
    this.picked = run;
    this.asker.ask({ act: "pick", run });
    this.request();
  }

  // A run with what is known of it: {run, weight, seed, state, place, …}
  points() {
    const told = new Map(this.news.runs.map((one) => [one.id, one])); // a point may have been deleted meanwhile
    return this.props.runs.map((spec) => ({ ...spec, state: "queued", place: null, test: {}, ...told.get(spec.run) }));
  }

  request() {
    if (this.gone || !this.plot) return;
    const { props, news } = this;
    const points = this.points();
    const look = readLook(this.root, props.palette, this.data.n);
    this.plot.show(points, this.curve, this.picked);
    this.card.show(points.find((point) => point.run === this.picked), look);
    const over = OVER.includes(news.state);
    this.buttons.cancel.hidden = this.openKey.hidden = over;
    this.cancelledKey.hidden = !points.some((point) => point.place && point.state === "cancelled");
    this.buttons.resume.hidden = !["interrupted", "paused"].includes(news.state);
    for (const button of Object.values(this.buttons)) button.disabled = !!this.pending;
    put(this.bar, "data-state", news.state);
    say(this.state, props.text.states[news.state]);
    const ended = points.filter((point) => point.state === "finished").length;
    const words = [fill(props.text.progress, { done: ended, total: points.length })];
    if (news.state === "queued" && news.position) words.unshift(fill(props.text.queue, { position: news.position }));
    say(this.words, words.join(" · "));
    const epochs = points.reduce((sum, point) => sum + (point.state === "finished" ? props.epochs : (point.epoch ?? 0)), 0);
    this.progress.value = epochs / (points.length * props.epochs);
  }
}
