"""The drawings of a race: curves and planes as pictures that can change many times a second.

Streamlit takes a Plotly figure with other numbers for another element and builds it anew, so a
figure that changes twice a second is never seen. These are small SVG pictures between HTML labels:
they are replaced in place, keep their size, and their labels take the page's text colour.
"""

import base64
import html
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.i18n import t
from app.images import Array
from app.palette import CODECS, NEUTRAL, codec_name, colour, label_colour
from app.widgets.text import number

Terms = tuple[Sequence[float], Sequence[float]]  # reconstruction, weight · penalty
Span = tuple[float, float]

SIDE = 100.0  # of every picture, in its own units; the page stretches it
STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
DASHES = {"solid": "", "dot": "1 7", "dash": "10 7", "longdash": "18 7", "dashdot": "12 6 1 6",
          "longdashdot": "20 6 1 6"}  # fmt: skip
ROW = 0.36  # how far the points of one class spread around their row
SPREAD_SEED = 0


def roomy(value: float) -> float:
    """The next round number from `value` up: a range that seldom has to change."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(value))
    return next((s * scale for s in STEPS if s * scale >= value * (1 - 1e-9)), 10 * scale)


def roomy_square(z: Array) -> tuple[Span, Span]:
    """A round square that holds codes (N, 2): points move in it, it seldom moves itself."""
    low, high = z.min(0).astype(float), z.max(0).astype(float)
    half = roomy(float((high - low).max()) / 2 * 1.2)
    # Snapped to a quarter, so off by an eighth of the half at most; the 1.2 covers that.
    x, y = (round(c / (half / 4)) * half / 4 for c in (low + high) / 2)
    return (x - half, x + half), (y - half, y + half)


def race_plot(
    errors: Mapping[str, Sequence[float]],
    baselines: Mapping[str, float],
    *,
    epochs: int,
    at: int,
    limit: float,
    alt: str,
) -> str:
    """Squared error per sample over the epochs, one line per codec; baselines lie across."""
    body = "".join(
        _line([level] * (epochs + 1), epochs, limit, colour(name), "dash")
        for name, level in baselines.items()
    )
    body += "".join(
        _line(values, epochs, limit, colour(name), CODECS[name].dash)
        for name, values in errors.items()
    )
    looks = [(name, "dash") for name in baselines]
    looks += [(name, CODECS[name].dash) for name in errors]
    keys = "".join(_key(name, dash) for name, dash in looks)
    plot = _plot(body + _marker(at, epochs), alt, (0, epochs), (0, limit), t("epoch"), high=240)
    return f'{plot}<div class="bn-keys">{keys}</div>'


def terms_plot(
    codec: str, train: Terms, valid: Terms, *, epochs: int, at: int, limit: float, alt: str
) -> str:
    """One codec's objective over the epochs, split into its terms.

    Train is filled: reconstruction, and lighter above it weight · penalty. Valid is two lines:
    reconstruction dotted, the total dashed.
    """
    hue = colour(codec)
    total = [r + p for r, p in zip(*train, strict=True)]
    body = _area(train[0], [0.0] * len(total), epochs, limit, hue, 0.6)
    body += _area(total, train[0], epochs, limit, hue, 0.28)
    whole = [r + p for r, p in zip(*valid, strict=True)]
    body += _line(valid[0], epochs, limit, NEUTRAL, "dot")
    body += _line(whole, epochs, limit, NEUTRAL, "dash")
    return _plot(body + _marker(at, epochs), alt, (0, epochs), (0, limit), t("epoch"), high=150)


def plane_plot(z: Array, labels: NDArray[np.integer] | None, alt: str) -> str:
    """Two units of the codes (N, 2), coloured by class; one unit is as long on both axes."""
    across, up = roomy_square(z)
    return _plot(_points(z, across, up, labels), alt, across, up, t("z{number}", number=1))


def strip_plot(z: Array, labels: NDArray[np.integer] | None, alt: str) -> str:
    """Codes of one number (N,) from left to right, one row per class; heights mean nothing else."""
    across, _ = roomy_square(np.column_stack([z, z]))
    rows = np.zeros(len(z)) if labels is None else np.asarray(labels, dtype=float)
    jitter = np.random.default_rng(SPREAD_SEED).uniform(-ROW, ROW, len(z))
    up = (-0.5, float(rows.max(initial=0)) + 0.5)
    body = _points(np.column_stack([z, rows + jitter]), across, up, labels)
    return _plot(body, alt, across, None, t("z{number}", number=1), high=110)


def _points(z: Array, across: Span, up: Span, labels: NDArray[np.integer] | None) -> str:
    """One path per class: zero-length strokes with round ends stay round when stretched."""
    x, y = _place(z[:, 0], across), SIDE - _place(z[:, 1], up)
    classes = np.zeros(len(z), dtype=int) if labels is None else np.asarray(labels)
    groups = []
    for k in np.unique(classes):
        mine = classes == k
        path = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x[mine], y[mine], strict=True))
        hue = NEUTRAL if labels is None else label_colour(int(k))
        groups.append(_path(path, hue, 5.5, cap="round"))
    cross = ""
    if across[0] < 0 < across[1]:
        cross += f"M{_place(0, across):.1f} 0V{SIDE:g}"
    if up[0] < 0 < up[1]:
        cross += f"M0 {SIDE - _place(0, up):.1f}H{SIDE:g}"
    return _path(cross, NEUTRAL, 1, opacity=0.6) + "".join(groups)


def _place(values: Array | float, span: Span) -> Array:
    low, high = span
    return (np.asarray(values, dtype=float) - low) / (high - low) * SIDE


def _steps(values: Sequence[float], epochs: int, limit: float) -> list[tuple[float, float]]:
    """Where a value per epoch lies in the picture; what is far above stays just outside."""
    return [
        (SIDE * (i + 1) / epochs, SIDE - SIDE * min(max(v / limit, -0.5), 1.5))
        for i, v in enumerate(values)
    ]


def _line(values: Sequence[float], epochs: int, limit: float, hue: str, dash: str) -> str:
    points = _steps(values, epochs, limit)
    if len(points) == 1:  # one epoch alone has no line yet
        return _path(f"M{points[0][0]:.2f} {points[0][1]:.2f}h0", hue, 7, cap="round")
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return _path(path, hue, 2.5, dash=DASHES[dash])


def _area(
    upper: Sequence[float], lower: Sequence[float], epochs: int, limit: float, hue: str,
    opacity: float,
) -> str:  # fmt: skip
    edge = _steps(upper, epochs, limit) + _steps(lower, epochs, limit)[::-1]
    path = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in edge) + "z"
    return f'<path d="{path}" fill="{hue}" fill-opacity="{opacity}"/>'


def _marker(at: int, epochs: int) -> str:
    """The line at the epoch that everything else shows."""
    return _path(f"M{SIDE * at / epochs:.2f} 0V{SIDE:g}", NEUTRAL, 2)


def _path(
    path: str, hue: str, width: float, *, dash: str = "", cap: str = "butt", opacity: float = 1.0
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    cap = "round" if dash.startswith("1 ") or " 1 " in dash else cap  # a dot needs round ends
    return (
        f'<path d="{path}" fill="none" stroke="{hue}" stroke-width="{width:g}"{dashes} '
        f'stroke-linecap="{cap}" opacity="{opacity:g}" vector-effect="non-scaling-stroke"/>'
    )


def _key(codec: str, dash: str) -> str:
    """What line is whose."""
    line = _path(f"M0 50H{SIDE:g}", colour(codec), 3, dash=DASHES[dash])
    name = html.escape(codec_name(codec))
    return f'<span><img src="{_source(line)}" alt="">{name}</span>'


def _plot(
    body: str, alt: str, across: Span, up: Span | None, x_title: str, *, high: int = 0
) -> str:
    """The picture between its labels; without a height it is square."""
    grid = "".join(f"M0 {SIDE * k:g}H{SIDE:g}M{SIDE * k:g} 0V{SIDE:g}" for k in (0.25, 0.5, 0.75))
    source = _source(_path(grid, NEUTRAL, 1, opacity=0.28) + body)
    shape = f"--bn-high:{high}px" if high else "--bn-aspect:1"
    levels = [] if up is None else [up[1], (up[0] + up[1]) / 2, up[0]]
    left = "".join(f"<span>{number(v, 3)}</span>" for v in levels)
    low, high_end = (number(v, 3) for v in across)
    words = html.escape(alt, quote=True)
    return (
        f'<div class="bn-plot" style="{shape}"><div class="bn-up">{left}</div>'
        f'<img src="{source}" alt="{words}"><div class="bn-across"><span>{low}</span>'
        f"<span>{html.escape(x_title)}</span><span>{high_end}</span></div></div>"
    )


def _source(body: str) -> str:
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE:g} {SIDE:g}" '
        f'preserveAspectRatio="none">{body}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode("ascii")
