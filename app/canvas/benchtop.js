// What a hand can choose on the bench of the denoise page.

import { h } from "./dom.js";
import { field, segment } from "./fields.js";

// Noise, sample and brush; puts the elements it makes on the bench, which shows the view in them.
export function controls(bench) {
  const { text, kinds, data } = bench.props;
  const press = (label, help, act) => h("button", {
    type: "button", title: help, onclick: act, "aria-label": label.length > 1 ? null : help,
  }, label);
  bench.level = h("input", {
    type: "range", min: 0, step: 0.01, title: text.levelHelp,
    oninput: () => bench.live({ level: Number(bench.level.value) }),
    onchange: () => bench.keep({ level: Number(bench.level.value) }),
  });
  bench.measure = h("span");
  bench.amount = h("output", { class: "bnc-value" });
  bench.walk = h("input", {
    type: "range", min: 0, max: bench.data.n - 1, step: 1, "aria-label": text.sample, title: text.sampleHelp,
    oninput: () => bench.goTo(Number(bench.walk.value), false), onchange: () => bench.goTo(Number(bench.walk.value), true),
  });
  const names = Object.fromEntries(kinds.map(({ id, name }) => [id, name]));
  bench.kinds = segment("kind", text.noise, text.kindHelp, names,
    (kind) => bench.keep({ kind, level: kinds.find(({ id }) => id === kind).usual }));
  bench.boiling = press(text.boil, text.boilHelp, () => bench.boil());
  return h("div", { class: "bnc-controls" }, bench.kinds.root,
    h("label", { class: "bnc-knob" }, h("span", {}, bench.measure, " ", bench.amount), bench.level),
    h("div", {}, bench.boiling),
    field(text.sample, h("div", { class: "bnc-stepper" }, bench.walk,
      press("⚄", text.random, () => bench.goTo(Math.floor(Math.random() * bench.data.n), true)))),
    data.kind === "image" ? brushes(bench, press) : null);
}

function brushes(bench, press) {
  const { text } = bench.props;
  const tools = { hand: text.noBrush, pen: text.draw, white: text.white, black: text.black };
  bench.tools = segment("tool", text.brush, text.brushHelp, tools, (tool) => bench.take(tool));
  const act = (what) => () => {
    bench.strokes[what]();
    bench.request();
  };
  bench.tools.root.append(h("div", { class: "bnc-pair" }, press(text.undo, text.undoHelp, act("undo")),
    press(text.clear, text.clearHelp, act("clear"))));
  return bench.tools.root;
}
