"""Settings of the next race as a link has them: read, and what cannot be used told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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


def tied(h: Hyper, name: str, start: Any) -> tuple[Any, dict[str, Any]]:
    """What the link says of a setting, and the arguments that bind a widget to it."""
    shown = read_setting(h, name, start)
    return shown, state.bind_setting(name, shown, start)


def read_setting(h: Hyper, name: str, start: Any) -> Any:
    """What the link says of a setting; where it starts, if that is none of its values."""
    text = dict(state.view().race).get(name)
    if text is None:
        return start
    if h.kind == "sizes":
        return text  # the control says what is wrong with it
    try:
        return check_value(name, h, _typed(h, text))
    except InvalidConfig as error:
        _refuse(name, str(error), start)
        return start


def _typed(h: Hyper, text: str) -> Any:
    """The text in the setting's type, or as it is."""
    if h.kind == "bool":
        return {"True": True, "False": False}.get(text, text)
    for number in (int, float) if h.kind in ("int", "float") else ():
        with suppress(ValueError):
            return number(text)
    return text


def asked_recipe(offered: Sequence[str]) -> str:
    """The recipe of the link if it is offered here, else ""; told only where there is none such."""
    asked = dict(state.view().race).get(PRESET, "")
    try:
        if asked:
            services.preset(asked)
    except InvalidConfig as error:
        _refuse(PRESET, str(error), t("The suggestion"))
    return asked if asked in offered else ""


def all_zero() -> bool:
    """Whether the link asks for every weight at 0."""
    return bool(read_setting(Hyper("bool", "", ""), ZERO, False))


def _refuse(name: str, why: str, start: Any) -> None:
    """Keep, for `refusals_told`, why the link's setting is not used."""
    _refused()[name] = t(
        "The link's settings: {why}. {start} stands instead.",
        why=plain(why), start=plain(setting_text(start)),
    )  # fmt: skip


@contextmanager
def refusals_told() -> Iterator[None]:
    """Around a form: below it, a line for each setting of the link that could not be used."""
    _refused().clear()
    try:
        yield
    finally:  # what the form itself refuses is told elsewhere, and hides nothing
        unknown = [name for name, _ in state.view().race if not _known(name)]
        lines = [t("The link's settings: there is no {name}.", name=plain(n)) for n in unknown]
        if told := [*_refused().values(), *lines]:
            st.warning("  \n".join(told), icon=":material/link_off:")


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
