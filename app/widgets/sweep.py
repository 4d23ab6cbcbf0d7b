"""A sweep on the page: what its live plot is told, and what is left of it."""

from functools import partial
from typing import Any

import streamlit as st

from app import services
from app.address import address
from app.canvas.modules import modules_base
from app.i18n import t, tn
from app.palette import codec_name
from app.services import CodecRef, Race
from app.widgets.panels import download_csv, formula_panel
from app.widgets.race import PALETTE, data_of, facts, look_of, race_canvas, race_stage
from app.widgets.race_results import model_buttons, scored_table, with_spread
from app.widgets.sweep_text import figure_names, sweep_text, sweep_words


def sweep_canvas(race: Race) -> None:
    """The live plot."""
    race_canvas(race, sweep_props)


def sweep_props(race: Race) -> dict[str, Any]:
    """All that the component knows: plain values and addresses."""
    spec, stage = race.specs[0], race_stage()
    which = services.sweep_reference(race)
    weights = services.reference_weights(race, which) if which else ()
    return {
        "base": modules_base(),
        "page": "sweep",
        "race": race.id,
        "news": address("sweep", f"{race.id}.json"),
        "orders": address("race", race.id, "orders"),
        "film": address("film", ""),
        "epochs": race.recipe.epochs,
        "facts": facts(race),
        "data": data_of(race),
        "codec": look_of(spec.variant),
        "symbol": services.hyper(spec.variant, race.varied).symbol,
        "noise": services.is_noise(race),
        "log": spec.variant == "contractive",
        "runs": [
            {"run": run.id, "weight": services.weight_of(run), "seed": services.spec_of(run).seed}
            for run in race.runs
        ],
        "curve": services.curve_url(which, weights) if which and weights else None,
        "picked": _picked(race),
        "palette": PALETTE,
        "view": {"serial": stage.heard, "state": services.race_state(race)},
        "text": sweep_text(race),
    }


def _picked(race: Race) -> str:
    """The run pointed at; "" for none, or one that has been deleted since."""
    picked = race_stage().picked.get(race.id, "")
    return picked if any(run.id == picked for run in race.runs) else ""


def sweep_results(race: Race) -> None:
    """The run pointed at, to open or keep; and the table of test figures once all is over."""
    picked = _picked(race)
    if picked and race.named(picked).written().state == "finished":
        with st.container(horizontal=True, key="sweep.picked"):
            model_buttons(race, picked)
    figures = services.sweep_figures(race) if services.race_over(race) else {}
    if not figures:
        return
    scored_table(
        race, sweep_table(race, figures),
        t("Scored once, when a run was over; nothing was chosen by these figures."),
    )  # fmt: skip


def sweep_table(race: Race, figures: dict[float, list[dict[str, float]]]) -> list[dict[str, str]]:
    """One row per weight."""
    symbol = services.hyper(race.variants[0], race.varied).symbol
    every = [one for row in figures.values() for one in row]
    names = {key: name for key, name in figure_names().items() if all(key in one for one in every)}
    return [
        {symbol: f"{weight:.3g}"}
        | ({t("seeds"): str(len(row))} if len(race.seeds) > 1 else {})
        | {name: with_spread([one[key] for one in row]) for key, name in names.items()}
        for weight, row in figures.items()
    ]


def sweep_download(race: Race) -> None:
    """A row per run."""
    name = f"sweep-{race.data}-{race.variants[0]}-d{race.latent_dim}.csv"
    download_csv(t("Points as CSV"), partial(services.sweep_columns, race), name)


def sweep_why(race: Race) -> None:
    """Why the plot looks as it does, in words, with the formula and the lines that make a point."""
    if not st.toggle(t("Why do I see this?"), key="sweep.why", help=t(
        "What the two axes trade against each other, and the Python lines that make a point."
    )):  # fmt: skip
        return
    variant, which = race.variants[0], services.sweep_reference(race)
    symbol = services.hyper(variant, race.varied).symbol
    st.markdown(sweep_words(variant, symbol, len(race.seeds)))
    if which is not None:
        st.markdown(_one_network(race, which))
    run = race.named(_picked(race) or race.runs[0].id)
    history = run.history()
    if history:
        terms = history[-1].record.valid
        weight = services.weight_of(run)
        formula_panel(
            services.formula(variant), reconstruction=terms.reconstruction, penalty=terms.penalty,
            weight=weight, weight_symbol="" if services.is_noise(race) else symbol,
            snippet=services.race_snippet(run, len(history)), seed=services.spec_of(run).seed,
        )  # fmt: skip


def _one_network(race: Race, which: CodecRef) -> str:
    """What the line is, and how it was made differently."""
    own = race.specs[0].config["hidden_sizes"]
    theirs = services.made_with(which)
    return t(
        "The line is the network behind the slider of the other pages: {codec}, trained once for "
        "all weights, {epochs}, layers {theirs}; the points have layers {own}. A point below the "
        "line shows what training for one weight alone buys; one above it, that the one network "
        "loses nothing there or was trained for longer.",
        codec=codec_name(which.variant), epochs=tn("{count} epoch", "{count} epochs", theirs[1]),
        theirs="-".join(map(str, theirs[0])) or "–", own="-".join(map(str, own)) or "–",
    )  # fmt: skip
