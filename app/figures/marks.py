"""What is laid over a plane or behind it: the chosen sample, a chosen set, fog over the holes."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.base import Array
from app.figures.latent import ROOM, Extent
from app.i18n import t
from app.palette import NEUTRAL, rgba

FULL, DIMMED = 0.9, 0.2  # opacity of the points inside and outside a chosen set
FOG = [[0.0, rgba(NEUTRAL, 0.0)], [1.0, rgba(NEUTRAL, 0.92)]]


def selectable(figure: go.Figure, *, lasso: bool) -> go.Figure:
    """Points answer to a click, or to a lasso; Plotly's own dimming does what `mark_set` does."""
    figure.update_layout(clickmode="event+select", dragmode="lasso" if lasso else False)
    for trace in _point_traces(figure):
        dimmed = isinstance(trace.marker.opacity, tuple | np.ndarray)
        bright = FULL if dimmed else trace.marker.opacity or 1.0
        trace.update(
            selected={"marker": {"opacity": bright}},
            unselected={"marker": {"opacity": DIMMED if dimmed else bright}},
        )
    return figure


def hide_bar(figure: go.Figure) -> go.Figure:
    """No colour bar and no room for one: planes side by side share a legend."""
    for trace in figure.data:
        trace.marker.showscale = False
    margin = {"b": figure.layout.margin.b - ROOM}
    return figure.update_layout(height=figure.layout.height - ROOM, margin=margin)


def mark_sample(figure: go.Figure, at: Array) -> go.Figure:
    """A black and white ring around one place (2,): it shows on any colour and either theme."""
    for colour, width in (("#ffffff", 6), ("#000000", 2.5)):
        figure.add_trace(_rings(np.reshape(at, (1, 2)), 19, colour, width))
    return figure


def mark_set(figure: go.Figure, z: Array, ids: NDArray[np.integer]) -> go.Figure:
    """Dim every point but those with these sample indices, and ring their places (M, 2)."""
    for trace in _point_traces(figure):
        trace.marker.opacity = np.where(np.isin(trace.customdata, ids), FULL, DIMMED)
    for colour, width in (("#ffffff", 3), ("#000000", 1)):
        figure.add_trace(_rings(z, 10, colour, width))
    return figure


def _point_traces(figure: go.Figure) -> list[go.Scatter | go.Scattergl]:
    return [
        trace
        for trace in figure.data
        if isinstance(trace, go.Scatter | go.Scattergl) and trace.customdata is not None
    ]


def fog(figure: go.Figure, distance: Array, extent: Extent) -> go.Figure:
    """‖f(g(z)) − z‖ (rows, columns), row 0 at the bottom, as fog behind the points.

    Units of codes are not comparable between codecs: full fog is the 95 % quantile of the plane,
    but never less than 1 % of its width, so that rounding does not look like a hole.
    """
    x0, x1, y0, y1 = extent
    rows, columns = distance.shape
    limit = max(float(np.quantile(distance, 0.95)), 0.01 * (x1 - x0))
    layer = go.Heatmap(
        z=distance, x0=x0 + (x1 - x0) / columns / 2, dx=(x1 - x0) / columns,
        y0=y0 + (y1 - y0) / rows / 2, dy=(y1 - y0) / rows, zmin=0.0, zmax=limit, colorscale=FOG,
        showscale=False, hoverinfo="skip", zsmooth="best" if rows > 1 else False,
    )  # fmt: skip
    figure.add_trace(layer)
    figure.data = (figure.data[-1], *figure.data[:-1])
    text = t("full fog: ‖f(g(z)) − z‖ ≥ {limit}", limit=f"{limit:.2g}")
    figure.add_annotation(
        text=text, xref="paper", yref="paper", x=1, y=1, xanchor="right", yanchor="bottom",
        showarrow=False, font={"size": 12},
    )  # fmt: skip
    return figure


def _rings(z: Array, size: int, colour: str, width: float) -> go.Scatter:
    return go.Scatter(
        x=z[:, 0], y=z[:, 1], mode="markers", hoverinfo="skip", showlegend=False,
        cliponaxis=False,
        marker={"symbol": "circle-open", "size": size, "color": colour, "line": {"width": width}},
    )  # fmt: skip
