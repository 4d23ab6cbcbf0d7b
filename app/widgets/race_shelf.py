"""Races of this machine that can be opened again, from here or from the command line."""

import time

import streamlit as st

from app import services
from app.i18n import t
from app.palette import codec_name
from app.services import Race
from app.widgets.race import show_race
from app.widgets.race_text import race_text


def race_shelf() -> None:
    """One button per race; nothing where there is none."""
    races = services.recent_races()
    if not races:
        return
    with st.expander(t("Earlier races on this machine"), icon=":material/history:"):
        for race in races:
            if st.button(_line(race), key=f"race.open.{race.id}", type="tertiary"):
                show_race(race.id)
                st.rerun()


def _line(race: Race) -> str:
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(race.specs[0].created))
    words = race_text()["states"][services.race_state(race)]
    names = ", ".join(codec_name(variant) for variant in race.variants)
    return f"{began} · {services.title(race.data)} · {names} · {words}"
