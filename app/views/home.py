"""Home: one sample through six codecs, side by side."""

import html

import streamlit as st

from app import services, state
from app.choice import Choice, choice
from app.i18n import t
from app.widgets import error_boundary, shared_bar
from app.widgets.codec_cards import codec_cards
from app.widgets.sample_picker import sample_picker
from app.widgets.sketch import ground_of

MIDDLE = (0.5, 0.5)


def hand_controls(made: Choice) -> None:
    """Take the code out of the encoders' hands: one place in every codec's plane."""
    st.toggle(
        t("Code by hand"),
        value=made.view.hand is not None,
        key="home.hand",
        on_change=_take,
        args=(made.view.hand is None,),
        help=t(
            "Move the code yourself, to the same place of every codec's range, and see what the "
            "decoders make of it. Can you come closer to the input than the encoder?"
        ),
    )
    if made.view.hand is None:
        return
    for part, dim in enumerate(made.dims[: made.latent_dim]):
        with st.container(width=170):
            st.slider(
                t("z{number}, share of its range", number=dim + 1),
                0.0, 1.0, step=0.02, **state.bind_part("hand", part, made.view.hand),
            )  # fmt: skip


def _take(take: bool) -> None:
    state.update(hand=MIDDLE if take else None)


@st.fragment
@error_boundary()
def live() -> None:
    """The live canvas replaces this block: the planes under the hand, the pictures beside them."""
    made = choice()
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        made = sample_picker(made)
        hand_controls(made)
    ground = ground_of(made.data, services.samples(made.data.name))
    codec_cards(made, ground)


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
