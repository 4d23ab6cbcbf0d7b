// A way through every code space at once: played, seen in steps, and saved.

import { squared } from "./codes.js";
import { laid, segment, slider } from "./fields.js";
import { h } from "./dom.js";
import { Face } from "./face.js";
import { Player } from "./player.js";
import { Saver } from "./saving.js";
import { Sheet } from "./sheet.js";
import { Strip } from "./strip.js";

const TRAIL = 40; // steps of a drawn way
const MOST_STEPS = 15; // as the view allows

// A page of its own says: own(props) its fields, place(text) what the player's slider is, scene() what
// is shown beside the codecs, way(member) the code at each place from 0 to 1 (or null for not yet),
// pinned() rows with a mark, words(member, z, t), subject(), columns(member).
export class Journey extends Face {
  unmount() {
    this.player?.stop();
    super.unmount();
  }

  makeControls(props) {
    const { text } = props;
    this.player?.stop();
    const again = () => this.request({ answer: true });
    this.player = new Player(text, this.place(text), again);
    const steps = slider(text.steps, text.stepsHelp, { min: 3, max: MOST_STEPS, step: 1, short: true }, (n) => {
      this.steps = n;
      again();
    }, (n) => this.keep({ steps: n }));
    const ground = segment("ground", text.behind, text.behindHelp, grounds(props),
      (value) => this.change({ ground: value }));
    const own = this.own(props);
    const { speed, loop } = this.player;
    const root = h("div", { class: "bnc-controls" }, this.player.root, ...laid([...own, speed, steps, loop, ground]),
      h("p", { class: "bnc-code bnc-note" }, this.hint(text)));
    const show = () => {
      own.forEach((one) => one.show(this.shown(one)));
      this.player.show();
      steps.show(this.steps);
      ground.show(this.view.ground);
    };
    return { root, show };
  }

  furnish(grid) {
    const rows = this.members.map(({ spec }) => ({ id: spec.id, name: spec.name, colour: spec.colour }));
    this.sheet = new Sheet(this, [...this.plain(), ...rows], new Saver(this));
    grid.append(this.sheet.root);
  }

  // A row of the sheet without a codec.
  plain() {
    return [];
  }

  adopt(view) {
    if (this.news(view, "steps")) this.steps = view.steps;
    super.adopt(view);
  }

  answer() {
    this.controls.show();
    this.scene();
    for (const member of this.members) {
      const way = member.cloud && this.way(member);
      if (way) this.follow(member, way);
    }
  }

  follow(member, way) {
    const { codec, cloud, data } = member;
    const { t } = this.player;
    const z = way(t);
    const xHat = codec.decode(z, 1);
    const hole = Math.sqrt(squared(codec.encode(xHat, 1), z));
    Object.assign(member, { cursor: cloud.flat(z), echo: null, hand: false, trail: trail(cloud, way) });
    const curve = data.kind === "points" ? codec.decode(codesOf(way, TRAIL + 1), TRAIL + 1) : null;
    member.card.show(this.x, { z, xHat, error: 0, hole, cloud: curve, words: this.words(member, z, t) });
    const tiles = this.sheet.tiles(member.spec.id);
    if (!tiles) return;
    member.strip ??= new Strip(codec, tiles, data.D);
    member.strip.want(codesOf(way, this.steps), this.steps);
  }

  words() {
    return null;
  }

  // Once all points have their new codes, what rests on them is asked again.
  settled() {
    return this.members.filter((m) => m.cloud && !m.cloud.pending).length;
  }

  draw() {
    super.draw();
    this.sheet.draw(Math.round(this.player.t * (this.steps - 1)), this.look);
  }

  marks(member) {
    return { row: -1, pins: this.pinned(), picked: [], lasso: null, trail: member.trail };
  }

  // What the saver writes: n steps of every codec.
  table(n) {
    const own = this.members.filter((m) => m.cloud?.whole).map((member) => {
      const z = codesOf(this.way(member), n);
      const { id, name, colour } = member.spec;
      return { id, name, colour, z, x: member.codec.decode(z, n), n, columns: this.columns(member, n) };
    });
    return [...this.plainTable(n), ...own];
  }

  plainTable() {
    return [];
  }

  timing() {
    return { frames: 24, seconds: 1 / this.player.pace, back: this.player.back, columns: this.steps };
  }
}

export function grounds({ data, text }) {
  const words = { none: text.nothing, decoded: text.decoded, holes: text.holes };
  if (data.kind === "points") delete words.decoded; // a decoded point is no picture
  return words;
}

function codesOf(way, n) {
  const first = way(0);
  const z = new Float32Array(n * first.length);
  for (let i = 0; i < n; i++) z.set(way(i / (n - 1)), i * first.length);
  return z;
}

function trail(cloud, way) {
  const places = Array.from({ length: TRAIL + 1 }, (_, i) => cloud.flat(way(i / TRAIL))).flat();
  if (cloud.line) for (let i = 1; i < places.length; i += 2) places[i] = 0.5;
  return places;
}
