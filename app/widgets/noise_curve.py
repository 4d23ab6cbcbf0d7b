"""PSNR over the noise level: where each repair is worth its name, and what training covered."""

import math

import numpy as np
import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.services import Damage
from app.widgets.noise import level_name
from app.widgets.panels import download_csv, show
from app.widgets.repairs import repair_names

AT_ONCE = 256  # values per sample up to which the curve is quick enough to come unasked
LEVELS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)  # of the highest; without noise PSNR is infinite


def noise_curve(made: Choice, damage: Damage) -> None:
    """The curve of every repair, the trained range shaded, the current level as a line.

    `made` holds the codecs at their own weights; the switch says whether they are told each level.
    """
    if math.prod(made.data.sample_shape) > AT_ONCE:
        st.toggle(
            t("PSNR over the noise level"), help=t("Takes some seconds on large images."),
            **state.bind("curve"),
        )  # fmt: skip
        if not made.view.curve:
            return
    levels = tuple(round(share * _highest(damage), 4) for share in LEVELS)
    with st.spinner(t("Repairing at {count} levels", count=len(levels)), show_time=True):
        curves = services.psnr_over_levels(
            damage.data, tuple(made.refs.values()), damage.kind, levels, 0, damage.clip,
            damage.block, made.view.told,
        )  # fmt: skip
    from app.figures import psnr_curve

    figure = psnr_curve(
        np.array(levels), {name: np.array(values) for name, values in curves.items()},
        trained_at=trained_levels(made, damage.kind), now=damage.level,
        level_name=level_name(damage.kind), names=repair_names(made),
    )  # fmt: skip
    figure.layout.height = 520
    show(figure, key="denoise.curve", alt=t("PSNR of every repair over the noise level"))
    st.caption(t("The first test samples, up to 300; the line is the level above."))
    download_csv(
        t("PSNR over the level (CSV)"), {"level": levels, **curves}, "psnr-over-level.csv"
    )  # fmt: skip


def _highest(damage: Damage) -> float:
    return services.noises(damage.data)[damage.kind].highest


def trained_levels(made: Choice, kind: str) -> tuple[float, float] | None:
    """The levels behind the denoising codec of this kind of noise."""
    for which in made.refs.values():
        training = services.trained_on(which)
        if training is not None and training.kind == kind:
            return training.low, training.high
    return None
