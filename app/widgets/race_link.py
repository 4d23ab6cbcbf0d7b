"""Settings of the next race as a link has them: read, and what cannot be used told."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from ae_core.config import Config, Hyper, check_value
from ae_core.errors import InvalidConfig
from app import services, state
from app.fields import setting_text
from app.i18n import t
from app.palette import CODECS
from app.widgets.text import plain

ZERO, PRESET, SWEEP = "zero", "preset", "sweep."
_TRAINING = ("epochs", "batch_size", "learning_rate", "seeds", ZERO, PRESET)
_SWEPT = ("variant", "points")


def read_setting(h: Hyper, name: str, start: Any) -> Any:
    """What the link says of a setting; where it starts, if that is none of its values."""
    text = dict(state.view().race).get(name)
    if text is None or h.kind == "sizes":  # of sizes the control says what is wrong
        return start if text is None else text
    value: Any = {"True": True, "False": False}.get(text, text) if h.kind == "bool" else text
    if h.kind in ("int", "float"):
        with suppress(ValueError):
            value = float(text)
            value = int(text)  # so that 9999 is called 9999
    try:
        return check_value(name, h, value)
    except InvalidConfig as error:
        refuse(name, str(error), start)
        return start


def asked_recipe(offered: Sequence[str]) -> str:
    """The recipe of the link if it is offered here, else ""; told only where there is none such."""
    asked = dict(state.view().race).get(PRESET, "")
    try:
        if asked:
            services.preset(asked)
    except InvalidConfig as error:
        refuse(PRESET, str(error), t("The suggestion"))
    return asked if asked in offered else ""


def refuse(name: str, why: str, start: Any) -> None:
    """Keep, for `show_refused`, why the link's setting is not used."""
    _refused()[name] = t(
        "The link's settings: {why}. {start} stands instead.",
        why=plain(why), start=plain(setting_text(start)),
    )  # fmt: skip


def show_refused() -> None:
    """A line for each setting of the link that could not be used; call it below the form."""
    unknown = [name for name, _ in state.view().race if not _known(name)]
    lines = [t("The link's settings: there is no {name}.", name=plain(name)) for name in unknown]
    if told := [*_refused().values(), *lines]:
        st.warning("  \n".join(told), icon=":material/link_off:")
    _refused().clear()


def _refused() -> dict[str, str]:
    found: dict[str, str] = state.memory("race.refused", dict)
    return found


def _known(name: str) -> bool:
    owner, _, own = name.rpartition(".")
    if not owner:
        return own in _TRAINING or own in Config.__dataclass_fields__
    if owner + "." == SWEEP:
        return own in _SWEPT or own.startswith(("from_", "to_"))
    return owner in services.variant_configs(tuple(CODECS)) and own in services.own_fields(owner)
