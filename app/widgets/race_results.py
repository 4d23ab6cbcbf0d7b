"""What is left of a race: figures on the test split, models to keep, curves, and why."""

from functools import partial

import streamlit as st

from app import services, state
from app.i18n import t
from app.palette import codec_name
from app.services import Race
from app.widgets.opened import open_model
from app.widgets.panels import download_csv, error_boundary, formula_panel
from app.widgets.race import epoch_looked_at, show_race
from app.widgets.text import number, plain


def race_results(race: Race) -> None:
    """The table of test figures, and every model to keep or to take away."""
    figures = services.race_figures(race)
    if not figures or not services.race_over(race):
        return
    scored_table(
        race, results_table(race, figures),
        t("Scored once, when the race was over; nothing was chosen by these figures."),
    )  # fmt: skip
    if services.read_only():
        st.caption(t("This machine keeps no models; download yours."))
    for variant, column in zip(figures, st.columns(max(len(figures), 3)), strict=False):
        with column:
            _model(race, variant)


def scored_table(race: Race, rows: list[dict[str, str]], words: str) -> None:
    """Figures on the test split, and in words what they are."""
    st.subheader(t("On the test split"))
    st.table(rows)
    if len(race.seeds) > 1:
        words += " " + t("Median, and from least to most, over so many seeds.")
    st.caption(words)


def results_table(race: Race, figures: dict[str, list[dict[str, float]]]) -> list[dict[str, str]]:
    """One row per codec; figures that not every codec has are left out."""
    labels = {
        "squared_error_per_image": t("squared error per sample"),
        "mse_per_pixel": t("MSE per value"),
        "psnr_db": t("PSNR in dB"),
        "ssim": t("SSIM"),
        "knn5_accuracy": t("5-NN accuracy"),
    }
    beside = services.baselines(race, state.view().codecs)
    sharp = race.specs[0].fit.binarise
    plain = {codec: [services.baseline_figures(which, sharp)] for codec, which in beside.items()}
    rows = plain | figures
    shown = [key for key in labels if all(key in one for row in rows.values() for one in row)]
    seeds = {t("seeds"): ""} if len(race.seeds) > 1 else {}
    return [
        {t("codec"): codec_name(name)}
        | {key: str(len(row)) if name in figures else "–" for key in seeds}
        | {labels[key]: with_spread([one[key] for one in row]) for key in shown}
        for name, row in rows.items()
    ]


def with_spread(values: list[float]) -> str:
    """Median, and least to most where there are several."""
    middle, low, high = services.middle_and_spread(values)
    if len(values) == 1:
        return number(middle)
    return f"{number(middle)} ({number(low)}–{number(high)})"


def race_downloads(race: Race) -> None:
    """Every number behind the curves."""
    name = f"race-{race.data}-d{race.latent_dim}.csv"
    download_csv(t("Curves as CSV"), partial(services.columns, race), name)


def race_removal(race: Race) -> None:
    """Its folders for good, by who started it and once it is over; models that were kept stay."""
    mine = all(spec.owner == state.visitor() for spec in race.specs)
    if not mine or not services.race_over(race):
        return
    words = (
        t("Delete this sweep") if race.varied
        else t("Delete this point of the sweep") if race.sweep else t("Delete this race")
    )  # fmt: skip
    if st.button(
        words, key="race.delete", icon=":material/delete:",
        help=t("Its curves, snapshots and models go; a model that was kept stays."),
    ):  # fmt: skip
        sweep = race.sweep
        services.delete_race(race, state.visitor())
        show_race(sweep if sweep and services.find_race(sweep) else "")
        st.rerun()


def race_why(race: Race) -> None:
    """Formula, numbers at the epoch looked at, and the lines of Python that give them."""
    if not st.toggle(t("Why do I see this?"), key="race.why", help=t(
        "Each codec's formula with its numbers at this epoch, and the Python lines that give them."
    )):  # fmt: skip
        return
    epoch = epoch_looked_at(race)
    if not epoch:
        st.caption(t("Nothing yet: the first epoch is not over."))
        return
    st.caption(t("Epoch {epoch}", epoch=epoch))
    runs = [run for run in race.runs if services.spec_of(run).seed == race.seeds[0]]
    tabs = st.tabs([codec_name(services.spec_of(run).variant) for run in runs])
    for tab, run in zip(tabs, runs, strict=True):
        spec = services.spec_of(run)
        terms = run.history()[epoch - 1].record.valid
        with tab:
            formula_panel(
                services.formula(spec.variant),
                reconstruction=terms.reconstruction,
                penalty=terms.penalty,
                weight=terms.weighted_penalty / terms.penalty if terms.penalty else 0.0,
                weight_symbol=services.knob_symbol(spec.variant) if terms.penalty else "",
                snippet="" if run.changes() else services.race_snippet(run, epoch),
                seed=spec.seed,
            )


def _model(race: Race, variant: str) -> None:
    """The model of a codec; of several seeds the first."""
    model_buttons(race, next(
        r.id for r in race.runs
        if services.spec_of(r).variant == variant and r.written().state == "finished"
    ))  # fmt: skip


def model_buttons(race: Race, run: str) -> None:
    """Keep a finished run's model, open it on every page, or take the file away."""
    variant = services.spec_of(race.named(run)).variant
    name, kept = codec_name(variant), services.kept_as(run)
    with error_boundary():
        if not services.read_only():
            _keep(race, run, name, kept)
        _open(race, run, name)
        st.download_button(  # read when somebody takes it
            t("Download {codec}", codec=name), partial(_content, race, run),
            services.model_name(race, run), "application/octet-stream",
            key=f"race.file.{variant}", icon=":material/download:", on_click="ignore",
            width="stretch",
        )  # fmt: skip
    if kept:
        st.success(t("Kept as {name}.", name=plain(kept)), icon=":material/check:")


def _content(race: Race, run: str) -> bytes:
    return services.model_of(race, run)[1]


def _keep(race: Race, run: str, name: str, kept: str) -> None:
    variant = services.spec_of(race.named(run)).variant
    if st.button(
        t("Keep {codec}", codec=name), key=f"race.keep.{variant}", icon=":material/bookmark_add:",
        width="stretch", disabled=bool(kept),
        help=t("Save this model, so that it outlives its race. No page changes by it."),
    ):  # fmt: skip
        services.keep(race, run)
        st.rerun()


def _open(race: Race, run: str, name: str) -> None:
    """In the view, and so in the address: other visitors see it where they follow the link."""
    variant = services.spec_of(race.named(run)).variant
    pages = (
        t("Make it this codec on all your pages.") if services.read_only()
        else t("Make it this codec on all your pages, and keep it.")
    )  # fmt: skip
    link = t("The link in the address bar then shows it to others; without that link they see "
             "what they saw.")  # fmt: skip
    if st.button(
        t("Open {codec}", codec=name), key=f"race.open.{variant}",
        icon=":material/open_in_new:", width="stretch", help=f"{pages} {link}",
    ):  # fmt: skip
        if not services.read_only():
            services.keep(race, run)
        model = services.opened_model(run)
        if model is not None:
            open_model(model)
            st.switch_page("views/latent.py")
