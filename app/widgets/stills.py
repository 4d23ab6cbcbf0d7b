"""The landing page without the live canvas: the same answers, drawn by the server."""

import streamlit as st

from app import state
from app.choice import Choice
from app.i18n import t
from app.widgets.codec_cards import codec_cards
from app.widgets.live import why_not
from app.widgets.sample_picker import sample_picker
from app.widgets.sketch import Ground

MIDDLE = (0.5, 0.5)


def still_cards(made: Choice, ground: Ground) -> None:
    """A card per codec for the chosen sample, or for a code set by hand."""
    if words := why_not():
        st.info(words)
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        made = sample_picker(made)
        _hand_controls(made)
    codec_cards(made, ground)


def _hand_controls(made: Choice) -> None:
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
