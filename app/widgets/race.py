"""A race on the page: what the live component is told, and what it asks for in return."""

from collections.abc import Mapping
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


@dataclass
class Stage:
    """What this session knows of the race on its page beside the folders."""

    heard: int = 0  # the last wish of the component that was taken in
    at: dict[str, int] = field(default_factory=dict)  # race -> the epoch looked at
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


def show_race(name: str) -> None:
    """Put another race on the page, or none; the address follows."""
    state.update(run=name)


def warm_up() -> None:
    """A worker has torch in hand before anybody presses the button; not where nobody is served."""
    if served():
        services.warm_up()


def race_canvas(race: Race) -> None:
    """The live component; where its modules are not served, one line of how far the race is."""
    stage = race_stage()
    if stage.failure:
        st.warning(plain(stage.failure), icon=":material/error:")
    if served() and not last_failure():
        kept = state.bind_kept(f"race.{race.id}", lambda wish: _obey(race, wish))
        latent_canvas(props(race), **kept)
        return
    statuses = [run.status() for run in race.runs]
    st.progress(
        min(1.0, min(s.epoch for s in statuses) / race.recipe.epochs),
        text=race_text()["states"][services.race_state(race)],
    )
    if any(not s.over for s in statuses) and st.button(t("Cancel"), key="race.cancel"):
        ask(race, {"act": "cancel"})
        st.rerun()


def props(race: Race) -> dict[str, Any]:
    """All that the component knows: plain values and addresses."""
    info = services.data_info(race.data)
    ground = ground_of(info, services.samples(race.data, split="valid"))
    recipe = race.recipe
    return {
        "base": modules_base(),
        "page": "race",
        "race": race.id,
        "news": address("race", race.id, ""),
        "film": address("film", ""),
        "epochs": recipe.epochs,
        "rate": recipe.learning_rate,
        "facts": t(
            "{data}, d = {d}, batches of {batch}, learning rate {rate}, seed {seed}",
            data=info.title, d=race.latent_dim, batch=recipe.batch_size,
            rate=f"{recipe.learning_rate:g}", seed=", ".join(map(str, race.seeds)),
        ),
        "data": {
            "url": services.samples_url(race.data, split="valid", limit=services.PROBE),
            "more": None,
            "kind": info.kind, "shape": list(info.sample_shape),
            "low": ground.low, "high": ground.high, "limit": ground.limit,
            "places": services.field_places(race.data),
        },
        "zero": all(services.knob_of(spec)[2] == 0 for spec in race.specs),
        "runs": [_run(race, i) for i in range(len(race.runs))],
        "baselines": [
            {**_look(codec), "url": services.seen_url(which)}
            for codec, which in services.baselines(race, state.view().codecs).items()
        ],
        "palette": {"labels": list(LABELS), "bright": TOO_BRIGHT, "dark": TOO_DARK},
        "view": {"serial": race_stage().heard, "state": services.race_state(race)},
        "text": race_text(),
    }  # fmt: skip


def _run(race: Race, i: int) -> dict[str, Any]:
    spec = race.specs[i]
    name, symbol, value = services.knob_of(spec)
    knob = {"field": name, "symbol": symbol, "value": value, **_span(spec.variant, name, value)}
    return {
        **_look(spec.variant), "run": race.runs[i].id, "seed": spec.seed,
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


def _look(codec: str) -> dict[str, Any]:
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
    """One wish: an act of the engine's, `look`, `branch`, `resume` or `close`."""
    stage = race_stage()
    stage.failure = ""
    try:
        act = str(wish.get("act", ""))
        if act == "close":
            show_race("")
        elif act == "branch":
            replay = bool(wish.get("replay", False))
            show_race(services.branch_race(race, int(wish["epoch"]), replay=replay))
        elif act == "resume":
            services.go_on(race)
        elif act == "seen":  # the race is over: what is left of it is drawn now
            return
        elif act == "look":
            stage.at[race.id] = int(wish["epoch"])
        else:
            services.tell_race(
                race, act, unit=str(wish.get("unit", "batch")), field=str(wish.get("field", "")),
                value=float(wish.get("value", 0.0)), run=str(wish.get("run", "")),
            )  # fmt: skip
    except AECoreError as error:
        stage.failure = str(error)


def epoch_looked_at(race: Race) -> int:
    """The epoch that numbers below the component belong to: the last, or the one chosen there."""
    done = min(len(run.history()) for run in race.runs)
    return min(race_stage().at.get(race.id, done), done)
