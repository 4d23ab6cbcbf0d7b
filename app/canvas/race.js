// A race on the page: reads folders through the server, moves through its epochs without it.

import { Chart, drawErrors, roomy } from "./curves.js";
import { loadData } from "./data.js";
import { fill, fixed, h, short } from "./dom.js";
import { Film, shotsOf } from "./film.js";
import { Sketcher } from "./images.js";
import { readLook } from "./look.js";
import { fetchFrame } from "./network.js";
import { News } from "./news.js";
import { OVER, RaceBar } from "./racebar.js";
import { RaceCard } from "./racecard.js";
import { Watch } from "./watch.js";

const POLL = { running: 300, queued: 700, paused: 500, interrupted: 1500 }; // ms between two looks at the folders
const HASTE = [80, 1500]; // ms between looks after a wish, and for how long

export class Race extends Watch {
  constructor(component) {
    super(component, "bnc-race");
    this.theme = window.matchMedia("(prefers-color-scheme: dark)");
    this.tick = () => this.frame();
  }

  source({ race, baselines, text, runs }) {
    return [race, baselines, text, runs];
  }

  async build(props) {
    this.props = props;
    this.reports?.stop();
    const building = (this.building = {});
    const data = { ...props.data, ...(await loadData(props.data)) };
    const baselines = await Promise.all(props.baselines.map(async (spec) =>
      ({ ...spec, shot: shotsOf(await fetchFrame(spec.url))[0] })));
    if (this.gone || this.building !== building) return;
    Object.assign(this, { data, baselines, at: null, news: { state: props.view.state, position: 0, runs: [] }, pending: null, told: props.view.state, refused: "", rested: null });
    const sketcher = new Sketcher({ ...data, cloud: data.x }, props.palette);
    this.runs = props.runs.map((spec) => ({ ...spec, rows: [], errors: [], marks: [], value: spec.knob?.value, reason: "", over: false }));
    this.film = new Film(props.film, props.runs.map((run) => run.run), () => this.arrived());
    this.bar = new RaceBar(props, { ask: (wish) => this.ask(wish), look: (epoch, kept) => this.look(epoch, kept) });
    const change = (spec) => (field, value) => {
      for (const run of props.runs) if (run.id === spec.id) this.ask({ act: "change", field, value, run: run.run });
    };
    const card = (spec) => new RaceCard(spec, sketcher, data, props.text, change(spec));
    this.cards = [...baselines, ...this.runs.filter((run) => run.shown)].map(card);
    this.canvas = h("canvas", { class: "bnc-curve bnc-errors", role: "img", "aria-label": props.text.chartAlt });
    this.chart = new Chart(this.canvas);
    this.note = h("p", { class: "bnc-note", role: "status", hidden: "" });
    const keys = [...baselines, ...this.runs.filter((run) => run.shown)].map(({ name, colour }) =>
      h("span", {}, h("i", { style: `background:${colour}` }), name));
    this.root.replaceChildren(this.bar.root, this.note,
      h("section", { class: "bnc-card" }, h("div", { class: "bnc-head" }, h("h4", {}, props.text.chart), h("div", { class: "bnc-keys" }, ...keys)), this.canvas),
      h("div", { class: `bnc-lanes bnc-lanes-${data.kind}`, "data-n": this.cards.length, style: `--n:${this.cards.length}` }, ...this.cards.map((c) => c.root)),
      h("p", { class: "bnc-caption" }, fill(props.text.legend, { count: data.n }), data.kind === "points" ? ` ${props.text.fieldLegend}` : ""));
    const known = () => this.runs.map((run) => Math.min(run.rows.length, this.film.last(run.run))).join();
    this.reports = new News(() => `${props.news}${known()}.json`, (news) => this.hear(news), (words) => this.say(words), props.text);
    this.reports.look();
  }

  hear(news) {
    this.heard(news);
    for (const one of news.runs) {
      const run = this.runs.find(({ run }) => run === one.id);
      if (!run) continue;
      for (const row of one.rows) {
        if (row[0] !== run.rows.length + 1) continue;
        run.rows.push(row);
        if (row[6] != null) run.errors.push([row[0], row[6]]);
      }
      Object.assign(run, { reason: one.state === "failed" ? one.reason : "", over: OVER.includes(one.state), per: one.perEpoch });
      run.marks = this.marks(run, one);
      this.film.know(run.run, one.shots);
      this.film.look(run.run, one.live);
    }
    this.rested ??= this.last();
    // It came to rest later than Python knows.
    if (news.state === "paused" && this.at == null && this.rested !== this.last() && this.asker.idle()) this.tell();
    this.say(this.verdict());
    this.request();
    const [haste, until] = HASTE;
    return performance.now() - (this.asked ?? -1e9) < until ? haste : POLL[news.state];
  }

