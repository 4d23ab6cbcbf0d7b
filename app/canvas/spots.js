// Decoded codes of points over the data's own plane, and the mark of those that lie in a hole.

import { disc } from "./images.js";

// x: (n, 2); holes: a 1 for every one that lies in a hole, or null.
export function spots(context, sketcher, x, holes, colour, { ink, paper }) {
  for (let i = 0; i < x.length; i += 2) {
    const left = sketcher.across(x[i], sketcher.width);
    const top = sketcher.height - sketcher.across(x[i + 1], sketcher.height);
    if (holes?.[i / 2]) cross(context, left, top, ink, paper);
    else disc(context, left, top, 3.5, colour, paper);
  }
}

// The mark of a hole: a cross on a disc, so that it is seen on any picture.
export function cross(context, x, y, ink, paper, arm = 3) {
  context.beginPath();
  context.arc(x, y, arm + 3, 0, 2 * Math.PI);
  context.fillStyle = paper;
  context.fill();
  context.beginPath();
  for (const sign of [1, -1]) {
    context.moveTo(x - arm, y - sign * arm);
    context.lineTo(x + arm, y + sign * arm);
  }
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.stroke();
}
