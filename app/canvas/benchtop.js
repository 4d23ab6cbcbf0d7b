// What a hand can choose on the bench of the denoise page.

import { roam } from "./controls.js";
import { h, put } from "./dom.js";

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
  bench.kinds = kinds.map(({ id, name }) => {
    const one = press(name, text.kindHelp, () => bench.keep({ kind: id, level: kinds.find((k) => k.id === id).usual }));
    one.dataset.value = id;
    put(one, "role", "radio");
    return one;
  });
  bench.boiling = press(text.boil, text.boilHelp, () => bench.boil());
  return h("div", { class: "bnc-controls" },
    h("div", { class: "bnc-field" }, h("span", {}, text.noise),
      group(text.noise, bench.kinds)),
    h("label", { class: "bnc-knob" }, h("span", {}, bench.measure, " ", bench.amount), bench.level),
    h("div", {}, bench.boiling),
    h("div", { class: "bnc-field" }, h("span", {}, text.sample),
      h("div", { class: "bnc-stepper" }, bench.walk,
        press("⚄", text.random, () => bench.goTo(Math.floor(Math.random() * bench.data.n), true)))),
    data.kind === "image" ? brushes(bench, press) : null);
}

const group = (label, buttons) => h("div", { class: "bnc-segment", role: "radiogroup", "aria-label": label,
  onkeydown: (event) => roam(event, buttons) }, ...buttons);

function brushes(bench, press) {
  const { text } = bench.props;
  const tools = { hand: text.noBrush, pen: text.draw, white: text.white, black: text.black };
  bench.tools = Object.entries(tools).map(([tool, name]) => {
    const one = press(name, text.brushHelp, () => bench.take(tool));
    one.dataset.value = tool;
    put(one, "role", "radio");
    return one;
  });
  const act = (what) => () => {
    bench.strokes[what]();
    bench.request();
  };
  return h("div", { class: "bnc-field" }, h("span", {}, text.brush),
    group(text.brush, bench.tools),
    h("div", { class: "bnc-pair" }, press(text.undo, text.undoHelp, act("undo")),
      press(text.clear, text.clearHelp, act("clear"))));
}
