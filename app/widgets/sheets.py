"""A sheet of generated samples, (rows, columns, *sample_shape), on the page and as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from app import exports, services
from app.choice import Choice
from app.i18n import t
from app.images import Array
from app.palette import codec_name, colour
from app.widgets.panels import show
from app.widgets.pictures import codec_heading
from app.widgets.sketch import Ground
from app.widgets.tiles import tile_row, tile_rows

WIDE_PLANE = 540  # pixels high
PER_ROW = 3


@dataclass(frozen=True)
class Row:
    """One row of a sheet: whose it is, its samples, and what stands before them."""

    codec: str  # "" for the data itself
    x: Array  # (columns, *sample_shape)
    title: str = ""  # the codec's name without it
    note: str = ""


def show_sheet(
    made: Choice, ground: Ground, rows: Sequence[Row], words: str, captions: Sequence[str] = ()
) -> None:
    """Tiles in rows; points instead as paths through the plane they lie in."""
    if ground.kind == "points":
        _paths(made, ground, rows, words)
        return
    drawn = [
        tile_row(
            ground, row.x, row.codec, f"{row.title or codec_name(row.codec)}: {words}",
            title=row.title, note=row.note, captions=captions if row is rows[0] else (),
        )
        for row in rows
    ]  # fmt: skip
    tile_rows(drawn, columns=len(rows[0].x))


def save_buttons(
    ground: Ground, rows: Sequence[Row], name: str, *, back: bool = True, per_row: bool = True
) -> None:
    """PNG and GIF of a sheet, made when somebody asks for them."""
    sheet = np.stack([row.x for row in rows])
    titles = [row.title or codec_name(row.codec) for row in rows]
    notes = [f"{title} {row.note}".strip() for title, row in zip(titles, rows, strict=True)]
    style = exports.Style(
        ground.kind, ground.low, ground.high, ground.cloud, [colour(row.codec) for row in rows],
        notes if per_row else [""] * len(rows),
    )  # fmt: skip
    with st.container(horizontal=True, key=f"save.{name}"):
        st.download_button(
            t("PNG"), partial(exports.sheet_png, sheet, style), f"{name}.png", "image/png",
            key=f"png.{name}", on_click="ignore", icon=":material/image:",
        )  # fmt: skip
        st.download_button(
            t("GIF, looping"), partial(exports.looping_gif, sheet, style, back=back),
            f"{name}.gif", "image/gif", key=f"gif.{name}", on_click="ignore",
            icon=":material/animation:",
        )  # fmt: skip


def square_of(ground: Ground) -> tuple[float, float, float, float]:
    """The part of the plane in which points are drawn."""
    return ground.low, ground.high, ground.low, ground.high


def _paths(made: Choice, ground: Ground, rows: Sequence[Row], words: str) -> None:
    """One plane per codec, or per unit of one; rows of no codec are drawn in all of them."""
    from app import figures

    cells: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.codec:
            cells.setdefault((row.codec, row.title), []).append(row)
    x = services.samples(made.data.name)
    for place, column in enumerate(in_columns(len(cells))):
        (codec, title), mine = list(cells.items())[place]
        figure = figures.data_plane(x, extent=square_of(ground))
        for row in [r for r in rows if not r.codec] + mine:
            figures.draw_curves(figure, {row.codec: [row.x]}, marks=bool(row.codec))
            figure.data[-1].name = (row.title or codec_name(row.codec)) + " " + row.note
        figure.update_layout(showlegend=False, margin={"t": 10})
        with column:
            codec_heading(codec, title)
            show(figure, key=f"paths.{made.view.making}.{codec}.{title}", alt=words)


def in_columns(count: int) -> Iterator["st.delta_generator.DeltaGenerator"]:
    """Places for small multiples, PER_ROW in a row."""
    for start in range(0, count, PER_ROW):
        yield from st.columns(PER_ROW)[: count - start]
