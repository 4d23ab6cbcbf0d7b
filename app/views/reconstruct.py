"""Reconstruct: who loses what. Best, worst and random samples, and figures over the test split."""

from dataclasses import dataclass

import streamlit as st

from app.choice import choice
from app.i18n import t
from app.view import Weights
from app.widgets import empty_state, error_boundary, shared_bar, weight_sliders, why_panels
from app.widgets.live import live_ready, why_not
from app.widgets.sample_picker import known_class
from app.widgets.scores import score_panel
from app.widgets.some_samples import pick_controls, some_samples


@dataclass
class Below:
    """Whether anything under the samples is open that a weight changes."""

    open: bool = False


@st.fragment
@error_boundary()
def comparison() -> None:
    """The samples that are shown, what every codec makes of them, and what all of them score."""
    made = known_class(choice(wide=True), wide=True)
    if not made.refs:
        empty_state(
            t("No codec to compare."), t("Choose one above, or another code size or data set.")
        )
        return
    live = live_ready(made)
    if not live:
        if words := why_not():
            st.info(words)
        weight_sliders(made)
    below = Below()
    samples(below, made.view.weights, live)
    scored = score_panel(made)
    below.open = why_panels(made, key="reconstruct") or scored


@st.fragment  # other samples change nothing in what all of them score
@error_boundary()
def samples(below: Below, weights: Weights, live: bool) -> None:
    """What the samples are of, and they themselves, in one row that goes on below."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="picks"):
        pick_controls(known_class(choice(wide=True), wide=True))
        shown(below, weights, live)


@st.fragment  # more or fewer of them change nothing in what they are of
@error_boundary()
def shown(below: Below, weights: Weights, live: bool) -> None:
    """The samples; all follows where the canvas could not start, or a weight that is open below."""
    made = choice(wide=True)
    if live_ready(made) != live or (below.open and made.view.weights != weights):
        st.rerun()
    some_samples(made)


shared_bar(wide=True)
comparison()
