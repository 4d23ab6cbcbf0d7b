"""What is left of a race: figures on the test split, models to keep, curves, and why."""

import streamlit as st

from app import services
from app.i18n import t
from app.palette import codec_name
from app.services import Race
from app.widgets.panels import download_csv, error_boundary, formula_panel
from app.widgets.race import Stage
from app.widgets.text import number, plain


def race_results(race: Race) -> None:
    """The table of test figures, and every model to keep or to take away."""
    if not race.finished or not race.figures:
        return
    st.subheader(t("On the test split"))
    st.table(results_table(race))
    st.caption(t("Scored once, when the race was over; nothing was chosen by these figures."))
    if services.read_only():
        st.caption(t("This machine keeps no models; download yours."))
    names = [v for v, runner in race.runners.items() if not runner.failure]
    for variant, column in zip(names, st.columns(max(len(names), 3)), strict=False):
        with column:
            _model(race, variant)


def results_table(race: Race) -> list[dict[str, str]]:
    """One row per codec; figures that not every codec has are left out."""
    labels = {
        "squared_error_per_image": t("squared error per sample"),
        "mse_per_pixel": t("MSE per value"),
        "psnr_db": t("PSNR in dB"),
        "ssim": t("SSIM"),
        "knn5_accuracy": t("5-NN accuracy"),
    }
    shown = [key for key in labels if all(key in found for found in race.figures.values())]
    return [
        {t("codec"): codec_name(name)} | {labels[key]: number(found[key]) for key in shown}
        for name, found in race.figures.items()
    ]


def race_downloads(race: Race) -> None:
    """Every number behind the curves."""
    if race.epoch:
        name = f"race-{race.settings.data}-d{race.latent_dim}.csv"
        download_csv(t("Curves as CSV"), race.curves(), name)


def race_why(stage: Stage) -> None:
    """Formula, numbers at the epoch looked at, and the lines of Python that give them."""
    race = stage.race
    if race is None or not race.epoch or race.playing:
        return
    if not st.toggle(t("Why do I see this?"), key="race.why", help=t(
        "Each codec's formula with its numbers at this epoch, and the Python lines that give them."
    )):  # fmt: skip
        return
    runners = {v: r for v, r in race.runners.items() if len(r.laps) >= stage.epoch}
    tabs = st.tabs([codec_name(v) for v in runners]) if runners else []
    for tab, (variant, runner) in zip(tabs, runners.items(), strict=True):
        with tab:
            terms = runner.laps[stage.epoch - 1].record.valid
            formula_panel(
                runner.model.formula,
                reconstruction=terms.reconstruction,
                penalty=terms.penalty,
                weight=terms.weighted_penalty / terms.penalty if terms.penalty else 0.0,
                weight_symbol=services.knob_symbol(variant) if terms.penalty else "",
                snippet=services.race_snippet(race.settings, variant, stage.epoch),
                seed=race.settings.seed,
            )


def _model(race: Race, variant: str) -> None:
    """Keep it for every page, or take the file away."""
    name = codec_name(variant)
    runner = race.runners[variant]
    if not services.read_only() and st.button(
        t("Keep {codec}", codec=name), key=f"race.keep.{variant}", icon=":material/bookmark_add:",
        width="stretch", disabled=bool(runner.kept),
        help=t("Save this model; every page then finds it at this data set and code size."),
    ):  # fmt: skip
        with error_boundary():
            race.keep(variant)
            st.rerun()
    file_name, content = race.file(variant)
    st.download_button(
        t("Download {codec}", codec=name), content, file_name, "application/octet-stream",
        key=f"race.file.{variant}", icon=":material/download:", on_click="ignore", width="stretch",
    )  # fmt: skip
    if runner.kept:
        words = t("Kept as {name}; every page finds it now.", name=plain(runner.kept))
        st.success(words, icon=":material/check:")
