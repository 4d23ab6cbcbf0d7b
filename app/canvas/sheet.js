// All steps of all codecs under each other, and the buttons that save them.

import { h } from "./dom.js";
import { Tiles, tileSketcher } from "./tiles.js";

export class Sheet {
  // rows: [{id, name, colour}]; journey: {data, props, player}. Points are drawn as ways in the
  // cards' own pictures: a row of dots would say less.
  constructor(journey, rows, saver) {
    const { data, props: { text, palette } } = journey;
    this.rows = data.kind === "points" ? [] : rows;
    const sketcher = tileSketcher(data, palette);
    const chosen = (tiles) => (i) => journey.player.go(i / (tiles().n - 1));
    for (const row of this.rows) {
      row.tiles = new Tiles(sketcher, `${row.name}: ${text.stepsOf}`, {
        colour: row.colour, chosen: chosen(() => row.tiles),
      });
    }
    this.root = h("section", { class: "bnc-card bnc-sheet", "aria-label": text.stepsOf },
      h("div", { class: "bnc-head" }, h("h4", {}, this.rows.length ? text.stepsHead : text.files), saver.root),
      ...this.rows.map(({ name, colour, tiles }) => h("div", { class: "bnc-row" },
        h("span", {}, colour && h("i", { style: `background:${colour}` }), name), tiles.canvas)));
  }

  tiles(id) {
    return this.rows.find((row) => row.id === id)?.tiles ?? null;
  }

  draw(current, { ink, paper }) {
    for (const { tiles, colour } of this.rows) tiles.draw({ current }, colour ?? ink, ink, paper);
  }
}
