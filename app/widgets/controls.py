"""Controls that follow from a config: one field, one control, no names known here."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import Field, fields
from typing import Any

import streamlit as st

from ae_core.config import Config, Hyper, check_value, hyper_of
from ae_core.errors import InvalidConfig
from app.i18n import setting_label, t
from app.widgets.text import told

MAX_SLIDER_STEPS = 64  # a whole-number range longer than this is typed
STEPS_PER_DECADE = 5
NONE = "none"  # for no hidden layer, as on the command line
SPAN = 100.0  # a logarithmic slider reaches this factor to either side of where it starts

# (field, where it starts) -> (what it shows, the arguments that bind the widget to that)
Tie = Callable[["Field[Any]", Any], tuple[Any, dict[str, Any]]]


class Mistyped(str):
    """What a person typed wrongly: told beside its field, and refused by every config."""


def config_controls(
    config: type[Config],
    *,
    key: str,
    only: Sequence[str] = (),
    skip: Collection[str] = (),
    initial: dict[str, Any] | None = None,
    tie: Tie | None = None,
    disabled: bool = False,
) -> dict[str, Any]:
    """Draw a control for every field of `config`; the settings as `build` takes them.

    only / skip choose fields, in the order of `only`; `initial` replaces defaults, `key` keeps two
    sets apart. `tie` binds each widget to a value kept elsewhere. What a person types wrongly is
    told beside its control, and comes back as Mistyped: the rest of a form stands.
    """
    chosen, every = {}, {f.name: f for f in fields(config)}
    for f in (every[name] for name in only or every if name not in skip):
        start = _single(hyper_of(f), (initial or {}).get(f.name, f.default))
        value = typed(start) if hyper_of(f).kind == "sizes" else start
        shown, bound = tie(f, value) if tie else (value, {"key": f"{key}.{f.name}"})
        given = {} if tie else {"value": value}  # a bound widget has its value already
        chosen[f.name] = _control(f, start, shown, {"disabled": disabled, **bound}, given)
    return chosen


def label(f: "Field[Any]") -> str:
    """`latent_dim` with symbol d -> "Latent dim d", in the reader's language."""
    words = t(setting_label(f.name))
    symbol = hyper_of(f).symbol
    return f"{words} {symbol}" if symbol else words


def typed(start: Any) -> str:
    """Widths as a person types them: (512, 256) -> "512, 256", () -> "none", None -> ""."""
    return NONE if start == () else ", ".join(map(str, start or ()))


def _single(h: Hyper, start: Any) -> Any:
    """A conditioned network's range begins at its middle; widths stay as they are."""
    if h.kind == "sizes" or not isinstance(start, tuple):
        return start
    return math.sqrt(start[0] * start[1]) if h.log else (start[0] + start[1]) / 2


def _control(
    f: "Field[Any]", start: Any, shown: Any, bound: dict[str, Any], given: dict[str, Any]
) -> Any:
    h = hyper_of(f)
    shared: dict[str, Any] = {"label": label(f), "help": t(h.help), **bound}
    if h.kind == "bool":
        return st.toggle(**given, **shared)
    if h.kind == "choice":
        place: dict[str, Any] = {"index": h.choices.index(start)} if given else {}
        return st.selectbox(options=h.choices, **place, **shared)
    if h.kind == "sizes":
        return _sizes(f, {**given, **shared})
    if h.kind == "int":
        return _whole(h, {**given, **shared})
    return _real(h, start, shown, {**given, **shared})


def _whole(h: Hyper, shared: dict[str, Any]) -> int:
    low, high = _bound(h.minimum), _bound(h.maximum)
    if low is not None and high is not None and high - low <= MAX_SLIDER_STEPS:
        return int(st.slider(min_value=low, max_value=high, step=1, **shared))
    return int(st.number_input(min_value=low, max_value=high, step=1, **shared))


def _real(h: Hyper, start: float, shown: float, shared: dict[str, Any]) -> float:
    low, high = slider_range(h, start)
    if low is None or high is None:
        return float(st.number_input(min_value=h.minimum, max_value=h.maximum, format="%.4g",
                                     **shared))  # fmt: skip
    low, high = min(low, shown), max(high, shown)
    if h.log:
        stops = sorted({*log_stops(low, high, start), shown})
        return float(st.select_slider(options=stops, format_func="{:.3g}".format, **shared))
    return float(st.slider(min_value=low, max_value=high, step=(high - low) / 100,
                           format="%.3g", **shared))  # fmt: skip


def _sizes(f: "Field[Any]", shared: dict[str, Any]) -> tuple[int, ...] | Mistyped | None:
    """Widths typed as `512, 256`; empty means the default for the architecture."""
    shared["help"] += " " + t("Write {word} for no hidden layer.", word=NONE)
    text = st.text_input(placeholder=t("default"), max_chars=120, **shared) or ""
    try:
        return _widths(f, text)
    except InvalidConfig as error:
        st.error(told(error), icon=":material/error:", width=430)
        return Mistyped(text)


def _widths(f: "Field[Any]", text: str) -> tuple[int, ...] | None:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        return None
    if parts == [NONE]:
        return ()
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidConfig(
            f"{f.name} must be whole numbers with commas, such as 512, 256, got {text!r}"
        )
    sizes: tuple[int, ...] = check_value(f.name, hyper_of(f), [int(part) for part in parts])
    return sizes


def slider_range(h: Hyper, start: float) -> tuple[float | None, float | None]:
    """The useful part of a field's bounds: those are what the engine survives, often 0 to 10⁶."""
    low, high = h.minimum, h.maximum
    if start > 0:
        reach = start * (SPAN if h.log else 4.0)
        high = reach if high is None else min(high, reach)
        if h.log and low is not None and low > 0:
            low = max(low, start / SPAN)
    return (None if low is None else float(low), None if high is None else float(high))


def log_stops(low: float, high: float, start: float) -> list[float]:
    """Stops at equal ratios from low to high, with `start` among them; 0 leads where low is 0."""
    bottom = low if low > 0 else high / SPAN**2
    decades = math.log10(high / bottom)
    count = max(1, round(decades * STEPS_PER_DECADE))
    stops = {float(f"{bottom * 10 ** (decades * i / count):.3g}") for i in range(count + 1)}
    return sorted({s for s in stops if low <= s <= high} | {float(low), float(high), float(start)})


def _bound(value: float | None) -> int | None:
    return None if value is None else int(value)
