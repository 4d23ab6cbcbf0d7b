"""Train: a race from the same start, seen while it runs in another process."""

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import Race, RaceSettings
from app.widgets import empty_state, error_boundary, shared_bar
from app.widgets.race import race_canvas, race_of_view, show_race, warm_up
from app.widgets.race_form import race_form
from app.widgets.race_results import race_downloads, race_removal, race_results, race_why
from app.widgets.race_shelf import kept_shelf, race_shelf


def asked_for(made: Choice) -> RaceSettings | None:
    """The race the controls describe; None, and one line, where the engine would refuse it."""
    with error_boundary():
        settings = race_form(made.data, made.view.codecs)
        services.check_race(settings)
        return settings
    return None


def start_line(settings: RaceSettings | None) -> None:
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
        show_race(services.start_race(settings, state.visitor()))
        st.rerun()


def live(race: Race) -> None:
    """The race on its page, and what is left of it.

    No fragment: a server that was started anew does not know those of pages that are still open.
    """
    race_canvas(race)
    race_results(race)
    with st.container(horizontal=True):
        race_downloads(race)
        race_removal(race)
    race_why(race)


warm_up()
made = shared_bar(models=False)
race = race_of_view()
if services.variant_configs(made.view.codecs):
    with st.expander(t("Settings"), expanded=race is None, icon=":material/tune:"):
        settings = asked_for(made)
        if race is not None:
            start_line(settings)
    if race is None:
        start_line(settings)
        race_shelf()
        kept_shelf()
else:
    empty_state(t("Nothing to train."), t("Choose a codec that learns in the bar above."))
if race is not None:
    with error_boundary():
        live(race)
