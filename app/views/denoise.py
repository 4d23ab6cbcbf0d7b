"""Denoise: one damaged array, and everybody's repair of that identical array."""

from dataclasses import replace

import streamlit as st

from app import services
from app.choice import Choice, choice
from app.i18n import t
from app.services import Damage
from app.widgets import (
    download_csv,
    empty_state,
    error_boundary,
    shared_bar,
    weight_sliders,
    why_panels,
)
from app.widgets.live import live_ready
from app.widgets.live_bench import live_bench
from app.widgets.noise import block_controls, denoisers, noise_controls, noise_kind, told_refs
from app.widgets.noise import the_damage as damage_of
from app.widgets.noise_curve import noise_curve
from app.widgets.repairs import pull_panels, repair_columns, repair_rows, repairs_png
from app.widgets.sketch import ground_of


@st.fragment
@error_boundary()  # a fragment reports its own errors; the entry's boundary never hears of them
def live(said: tuple[object, ...]) -> None:
    """Everything below the bar; `said` is what the bar says of models."""
    kind = noise_kind()
    made = choice(wide=True, corruption=kind)
    if made.said != said:  # another noise needs another denoiser: let the bar say so
        st.rerun()
    damage = damage_of(made, kind)
    told = told_refs(made, damage)
    bench = live_ready(made)
    if bench:
        live_bench(made, damage, ground_of(made.data, services.samples(made.data.name)))
    else:
        still(made, told, damage)
    explain(told, damage, files=not bench)
    if not bench:
        noise_curve(made, damage)
    why_panels(told, key="denoise")


def still(made: Choice, told: Choice, damage: Damage) -> None:
    """Drawn by the server, where no canvas can start."""
    noise_controls(made, damage)
    (pull_panels if made.data.kind == "points" else repair_rows)(told, damage)
    by_hand(made, damage)


def by_hand(made: Choice, damage: Damage) -> None:
    """Damage by hand on all samples at once: an erased block, and other weights."""
    block_controls(made, damage)
    kept = {c: r for c, r in made.refs.items() if not (made.view.told and c in denoisers(made))}
    weight_sliders(replace(made, refs=kept))


def explain(made: Choice, damage: Damage, *, files: bool) -> None:
    """What was measured, in words, and its numbers to take away where the bench has no buttons."""
    if not made.refs:
        empty_state(t("Only the classical filters repair here."), t("Choose a codec above."))
    st.caption(
        t(
            "Every repair receives the identical array. PSNR of the mean squared error, peak "
            "{peak}; ★ is the best, and doing nothing takes part. The best linear map is fitted "
            "on train for this very damage.",
            peak=f"{services.peak(damage.data):.3g}",
        )
    )
    if not files:
        return
    with st.container(horizontal=True, key="denoise.save"):
        download_csv(t("PSNR (CSV)"), repair_columns(made, damage), "denoise-psnr.csv")
        if made.data.kind != "points":
            st.download_button(
                t("Picture (PNG)"), repairs_png(made, damage), "denoise.png", "image/png",
                key="denoise.png", on_click="ignore", icon=":material/image:",
            )  # fmt: skip


live(shared_bar(wide=True, corruption=noise_kind()).said)
