// How points look: colours of the theme, their size, the scale of the errors.

import { rgb } from "./dom.js";

export function readLook(root, palette, n) {
  const style = getComputedStyle(root);
  const [r = 0, g = 0, b = 0] = (style.color.match(/[\d.]+/g) ?? []).map(Number); // none where it has left the page
  return {
    night: r + g + b > 3 * 128, // light ink
    ink: style.color, paper: style.getPropertyValue("--st-background-color").trim() || "#ffffff",
    labels: palette.labels.map(rgb), grey: rgb("#7b828c"), radius: n > 1000 ? 1.5 : n > 400 ? 2 : 2.5,
  };
}

// One scale for all codecs; the worst hundredth does not darken the rest.
export function errorLimit(members) {
  const all = members.filter((m) => m.cloud?.errors).map((m) => m.cloud.errors.slice().sort());
  return Math.max(1e-9, ...all.map((errors) => errors[Math.floor(0.99 * (errors.length - 1))]));
}

// Samples of other classes, which step back while one class is chosen.
export class Others {
  constructor(data) {
    this.data = data;
  }

  // 1 for each of them, or null where none is chosen.
  of(label) {
    const { labels, n } = this.data;
    if (label == null || !labels) return null;
    if (this.label !== label) {
      this.label = label;
      this.rows = Uint8Array.from({ length: n }, (_, i) => labels[i] !== label);
    }
    return this.rows;
  }
}
