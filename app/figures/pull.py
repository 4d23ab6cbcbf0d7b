"""What a repair does to points of the plane: an arrow from each damaged point to its repair."""

import numpy as np
import plotly.graph_objects as go

from app.figures.base import Array, blank, number_axes, square
from app.figures.latent import Extent
from app.i18n import t
from app.palette import NEUTRAL, colour, rgba

HEIGHT = 330
SHAFT, HEAD = "circle-open", "arrow"


def pull_figure(
    clean: Array, x_tilde: Array, x_hat: Array | None, codec: str, *, extent: Extent,
    title: str = "",
) -> go.Figure:  # fmt: skip
    """Arrows from the damaged points (N, 2) to their repairs (N, 2), over the clean data (M, 2).

    Without x_hat the damaged points alone. `codec` gives the colour, neutral if it is none.
    """
    figure = blank(title, height=HEIGHT, legend=False)
    figure.update_layout(margin={"l": 40, "r": 8, "t": 60, "b": 44}, title_y=0.95)
    figure.add_scatter(
        x=clean[:, 0], y=clean[:, 1], mode="markers", name=t("data"), hoverinfo="skip",
        marker={"size": 5, "color": rgba(NEUTRAL, 0.5)},
    )  # fmt: skip
    if x_hat is None:
        figure.add_scatter(
            x=x_tilde[:, 0], y=x_tilde[:, 1], mode="markers", name=t("damaged"),
            marker={"size": 6, "symbol": SHAFT, "color": "#d06000", "line": {"width": 1.5}},
            hovertemplate="%{x:.2f}, %{y:.2f}<extra></extra>",
        )  # fmt: skip
    else:
        figure.add_trace(_arrows(x_tilde, x_hat, colour(codec)))
    number_axes(figure, t("x{number}", number=1), t("x{number}", number=2))
    return square(figure, extent)


def _arrows(start: Array, end: Array, hue: str) -> go.Scatter:
    """One trace of N arrows: (start, end, gap) each; the head turns with its shaft."""
    gaps = np.full_like(start, np.nan)
    path = np.stack([start, end, gaps], axis=1).reshape(-1, 2)
    return go.Scatter(
        x=path[:, 0], y=path[:, 1], mode="lines+markers", name=t("repair"),
        line={"width": 1.2, "color": rgba(hue, 0.75)},
        marker={"symbol": [SHAFT, HEAD, SHAFT] * len(start), "size": [4, 9, 0] * len(start),
                "angleref": "previous", "color": hue},
        hovertemplate="%{x:.2f}, %{y:.2f}<extra></extra>",
    )  # fmt: skip
