"""The panel that answers "why do I see this" for every codec of a page."""

import streamlit as st

from app import services
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.widgets.panels import formula_panel


def why_panels(made: Choice, *, key: str) -> None:
    """Formula, live numbers, snippet and origin, a tab per codec; computed when opened."""
    if not made.refs:
        return
    if not st.toggle(t("Why do I see this?"), key=f"{key}.why", help=t(
        "Each codec's formula with its live numbers, and the Python lines that give them."
    )):  # fmt: skip
        return
    for tab, which in zip(
        st.tabs([codec_name(codec) for codec in made.refs]), made.refs.values(), strict=True
    ):
        with tab:
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
