"""A code of one number: the data on a line, a row per class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.base import Array
from app.figures.latent import Extent, Plane, latent_scatter
from app.i18n import t

SPREAD = 0.34  # of a row, to either side: points of one class must not hide each other
STRIP_SEED = 0
FRAME, ROW = 110, 30  # pixels


@dataclass(frozen=True)
class Strip:
    """Where the points of a one-number code are drawn: z across, their class upwards."""

    places: Array  # (N, 2)
    extent: Extent
    names: Sequence[str] = ()  # of the rows; none where there are no classes


def strip_of(z: Array, classes: NDArray[np.integer] | None, names: Sequence[str]) -> Strip:
    """Lay out codes (N,); without classes they share one row."""
    rows = np.zeros(len(z)) if classes is None else np.asarray(classes, dtype=float)
    jitter = np.random.default_rng(STRIP_SEED).uniform(-SPREAD, SPREAD, len(z))
    low, high = float(np.min(z)), float(np.max(z))
    margin = 0.05 * (high - low) or 1.0
    top = 1 if classes is None else len(names)
    extent = (low - margin, high + margin, -0.5, top - 0.5)
    return Strip(np.column_stack([z, rows + jitter]), extent, () if classes is None else names)


def code_strip(plane: Plane, strip: Strip, *, title: str = "") -> go.Figure:
    """z from left to right, one row per class: what overlaps here, the code cannot tell apart."""
    figure = latent_scatter(
        replace(plane, z=strip.places), title=title, extent=strip.extent, legend=False
    )
    x0, x1, y0, y1 = strip.extent
    room = figure.layout.margin.b + figure.layout.margin.t - FRAME + 16
    figure.update_layout(height=FRAME + max(room, 0) + ROW * max(4, round(y1 - y0)))
    figure.update_xaxes(title={"text": t("z{number}", number=1)}, range=[x0, x1])
    figure.update_yaxes(
        title={"text": ""}, range=[y0, y1], scaleanchor=False, showgrid=False, zeroline=False,
        showticklabels=bool(strip.names), tickvals=list(range(len(strip.names))),
        ticktext=list(strip.names), automargin=True,
    )  # fmt: skip
    return figure
