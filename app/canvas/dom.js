// Elements, numbers and colours: the few helpers that every part of the canvas uses.

// h("p", {class: "note"}, "text", child) -> an element; on… are listeners, null leaves an attribute.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// Writes only what changed, into the text that is there: a new one would cost the browser more.
export function say(element, text) {
  const { firstChild } = element;
  if (firstChild?.nodeType !== Node.TEXT_NODE || firstChild.nextSibling) element.textContent = text;
  else if (firstChild.data !== text) firstChild.data = text;
}

// The same for words that a moving hand changes in every frame; made only where they are said.
export function tell(element, words) {
  if (!element.firstChild) return say(element, words()); // nothing there yet: its room would jump
  soon(element, () => say(element, words()));
}

// What makes the browser lay the page out anew (five milliseconds): all of it together, ten times a
// second at most, which is more than an eye reads; of several acts on one element the last.
export function soon(element, act) {
  if (!acts.size && rested) queueMicrotask(perform); // still within this frame
  acts.set(element, act);
}

function perform() {
  rested = false;
  setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(rest)), PAUSE);
  const due = [...acts.values()];
  acts.clear(); // first: one that fails must not keep all others from ever coming
  for (const act of due) act();
}

function rest() {
  rested = true;
  if (acts.size) perform();
}

const PAUSE = 60; // ms, and two frames, which are longer on a slow machine
const acts = new Map(); // by element
let rested = true;

export function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// "{a} of {b}" with {a: 1, b: 2}: the catalogue's own placeholders.
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// Three significant digits, last zeros kept: numbers that stand side by side look alike.
export function fixed(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text;
  if (size >= 10 ** digits) text = size < 1e6 ? String(Math.round(value)) : value.toExponential(1);
  else if (size < 1e-4) text = value.toExponential(1);
  else text = value.toPrecision(digits);
  return text.replaceAll("-", "−");
}

export function short(value) {
  return String(Number(value.toPrecision(3))).replaceAll("-", "−");
}

export function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

export function clamp(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

// A canvas as sharp as the screen; true where its size changed and everything must be drawn again.
export function fit(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const w = Math.max(1, Math.round(width * ratio));
  const high = Math.max(1, Math.round(height * ratio));
  if (canvas.width === w && canvas.height === high) return false;
  canvas.width = w;
  canvas.height = high;
  return true;
}

// The same, empty: a context whose units are CSS pixels.
export function cleared(canvas, width, height) {
  fit(canvas, width, height);
  const context = canvas.getContext("2d");
  const ratio = canvas.width / width;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
