"""Latent planes: codes as points, decoded pictures behind them, holes between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.base import FONT_SIZE, PLANE_HEIGHT, Array, blank, number_axes, square
from app.i18n import t
from app.images import data_uri, grey_pixels, mosaic
from app.palette import LABEL_SYMBOLS, codec_name, colour, label_colour

Extent = tuple[float, float, float, float]  # x0, x1, y0, y1
MAX_SVG_POINTS = 5000  # above, WebGL; below, SVG is sharper and needs no graphics card
POINT = {"line": {"width": 0.5, "color": "rgba(127,127,127,0.6)"}, "opacity": 0.85}
BAR = {"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.2, "yanchor": "top",
       "thickness": 14, "len": 0.6, "tickfont": {"size": FONT_SIZE - 2}}  # fmt: skip
ROOM = 56  # pixels for a legend or a colour bar below the plane


@dataclass(frozen=True)
class Plane:
    """What one latent plane shows: codes (N, 2) and, per point, a class or an error."""

    z: Array
    labels: NDArray[np.integer] | None = None
    names: Sequence[str] = ()
    errors: Array | None = None
    ids: NDArray[np.integer] | None = None  # sample indices, for hover and selection
    dims: tuple[int, int] = (0, 1)
    error_limit: float | None = None  # the same for planes that stand side by side


def same_extent(*codes: Array, margin: float = 0.06, aspect: float = 1.0) -> Extent:
    """The square around all codes, a little larger: one scale for both axes.

    `aspect` makes it so many times as wide as high, at the same scale.
    """
    z = np.concatenate([np.asarray(c, dtype=float).reshape(-1, 2) for c in codes])
    z = z[np.isfinite(z).all(axis=1)]
    low, high = (z.min(axis=0), z.max(axis=0)) if len(z) else (np.full(2, -1.0), np.full(2, 1.0))
    half = float(max((high - low)[0] / aspect, (high - low)[1], 2e-3)) / 2 * (1 + margin)
    cx, cy = (float(v) for v in (low + high) / 2)
    return cx - half * aspect, cx + half * aspect, cy - half, cy + half


def latent_scatter(
    plane: Plane, *, title: str = "", extent: Extent | None = None, legend: bool = True
) -> go.Figure:
    """Codes as points, coloured by class or by error, on square numbered axes."""
    figure = blank(title, height=PLANE_HEIGHT, legend=legend and plane.labels is not None)
    for trace in _traces(plane):
        figure.add_trace(trace)
    first, second = plane.dims
    if figure.layout.showlegend or plane.errors is not None:
        _make_room(figure)
    number_axes(figure, t("z{number}", number=first + 1), t("z{number}", number=second + 1))
    return square(figure, extent or same_extent(plane.z))


def latent_planes(planes: Mapping[str, Plane], *, legend: bool = False) -> dict[str, go.Figure]:
    """One figure per codec, same size and margins; each has its own square scale.

    Units of codes are not comparable between codecs, errors are: those share one limit.
    """
    shown = [p.errors for p in planes.values() if p.errors is not None and len(p.errors)]
    limit = max((float(np.nanmax(e)) for e in shown), default=1.0)
    return {
        codec: latent_scatter(
            plane if plane.error_limit else _limited(plane, limit),
            title=_coloured(codec),
            legend=legend,
        )
        for codec, plane in planes.items()
    }


def decoded_grid_image(
    figure: go.Figure, tiles: Array, extent: Extent, *, opacity: float = 0.55
) -> go.Figure:
    """Put decoded pictures behind the points.

    tiles: (rows, columns, H, W), row 0 at the bottom (smallest second unit), each decoded at the
    centre of its cell of `extent`.
    """
    rows, columns = tiles.shape[:2]
    upright = tiles[::-1].reshape(rows * columns, *tiles.shape[2:])
    pixels = grey_pixels(mosaic(upright, columns, gap=0))
    x0, x1, y0, y1 = extent
    figure.add_layout_image(
        source=data_uri(pixels, minimum_side=900), xref="x", yref="y", x=x0, y=y1,
        sizex=x1 - x0, sizey=y1 - y0, sizing="stretch", layer="below", opacity=opacity,
    )  # fmt: skip
    return figure


def hole_map(
    distance: Array, extent: Extent, *, limit: float | None = None, title: str = ""
) -> go.Figure:
    """‖f(g(z)) − z‖ over the plane, (rows, columns), row 0 at the bottom: bright is a hole."""
    rows, columns = distance.shape
    x0, x1, y0, y1 = extent
    figure = blank(title, height=PLANE_HEIGHT, legend=False)
    figure.add_trace(
        go.Heatmap(
            z=distance, x=_centres(x0, x1, columns), y=_centres(y0, y1, rows), zmin=0.0,
            zmax=limit if limit is not None else float(np.nanmax(distance)), colorscale="Cividis",
            colorbar={**BAR, "title": {"text": "‖f(g(z)) − z‖", "side": "bottom"}},
            hovertemplate="z1 %{x:.3g}, z2 %{y:.3g}<br>%{z:.3g}<extra></extra>",
        )
    )  # fmt: skip
    _make_room(figure)
    number_axes(figure, t("z{number}", number=1), t("z{number}", number=2))
    return square(figure, extent)


def _make_room(figure: go.Figure) -> None:
    """A taller figure, so that what stands below takes nothing from the plane."""
    figure.update_layout(
        height=figure.layout.height + ROOM, margin={"b": figure.layout.margin.b + ROOM}
    )


def _traces(plane: Plane) -> list[go.Scatter | go.Scattergl]:
    kind = go.Scatter if len(plane.z) <= MAX_SVG_POINTS else go.Scattergl
    ids = plane.ids if plane.ids is not None else np.arange(len(plane.z))
    if plane.labels is None:
        return [_points(kind, plane.z, ids, _marker(plane), "")]
    traces, size = [], _size(len(plane.z))
    for label in np.unique(plane.labels):
        chosen = plane.labels == label
        name = plane.names[label] if 0 <= label < len(plane.names) else str(label)
        symbol = LABEL_SYMBOLS[(int(label) // 10) % len(LABEL_SYMBOLS)]
        marker = {**POINT, "size": size, "color": label_colour(int(label)), "symbol": symbol}
        traces.append(_points(kind, plane.z[chosen], ids[chosen], marker, name))
    return traces


def _points(
    kind: type[go.Scatter] | type[go.Scattergl],
    z: Array,
    ids: NDArray[np.integer],
    marker: dict[str, object],
    name: str,
) -> go.Scatter | go.Scattergl:
    what = t("sample {number}", number="%{customdata}")
    return kind(
        x=z[:, 0], y=z[:, 1], mode="markers", name=name, customdata=ids, marker=marker,
        hovertemplate=f"{what}<br>%{{x:.3g}}, %{{y:.3g}}<extra>{name}</extra>",
    )  # fmt: skip


def _marker(plane: Plane) -> dict[str, object]:
    look = {**POINT, "size": _size(len(plane.z))}
    if plane.errors is None:
        return {**look, "color": colour("")}
    limit = plane.error_limit or float(np.nanmax(plane.errors, initial=1e-12))
    bar = {**BAR, "title": {"text": t("error"), "side": "bottom"}}
    return {**look, "color": plane.errors, "colorscale": "Cividis", "cmin": 0.0, "cmax": limit,
            "colorbar": bar}  # fmt: skip


def _size(count: int) -> float:
    """Smaller points where there are many."""
    return 8.0 if count <= 500 else 6.0 if count <= 2500 else 4.0


def _limited(plane: Plane, limit: float) -> Plane:
    return replace(plane, error_limit=limit)


def _coloured(codec: str) -> str:
    """The codec's name with its colour as a dot before it."""
    return f'<span style="color:{colour(codec)}">●</span> {codec_name(codec)}'


def _centres(low: float, high: float, count: int) -> Array:
    step = (high - low) / count
    return low + step * (np.arange(count) + 0.5)
