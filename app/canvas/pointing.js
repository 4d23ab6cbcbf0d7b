// Mouse, pen, touch, wheel and keys over one plane, as acts: hover, choose, leave, select, zoom, pan.

import { clamp } from "./dom.js";

const STEP = 5; // CSS pixels that an arrow key walks; with Shift four times as far
const SLACK = 4; // CSS pixels that a click may wander before it is a drag
const [TURN, PINCH] = [0.0015, 0.01]; // log of the zoom per unit of a wheel, of a trackpad's pinch
const PRESS = 1.3; // zoom of one key
const FRESH = 250; // ms for which a plane lies where it lay: asking makes the browser lay out the page
const SCROLLING = 400; // ms: a wheel that scrolls the page keeps scrolling it over a plane

let scrolled = -Infinity;
document.addEventListener("scroll", () => (scrolled = performance.now()), { capture: true, passive: true });

// Where the hand of a page is, in this plane's units: null while it is in none or in another one.
export const placeIn = (member, at) => (at?.member === member ? at.place : null);

// acts: {cursor() -> [u, v] now, hover(u, v), choose(more), leave(), set(polygon, done), lasso(),
// zoomed(), zoom(factor, u, v), pan(across, up) by shares of what is shown}
export function listen(plane, acts) {
  const target = plane.front;
  const fingers = new Map();
  let several = false; // there were two fingers, until none is left
  let path = null;
  let drag = null; // {left, top, far}: a mouse that may pan
  let [box, asked] = [null, -Infinity];
  const pixel = (event) => {
    const now = performance.now();
    if (event.type !== "pointermove" || asked <= scrolled || now - asked > FRESH) {
      [box, asked] = [target.getBoundingClientRect(), now];
    }
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const place = (event) => plane.at(...pixel(event));
  target.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    target.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, pixel(event));
    several ||= fingers.size > 1;
    if (several) {
      if (path) acts.set([], true);
      path = drag = null;
    } else if (acts.lasso()) path = [...place(event)];
    else {
      if (acts.zoomed() && event.pointerType === "mouse") drag = { at: pixel(event), far: 0 };
      acts.hover(...place(event));
    }
  });
  target.addEventListener("pointermove", (event) => {
    if (several) return fingers.size === 2 && pinch(plane, acts, fingers, event.pointerId, pixel(event));
    if (drag) return pull(plane, acts, drag, pixel(event));
    if (!path) return acts.hover(...place(event));
    path.push(...place(event));
    acts.set(path, false);
  });
  target.addEventListener("pointerup", (event) => {
    if (!fingers.delete(event.pointerId)) return; // another button, or pressed elsewhere
    const [left, top] = pixel(event);
    const within = left >= 0 && top >= 0 && left <= plane.width && top <= plane.height;
    const [circled, clicked] = [path, !several && within && !(drag?.far > SLACK)];
    path = drag = null;
    several &&= fingers.size > 0;
    if (circled) acts.set(circled, true);
    else if (clicked) acts.choose(event.shiftKey);
    if (!within || event.pointerType !== "mouse") acts.leave();
  });
  target.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    several &&= fingers.size > 0;
    if (path) acts.set([], true);
    path = drag = null;
    acts.leave();
  });
  target.addEventListener("pointerleave", () => path ?? drag ?? acts.leave());
  target.addEventListener("blur", () => acts.leave());
  target.addEventListener("dblclick", () => acts.zoom(0));
  target.addEventListener("wheel", (event) => wheel(event, acts, place(event)), { passive: false });
  target.addEventListener("keydown", (event) => key(event, plane, acts));
}

// Two fingers: their distance zooms, their middle pans.
function pinch(plane, acts, fingers, id, to) {
  const [other] = [...fingers].filter(([one]) => one !== id).map(([, at]) => at);
  const from = fingers.get(id);
  if (!from || !other) return;
  fingers.set(id, to);
  const apart = (at) => Math.max(1, Math.hypot(at[0] - other[0], at[1] - other[1]));
  const middle = plane.at((to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
  acts.zoom(apart(to) / apart(from), ...middle);
  acts.pan((from[0] - to[0]) / 2 / plane.width, (to[1] - from[1]) / 2 / plane.height);
}

function pull(plane, acts, drag, to) {
  const [dx, dy] = [to[0] - drag.at[0], to[1] - drag.at[1]];
  drag.far += Math.hypot(dx, dy);
  drag.at = to;
  acts.pan(-dx / plane.width, dy / plane.height);
}

// Without a zoom to undo, a wheel scrolls the page as everywhere.
function wheel(event, acts, place) {
  const out = event.deltaY > 0;
  if (!event.ctrlKey && (performance.now() - scrolled < SCROLLING || (out && !acts.zoomed()))) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 30 : 1;
  acts.zoom(Math.exp(-clamp(event.deltaY * lines, -400, 400) * (event.ctrlKey ? PINCH : TURN)), ...place);
}

function key(event, plane, acts) {
  const walk = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const zoom = { "+": PRESS, "=": PRESS, "-": 1 / PRESS, 0: 0 }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
  if (!acts.cursor()) return; // its codec is on its way
  if (walk) step(plane, acts, walk.map((by) => by * (event.shiftKey ? 4 * STEP : STEP)));
  else if (zoom != null) acts.zoom(zoom, ...acts.cursor());
  else if (event.key === "Enter" || event.key === " ") acts.choose(event.shiftKey);
  else if (event.key === "Escape") acts.leave();
  else return;
  event.preventDefault();
}

// The cursor walks inside the whole; what is shown follows it over its own edges.
function step(plane, acts, [dx, dy]) {
  const { width, height, whole } = plane;
  const [u, v] = acts.cursor();
  const [left, top] = [plane.px(u) + dx, plane.py(v) + dy];
  const [x, y] = plane.at(left, top);
  acts.hover(clamp(x, whole.x0, whole.x1), clamp(y, whole.y0, whole.y1), true);
  const over = (at, size, by) => (by < 0 && at < 0.1 * size) || (by > 0 && at > 0.9 * size);
  if (over(left, width, dx)) acts.pan(dx / width, 0);
  if (over(top, height, dy)) acts.pan(0, -dy / height);
}

// Whether a place lies inside a polygon [u0, v0, u1, v1, …].
export function inside(polygon, u, v) {
  let found = false;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [a, b, c, d] = [polygon[i], polygon[i + 1], polygon[j], polygon[j + 1]];
    if (b > v !== d > v && u < ((c - a) * (v - b)) / (d - b) + a) found = !found;
  }
  return found;
}
