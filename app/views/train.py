"""Train: a race from the same start, or a sweep of one weight, seen while other processes work."""

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import Race, RaceSettings
from app.widgets import empty_state, error_boundary, shared_bar
from app.widgets.race import mode_picker, props, race_canvas, race_of_view, show_race, warm_up
from app.widgets.race_form import mistyped, race_form
from app.widgets.race_link import refusals_told
from app.widgets.race_results import race_downloads, race_removal, race_results, race_why
from app.widgets.race_shelf import kept_shelf, race_shelf, sweep_return
from app.widgets.sweep import sweep_canvas, sweep_download, sweep_results, sweep_why
from app.widgets.sweep_form import sweep_form


def asked_for(made: Choice, sweep: bool) -> RaceSettings | None:
    """What the controls describe; None, and one line, where the engine would refuse it."""
    with error_boundary():
        with refusals_told():
            settings = sweep_form(made.data) if sweep else race_form(made.data, made.view.codecs)
        if not mistyped(settings):
            services.check_race(settings)
            return settings
    return None


def start_line(settings: RaceSettings | None, sweep: bool) -> None:
    """The big button."""
    pressed = st.button(
        t("Start the sweep") if sweep else t("Start the race"), type="primary", width="stretch",
        icon=":material/play_arrow:", key="race.start", disabled=settings is None,
    )  # fmt: skip
    if settings is None or not pressed:
        if settings and not sweep and len(settings.configs) > 1:
            st.caption(t(
                "{names}: same seed, same first weights, same batches; only the objective differs.",
                names=", ".join(codec_name(v) for v, _ in settings.configs),
            ))  # fmt: skip
        return
    with st.spinner(t("Lining up")), error_boundary():
        show_race(services.start_race(settings, state.visitor()))
        st.rerun()


def live(race: Race) -> None:
    """The race or sweep on its page, and what is left of it.

    No fragment: a server that was started anew does not know those of pages that are still open.
    """
    if race.varied:
        sweep_canvas(race)
        sweep_results(race)
    else:
        sweep_return(race)
        race_canvas(race, props)
        race_results(race)
    with st.container(horizontal=True):
        (sweep_download if race.varied else race_downloads)(race)
        race_removal(race)
    (sweep_why if race.varied else race_why)(race)


warm_up()
race = race_of_view()
sweep = mode_picker(race) == "sweep"
made = shared_bar(models=False, codecs=not sweep)
if sweep or services.variant_configs(made.view.codecs):
    with st.expander(t("Settings"), expanded=race is None, icon=":material/tune:"):
        settings = asked_for(made, sweep)
        if race is not None:
            start_line(settings, sweep)
    if race is None:
        start_line(settings, sweep)
else:
    empty_state(t("Nothing to train."), t("Choose a codec that learns in the bar above."))
if race is None:
    race_shelf()
    kept_shelf()
else:
    with error_boundary():
        live(race)
