"""The set of samples that a lasso chose, of which a link holds so many at most."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import state
from app.i18n import t, tn
from app.view import MAX_PICKED


def choose_set(ids: Sequence[int]) -> None:
    """The samples inside a lasso; one around nothing keeps the set (a button clears it)."""
    if ids:
        state.update(picked=thinned(ids))
        remember_circled(len(ids))


def thinned(ids: Sequence[int]) -> tuple[int, ...]:
    """At most MAX_PICKED of a set, evenly: a link has to stay short."""
    if len(ids) <= MAX_PICKED:
        return tuple(ids)
    return tuple(ids[i] for i in np.linspace(0, len(ids) - 1, MAX_PICKED).round().astype(int))


def remember_circled(count: int) -> None:
    """How many samples lay inside the line of which the view has picked some."""
    _circled().update(picked=state.view().picked, count=count)


def set_size(shown: int) -> None:
    """Say how many samples are chosen and, where the line held more, of how many."""
    known = _circled()
    of = known["count"] if known["picked"] == state.view().picked else shown
    if of > shown:
        words = t("**{count} of {of} samples kept, evenly**", count=shown, of=of)
    else:
        words = tn("**{count} sample chosen**", "**{count} samples chosen**", shown)
    st.markdown(words, width="content", help=set_help())


def set_help() -> str:
    """What a set can hold."""
    return t(
        "A set holds {most} samples at most, so that its link stays short; of more inside the line "
        "an even selection is kept.",
        most=MAX_PICKED,
    )


def _circled() -> dict[str, Any]:
    known: dict[str, Any] = state.memory("set.circled", lambda: {"picked": (), "count": 0})
    return known
