"""Arrays to pictures that stay sharp: tiny PNGs that the browser enlarges without smoothing.

Pixels are float arrays in [0, 1]; signed errors lie in [-1, 1]. No Plotly here: the landing page
shows pictures before it shows charts.
"""

import base64
import struct
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.palette import TOO_BRIGHT, TOO_DARK

Array = NDArray[np.floating]
Bytes8 = NDArray[np.uint8]

_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}  # the PNG's number for grey, RGB and RGBA, by channels


def as_plane(image: Array) -> Array:
    """(H, W), (1, H, W) or (3, H, W) -> (H, W) or (H, W, 3)."""
    array = np.asarray(image, dtype=np.float64)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    elif array.ndim == 3 and array.shape[0] == 3:
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3):
        raise ValueError(f"an image needs two or three axes, got shape {np.shape(image)}")
    return array


def grey_pixels(image: Array, low: float = 0.0, high: float = 1.0) -> Bytes8:
    """Pixels scaled from the fixed range [low, high] to bytes; outside values are clipped."""
    scaled = (as_plane(image) - low) / (high - low)
    within = np.fmin(np.fmax(scaled, 0.0), 1.0)  # of a number and nan the number
    pixels: Bytes8 = np.rint(within * 255).astype(np.uint8)
    return pixels


def error_pixels(x: Array, x_hat: Array, limit: float = 1.0) -> Bytes8:
    """x_hat - x as (H, W, 4): orange where too bright, blue where too dark, clear where equal.

    Opacity is |error| / limit. A clear zero reads on either theme, and `limit` is the same for
    all pictures that stand side by side.
    """
    error = as_plane(x_hat) - as_plane(x)
    if error.ndim == 3:
        error = error.mean(axis=-1)
    strength = np.clip(np.abs(np.nan_to_num(error)) / limit, 0.0, 1.0)
    pixels = np.empty((*error.shape, 4), dtype=np.uint8)
    pixels[..., :3] = np.where((error > 0)[..., None], _rgb(TOO_BRIGHT), _rgb(TOO_DARK))
    pixels[..., 3] = np.round(strength * 255)
    return pixels


def enlarge(pixels: Bytes8, factor: int) -> Bytes8:
    """Nearest-neighbour enlargement by a whole factor: every pixel becomes a square."""
    larger: Bytes8 = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    return larger


def png(pixels: Bytes8, minimum_side: int = 0) -> bytes:
    """PNG bytes; enlarged by the smallest whole factor that makes the short side minimum_side."""
    short = min(pixels.shape[:2])
    factor = max(1, -(-minimum_side // short)) if minimum_side else 1
    larger = enlarge(pixels, factor)
    return _png(larger.tobytes(), larger.shape)


@lru_cache(2048)  # a page that shows one sample more draws all the others again
def _png(content: bytes, shape: tuple[int, ...]) -> bytes:
    """The few lines of the format that grey and colour need: half the time of a whole library."""
    height, width = shape[:2]
    kind = _COLOUR_TYPE[shape[2] if len(shape) == 3 else 1]
    line = len(content) // height
    rows = np.zeros((height, 1 + line), np.uint8)  # every row begins with its filter: 0
    rows[:, 1:] = np.frombuffer(content, np.uint8).reshape(height, line)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 3)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def data_uri(pixels: Bytes8, minimum_side: int = 0) -> str:
    """The same as a `data:` address for HTML and layout images."""
    return "data:image/png;base64," + base64.b64encode(png(pixels, minimum_side)).decode("ascii")


def mosaic(tiles: Array, columns: int, gap: int = 1, fill: float = 0.0) -> Array:
    """(N, H, W) in reading order -> one picture with `gap` pixels between the tiles.

    Also takes (N, 1, H, W). With gap 0 neighbours touch, as in a decoded plane.
    """
    planes = np.stack([as_plane(tile) for tile in tiles])
    n, h, w = planes.shape[:3]
    rows = -(-n // columns)
    shape = (rows * (h + gap) - gap, columns * (w + gap) - gap, *planes.shape[3:])
    canvas = np.full(shape, fill)
    for index, plane in enumerate(planes):
        top, left = (index // columns) * (h + gap), (index % columns) * (w + gap)
        canvas[top : top + h, left : left + w] = plane
    return canvas


def _rgb(hex_colour: str) -> Bytes8:
    return np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.uint8)
