// Fields of the generate page: each is {root, show(value)}, a label and what shows or changes one value.

import { chosen, roam } from "./controls.js";
import { h, put, say } from "./dom.js";
import { mark } from "./knobs.js";

// A row of buttons of which one is on. words: {value: word}
export function segment(name, label, help, words, choose) {
  const buttons = Object.entries(words).map(([value, word]) => h("button", {
    type: "button", role: "radio", "data-field": name, "data-value": value, onclick: () => choose(value),
  }, word));
  const group = h("div", { class: "bnc-segment", role: "radiogroup", "aria-label": label, title: help,
    onkeydown: (event) => roam(event, buttons) }, ...buttons);
  return { root: field(label, group), show: (value) => chosen(buttons, String(value)) };
}

// A slider with its value beside the label; live while it moves, kept on release.
export function slider(label, help, { min, max, step, words = String, short = false }, live, keep = live) {
  const value = h("output", {});
  const input = h("input", {
    type: "range", min, max, step, "aria-label": label, title: help,
    oninput: () => live(Number(input.value)), onchange: () => keep(Number(input.value)),
  });
  const show = (now) => {
    if (Number(input.value) !== now) input.value = now;
    mark(input);
    say(value, words(now));
    put(input, "aria-valuetext", words(now));
  };
  return { root: field(label, input, value), show, short };
}

// A whole number that is typed or stepped.
export function count(label, help, { min, max }, keep) {
  const input = h("input", {
    type: "number", min, max, step: 1, "aria-label": label, title: help,
    onchange: () => keep(Math.min(max, Math.max(min, Math.round(Number(input.value) || 0)))),
  });
  const show = (now) => {
    if (input.value !== String(now)) input.value = now;
  };
  return { root: field(label, input), show, short: true };
}

// options: [[value, word], …]
export function select(label, help, options, choose) {
  const input = h("select", { "aria-label": label, title: help, onchange: () => choose(input.value) },
    ...options.map(([value, word]) => h("option", { value }, word)));
  return { root: field(label, input), show: (now) => (input.value = now) };
}

export function field(label, input, value = null) {
  return h("div", { class: "bnc-field" }, h("span", {}, label, value ? " " : null, value), input);
}

// The fields' elements, short ones two in a row.
export function laid(fields) {
  const rows = [];
  for (let i = 0; i < fields.length; i++) {
    const pair = fields[i].short && fields[i + 1]?.short;
    if (!pair) rows.push(fields[i].root);
    else rows.push(h("div", { class: "bnc-two" }, fields[i].root, fields[++i].root));
  }
  return rows;
}
