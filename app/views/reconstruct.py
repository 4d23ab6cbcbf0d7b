"""Reconstruct: who loses what. Best, worst and random samples, and figures over the test split."""

import streamlit as st

from app.choice import choice
from app.i18n import t
from app.widgets import empty_state, error_boundary, shared_bar, weight_sliders, why_panels
from app.widgets.live import live_ready, why_not
from app.widgets.sample_picker import known_class
from app.widgets.scores import score_panel
from app.widgets.some_samples import some_samples


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
    if not live_ready(made):
        if words := why_not():
            st.info(words)
        weight_sliders(made)
    some_samples(made)
    score_panel(made)
    why_panels(made, key="reconstruct")


shared_bar(wide=True)
comparison()
