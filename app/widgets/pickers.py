"""The shared bar: which data, which codecs, which code size, which seed."""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from app import state
from app.i18n import t
from app.palette import CODECS, codec_name
from app.view import MAX_SEED


def codec_picker(available: Sequence[str] = tuple(CODECS)) -> tuple[str, ...]:
    """Pills in each codec's colour; at least one stays chosen."""
    st.pills(
        t("Codecs"),
        list(CODECS),
        selection_mode="multi",
        format_func=codec_name,
        **state.bind("codecs"),
    )
    return tuple(codec for codec in state.view().codecs if codec in available)


def data_picker(available: Sequence[str], titles: Callable[[str], str]) -> str:
    """The data sets that are present; one that the link named but is absent stays selectable.

    Classes of other data are others: a chosen one is let go.
    """
    shown = state.view().data
    options = list(available) if shown in available else [*available, shown]
    st.selectbox(t("Data set"), options, format_func=titles, **state.bind("data", label=None))
    return state.view().data


def latent_dim_picker(sizes: Sequence[int], shown: int) -> None:
    """Code sizes for which there are models; nothing to choose where there is only one."""
    if len(sizes) > 1:
        st.select_slider(
            t("Code size d"), list(sizes), **state.bind("latent_dim", shown, variety=f"{sizes}")
        )


def seed_picker(width: int | Literal["stretch"] = "stretch") -> int:
    """The seed of everything random on the page."""
    st.number_input(t("Seed"), 0, MAX_SEED, step=1, width=width, **state.bind("seed"))
    return state.view().seed
