"""One number per codec, with the interval that says how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from app.figures.base import Array, blank, number_axes
from app.i18n import t
from app.palette import CODECS, NEUTRAL, codec_name, colour, rgba


@dataclass(frozen=True)
class Interval:
    """A value and the ends of its interval (both None where there is none)."""

    value: float
    low: float | None = None
    high: float | None = None


def metric_bars(values: Mapping[str, Interval], title: str, unit: str) -> go.Figure:
    """Horizontal bars, one per codec in the order given, from zero, with interval whiskers."""
    codecs = list(values)
    figure = blank(title, height=96 + 40 * max(len(codecs), 1), legend=False)
    figure.add_bar(
        x=[values[c].value for c in codecs],
        y=[codec_name(c) for c in codecs],
        orientation="h",
        marker={"color": [colour(c) for c in codecs]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_reach(values[c].high, values[c].value) for c in codecs],
            "arrayminus": [_reach(values[c].value, values[c].low) for c in codecs],
            "thickness": 2,
            "width": 6,
        },
        hovertemplate="%{y}: %{x:.4g} " + unit + "<extra></extra>",
    )
    number_axes(figure, unit, "")
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, automargin=True)
    figure.update_xaxes(rangemode="tozero")
    return figure


def class_errors(values: Mapping[str, Array], names: Sequence[str], unit: str) -> go.Figure:
    """Mean error of every class, a marker per codec; codecs differ in colour and in shape."""
    figure = blank(t("Squared error by class"))
    for codec, means in values.items():
        figure.add_scatter(
            x=list(names), y=means, mode="lines+markers", name=codec_name(codec),
            marker={"size": 10, "color": colour(codec), "symbol": _symbol(codec)},
            line={"width": 1, "color": rgba(colour(codec), 0.45)},
            hovertemplate="%{x}: %{y:.3g}",
        )  # fmt: skip
    number_axes(figure, t("class"), unit)
    figure.update_xaxes(type="category", nticks=None, tickmode="linear", showgrid=False)
    figure.update_yaxes(rangemode="tozero")
    return figure


def size_errors(
    curves: Mapping[str, Sequence[tuple[int, float]]], unit: str, now: int
) -> go.Figure:
    """Mean error over the code size d, one line per codec; `now` is the size on the page."""
    figure = blank(t("Squared error by code size"))
    for codec, points in curves.items():
        figure.add_scatter(
            x=[d for d, _ in points], y=[error for _, error in points], mode="lines+markers",
            name=codec_name(codec),
            line={"width": 3, "color": colour(codec), "dash": CODECS[codec].dash},
            marker={"size": 10, "symbol": _symbol(codec)},
            hovertemplate="%{y:.3g}",
        )  # fmt: skip
    number_axes(figure, t("code size d"), unit)
    sizes = sorted({d for points in curves.values() for d, _ in points})
    figure.update_xaxes(type="log", tickvals=sizes, ticktext=[str(d) for d in sizes])
    figure.update_yaxes(rangemode="tozero")
    figure.add_vline(x=now, line={"width": 2, "dash": "dot", "color": NEUTRAL})
    return figure


def _symbol(codec: str) -> str:
    return CODECS[codec].symbol if codec in CODECS else "circle"


def _reach(upper: float | None, lower: float | None) -> float:
    return 0.0 if upper is None or lower is None else max(upper - lower, 0.0)
