"""One sample or one small data set: its code, its points, its series."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.base import Array, blank, number_axes, square
from app.figures.latent import Extent, same_extent
from app.i18n import t
from app.palette import CODECS, NEUTRAL, codec_name, colour, label_colour, rgba


def code_bars(z: Array, codec: str, *, limit: float | None = None) -> go.Figure:
    """The values of one code (d,), as bars around zero."""
    values = np.asarray(z, dtype=float).reshape(-1)
    units = [t("z{number}", number=i + 1) for i in range(len(values))]
    figure = blank(height=200, legend=False)
    figure.add_bar(x=units, y=values, marker={"color": colour(codec)},
                   hovertemplate="%{x}: %{y:.3g}<extra></extra>")  # fmt: skip
    number_axes(figure, "", t("value"))
    figure.update_xaxes(showgrid=False, type="category", nticks=min(len(units), 16))
    figure.update_layout(margin={"t": 10})
    if limit:
        figure.update_yaxes(range=[-limit, limit])
    return figure


def points_figure(
    x: Array,
    reconstructions: Mapping[str, Array],
    *,
    labels: NDArray[np.integer] | None = None,
    chosen: int | None = None,
    extent: Extent | None = None,
    title: str = "",
) -> go.Figure:
    """A data set in the plane (N, 2) and where each codec puts its points.

    Thin lines join every point with its reconstruction; `chosen` is ringed.
    """
    figure = blank(title, height=440)
    hue = NEUTRAL if labels is None else [label_colour(int(v)) for v in labels]
    figure.add_scatter(
        x=x[:, 0], y=x[:, 1], mode="markers", name=t("data"),
        marker={"size": 6, "color": hue, "opacity": 0.55}, customdata=np.arange(len(x)),
    )  # fmt: skip
    for codec, x_hat in reconstructions.items():
        sticks = _sticks(x, x_hat)
        figure.add_scatter(
            x=sticks[:, 0], y=sticks[:, 1], mode="lines", showlegend=False, hoverinfo="skip",
            line={"width": 1, "color": rgba(colour(codec), 0.35)}, legendgroup=codec,
        )  # fmt: skip
        figure.add_scatter(
            x=x_hat[:, 0], y=x_hat[:, 1], mode="markers", name=codec_name(codec),
            legendgroup=codec, customdata=np.arange(len(x)),
            marker={"size": 7, "color": colour(codec), "symbol": _symbol(codec)},
        )  # fmt: skip
    if chosen is not None:
        figure.add_scatter(
            x=[x[chosen, 0]], y=[x[chosen, 1]], mode="markers", name=t("this sample"),
            marker={"size": 18, "color": NEUTRAL, "symbol": "circle-open", "line": {"width": 3}},
        )  # fmt: skip
    number_axes(figure, t("x{number}", number=1), t("x{number}", number=2))
    return square(figure, extent or same_extent(x))


def series_figure(x: Array, reconstructions: Mapping[str, Array], *, title: str = "") -> go.Figure:
    """A time series (T,) and every codec's reconstruction of it."""
    figure = blank(title)
    steps = np.arange(np.size(x))
    figure.add_scatter(x=steps, y=np.reshape(x, -1), mode="lines", name=t("data"),
                       line={"width": 5, "color": rgba(NEUTRAL, 0.6)})  # fmt: skip
    for codec, x_hat in reconstructions.items():
        dash = CODECS[codec].dash if codec in CODECS else "solid"
        figure.add_scatter(
            x=steps, y=np.reshape(x_hat, -1), mode="lines", name=codec_name(codec),
            line={"width": 2.5, "color": colour(codec), "dash": dash},
        )  # fmt: skip
    number_axes(figure, t("time step"), t("value"))
    figure.layout.hovermode = "x unified"
    return figure


def _sticks(x: Array, x_hat: Array) -> Array:
    """(3N, 2): from, to, gap."""
    gaps = np.full_like(x, np.nan)
    return np.stack([x, x_hat, gaps], axis=1).reshape(-1, 2)


def _symbol(codec: str) -> str:
    return CODECS[codec].symbol if codec in CODECS else "circle"
