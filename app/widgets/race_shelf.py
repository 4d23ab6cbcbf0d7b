"""What earlier races left on this machine: they can be looked at again, kept models opened."""

import time

import streamlit as st

from app import services
from app.i18n import t
from app.palette import codec_name
from app.services import OpenedModel, Race
from app.widgets.opened import model_words, open_model
from app.widgets.race import show_race
from app.widgets.race_text import race_text


def race_shelf() -> None:
    """One button per race; nothing where there is none."""
    races = services.recent_races()
    if not races:
        return
    with st.expander(t("Earlier races and sweeps on this machine"), icon=":material/history:"):
        for race in races:
            if st.button(_line(race), key=f"race.open.{race.id}", type="tertiary"):
                show_race(race.id)
                st.rerun()


def kept_shelf() -> None:
    """Kept models, whose races may be gone, to be opened; nothing where there is none."""
    kept = services.kept_runs()
    if not kept:
        return
    with (
        st.expander(t("Kept models"), icon=":material/bookmark:"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        chosen = st.selectbox(t("Model"), kept, format_func=_model_line, key="kept.model")
        if st.button(t("Open everywhere"), key="kept.open", icon=":material/open_in_new:"):
            open_model(chosen)
            st.switch_page("views/latent.py")


def sweep_return(race: Race) -> None:
    """From one point's curves back to its sweep, where there is one."""
    if race.sweep and st.button(
        t("Back to the sweep"), key="sweep.back", icon=":material/arrow_back:",
        help=t("This run is one point of a sweep."),
    ):  # fmt: skip
        show_race(race.sweep)
        st.rerun()


def _model_line(model: OpenedModel) -> str:
    where = t("{data}, d = {d}", data=services.title(model.data), d=model.latent_dim)
    return f"{codec_name(model.variant)} · {where} · {model_words(model)}"


def _line(race: Race) -> str:
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(race.specs[0].created))
    words = race_text()["states"][services.race_state(race)]
    names = ", ".join(codec_name(variant) for variant in race.variants)
    if race.varied:
        names = t("sweep of {codec}", codec=names)
    return f"{began} · {services.title(race.data)} · {names} · {words}"
