"""A race on the page: what the live component is told, and what it asks for in return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ae_core.errors import AECoreError
from app import services, state
from app.address import address, served
from app.canvas import latent_canvas
from app.canvas.modules import modules_base
from app.i18n import t
from app.palette import CODECS, LABELS, TOO_BRIGHT, TOO_DARK, codec_name, colour
from app.services import Race
from app.widgets.controls import slider_range
from app.widgets.live import last_failure, took_failure
from app.widgets.race_text import race_text
from app.widgets.sketch import ground_of
from app.widgets.text import plain

PALETTE = {"labels": list(LABELS), "bright": TOO_BRIGHT, "dark": TOO_DARK}


@dataclass
class Stage:
    """What this session knows of the race on its page beside the folders."""

    heard: int = 0  # the last wish of the component that was taken in
    at: dict[str, int] = field(default_factory=dict)  # race -> the epoch looked at
    picked: dict[str, str] = field(default_factory=dict)  # sweep -> the run pointed at
    failure: str = ""  # why the last wish was refused


def race_stage() -> Stage:
    """The stage of this session."""
    found: Stage = state.memory("race", Stage)
    return found


def race_of_view() -> Race | None:
    """The race that the address names; None, and one line, where it is gone."""
    name = state.view().run
    race = services.find_race(name) if name else None
    if name and race is None:
        st.info(t("The race of this link is not on this machine (any more)."))
    return race


def mode_picker(race: Race | None) -> str:
    """What the page is about: what is shown says it, else the reader; the other one is clean."""
    words = {"race": t("Race: many codecs"),
             "sweep": t("Sweep: many weights")}  # fmt: skip
    shown = state.view().mode if race is None else "sweep" if race.varied else "race"

    def turn(mode: str) -> None:
        state.update(mode=mode, run="")

    st.segmented_control(
        t("What to train"), list(words), format_func=words.__getitem__, required=True,
        label_visibility="collapsed", **state.bind_memory("mode", shown, turn),
    )  # fmt: skip
    return shown


def show_race(name: str) -> None:
    """Put another race or sweep on the page, or none; the address follows."""
    race = services.find_race(name) if name else None
    mode = state.view().mode if race is None else "sweep" if race.varied else "race"
    state.update(run=name, mode=mode)


def warm_up() -> None:
    """A worker has torch in hand before anybody presses the button; not where nobody is served."""
    if served():
        services.warm_up()


def race_canvas(race: Race, told: Callable[[Race], dict[str, Any]]) -> None:
    """The live component, told so; where nobody serves its modules, a line of how far it is."""
    stage = race_stage()
    if stage.failure:
        st.warning(plain(stage.failure), icon=":material/error:")
    if served() and not last_failure():
        kept = state.bind_kept(f"race.{race.id}", lambda wish: _obey(race, wish))
        latent_canvas(told(race), **kept)
        return
    epochs = [run.written().epoch for run in race.runs]
    done = sum(epochs) / len(epochs) if race.varied else min(epochs)
    st.progress(
        min(1.0, done / race.recipe.epochs), text=race_text()["states"][services.race_state(race)]
    )
    if not services.race_over(race) and st.button(t("Cancel"), key="race.cancel"):
        services.tell_race(race, "cancel")
        st.rerun()


def props(race: Race) -> dict[str, Any]:
    """All that the component knows: plain values and addresses."""
    recipe = race.recipe
    return {
        "base": modules_base(),
        "page": "race",
        "race": race.id,
        "news": address("race", race.id, ""),
        "orders": address("race", race.id, "orders"),
        "film": address("film", ""),
        "epochs": recipe.epochs,
        "rate": recipe.learning_rate,
        "facts": facts(race),
        "data": data_of(race),
        "zero": all(services.knob_of(spec)[2] == 0 for spec in race.specs),
        "runs": [_run(race, i) for i in range(len(race.runs))],
        "baselines": [
            {**look_of(codec), "url": services.seen_url(which)}
            for codec, which in services.baselines(race, state.view().codecs).items()
        ],
        "palette": PALETTE,
        "view": {"serial": race_stage().heard, "state": services.race_state(race)},
        "text": race_text(services.data_info(race.data).kind),
    }  # fmt: skip


def data_of(race: Race) -> dict[str, Any]:
    """The probe, and how it is drawn."""
    info = services.data_info(race.data)
    ground = ground_of(info, services.samples(race.data, split="valid"))
    return {
        "url": services.samples_url(race.data, split="valid", limit=services.PROBE),
        "more": None,
        "kind": info.kind, "shape": list(info.sample_shape),
        "low": ground.low, "high": ground.high, "limit": ground.limit,
        "places": services.field_places(race.data),
    }  # fmt: skip


def facts(race: Race) -> str:
    """What all runs have in common, in one line."""
    recipe = race.recipe
    return t(
        "{data}, d = {d}, batches of {batch}, learning rate {rate}, seed {seed}",
        data=services.title(race.data), d=race.latent_dim, batch=recipe.batch_size,
        rate=f"{recipe.learning_rate:g}", seed=", ".join(map(str, race.seeds)),
    )  # fmt: skip


def _run(race: Race, i: int) -> dict[str, Any]:
    spec = race.specs[i]
    name, symbol, value = services.knob_of(spec)
    knob = {"field": name, "symbol": symbol, "value": value, **_span(spec.variant, name, value)}
    return {
        **look_of(spec.variant), "run": race.runs[i].id, "seed": spec.seed,
        "shown": spec.seed == race.seeds[0],
        "knob": knob if name else None,
    }  # fmt: skip


def _span(variant: str, name: str, value: float) -> dict[str, Any]:
    """The part of a weight's bounds that a slider shows."""
    if not name:
        return {}
    h = services.hyper(variant, name)
    low, high = slider_range(h, value or 1.0)
    return {"low": low or 0.0, "high": high or 1.0, "log": h.log}


def look_of(codec: str) -> dict[str, Any]:
    return {
        "id": codec, "name": codec_name(codec), "colour": colour(codec), "dash": CODECS[codec].dash,
    }  # fmt: skip


def _obey(race: Race, wish: Mapping[str, Any]) -> None:
    """Take in one wish of the browser: its own values, so each is checked."""
    stage = race_stage()
    if took_failure(wish):
        return
    serial = int(wish.get("serial", 0))
    if serial <= stage.heard:
        return
    stage.heard = serial
    ask(race, wish)


def ask(race: Race, wish: Mapping[str, Any]) -> None:
    """One wish that is this page's own; what the engine should do comes as an order."""
    stage = race_stage()
    stage.failure = ""
    try:
        act = str(wish.get("act", ""))
        if act == "close":
            show_race("")
        elif act == "branch":
            replay = bool(wish.get("replay", False))
            show_race(services.branch_race(race, int(wish["epoch"]), replay=replay))
        elif act == "seen":  # the race is over: what is left of it is drawn now
            return
        elif act == "look":  # 0: at the latest, whichever that is
            stage.at.pop(race.id, None)
            if epoch := int(wish["epoch"]):
                stage.at[race.id] = epoch
        elif act == "pick":
            stage.picked[race.id] = race.named(str(wish.get("run", ""))).id
        elif act == "curves":
            show_race(race.named(str(wish.get("run", ""))).id)
    except AECoreError as error:
        stage.failure = str(error)


def epoch_looked_at(race: Race) -> int:
    """The epoch that numbers below the component belong to: the last, or the one chosen there."""
    done = min(len(run.history()) for run in race.runs)
    return min(race_stage().at.get(race.id, done), done)
