"""What all figures share: one margin, transparent paper, a legend that can be read from afar."""

from importlib import import_module
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.palette import NEUTRAL, rgba

# Plotly looks for pandas among the imported modules. While another thread imports it, half of it
# lies there, and the figure would fail; this waits for the whole.
import_module("pandas")

Array = NDArray[np.floating]

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": [
        "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "toggleSpikelines",
        "hoverClosestCartesian", "hoverCompareCartesian",
    ],
}  # fmt: skip

MARGIN = {"l": 56, "r": 16, "t": 40, "b": 52}
FONT_SIZE = 15
TITLE_SIZE = 17
HEIGHT = 380
PLANE_HEIGHT = 360
GRID = rgba(NEUTRAL, 0.28)
ZERO = rgba(NEUTRAL, 0.7)


def blank(title: str = "", *, height: int = HEIGHT, legend: bool = True) -> go.Figure:
    """An empty figure in the common layout."""
    # Given to the constructor, a layout takes 2 ms; update_layout walks the same one in 23 ms.
    return go.Figure(layout={
        "title": {"text": title, "font": {"size": TITLE_SIZE}, "x": 0.0, "xanchor": "left",
                  "y": 0.98, "yanchor": "top"},
        "font": {"size": FONT_SIZE},
        "height": height,
        "margin": MARGIN,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0.0, "xanchor": "left", "y": -0.2, "yanchor": "top",
                   "font": {"size": FONT_SIZE}, "itemsizing": "constant", "traceorder": "normal"},
        "hoverlabel": {"font": {"size": FONT_SIZE}},
        "dragmode": False,
        "uirevision": "keep",
    })  # fmt: skip


def number_axes(figure: go.Figure, x_title: str, y_title: str) -> go.Figure:
    """Titled, numbered axes with the same ticks everywhere."""
    axis: dict[str, Any] = {
        "showgrid": True, "gridcolor": GRID, "zeroline": True, "zerolinecolor": ZERO,
        "showticklabels": True, "tickfont": {"size": FONT_SIZE - 2}, "automargin": False,
        "fixedrange": True, "nticks": 7,
    }  # fmt: skip
    # As a whole, for the same reason; what an axis has already stays where it is not named.
    for name, title, off in (("xaxis", x_title, 6), ("yaxis", y_title, 4)):
        before = figure.layout[name].to_plotly_json()
        figure.layout[name] = {**before, **axis, "title": {"text": title, "standoff": off}}
    return figure


def square(figure: go.Figure, extent: tuple[float, float, float, float]) -> go.Figure:
    """Show (x0, x1, y0, y1) with one unit as long on both axes."""
    x0, x1, y0, y1 = extent
    figure.update_xaxes(range=[x0, x1], constrain="domain")
    figure.update_yaxes(range=[y0, y1], scaleanchor="x", scaleratio=1, constrain="domain")
    return figure
