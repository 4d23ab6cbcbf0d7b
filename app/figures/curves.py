"""Curves: the objective split into its terms, and PSNR over the noise level."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures.base import Array, blank, number_axes
from app.i18n import t
from app.palette import CODECS, NEUTRAL, NEUTRAL_DASHES, codec_name, colour, rgba

NEUTRAL_SYMBOLS = ("circle-open", "square-open", "diamond-open", "triangle-up-open")


def loss_curves(
    codec: str,
    epochs: Sequence[int],
    train: tuple[Sequence[float], Sequence[float]],
    valid: tuple[Sequence[float], Sequence[float]],
    *,
    limit: float | None = None,
) -> go.Figure:
    """The objective per image over the epochs.

    train and valid are (reconstruction, weight · penalty). Train is stacked, so the upper edge is
    the total; valid is drawn as two lines: reconstruction, and the total above it.
    """
    hue = colour(codec)
    figure = blank(codec_name(codec))
    shades = ((t("reconstruction, train"), 0.55), (t("weight · penalty, train"), 0.22))
    for values, (name, alpha) in zip(train, shades, strict=True):
        figure.add_scatter(
            x=list(epochs), y=list(values), name=name, mode="lines", stackgroup="train",
            line={"width": 1.5, "color": hue}, fillcolor=rgba(hue, alpha),
        )  # fmt: skip
    total = [r + p for r, p in zip(*valid, strict=True)]
    lines = (
        (t("reconstruction, valid"), list(valid[0]), "dot"),
        (t("total, valid"), total, "dash"),
    )
    for name, values, dash in lines:
        figure.add_scatter(
            x=list(epochs), y=values, name=name, mode="lines",
            line={"width": 3, "color": NEUTRAL, "dash": dash},
        )  # fmt: skip
    number_axes(figure, t("epoch"), t("objective per image"))
    figure.update_yaxes(rangemode="tozero", range=[0, limit] if limit else None)
    figure.layout.hovermode = "x unified"
    return figure


def psnr_curve(
    levels: Array,
    curves: Mapping[str, Array],
    *,
    trained_at: float | tuple[float, float] | None = None,
    now: float | None = None,
    level_name: str = "",
    names: Mapping[str, str] | None = None,
) -> go.Figure:
    """PSNR in dB over the noise level; keys that are codecs take their look, others are neutral.

    trained_at: the level, or the range of levels, behind the denoising codec. names: what stands
    in the legend for keys that are no codec.
    """
    figure = blank()
    others = iter(range(len(curves)))
    for name, values in curves.items():
        if name in CODECS:
            look = CODECS[name]
            line = {"width": 3, "color": look.colour, "dash": look.dash}
            marker = {"symbol": look.symbol, "size": 8}
        else:
            place = next(others) % len(NEUTRAL_DASHES)
            line = {"width": 2, "color": NEUTRAL, "dash": NEUTRAL_DASHES[place]}
            marker = {"symbol": NEUTRAL_SYMBOLS[place], "size": 8}
        figure.add_scatter(
            x=levels, y=[v if np.isfinite(v) else None for v in values], mode="lines+markers",
            name=(names or {}).get(name, codec_name(name)), line=line, marker=marker,
            hovertemplate="%{y:.2f} dB",
        )  # fmt: skip
    _mark_training(figure, trained_at)
    if now is not None:
        figure.add_vline(x=now, line={"width": 2, "color": NEUTRAL})
    number_axes(figure, level_name or t("noise level"), t("PSNR in dB"))
    figure.layout.hovermode = "x unified"
    return figure


def _mark_training(figure: go.Figure, trained_at: float | tuple[float, float] | None) -> None:
    """A dashed line at the one level, a shade over the range."""
    if trained_at is None:
        return
    low, high = trained_at if isinstance(trained_at, tuple) else (trained_at, trained_at)
    if low == high:
        figure.add_vline(x=low, line={"dash": "dash", "color": NEUTRAL},
                         annotation={"text": t("trained here"), "yanchor": "bottom"},
                         annotation_position="top")  # fmt: skip
        return
    figure.add_vrect(x0=low, x1=high, fillcolor=rgba(NEUTRAL, 0.12), layer="below",
                     line={"width": 1, "dash": "dash", "color": rgba(NEUTRAL, 0.7)})  # fmt: skip
    # At the left, where no toolbar lies over it.
    figure.add_annotation(
        text=t("trained on {low} to {high}", low=f"{low:g}", high=f"{high:g}"), x=low, y=1,
        yref="paper", xanchor="left", yanchor="bottom", showarrow=False,
    )  # fmt: skip
