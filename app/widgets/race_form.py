"""How the next race is asked for: generated controls, each kept in the URL."""

from typing import Any

import streamlit as st

from ae_core.config import Config, Hyper, check_value, hyper_of
from ae_core.errors import InvalidConfig
from app import services, state
from app.i18n import t
from app.services import DataInfo, RaceSettings
from app.widgets.controls import Tie, config_controls
from app.widgets.pickers import seed_picker
from app.widgets.pictures import codec_heading

MAIN = ("hidden_sizes", "architecture", "reconstruction")  # the rest is under "More"
ZERO = "zero"


def race_form(data: DataInfo, codecs: tuple[str, ...]) -> RaceSettings:
    """Draw the controls of a race between these codecs; what they say."""
    start = services.suggestion(data.name)
    trained = services.variant_configs(codecs)
    with st.container(horizontal=True, vertical_alignment="bottom", key="race.shared"):
        latent_dim = _latent_dim(start["latent_dim"])
        shared = config_controls(Config, key="race", only=MAIN, initial=start, tie=_tie(""))
        epochs = _whole("epochs", t("Epochs"), 1, services.most_epochs(), start)
        batch_size = _whole("batch_size", t("Batch size"), *services.BATCHES, start)
        learning_rate = _rate(start)
        with st.container(width=130):
            seed = seed_picker()
        seeds = _whole("seeds", t("Seeds"), 1, services.MAX_SEEDS, start)
    with st.container(horizontal=True, vertical_alignment="center", key="race.more"):
        with st.popover(t("More"), icon=":material/tune:"):
            skip = (*MAIN, "latent_dim")
            shared |= config_controls(Config, key="race", skip=skip, initial=start, tie=_tie(""))
        zero = _zero()
    shared["latent_dim"] = latent_dim
    own = _own_settings(data.name, trained, zero)
    return RaceSettings(
        data.name,
        tuple((v, tuple(sorted({**shared, **own[v]}.items()))) for v in trained),
        epochs, batch_size, learning_rate, seed, seeds,
    )  # fmt: skip


def _own_settings(
    data: str, trained: dict[str, type[Config]], zero: bool
) -> dict[str, dict[str, Any]]:
    """What only one variant has, each under its own name: the knob in sight, the rest behind."""
    found: dict[str, dict[str, Any]] = {}
    owners = {v: services.own_fields(v) for v in trained}
    starts = {v: services.suggested_weight(data, v) for v in trained}
    for variant in trained:
        found[variant] = services.without_weight(variant) if zero else {}
    shown = [v for v, own in owners.items() if own and not zero]
    for variant, column in zip(shown, st.columns(len(shown)) if shown else [], strict=True):
        config, own, tie = trained[variant], owners[variant], _tie(f"{variant}.")
        first: dict[str, Any] = starts[variant]
        with column:
            with st.container(horizontal=True, vertical_alignment="center"):
                codec_heading(variant)
                rest = st.popover("", icon=":material/tune:") if len(own) > 1 else None
            place = st.container()
        # Which field is the knob may depend on the others, so these are asked first.
        knob = services.knob(variant, _chosen(config, own, tie))
        if rest:
            with rest:
                found[variant] |= config_controls(
                    config, key=variant, only=own, skip=(knob,), initial=first, tie=tie
                )
        with place:
            found[variant] |= config_controls(
                config, key=variant, only=(knob,), initial=first, tie=tie
            )
    return found


def _chosen(config: type[Config], own: tuple[str, ...], tie: Tie) -> dict[str, Any]:
    """The variant's own settings as the URL has them."""
    every = config.__dataclass_fields__
    return {name: tie(every[name], every[name].default)[0] for name in own}


def _tie(prefix: str) -> Tie:
    """Bind generated controls to the race settings of the URL."""

    def tie(f: Any, start: Any) -> tuple[Any, dict[str, Any]]:
        name = prefix + f.name
        shown = _read(hyper_of(f), f.name, dict(state.view().race).get(name), start)
        return shown, state.bind_setting(name, shown, start)

    return tie


def _read(h: Hyper, name: str, text: str | None, start: Any) -> Any:
    """The value of a link's text; where it starts, if the text is none of its values."""
    if text is None:
        return start
    if h.kind == "sizes":
        return text  # the control says what is wrong with it
    try:
        if h.kind == "bool":
            return {"True": True, "False": False}[text]
        return check_value(name, h, text if h.kind == "choice" else float(text))
    except (InvalidConfig, ValueError, KeyError):
        return start


def _latent_dim(start: int) -> int:
    """The code size is the one all pages share: what is kept is then in sight there."""
    most = services.MAX_LATENT
    bound = state.bind("latent_dim", min(state.view().latent_dim or start, most))
    with st.container(width=130):
        return int(st.number_input(t("Code size d"), 1, most, step=1, **bound))


def _whole(name: str, label: str, low: int, high: int, start: dict[str, Any]) -> int:
    bound = _bind(Hyper("int", "", "", low, high), name, start)
    with st.container(width=130):
        return int(st.number_input(label, low, high, step=1, **bound))


def _rate(start: dict[str, Any]) -> float:
    low, high = 1e-6, 10.0
    bound = _bind(Hyper("float", "", "", low, high), "learning_rate", start)
    label = t("Learning rate")
    with st.container(width=150):
        return float(st.number_input(label, low, high, step=0.001, format="%.4g", **bound))


def _bind(h: Hyper, name: str, start: dict[str, Any]) -> dict[str, Any]:
    shown = _read(h, name, dict(state.view().race).get(name), start[name])
    return state.bind_setting(name, shown, start[name])


def _zero() -> bool:
    shown = dict(state.view().race).get(ZERO) == "True"
    return st.toggle(
        t("Set all weights to 0"),
        help=t(
            "Every λ, β and noise level at 0, other settings of each codec as declared. All codecs "
            "are then the same plain autoencoder, and their curves must be one."
        ),
        **state.bind_setting(ZERO, shown, False),
    )
