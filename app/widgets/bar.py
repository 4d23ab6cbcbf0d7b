"""The shared bar on top of every page, and the sliders of the codecs' weights."""

import logging

import streamlit as st

from ae_core.errors import DataUnavailable
from app import services, state
from app.choice import Choice, choice
from app.i18n import t
from app.palette import codec_name
from app.services import CodecRef
from app.widgets.controls import log_stops
from app.widgets.opened import say_opened
from app.widgets.panels import empty_state
from app.widgets.pickers import codec_picker, data_picker, latent_dim_picker

STOPS = 24  # of a weight slider


def shared_bar(
    *, wide: bool = False, corruption: str = "", codecs: bool = True, models: bool = True
) -> Choice:
    """Draw the bar and return what it says; stops the page where the data set is not here.

    Without `models` the page makes its own: no code size to choose, none missing.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="bar"):
        with st.container(width=230):
            data_picker(services.available_data(), services.title)
        try:
            made = choice(wide=wide, corruption=corruption)
        except DataUnavailable as error:
            # Visitors need not know the folders of who runs the server.
            logging.getLogger(__name__).warning(str(error))
            empty_state(
                t("This data set is not on this machine."),
                t(
                    "Whoever runs this program can fetch it: python -m ae_core data {name}",
                    name=state.view().data,
                ),
            )
            st.stop()
        if models:
            with st.container(width=200):
                latent_dim_picker(made.sizes, made.latent_dim)
        if codecs:
            with st.container(width="content"):
                codec_picker()
    if models:
        say_opened(made)
        say_missing(made)
    return made


def say_missing(made: Choice) -> None:
    """Which chosen codecs have no model here, and the next step."""
    if made.missing:
        names = ", ".join(codec_name(codec) for codec in made.missing)
        empty_state(
            t("No model yet: {names} at d = {d}.", names=names, d=made.latent_dim),
            t("Train one on the Train page and open it everywhere."),
        )


def weight_sliders(made: Choice) -> None:
    """One live knob per codec whose network serves a range of weights."""
    knobs = {c: r for c, r in made.refs.items() if services.codec_info(r).weight_range}
    if not knobs:
        return
    with st.container(horizontal=True, key="weights"):
        for codec, which in knobs.items():
            with st.container(width=250):
                weight_slider(codec, which)


def weight_slider(codec: str, which: CodecRef) -> None:
    """λ, β or the noise level of one codec."""
    info = services.codec_info(which)
    if info.weight_range is None or which.weight is None:
        return
    (low, high), start = info.weight_range, info.weight_start
    stops = log_stops(low, high, start) if info.log else _even(low, high, start)
    if which.weight not in stops:  # a link may name any weight
        stops = sorted([*stops, which.weight])
    st.select_slider(
        f"{codec_name(codec)} {info.symbol}",
        stops,
        format_func=lambda value: f"{value:.3g}",
        **state.bind_weight(codec, which.weight, variety=f"{low:g}-{high:g}-{len(stops)}"),
    )


def _even(low: float, high: float, start: float) -> list[float]:
    steps = [round(low + (high - low) * i / STOPS, 6) for i in range(STOPS + 1)]
    return sorted({*steps, start})
