"""Home: one sample through six codecs, side by side."""

import html

import streamlit as st

from app import services
from app.choice import choice
from app.i18n import t
from app.widgets import error_boundary, shared_bar
from app.widgets.live import live_canvas, live_ready
from app.widgets.sample_picker import known_class
from app.widgets.sketch import ground_of
from app.widgets.stills import still_cards


@st.fragment
@error_boundary()
def live() -> None:
    """The planes under the hand, the pictures beside them; still ones where no canvas can run."""
    made = known_class(choice())
    ground = ground_of(made.data, services.samples(made.data.name))
    if live_ready(made):
        live_canvas(made, ground, page="home")
    else:
        still_cards(made, ground)


def links() -> None:
    """Where to go from here."""
    with st.container(horizontal=True, key="links"):
        for page, words, icon in (
            ("train", t("Train: race them from the same start"), "sports_score"),
            ("reconstruct", t("Reconstruct: who loses what"), "compare"),
            ("latent", t("Latent: where samples lie"), "scatter_plot"),
            ("denoise", t("Denoise: repair what is damaged"), "auto_fix_high"),
            ("generate", t("Generate: decode what never was"), "casino"),
        ):
            st.page_link(f"views/{page}.py", label=words, icon=f":material/{icon}:")


def hero() -> None:
    """What this page shows, in two lines."""
    title = html.escape(t("One sample through six codecs"))
    words = html.escape(
        t(
            "Each squeezes the same input to a few numbers, its code, and rebuilds it from them "
            "alone. What is lost?"
        )
    )
    st.html(f'<div class="bn-hero"><h3>{title}</h3><p>{words}</p></div>')


hero()
shared_bar()
live()
links()
