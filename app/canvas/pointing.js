// Mouse, pen, touch and keys over one plane, as four acts: hover, choose, leave, select.

const STEP = 5; // CSS pixels that an arrow key walks; with Shift four times as far

// acts: {cursor() -> [u, v] now, hover(u, v), choose(more), leave(), set(polygon, done), lasso()}
export function listen(plane, acts) {
  const target = plane.front;
  const place = (event) => {
    const box = target.getBoundingClientRect();
    return plane.at(event.clientX - box.left, event.clientY - box.top);
  };
  let path = null;
  target.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    target.setPointerCapture(event.pointerId);
    if (acts.lasso()) path = [...place(event)];
    else acts.hover(...place(event));
  });
  target.addEventListener("pointermove", (event) => {
    if (!path) return acts.hover(...place(event));
    path.push(...place(event));
    acts.set(path, false);
  });
  target.addEventListener("pointerup", (event) => {
    if (path) acts.set(path, true);
    else acts.choose(event.shiftKey);
    path = null;
    if (event.pointerType !== "mouse") acts.leave();
  });
  target.addEventListener("pointercancel", () => {
    if (path) acts.set([], true);
    path = null;
    acts.leave();
  });
  target.addEventListener("pointerleave", () => path ?? acts.leave());
  target.addEventListener("blur", () => acts.leave());
  target.addEventListener("keydown", (event) => key(event, plane, acts));
}

function key(event, plane, acts) {
  const walk = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (walk) {
    const far = event.shiftKey ? 4 * STEP : STEP;
    const [u, v] = acts.cursor();
    const [left, top] = [plane.px(u) + walk[0] * far, plane.py(v) + walk[1] * far];
    const inside = (value, size) => Math.min(size, Math.max(0, value));
    acts.hover(...plane.at(inside(left, plane.width), inside(top, plane.height)), true);
  } else if (event.key === "Enter" || event.key === " ") acts.choose(event.shiftKey);
  else if (event.key === "Escape") acts.leave();
  else return;
  event.preventDefault();
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
