"""The plane the data itself lies in, and the curve or the sheet that a decoder draws through it."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.base import PLANE_HEIGHT, Array, blank, number_axes, square
from app.figures.latent import Extent, same_extent
from app.i18n import t
from app.palette import CODECS, NEUTRAL, codec_name, colour, label_colour


def data_plane(
    x: Array,
    *,
    title: str = "",
    labels: NDArray[np.integer] | None = None,
    values: Array | None = None,
    ids: NDArray[np.integer] | None = None,
    extent: Extent | None = None,
    height: int = PLANE_HEIGHT,
) -> go.Figure:
    """Data (N, 2), coloured by class, by a number each (N,), or not at all."""
    figure = blank(title, height=height, legend=False)
    marker: dict[str, object] = {"size": 6, "color": NEUTRAL, "opacity": 0.45}
    if values is not None:
        marker |= {"color": values, "colorscale": "Cividis", "opacity": 0.9}
    elif labels is not None:
        marker |= {"color": [label_colour(int(v)) for v in labels], "opacity": 0.6}
    what = t("sample {number}", number="%{customdata}")
    figure.add_scatter(
        x=x[:, 0], y=x[:, 1], mode="markers", name=t("data"), marker=marker,
        customdata=np.arange(len(x)) if ids is None else ids,
        hovertemplate=what + "<br>%{x:.3g}, %{y:.3g}<extra></extra>",
    )  # fmt: skip
    number_axes(figure, t("x{number}", number=1), t("x{number}", number=2))
    return square(figure, extent or same_extent(x))


def draw_curves(
    figure: go.Figure, curves: Mapping[str, Sequence[Array]], *, marks: bool = False
) -> go.Figure:
    """Decoded lines (n, 2) in their codec's colour; `marks` shows every step of them."""
    for codec, lines in curves.items():
        gap = np.full((1, 2), np.nan)
        joined = np.concatenate([part for line in lines for part in (line, gap)])
        look = CODECS.get(codec)
        figure.add_scatter(
            x=joined[:, 0], y=joined[:, 1], mode="lines+markers" if marks else "lines",
            name=codec_name(codec), hoverinfo="skip", showlegend=True,
            line={"width": 1 if len(lines) > 2 else 4, "color": colour(codec)},
            marker={"size": 10, "color": colour(codec), "symbol": look.symbol if look else None,
                    "line": {"width": 1, "color": "#ffffff"}},
        )  # fmt: skip
    return figure


def draw_points(figure: go.Figure, points: Mapping[str, Array]) -> go.Figure:
    """Decoded points (n, 2) in their codec's colour and shape."""
    for codec, x_hat in points.items():
        look = CODECS.get(codec)
        figure.add_scatter(
            x=x_hat[:, 0], y=x_hat[:, 1], mode="markers", name=codec_name(codec), showlegend=True,
            hovertemplate="%{x:.3g}, %{y:.3g}<extra></extra>",
            marker={"size": 9, "color": colour(codec), "symbol": look.symbol if look else None,
                    "line": {"width": 1, "color": "#ffffff"}},
        )  # fmt: skip
    return figure


def mesh(x: Array) -> list[Array]:
    """The rows and columns of a decoded grid (n, m, 2), as lines."""
    return [*x, *np.swapaxes(x, 0, 1)]
