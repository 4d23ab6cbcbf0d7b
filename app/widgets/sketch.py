"""Small drawings of one sample, its reconstruction and the error, for every kind of data.

No Plotly: pixels and SVG as pictures of any size. Streamlit strips inline SVG, so a drawing is an
`img` and cannot take the page's text colour: its greys read on both themes. What differs between
kinds of data is here and nowhere else, in the two tables at the end.
"""

import base64
import html
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.i18n import t
from app.images import Array, Bytes8, data_uri, error_pixels, grey_pixels
from app.palette import NEUTRAL, TOO_BRIGHT, TOO_DARK, colour
from app.services import DataInfo

CLOUD = 160  # points of the data drawn behind one of them
WIDE, HIGH, FLAT = 100.0, 66.0, 52.0  # sides of points, series and codes in the SVG's own units


@dataclass(frozen=True)
class Ground:
    """What all drawings of one data set share, so that they can be compared."""

    kind: str  # image, points or series
    low: float  # the scale of every value drawn
    high: float
    cloud: Array  # some of the data

    @property
    def limit(self) -> float:
        """The largest error the drawings tell apart, a round number, on one scale for all."""
        share = {"image": 1.0, "series": 0.5, "points": 0.2}[self.kind]
        return float(f"{share * (self.high - self.low):.1g}")


