"""Generated samples of any kind of data as small drawings in rows."""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.images import Array
from app.palette import codec_name, colour
from app.widgets.sketch import Ground, sample_sketch

SERIES_TILE = (36, 48)  # pixels of a series drawn into a mosaic


def tile_rows(rows: Sequence[str], *, columns: int) -> None:
    """Rows made by `tile_row`, all with the same number of tiles, in one grid."""
    st.html(_grid("".join(rows), columns))


def tile_blocks(rows: Sequence[str], *, columns: int, shape: str = "", kind: str = "") -> None:
    """A grid for each row, two beside each other where the window has room.

    shape, kind: further CSS classes of the whole and of each grid.
    """
    grids = "".join(_grid(row, columns, kind) for row in rows)
    st.html(f'<div class="bn-blocks {shape}">{grids}</div>')


def _grid(tiles: str, columns: int, kind: str = "") -> str:
    return f'<div class="bn-tiles {kind}" style="--bn-columns:{columns}">{tiles}</div>'


def tile_row(
    ground: Ground, x: Array, codec: str, words: str, *, title: str = "", note: str = "",
    captions: Sequence[str] = (),
) -> str:  # fmt: skip
    """One row: a title with the codec's dot, then every sample of x (N, *sample_shape).

    words: what a tile shows, read aloud; `codec` may be empty for the data itself.
    """
    dot = f'<i style="background:{colour(codec)}"></i>' if codec else ""
    small = f"<small>{html.escape(note)}</small>" if note else ""
    name = html.escape(title or codec_name(codec))
    cells = [f'<div class="bn-row">{dot}<b>{name}</b>{small}</div>']
    for place, one in enumerate(x):
        drawn = sample_sketch(ground, one, one if codec else None, codec=codec, alt=words)
        under = html.escape(captions[place]) if captions else ""
        cells.append(
            f"<figure>{drawn}{f'<figcaption>{under}</figcaption>' if under else ''}</figure>"
        )
    return "".join(cells)


def as_pictures(x: Array, kind: str, low: float, high: float) -> Array:
    """Samples (N, *sample_shape) as grey pictures (N, H, W) for a mosaic; points have none.

    A series becomes a curve of one pixel per column, joined upwards where it jumps.
    """
    if kind == "image":
        return (np.asarray(x) - low) / (high - low)
    height, width = SERIES_TILE
    series = np.reshape(x, (len(x), -1))
    steps = np.linspace(0, series.shape[1] - 1, width)
    drawn = np.zeros((len(x), height, width))
    rows = np.arange(height)
    for tile, values in zip(drawn, series, strict=True):
        heights = np.interp(steps, np.arange(len(values)), values)
        level = (1 - np.clip((heights - low) / (high - low), 0, 1)) * (height - 1)
        before = np.concatenate([level[:1], level[:-1]])
        top, bottom = np.minimum(level, before), np.maximum(level, before)
        inside = (rows[:, None] >= np.round(top) - 0.5) & (rows[:, None] <= np.round(bottom) + 0.5)
        tile[inside] = 1.0
    return drawn
