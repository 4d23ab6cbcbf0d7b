"""A race to look at: the chart of all codecs, a card for each, and what is left at the end."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app import state
from app.i18n import t
from app.services import Race

MOST_PICTURES = 3  # samples in a card where many cards stand side by side


@dataclass
class Stage:
    """What a visitor has going: the race, and the epoch looked at (None: the latest)."""

    race: Race | None = None
    at: int | None = None

    @property
    def epoch(self) -> int:
        """The epoch that everything on the page shows."""
        latest = self.race.epoch if self.race else 0
        return latest if self.at is None else min(self.at, latest)


def race_stage() -> Stage:
    """The stage of this session. A reload begins a new session: settings stay, the race goes."""
    found: Stage = state.memory("race", Stage)
    return found


def scrubber(stage: Stage) -> None:
    """One slider over the epochs; follows the race, and looks back while it stands still."""
    race = stage.race
    if race is None or race.settings.epochs < 2:
        return
    if race.playing:  # a slider that moves by itself would send its own past back as a choice
        st.caption(t("Pause to look back: curves, pictures and planes move together."))
        return

    def look(picked: int) -> None:
        stage.at = picked if picked < race.epoch else None

    st.slider(
        t("Look at epoch"), 1, race.settings.epochs, step=1,
        help=t("Curves, pictures and planes move together."),
        **state.bind_memory("race.at", max(stage.epoch, 1), look),
    )  # fmt: skip


def race_status(race: Race) -> None:
    """One line: how far, how fast, who waits."""
    total = race.settings.epochs
    if race.waits:
        text = t("Another race is running; yours continues when it is free.")
    elif race.finished:
        text = t("Finished: {epochs} epochs.", epochs=race.epoch)
    elif race.playing:
        text = t("Epoch {done} of {total}", done=race.epoch, total=total)
    else:
        text = t("Paused after epoch {done} of {total}", done=race.epoch, total=total)
    laps = [r.laps[-1].record.images_per_second for r in race.runners.values() if r.laps]
    if laps:
        text += " · " + t("{rate} images/s", rate=f"{float(np.median(laps)):,.0f}")
    done = sum(len(r.laps) for r in race.runners.values() if not r.failure)
    runners = sum(not r.failure for r in race.runners.values())
    st.progress(min(done / max(runners * total, 1), 1.0), text=text)
    asked = race.settings
    st.caption(
        t(
            "{data}, d = {d}, batches of {batch}, learning rate {rate}, seed {seed}",
            data=race.data_info.title, d=race.latent_dim, batch=asked.batch_size,
            rate=f"{asked.learning_rate:g}", seed=asked.seed,
        )
    )  # fmt: skip


def race_buttons(stage: Stage) -> None:
    """Play or pause, one epoch, and away with it. Each starts a new run of the page."""
    race = stage.race
    if race is None:
        return
    if not race.finished:
        if race.playing:
            if st.button(t("Pause"), type="primary", icon=":material/pause:", key="race.pause"):
                race.pause()
                st.rerun()
        elif st.button(
            t("Continue"), type="primary", icon=":material/play_arrow:", key="race.play"
        ):
            stage.at = None
            race.play()
            st.rerun()
        if st.button(
            t("One epoch"), icon=":material/skip_next:", key="race.step", disabled=race.playing
        ):
            stage.at = None
            race.step()
            st.rerun()
    words = t("New race") if race.finished else t("Cancel")
    if st.button(words, icon=":material/close:", key="race.cancel"):
        race.pause()
        stage.race = stage.at = None
        st.rerun()
