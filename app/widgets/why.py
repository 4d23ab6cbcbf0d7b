"""The panel that answers "why do I see this" for every codec of a page."""

import statistics

import streamlit as st

from app import services
from app.choice import Choice
from app.i18n import t, tn
from app.palette import codec_name
from app.services import CodecRef
from app.widgets.panels import formula_panel


def why_panels(made: Choice, *, key: str) -> bool:
    """Formula, live numbers, snippet and origin, a tab per codec; computed when it is open, which
    is what comes back.
    """
    if not made.refs:
        return False
    if not st.toggle(t("Why do I see this?"), key=f"{key}.why", help=t(
        "Each codec's formula with its live numbers, and the Python lines that give them."
    )):  # fmt: skip
        return False
    for tab, which in zip(
        st.tabs([codec_name(codec) for codec in made.refs]), made.refs.values(), strict=True
    ):
        with tab:
            st.caption(
                t(
                    "The objective as in training, noise included: the mean over all {count} test "
                    "samples. Numbers on the page itself belong to the samples shown there.",
                    count=made.data.sizes[2],
                )
            )
            info, terms = services.codec_info(which), services.terms(which)
            formula_panel(
                info.formula,
                reconstruction=terms.reconstruction,
                penalty=terms.penalty,
                weight=terms.weight,
                weight_symbol=info.symbol if terms.penalty else "",
                snippet=services.snippet(which),
                seed=info.seed,
                model_hash=info.digest,
            )
            if info.weight_range:
                st.caption(one_network(which, info.symbol))
    return True


def one_network(which: CodecRef, symbol: str) -> str:
    """That one network serves the whole slider, and how far it is from separate ones."""
    first = t("One network serves the whole range of {symbol}.", symbol=symbol)
    found = services.slider_figures(which)
    if found is None:
        return first + " " + t(
            "How far it is from networks trained separately at one weight each was not measured "
            "for this data set."
        )  # fmt: skip
    gaps = [at.gap for at in found.weights]
    return first + " " + t(
        "Its objective on test against networks trained separately at {count} weights: median "
        "gap {median}, from {least} to {most} (measured at d = {d}, {epochs} epochs; {seeds}). "
        "The dots below the slider are these weights.",
        count=len(gaps), median=_percent(statistics.median(gaps)), least=_percent(min(gaps)),
        most=_percent(max(gaps)), d=found.latent_dim, epochs=found.epochs,
        seeds=tn("{count} seed", "{count} seeds", found.seeds),
    )  # fmt: skip


def _percent(value: float) -> str:
    return f"{value:+.1f}\u00a0%".replace("-", "−")
