// Codes that belong to no sample, as places in a codec's plane: `member.places`.

import { placeIn } from "./pointing.js";

// z: (n · d). On a line their heights only keep them apart, where they are drawn at random. -> (2 n)
export function placesOf(cloud, z, n, random = true) {
  const places = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [u, v] = cloud.flat(z, i * cloud.d);
    places.set([u, cloud.line && random ? 0.1 + 0.8 * ((i * 0.618034) % 1) : v], 2 * i);
  }
  return places;
}

// The plane shows all of them, also those far from the data.
export function widen({ cloud, places }) {
  if (!places || !cloud.whole) return;
  cloud.measure();
  const { box } = cloud;
  for (let i = 0; i < places.length; i += 2) {
    [box.x0, box.x1] = [Math.min(box.x0, places[i]), Math.max(box.x1, places[i])];
    if (!cloud.line) [box.y0, box.y1] = [Math.min(box.y0, places[i + 1]), Math.max(box.y1, places[i + 1])];
  }
}

// What a hand does in a plane of such codes: it takes the nearest. face: {at, choose(member, i)}
export function strewnActs(face, member) {
  return {
    lasso: () => false,
    cursor: () => placeIn(member, face.at) ?? member.cursor ?? [0, 0],
    hover: (u, v) => {
      if (!member.places) return;
      face.at = { member, place: [u, v] };
      const { plane } = member;
      face.choose(member, Math.max(0, plane.nearest(member.places, plane.px(u), plane.py(v), Infinity)));
    },
    choose: () => {},
    leave: () => (face.at = null),
    set: () => {},
  };
}
