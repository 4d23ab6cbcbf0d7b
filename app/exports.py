"""What the generate page shows, as files: a PNG sheet and a GIF that loops.

A sheet is an array (rows, columns, *sample_shape): rows are codecs or units, columns are steps.
Images keep their pixels as squares; series and points are drawn as curves and dots on white.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.images import Array, grey_pixels

TILE = 112  # pixels of a tile's longer side, at least
GAP = 4
LABEL = 20  # pixels of a line of text
SMOOTH = 3  # curves are drawn this much larger and reduced
MAX_FILE_SIDE = 6000  # pixels: what a viewer still opens


@dataclass(frozen=True)
class Style:
    """How samples become pixels: their kind, the scale of their values, some of the data."""

    kind: str  # image, points or series
    low: float
    high: float
    cloud: Array  # (M, 2) behind a point; unused for the other kinds
    colours: Sequence[str]  # one per row
    names: Sequence[str]  # one per row; empty for rows that need none


def sheet_png(sheet: Array, style: Style) -> bytes:
    """All rows and columns in one picture, every row under its name."""
    tiles = [[_tile(x, style, row) for x in line] for row, line in enumerate(sheet)]
    width, height = tiles[0][0].size
    label = LABEL if any(style.names) else 0
    columns = len(tiles[0])
    size = (columns * (width + GAP) + GAP, len(tiles) * (height + label + GAP) + GAP)
    canvas = Image.new("RGB", size, "white")
    for row, line in enumerate(tiles):
        top = GAP + row * (height + label + GAP)
        if label:
            _write(canvas, (GAP, top), style.names[row], style.colours[row])
        for column, tile in enumerate(line):
            canvas.paste(tile, (GAP + column * (width + GAP), top + label))
    if max(canvas.size) > MAX_FILE_SIDE:
        canvas.thumbnail((MAX_FILE_SIDE, MAX_FILE_SIDE), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    canvas.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def looping_gif(sheet: Array, style: Style, *, milliseconds: int = 140, back: bool = True) -> bytes:
    """One frame per column, the rows side by side; `back` returns the way it came."""
    frames = [_frame(sheet[:, column], style) for column in range(sheet.shape[1])]
    if back:
        frames += frames[-2:0:-1]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, format="GIF", save_all=True, append_images=frames[1:], loop=0,
        duration=milliseconds, disposal=2,
    )  # fmt: skip
    return buffer.getvalue()


def _frame(samples: Array, style: Style) -> Image.Image:
    """One sample of every row, side by side under their names."""
    tiles = [_tile(x, style, row) for row, x in enumerate(samples)]
    width, height = tiles[0].size
    label = LABEL if any(style.names) else 0
    canvas = Image.new("RGB", (len(tiles) * (width + GAP) + GAP, height + label + 2 * GAP), "white")
    for row, tile in enumerate(tiles):
        left = GAP + row * (width + GAP)
        if label:
            _write(canvas, (left, GAP), style.names[row], style.colours[row])
        canvas.paste(tile, (left, GAP + label))
    return canvas


def _tile(x: Array, style: Style, row: int) -> Image.Image:
    return _TILES[style.kind](np.asarray(x, dtype=float), style, style.colours[row])


def _picture(x: Array, style: Style, colour: str) -> Image.Image:
    image = Image.fromarray(grey_pixels(x, style.low, style.high)).convert("RGB")
    factor = max(1, -(-TILE // max(image.size)))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _curve(x: Array, style: Style, colour: str) -> Image.Image:
    width, height = TILE * SMOOTH, TILE * SMOOTH * 3 // 4
    canvas, draw = _blank(width, height)
    values = np.ravel(x)
    across = np.linspace(0, width - 1, len(values))
    up = (height - 1) * (1 - (values - style.low) / (style.high - style.low))
    draw.line(list(zip(across, up, strict=True)), fill=colour, width=2 * SMOOTH)
    return _reduced(canvas)


def _dot(x: Array, style: Style, colour: str) -> Image.Image:
    side = TILE * SMOOTH
    canvas, draw = _blank(side, side)

    def place(points: Array) -> Array:
        share = (points - style.low) / (style.high - style.low)
        return np.column_stack([share[:, 0], 1 - share[:, 1]]) * (side - 1)

    for radius, fill, points in ((SMOOTH, "#b9c0c9", style.cloud), (4 * SMOOTH, colour, x[None])):
        for a, b in place(np.asarray(points, dtype=float)):
            draw.ellipse((a - radius, b - radius, a + radius, b + radius), fill=fill)
    return _reduced(canvas)


def _blank(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("RGB", (width, height), "#f4f6f9")
    return canvas, ImageDraw.Draw(canvas)


def _reduced(canvas: Image.Image) -> Image.Image:
    size = (canvas.width // SMOOTH, canvas.height // SMOOTH)
    return canvas.resize(size, Image.Resampling.LANCZOS)


def _write(canvas: Image.Image, at: tuple[int, int], text: str, colour: str) -> None:
    """A name in the colour of its codec, dark enough to read."""
    draw = ImageDraw.Draw(canvas)
    x, y = at
    draw.ellipse((x, y + 4, x + 10, y + 14), fill=colour)
    draw.text((x + 15, y), text, fill="#14181f", font=ImageFont.load_default(size=14))


_TILES = {"image": _picture, "series": _curve, "points": _dot}
