"""How a sweep is asked for: one variant, the range of its weight, how many points and seeds."""

import math
from typing import Any

import streamlit as st

from ae_core.config import Hyper
from ae_core.errors import InvalidConfig
from app import services
from app.i18n import t, tn
from app.palette import CODECS, codec_name
from app.services import DataInfo, RaceSettings
from app.widgets.controls import config_controls
from app.widgets.race_form import bind_own, chosen, shared_form
from app.widgets.race_link import SWEEP, tied

POINTS = 7  # at first


def sweep_form(data: DataInfo) -> RaceSettings:
    """Draw the controls; the race settings in which one variant stands once for each weight."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep.what"):
        variant = _variant()
        place = st.container(horizontal=True, vertical_alignment="bottom", width=560)
    shared = shared_form(data, variant)
    config = services.variant_configs((variant,))[variant]
    own, tie = services.own_fields(variant), bind_own(f"{variant}.")
    start = services.own_start(data.name, variant, shared.preset)
    name = services.knob(variant, chosen(config, own, tie, start))
    rest: dict[str, Any] = {}
    if len(own) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom", key="sweep.own"):
            rest = config_controls(
                config, key=variant, only=own, skip=(name,), initial=start, tie=tie
            )
    with place:
        low, high = _range(data.name, variant, name)
        count = _points()
    log = services.hyper(variant, name).log
    weights = services.sweep_weights(low, high, count, log=log)
    settings = {**shared.config, **rest}
    seeds = shared.training["seeds"]
    st.caption(t(
        "{runs} of {codec}: {weights}. One after another; each becomes a point.",
        runs=tn("{count} training", "{count} trainings", len(weights) * seeds),
        codec=codec_name(variant), weights=", ".join(f"{w:.3g}" for w in weights),
    ))  # fmt: skip
    return RaceSettings(
        data.name,
        tuple((variant, tuple(sorted({**settings, name: w}.items()))) for w in weights),
        **shared.training, varied=name,
    )  # fmt: skip


def _variant() -> str:
    """Codecs that have a weight."""
    offered = [c for c in services.variant_configs(tuple(CODECS)) if services.knob(c)]
    start = offered[-1]
    _, bound = tied(Hyper("choice", "", "", choices=tuple(offered)), f"{SWEEP}variant", start)
    with st.container(width=210):
        return str(st.selectbox(t("Codec"), offered, format_func=codec_name, **bound))


def _range(data: str, variant: str, name: str) -> tuple[float, float]:
    """Where the weight starts and ends: at first where the shipped network's range does."""
    h = services.hyper(variant, name)
    ends = services.known_range(data, variant, name)
    words = (t("{symbol} from", symbol=h.symbol), t("{symbol} to", symbol=h.symbol))
    low, high = (
        _end(f"{SWEEP}{part}_{variant}", words[i], h, ends[i])
        for i, part in enumerate(("from", "to"))
    )
    if low >= high:
        raise InvalidConfig(
            f"a sweep's {name} must rise, got {low:g} to {high:g}; choose a smaller start"
        )
    if h.log and low <= 0:
        raise InvalidConfig(
            f"a sweep's {name} must start above 0, for its points lie at equal ratios; got {low:g}"
        )
    return low, high


def _end(key: str, words: str, h: Hyper, start: float) -> float:
    """One end of the range, typed."""
    _, bound = tied(h, key, start)
    step = 10.0 ** math.floor(math.log10(start)) if start > 0 else 0.05
    with st.container(width=150):
        return float(st.number_input(
            words, h.minimum, h.maximum, step=step, format="%.4g", **bound
        ))  # fmt: skip


def _points() -> int:
    low, high = services.POINTS
    _, bound = tied(Hyper("int", "", "", low, high), f"{SWEEP}points", POINTS)
    with st.container(width=130):
        return int(st.number_input(t("Points"), low, high, step=1, **bound))
