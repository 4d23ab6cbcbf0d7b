// Fields of a page: each is {root, show(value)}, a label and what shows or changes one value.

import { h, put, say } from "./dom.js";
import { mark, range } from "./knobs.js";

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
  const input = range({ min, max, step, "aria-label": label, title: help }, { live, keep });
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

// What is on or off.
export function toggle(label, help, choose) {
  const input = h("input", { type: "checkbox", onchange: () => choose(input.checked) });
  return { root: h("label", { class: "bnc-toggle", title: help }, input, label), show: (on) => (input.checked = on) };
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

// Shows which of a row of buttons is on: the one that Tab comes to.
function chosen(buttons, value) {
  for (const one of buttons) {
    const on = one.dataset.value === value;
    put(one, "aria-checked", String(on));
    put(one, "tabindex", on ? "0" : "-1");
  }
}

// Arrow keys walk a row of radio buttons.
function roam(event, buttons) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const at = buttons.findIndex((one) => one.getAttribute("aria-checked") === "true");
  const next = buttons[(at + by + buttons.length) % buttons.length];
  next.click();
  next.focus();
}
