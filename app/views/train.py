"""Train: a race from the same start, seen while it runs."""

import streamlit as st

from app import services
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import RaceSettings
from app.widgets import empty_state, error_boundary, shared_bar
from app.widgets.race import Stage, race_buttons, race_stage, race_status, scrubber
from app.widgets.race_board import race_board
from app.widgets.race_form import race_form
from app.widgets.race_results import race_downloads, race_results, race_why

PULSE = 0.5  # seconds between turns; a turn works for 0.3 of them


def asked_for(made: Choice) -> RaceSettings | None:
    """The race the controls describe; None, and one line, where the engine would refuse it."""
    with error_boundary():
        settings = race_form(made.data, made.view.codecs)
        services.check_race(settings)
        return settings
    return None


def start_line(stage: Stage, settings: RaceSettings | None) -> None:
    """The big button."""
    pressed = st.button(
        t("Start the race"), type="primary", icon=":material/play_arrow:", width="stretch",
        key="race.start", disabled=settings is None,
    )  # fmt: skip
    if settings is None or not pressed:
        names = ", ".join(codec_name(v) for v, _ in settings.configs) if settings else ""
        if names:
            st.caption(t(
                "{names}: same seed, same first weights, same batches; only the objective differs.",
                names=names,
            ))  # fmt: skip
        return
    with st.spinner(t("Lining up")), error_boundary():
        stage.race, stage.at = services.start_race(settings), None
        stage.race.play()
        st.rerun()


@error_boundary()
def live(timed: bool) -> None:
    """The race as it runs; the canvas component replaces this block. `timed`: it comes back."""
    stage = race_stage()
    race = stage.race
    if race is None:
        return
    if not race.epoch:
        race.advance()
    with st.container(horizontal=True, vertical_alignment="center", key="race.controls"):
        race_buttons(stage)
        with st.container(width=400):
            race_status(race)
        with st.container(width="stretch"):
            scrubber(stage)
    race_board(stage)
    race_results(race)
    if not race.playing:
        with st.container(horizontal=True):
            race_downloads(race)
        race_why(stage)
    race.advance()  # after drawing, so that nothing on the page looks stale meanwhile
    if timed and not race.playing:  # also where the last lap ended between two turns
        st.rerun()


made = shared_bar(models=False)
stage = race_stage()
if services.variant_configs(made.view.codecs):
    with st.expander(t("Settings"), expanded=stage.race is None, icon=":material/tune:"):
        settings = asked_for(made)
    if stage.race is None:
        start_line(stage, settings)
else:
    empty_state(t("Nothing to train."), t("Choose a codec that learns in the bar above."))
if stage.race is not None:
    timed = stage.race.playing
    st.fragment(live, run_every=PULSE if timed else None)(timed)
