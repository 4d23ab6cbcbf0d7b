"""What the codecs scored over the whole test split: bars, curves, a table, the files behind them.

Draws with Plotly, so the landing page leaves this module alone.
"""

from collections.abc import Mapping
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from app import figures, services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import DataInfo
from app.services.cache import remembered
from app.widgets.gallery import error_columns
from app.widgets.panels import download_csv, show
from app.widgets.text import number

Curve = tuple[tuple[int, float], ...]  # (code size, error)


def metric_name(name: str, info: DataInfo) -> tuple[str, str]:
    """Title and unit of a figure of `services.figures_of`, in words that fit the data."""
    whole = {
        "image": t("per image, summed over pixels"),
        "points": t("per point, summed over coordinates"),
        "series": t("per series, summed over steps"),
    }[info.kind]
    names = {
        "squared_error_per_image": (t("Squared error"), whole),
        "mse_per_pixel": (
            t("Mean squared error"), t("per pixel") if info.kind == "image" else t("per value"),
        ),
        "psnr_db": (t("PSNR"), t("dB")),
        "ssim": (t("SSIM"), t("1 is identical")),
    }  # fmt: skip
    return names[name]


def _short_unit(info: DataInfo) -> str:
    """The same unit where an axis has little room."""
    return {"image": t("per image"), "points": t("per point"), "series": t("per series")}[info.kind]


def score_panel(made: Choice) -> bool:
    """A switch, then figures, a table and files: they take a whole test split. Whether it is on."""
    st.toggle(
        t("Figures over the whole test split"),
        help=t("Errors with their intervals, by code size and class, as charts, table and files."),
        **state.bind("scored"),
    )
    if made.view.scored:
        score_figures(made)
        score_table(made)
        score_files(made)
    return made.view.scored


def score_figures(made: Choice) -> None:
    """Figures two by two: the error with its interval, by code size, by class; PSNR for images."""
    drawn = _drawn(
        made.data, made.latent_dim, tuple(made.refs.items()), tuple(_curves(made).items()),
        made.view.lang,
    )  # fmt: skip
    columns = st.columns(2)
    for place, (key, figure) in enumerate(drawn):
        with columns[place % 2]:
            show(figure, key=f"scores.{key}", alt=figure.layout.title.text)


@remembered(64)
def _drawn(
    info: DataInfo, latent_dim: int, refs: tuple[tuple[str, services.CodecRef], ...],
    curves: tuple[tuple[str, Curve], ...], _language: str,
) -> tuple[tuple[str, go.Figure], ...]:  # fmt: skip
    """Drawing four of them takes 0.2 s, and most controls beside them change none."""
    scores = {codec: services.figures_of(which) for codec, which in refs}
    error, unit = next(iter(next(iter(scores.values())))), _short_unit(info)
    drawn = [("error", _bars(scores, error, info))]
    if curves:
        drawn.append(("sizes", figures.size_errors(dict(curves), unit, latent_dim)))
    by_class = {codec: services.errors_by_class(which) for codec, which in refs}
    known = {codec: means for codec, means in by_class.items() if means is not None}
    if known:
        drawn.append(("classes", figures.class_errors(known, info.label_names, unit)))
    if all("psnr_db" in found for found in scores.values()):
        drawn.append(("psnr_db", _bars(scores, "psnr_db", info)))
    return tuple(drawn)


def score_table(made: Choice) -> None:
    """Every figure of every codec with its 95 % interval."""
    rows = []
    for codec, which in made.refs.items():
        row = {t("Codec"): codec_name(codec), "d": which.latent_dim}
        for name, found in services.figures_of(which).items():
            title, unit = metric_name(name, made.data)
            row[f"{title} ({unit})"] = _with_interval(found)
        rows.append(row)
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(
        t(
            "Over all {count} test samples; in brackets the 95 % bootstrap interval.",
            count=made.data.sizes[2],
        )
    )


def score_files(made: Choice) -> None:
    """The numbers as CSV and each codec's model file."""
    with st.container(horizontal=True, key="files"):
        download_csv(
            t("Errors of all test samples"),
            partial(error_columns, made),
            f"errors-{made.data.name}-d{made.latent_dim}.csv",
        )
        for codec, which in made.refs.items():
            name = services.model_path(which)
            if name is not None:
                st.download_button(
                    t("{codec} model", codec=codec_name(codec)),
                    partial(services.model_bytes, which), name.rsplit("/", 1)[-1],
                    "application/octet-stream", key=f"model.{codec}", on_click="ignore",
                    icon=":material/download:",
                )  # fmt: skip


def _curves(made: Choice) -> Mapping[str, Curve]:
    """Codecs that are here at several code sizes; nothing where only PCA is."""
    found = {
        codec: services.errors_by_size(made.data.name, codec, which.weight, which.model)
        for codec, which in made.refs.items()
    }
    curves = {codec: points for codec, points in found.items() if len(points) > 1}
    return curves if len(curves) > 1 or "pca" not in curves else {}


def _bars(
    scores: Mapping[str, Mapping[str, services.Figure]], name: str, info: DataInfo
) -> go.Figure:
    title, unit = metric_name(name, info)
    values = {
        codec: figures.Interval(found[name].value, found[name].low, found[name].high)
        for codec, found in scores.items()
    }
    return figures.metric_bars(values, title, unit)


def _with_interval(found: services.Figure) -> str:
    if found.low is None or found.high is None:
        return number(found.value)
    return f"{number(found.value)}  [{number(found.low)}, {number(found.high)}]"