  // Where a number was changed, in epochs; and what it is now, or from the next batch on.
  marks(run, { changes, waiting, perEpoch, step: now }) {
    const latest = (name) => waiting.findLast(([field]) => field === name)?.[1]
      ?? changes.findLast(([step, field]) => field === name && step <= now)?.[2];
    run.rate = latest("learning_rate") ?? this.props.rate;
    if (run.knob) run.value = latest(run.knob.field) ?? run.knob.value;
    return changes.map(([step, field, value]) => ({
      epoch: perEpoch ? step / perEpoch : 0,
      words: `${field === "learning_rate" ? this.props.text.rateShort : field === run.knob?.field ? run.knob.symbol : field} ${short(value)}`,
    }));
  }

  // Why the last wish was refused; else, with all weights at 0, whether all runs of a seed are one.
  verdict() {
    if (this.refused) return this.refused;
    const { text, zero } = this.props;
    const runs = this.runs.filter((run) => run.shown && !run.reason);
    if (!zero || runs.length < 2 || runs.some((run) => run.value)) return "";
    const pixels = this.film.difference(runs.map((run) => run.run));
    if (pixels == null) return "";
    let largest = pixels;
    for (let e = 0; e < Math.min(...runs.map((run) => run.rows.length)); e++) {
      for (const run of runs) {
        for (let k = 1; k < 5; k++) largest = Math.max(largest, Math.abs(run.rows[e][k] - runs[0].rows[e][k]));
      }
    }
    return largest === 0 ? text.oneCurve : fill(text.difference, { value: fixed(largest) });
  }

  arrived() {
    this.say(this.verdict());
    this.request();
  }

  // Something of the engine, whose folders are looked at soon after; or of the page, by way of Python.
  ask(wish) {
    if (wish.act !== "change") this.wait();
    if (["play", "step"].includes(wish.act) && this.at != null) this.look(null, true);
    this.asked = performance.now();
    return this.wish(wish, HASTE[0]);
  }

  // null: follow the race.
  look(epoch, kept) {
    this.at = epoch == null || epoch >= this.last() ? null : Math.max(1, epoch);
    if (kept) this.tell();
    this.request();
  }

  // What is below the component belongs to this epoch; 0: to the latest.
  tell() {
    this.rested = this.last();
    this.asker.ask({ act: "look", epoch: this.at ?? 0 });
  }

  // The last epoch that every run still in the race has shown.
  last() {
    const open = this.runs.filter((run) => !run.reason);
    return Math.min(...(open.length ? open : this.runs).map((run) => this.film.last(run.run)));
  }

  request() {
    this.asking ??= requestAnimationFrame(this.tick);
  }

  frame() {
    this.asking = null;
    if (this.gone || !this.cards) return;
    const { epochs, palette, text } = this.props;
    const last = this.last();
    const at = this.at ?? last;
    const look = readLook(this.root, palette, this.data.n);
    const tops = this.runs.filter((run) => run.shown && run.rows.length).map(({ rows: [row] }) => Math.max(row[1] + row[2], row[3] + row[4]));
    const shared = { epochs, at, look, limit: roomy(Math.max(0, ...tops)), axis: text.epochAxis };
    drawErrors(this.chart, { ...shared, runs: this.runs, baselines: this.baselines.map((b) => ({ ...b, error: b.shot.error })) });
    for (const card of this.cards) {
      const { run } = card.spec;
      const shot = run == null ? card.spec.shot : this.at == null ? this.film.newest(run) : this.film.at(run, at);
      card.draw(shot, this.runs.find((one) => one.run === run), shared);
    }
    this.bar.show({ news: this.news, at, last, pending: !!this.pending, rate: this.runs[0].rate ?? this.props.rate, ...this.progress() });
  }

  // How far the slowest is, in words and as a share.
  progress() {
    const { text, epochs } = this.props;
    const { state, position, runs } = this.news;
    const open = runs.filter((one) => one.state !== "failed");
    const slowest = open.reduce((a, b) => (b.step < a.step ? b : a), open[0] ?? { step: 0, epoch: 0, perEpoch: 0 });
    const share = slowest.perEpoch ? slowest.step / (slowest.perEpoch * epochs) : 0;
    const words = [fill(text.progress, { done: slowest.epoch, total: epochs })];
    const batch = slowest.step - slowest.epoch * slowest.perEpoch;
    if (batch > 0) words.push(fill(text.batchOf, { done: batch, total: slowest.perEpoch }));
    if (state === "queued") words.unshift(fill(text.queue, { position }));
    if (state === "running" && slowest.epoch >= epochs) words.push(text.scoring);
    const rates = this.runs.map((run) => run.rows.at(-1)?.[5]).filter(Boolean).sort((a, b) => a - b);
    if (rates.length) words.push(fill(text.speed, { rate: Math.round(rates[rates.length >> 1]).toLocaleString("en") }));
    return { words: words.join(" · "), share: Math.min(1, share) };
  }
}