def ground_of(info: DataInfo, x: Array) -> Ground:
    """The ground of a data set from a split of it: x (N, *sample_shape)."""
    cloud = np.asarray(x[:: max(1, len(x) // CLOUD)])
    if info.unit_range:
        return Ground(info.kind, 0.0, 1.0, cloud)
    low, high = float(x.min()), float(x.max())
    room = 0.06 * (high - low) or 1.0  # data that never changes still gets a scale
    return Ground(info.kind, low - room, high + room, cloud)


def sample_sketch(
    ground: Ground, x: Array, x_hat: Array | None = None, *, codec: str = "", alt: str,
    cloud_hat: Array | None = None,
) -> str:  # fmt: skip
    """The sample alone, or a codec's reconstruction of it.

    A reconstructed point or series is drawn over the original; `cloud_hat` (M, 2), where the codec
    puts the whole data, shows the curve it has learned.
    """
    return _SAMPLE[ground.kind](ground, x, x_hat, colour(codec), alt, cloud_hat)


def error_sketch(ground: Ground, x: Array, x_hat: Array, *, alt: str) -> str:
    """x_hat − x on the ground's one scale."""
    return _ERROR[ground.kind](ground, x, x_hat, alt)


def error_words(ground: Ground) -> tuple[str, str]:
    """What the two colours of an error sketch mean."""
    limit = f"{ground.limit:.2g}"
    if ground.kind == "image":
        return t("−{limit} too dark", limit=limit), t("too bright +{limit}", limit=limit)
    return t("−{limit} too low", limit=limit), t("too high +{limit}", limit=limit)


def code_sketch(
    z: Array, others: Array, bounds: tuple[float, float, float, float], codec: str, *, alt: str
) -> str:
    """One code (d,): its place among the `others` (N, d) for d ≤ 2, bars around zero for more.

    bounds: what the plane shows, x0, x1, y0, y1.
    """
    if len(z) > 2:
        return _bars(z, float(np.abs(others).max()), codec, alt)
    some = others[:: max(1, len(others) // CLOUD)]
    across = _scaled(some[:, 0], bounds[:2], WIDE)
    x = float(_scaled(z[:1], bounds[:2], WIDE)[0])
    if len(z) == 1:
        ticks = "".join(f"M{a:.1f} 5v14" for a in across)
        body = (
            f'<path d="M0 12h{WIDE:g}" stroke="{NEUTRAL}" opacity=".5"/>'
            f'<path d="{ticks}" stroke="{NEUTRAL}" opacity=".4"/>'
        )
        return _svg(body + _dot(x, 12.0, codec, 6), WIDE, 24, alt)
    up = FLAT - _scaled(some[:, 1], bounds[2:], FLAT)
    y = FLAT - float(_scaled(z[1:], bounds[2:], FLAT)[0])
    cross = f'<path d="M{x:.1f} 0V{FLAT:g}M0 {y:.1f}H{WIDE:g}" stroke="{colour(codec)}"/>'
    body = _dots(across, up, NEUTRAL, 2.2, 0.6) + cross + _dot(x, y, codec, 5)
    return _svg(body, WIDE, FLAT, alt, framed=True)


def _bars(z: Array, limit: float, codec: str, alt: str) -> str:
    """Bars that all start at zero; a unit that is off leaves a gap that can be seen."""
    step, middle = WIDE / len(z), FLAT / 2
    heights = np.clip(np.asarray(z, dtype=float) / max(limit, 1e-12), -1, 1) * (middle - 1)
    path = "".join(
        f"M{(i + 0.12) * step:.2f} {middle:g}v{-h:.2f}h{0.76 * step:.2f}v{h:.2f}z"
        for i, h in enumerate(heights)
    )
    zero = f'<path d="M0 {middle:g}h{WIDE:g}" stroke="{NEUTRAL}" opacity=".5"/>'
    return _svg(f'<path d="{path}" fill="{colour(codec)}"/>{zero}', WIDE, FLAT, alt, framed=True)


def _image(
    ground: Ground, x: Array, x_hat: Array | None, hue: str, alt: str, _: Array | None
) -> str:
    return _img(grey_pixels(x if x_hat is None else x_hat, ground.low, ground.high), alt)


def _points(
    ground: Ground, x: Array, x_hat: Array | None, hue: str, alt: str, cloud_hat: Array | None
) -> str:
    def place(points: Array) -> tuple[Array, Array]:
        across = _scaled(points[..., 0], (ground.low, ground.high), WIDE)
        return across, WIDE - _scaled(points[..., 1], (ground.low, ground.high), WIDE)

    body = _dots(*place(ground.cloud), NEUTRAL, 2, 0.5)
    if cloud_hat is not None:
        body += _dots(*place(cloud_hat), hue, 2.4, 0.75)
    x0, y0 = map(float, place(x))
    ring = f'<circle cx="{x0:.1f}" cy="{y0:.1f}" r="5.5" fill="none" stroke="{NEUTRAL}" '
    body += ring + 'stroke-width="3"/>'
    if x_hat is not None:
        x1, y1 = map(float, place(x_hat))
        body += f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{NEUTRAL}"/>'
        body += f'<circle cx="{x1:.1f}" cy="{y1:.1f}" r="4" fill="{hue}"/>'
    return _svg(body, WIDE, WIDE, alt, framed=True)


def _series(
    ground: Ground, x: Array, x_hat: Array | None, hue: str, alt: str, _: Array | None
) -> str:
    def line(values: Array, look: str) -> str:
        heights = HIGH - _scaled(np.ravel(values), (ground.low, ground.high), HIGH)
        steps = np.linspace(0, WIDE, len(heights))
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(steps, heights, strict=True))
        return f'<polyline points="{points}" fill="none" {look}/>'

    body = line(x, f'stroke="{NEUTRAL}" stroke-width="2"')
    if x_hat is not None:
        body += line(x_hat, f'stroke="{hue}" stroke-width="2.5"')
    return _svg(body, WIDE, HIGH, alt, framed=True)


def _image_error(ground: Ground, x: Array, x_hat: Array, alt: str) -> str:
    return _img(error_pixels(x, x_hat, ground.limit), alt)


def _points_error(ground: Ground, x: Array, x_hat: Array, alt: str) -> str:
    """The two differences as an arrow from the middle; the frame is ± limit.

    What is longer ends at the frame, in its own direction, with a head.
    """
    middle = WIDE / 2
    whole = (np.ravel(x_hat) - np.ravel(x)) / ground.limit
    beyond = float(np.abs(whole).max())
    dx, dy = whole / max(1.0, beyond) * middle
    axes = f"M0 {middle:g}H{WIDE:g}M{middle:g} 0V{WIDE:g}"
    body = f'<path d="{axes}" stroke="{NEUTRAL}" opacity=".35"/>'
    for end, hue in ((f"h{dx:.1f}", dx), (f"v{-dy:.1f}", dy)):
        shade = TOO_BRIGHT if hue > 0 else TOO_DARK
        body += f'<path d="M{middle:g} {middle:g}{end}" stroke="{shade}" stroke-width="5"/>'
    body += f'<path d="M{middle:g} {middle:g}l{dx:.1f} {-dy:.1f}" stroke="{NEUTRAL}" '
    body += 'stroke-width="2.5"/>'
    if beyond > 1:
        turn = np.degrees(np.arctan2(-dy, dx))
        where = f"translate({middle + dx:.1f} {middle - dy:.1f}) rotate({turn:.1f})"
        body += f'<path d="M0 0L-11 -6V6z" fill="{NEUTRAL}" transform="{where}"/>'
    return _svg(body, WIDE, WIDE, alt, framed=True)


def _series_error(ground: Ground, x: Array, x_hat: Array, alt: str) -> str:
    """The difference as an area around zero."""
    difference = np.ravel(x_hat) - np.ravel(x)
    middle, steps = HIGH / 2, np.linspace(0, WIDE, difference.size)
    heights = np.clip(difference / ground.limit, -1, 1) * middle
    body = f'<path d="M0 {middle:g}h{WIDE:g}" stroke="{NEUTRAL}" opacity=".5"/>'
    for part, hue in ((heights.clip(min=0), TOO_BRIGHT), (heights.clip(max=0), TOO_DARK)):
        edge = "".join(f"L{a:.1f} {middle - b:.1f}" for a, b in zip(steps, part, strict=True))
        body += f'<path d="M0 {middle:g}{edge}L{WIDE:g} {middle:g}z" fill="{hue}"/>'
    return _svg(body, WIDE, HIGH, alt, framed=True)


def _img(pixels: Bytes8, alt: str) -> str:
    return f'<img class="bn-sketch" src="{data_uri(pixels)}" alt="{html.escape(alt, quote=True)}">'


def _svg(body: str, width: float, height: float, alt: str, *, framed: bool = False) -> str:
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">{body}</svg>'
    )
    source = "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode("ascii")
    look = "bn-sketch bn-line" if framed else "bn-sketch bn-line bn-bare"
    return f'<img class="{look}" src="{source}" alt="{html.escape(alt, quote=True)}">'


def _dots(across: Array, up: Array, hue: str, size: float, opacity: float) -> str:
    """Many points as one path of zero-length strokes with round ends."""
    path = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(across, up, strict=True))
    return (
        f'<path d="{path}" stroke="{hue}" stroke-width="{size}" stroke-linecap="round" '
        f'opacity="{opacity}"/>'
    )


def _dot(x: float, y: float, codec: str, radius: float) -> str:
    edge = 'stroke="#ffffff" stroke-width="1"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour(codec)}" {edge}/>'


def _scaled(values: Array, bounds: tuple[float, float], size: float) -> Array:
    low, high = bounds
    return np.clip((np.asarray(values, dtype=float) - low) / (high - low), 0, 1) * size


_Sample = Callable[[Ground, Array, Array | None, str, str, Array | None], str]
_Error = Callable[[Ground, Array, Array, str], str]
_SAMPLE: dict[str, _Sample] = {"image": _image, "points": _points, "series": _series}
_ERROR: dict[str, _Error] = {
    "image": _image_error, "points": _points_error, "series": _series_error,
}  # fmt: skip
