"""How the next race is asked for: generated controls, each kept in the URL."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from ae_core.config import Config, Hyper, hyper_of
from app import services, state
from app.i18n import t
from app.palette import CODECS
from app.services import DataInfo, RaceSettings
from app.widgets.controls import Mistyped, Tie, config_controls
from app.widgets.pickers import seed_picker
from app.widgets.pictures import codec_heading
from app.widgets.race_link import PRESET, SWEEP, ZERO, all_zero, asked_recipe, tied
from app.widgets.text import plain

MAIN = ("architecture", "hidden_sizes", "reconstruction")  # the rest is under "More"


@dataclass(frozen=True)
class Shared:
    """What all runs have in common, as the controls say it."""

    preset: str  # the recipe they start from, "" for the suggestion
    config: dict[str, Any]
    training: dict[str, Any]  # epochs and the like, by RaceSettings' own names


def race_form(data: DataInfo, codecs: tuple[str, ...]) -> RaceSettings:
    """Draw the controls of a race between these codecs; what they say."""
    trained = services.variant_configs(codecs)
    shared = shared_form(data)
    own = _own_settings(data.name, trained, shared.preset, all_zero())
    return RaceSettings(
        data.name,
        tuple((v, tuple(sorted({**shared.config, **own[v]}.items()))) for v in trained),
        **shared.training,
    )


def mistyped(settings: RaceSettings) -> bool:
    """Whether a control said already why this is no race."""
    return any(isinstance(v, Mistyped) for _, items in settings.configs for _, v in items)


def shared_form(data: DataInfo, variant: str = "") -> Shared:
    """Draw what does not belong to one variant alone; `variant` where only one is trained."""
    name = _recipe(data.name, variant)
    start = services.recipe_start(data.name, name, variant)
    with st.container(horizontal=True, vertical_alignment="bottom", key="race.shared"):
        latent_dim = _latent_dim(start["latent_dim"])
        config = config_controls(Config, key="race", only=MAIN, initial=start, tie=bind_own(""))
        most = max(services.most_epochs(), start["epochs"])  # too many: shown, and refused
        training: dict[str, Any] = {
            "epochs": _whole("epochs", t("Epochs"), 1, most, start),
            "batch_size": _whole("batch_size", t("Batch size"), *services.BATCHES, start),
            "learning_rate": _rate(start),
        }
        with st.container(width=130):
            training["seed"] = seed_picker()
        training["seeds"] = _whole("seeds", t("Seeds"), 1, services.MAX_SEEDS, start)
        with st.popover(t("More"), icon=":material/tune:"):
            skip = (*MAIN, "latent_dim")
            config |= config_controls(
                Config, key="race", skip=skip, initial=start, tie=bind_own("")
            )
        if not variant:
            _zero()
    config["latent_dim"] = latent_dim
    training["further"] = services.recipe_further(name)
    return Shared(name, config, training)


def _recipe(data: str, variant: str) -> str:
    """Where all settings start: the suggestion, or a named recipe for this data set."""
    offered = [n for n in services.race_presets(data)
               if variant in ("", services.preset(n).variant)]  # fmt: skip
    shown = asked_recipe(offered)
    if not offered:
        return ""

    suggested = t("suggested: seconds to minutes")
    with st.container(width=430):
        bound = state.bind_memory(f"race.{PRESET}.{variant}", shown, take_recipe)
        st.selectbox(
            t("Recipe"), ["", *offered], format_func=lambda name: name or suggested, **bound
        )
    if shown:  # below, not in the box: a phone's has room for the name alone
        st.caption(plain(f"{t(services.preset(shown).help)}."))
    if further := services.recipe_further(shown):
        told = ", ".join(f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}" for k, v in further)
        st.caption(t("The recipe also says: {settings}.", settings=plain(told)))
    if dict(further).get("layout_images"):
        st.caption(
            t("Before the first epoch t-SNE lays out some samples. That takes minutes, in which "
              "pause and cancel wait.")
        )  # fmt: skip
    return shown


def take_recipe(name: str) -> None:
    """Start from a named recipe, all settings and its variant with it; "" is the suggestion,
    which gives back all codecs where the recipe had chosen its own.
    """
    codecs, race = state.view().codecs, dict(state.view().race)
    kept = {k: v for k, v in race.items() if k.startswith(SWEEP)}
    if not name:
        before = services.preset(race[PRESET]).variant if PRESET in race else ""
        alone = before and tuple(services.variant_configs(codecs)) == (before,)
        state.update(
            race=tuple(kept.items()), latent_dim=None, codecs=tuple(CODECS) if alone else codecs
        )
        return
    found = services.preset(name)
    beside = [c for c in codecs if not services.variant_configs((c,))]
    state.update(
        race=tuple(({PRESET: name} | kept).items()),
        latent_dim=services.recipe_start(found.data, name)["latent_dim"],
        codecs=(*beside, found.variant),
    )


def _own_settings(
    data: str, trained: dict[str, type[Config]], preset: str, zero: bool
) -> dict[str, dict[str, Any]]:
    """What only one variant has, each under its own name: the knob in sight, the rest behind."""
    found: dict[str, dict[str, Any]] = {}
    owners = {v: services.own_fields(v) for v in trained}
    starts = {v: services.own_start(data, v, preset) for v in trained}
    for variant in trained:
        found[variant] = services.without_weight(variant) if zero else {}
    shown = [v for v, own in owners.items() if own and not zero]
    for variant, column in zip(shown, st.columns(len(shown)) if shown else [], strict=True):
        config, own, tie = trained[variant], owners[variant], bind_own(f"{variant}.")
        first = starts[variant]
        with column:
            with st.container(horizontal=True, vertical_alignment="center", key=f"own-{variant}"):
                codec_heading(variant)
                rest = st.popover("", icon=":material/tune:") if len(own) > 1 else None
            place = st.container()
        # Which field is the knob may depend on the others, so these are asked first.
        knob = services.knob(variant, chosen(config, own, tie, first))
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


def chosen(
    config: type[Config], own: tuple[str, ...], tie: Tie, start: dict[str, Any]
) -> dict[str, Any]:
    """The variant's own settings as the URL has them."""
    every = config.__dataclass_fields__
    return {name: tie(every[name], start.get(name, every[name].default))[0] for name in own}


def bind_own(prefix: str) -> Tie:
    """Bind generated controls to the race settings of the URL."""

    def tie(f: Any, start: Any) -> tuple[Any, dict[str, Any]]:
        return tied(hyper_of(f), prefix + f.name, start)

    return tie


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
    return tied(h, name, start[name])[1]


def _zero() -> None:
    st.toggle(
        t("Set all weights to 0"),
        help=t(
            "Every λ, β and noise level at 0, other settings of each codec as declared. All codecs "
            "are then the same plain autoencoder, and their curves must be one."
        ),
        **state.bind_setting(ZERO, all_zero(), False),
    )
