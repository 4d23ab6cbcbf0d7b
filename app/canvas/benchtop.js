// What a hand can choose on the denoise page.

import { h, put, say } from "./dom.js";
import { field, segment, slider, toggle } from "./fields.js";
import { mark, range } from "./knobs.js";

const FINE = 0.05; // step of a share; a block that vanished would take its sliders out of the hand
const percent = (share) => `${Math.round(100 * share)} %`;

// Noise, switches and, where they mean something, sample, block and brush; leaves `panel.show(view)` on the bench.
export function controls(bench) {
  const { data } = bench.props;
  const press = (label, help, act) => h("button", {
    type: "button", title: help, onclick: act, "aria-label": label.length > 1 ? null : help,
  }, label);
  const parts = [noise(bench, press), ...(data.kind === "points" ? [] : [sample(bench, press), block(bench)]), switches(bench),
    ...(data.kind === "image" ? [brushes(bench, press)] : [])];
  bench.panel = { show: (view) => parts.forEach((part) => part.show(view)) };
  return h("div", { class: "bnc-controls" }, ...parts.map((part) => part.root));
}

function noise(bench, press) {
  const { text, kinds } = bench.props;
  const kind = segment("kind", text.noise, text.kindHelp, Object.fromEntries(kinds.map(({ id, name }) => [id, name])),
    (id) => bench.keep({ kind: id, level: kinds.find((one) => one.id === id).usual }));
  const level = range({ min: 0, step: 0.01, title: text.levelHelp }, {
    live: (value) => bench.live({ level: value }), keep: (value) => bench.keep({ level: value }),
  });
  const boiling = press(text.boil, text.boilHelp, () => bench.boil());
  const [measure, amount] = [h("span"), h("output", { class: "bnc-value" })];
  const show = (view) => {
    const { highest, measure: words } = kinds.find(({ id }) => id === view.kind);
    kind.show(view.kind);
    put(level, "max", String(highest));
    put(level, "aria-label", words);
    say(measure, words);
    level.value = view.level;
    mark(level);
    say(amount, `= ${view.level.toFixed(2)}`);
    put(boiling, "aria-pressed", String(Boolean(bench.turning)));
  };
  return { show, root: h("div", { class: "bnc-stack" }, kind.root,
    h("div", { class: "bnc-stepper" },
      h("label", { class: "bnc-knob bnc-level" }, h("span", {}, measure, " ", amount), level), boiling)) };
}

function sample(bench, press) {
  const { text } = bench.props;
  const walk = range({ min: 0, max: bench.data.n - 1, step: 1, "aria-label": text.sample, title: text.sampleHelp }, {
    live: (row) => bench.goTo(row, false), keep: (row) => bench.goTo(row, true),
  });
  const show = () => {
    walk.value = bench.row;
    mark(walk);
  };
  return { show, root: field(text.sample, h("div", { class: "bnc-stepper" }, walk,
    press("⚄", text.random, () => bench.goTo(Math.floor(Math.random() * bench.data.n), true)))) };
}

// A square that is erased of every sample: its side, and where it lies.
function block(bench) {
  const { text, data, side } = bench.props;
  const erase = toggle(text.erase, text.eraseHelp, (on) => bench.keep({ block: on ? side : 0 }));
  const names = { block: text.blockSize, blockX: text.blockAcross, ...(data.shape.length > 1 ? { blockY: text.blockDown } : {}) };
  const sliders = Object.entries(names).map(([name, label]) => {
    const made = slider(label, text.eraseHelp, { min: name === "block" ? FINE : 0, max: 1, step: FINE, words: percent },
      (value) => bench.live({ [name]: value }), (value) => bench.keep({ [name]: value }));
    return { ...made, name };
  });
  const where = h("div", { class: "bnc-two" }, ...sliders.map(({ root }) => root));
  const show = (view) => {
    erase.show(view.block > 0);
    where.hidden = !view.block;
    for (const { show: showOne, name } of sliders) showOne(view[name]);
  };
  return { show, root: h("div", { class: "bnc-stack" }, erase.root, where) };
}

// What the codecs may know of the damage.
function switches(bench) {
  const { text, clips, told } = bench.props;
  const clip = clips ? toggle(text.clip, text.clipHelp, (on) => bench.keep({ clip: on })) : null;
  const tell = told ? toggle(told, text.tellHelp, (on) => bench.keep({ told: on })) : null;
  const show = (view) => {
    clip?.show(view.clip);
    tell?.show(view.told);
  };
  return { show, root: h("div", { class: "bnc-stack" }, clip?.root, tell?.root) };
}

function brushes(bench, press) {
  const { text } = bench.props;
  const tools = { hand: text.noBrush, pen: text.draw, white: text.white, black: text.black };
  const tool = segment("tool", text.brush, text.brushHelp, tools, (name) => bench.take(name));
  const act = (what) => () => bench.stroke(() => bench.strokes[what]());
  const back = [press(text.undo, text.undoHelp, act("undo")), press(text.clear, text.clearHelp, act("clear"))];
  tool.root.append(h("div", { class: "bnc-pair" }, ...back));
  const show = () => {
    tool.show(bench.tool);
    for (const button of back) button.disabled = !bench.strokes.all.length;
  };
  return { root: tool.root, show };
}
