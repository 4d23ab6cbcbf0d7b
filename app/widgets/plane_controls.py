"""What can be chosen about the planes: colours, background, which plane, what pointing does."""

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import label_colour
from app.widgets.text import number


def plane_controls(made: Choice) -> None:
    """Colour, background, what pointing does and, for longer codes, which plane."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="plane.controls"):
        field_pills("colouring", t("Colour"), {"label": t("class"), "error": t("error")})
        grounds = {"none": t("nothing"), "decoded": t("decoded grid"), "holes": t("holes")}
        if made.data.kind == "points":  # one point decoded is no picture: the data plane shows it
            del grounds["decoded"]
        field_pills("ground", t("Behind the points"), grounds)
        field_pills(
            "lasso", t("Pointing chooses"), {False: t("one sample"), True: t("a set (lasso)")}
        )
        if made.latent_dim > 2:
            planes = {"units": t("two units"), "pca": t("PCA of the codes")}
            field_pills("axes", t("Plane"), planes)
            if made.view.axes == "units":
                for place in (0, 1):
                    unit_picker(made, place)
        with st.container(width="content"):
            (error_scale if made.view.colouring == "error" else class_legend)(made)


def field_pills(name: str, label: str, words: Mapping[Any, str], shown: Any = None) -> None:
    """A row of buttons tied to a field of the view; one of them stays chosen.

    `shown` stands in for what the buttons cannot show.
    """
    with st.container(width="content"):
        st.pills(
            label, list(words), format_func=words.__getitem__, **state.bind(name, shown)
        )  # fmt: skip


def unit_picker(made: Choice, place: int) -> None:
    """Which unit a plane shows across (place 0) or upwards (1)."""
    other = made.dims[1 - place]
    units = [d for d in range(made.latent_dim) if d != other]
    with st.container(width=110):
        st.selectbox(
            t("across") if place == 0 else t("upwards"), units,
            format_func=lambda d: t("z{number}", number=d + 1),
            **state.bind_part("dims", place, made.dims),
        )  # fmt: skip


def class_legend(made: Choice) -> None:
    """One legend for all planes."""
    chips = "".join(
        f'<span><i style="background:{label_colour(k)}"></i>{html.escape(name)}</span>'
        for k, name in enumerate(made.data.label_names)
    )
    st.html(f'<div class="bn-chips">{chips}</div>')


def error_scale(made: Choice) -> None:
    """One colour bar for all planes."""
    limit = html.escape(t("error ≥ {limit} per sample", limit=number(error_limit(made), 2)))
    bar = "linear-gradient(90deg,#00224e,#7d7c78,#fde737)"  # Cividis, as the points
    st.html(f'<div class="bn-legend">0 <i style="background:{bar}"></i>{limit}</div>')


def error_limit(made: Choice) -> float:
    """One scale for all codecs; the worst hundredth does not darken the rest."""
    return max(float(np.quantile(services.errors(w), 0.99)) for w in made.refs.values())
