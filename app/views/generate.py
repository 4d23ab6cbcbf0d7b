"""New samples from every code space: between two, from the prior, along units and directions."""

import streamlit as st

from app import services
from app.choice import choice
from app.i18n import t
from app.widgets import empty_state, error_boundary, shared_bar, weight_sliders, why_panels
from app.widgets.live import live_ready
from app.widgets.live_making import live_making
from app.widgets.making import direction_section, path_section, traversal_section
from app.widgets.plane_controls import field_pills
from app.widgets.prior import manifold_section, prior_section
from app.widgets.sketch import ground_of

SECTIONS = {
    "path": path_section,
    "prior": prior_section,
    "manifold": manifold_section,
    "traversal": traversal_section,
    "direction": direction_section,
}


@st.fragment
@error_boundary()
def workshop() -> None:
    """The chosen way of making samples: live in the browser, or still pictures of the server."""
    made = choice()
    ground = ground_of(made.data, services.samples(made.data.name))
    live = live_ready(made)
    if not live:
        weight_sliders(made)
    field_pills(
        "making",
        t("Make"),
        {
            "path": t("between two samples"),
            "prior": t("from the prior"),
            "manifold": t("the whole manifold"),
            "traversal": t("along a unit"),
            "direction": t("towards a class"),
        },
    )
    if live:
        live_making(made, ground)
    else:
        SECTIONS[made.view.making](made, ground)
    why_panels(made, key="generate")


shown = shared_bar()
if shown.refs:
    workshop()
else:
    empty_state(t("No codec to show."), t("Choose PCA above: it needs no training."))
