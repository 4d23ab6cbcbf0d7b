"""How one value is read from a URL, written to it, and described to a reader.

Readers take whatever a stranger put into an address and raise ValueError for what they refuse.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.i18n import t


@dataclass(frozen=True)
class Field:
    """How one field is read, written and described; `read` raises ValueError."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    allowed: Callable[[], str]  # called late: it is text for the reader


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def real(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", text, re.ASCII | re.I):
            raise ValueError(text)
        value = float(text)
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(text)
        return value + 0.0  # -0.0 and 0.0 are one view

    return read


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def list_of(read_one: Callable[[str], Any], low: int, high: int) -> Callable[[str], Any]:
    def read(text: str) -> tuple[Any, ...]:
        parts = text.split(",") if text else []
        values = tuple(read_one(part) for part in parts)
        if not low <= len(values) <= high:
            raise ValueError(text)
        return values

    return read


def flag(text: str) -> bool:
    return one_of(("0", "1"))(text) == "1"


def number(value: float) -> str:
    """The shortest text that reads back as the same number, without a trailing `.0`."""
    text = repr(float(value))
    return text.removesuffix(".0")


def join(values: Any) -> str:
    return ",".join(number(v) if isinstance(v, float) else str(v) for v in values)


def pairs(values: Any) -> str:
    return ",".join(f"{codec}:{setting_text(value)}" for codec, value in values)


def pairs_of(keys: tuple[str, ...], read_one: Callable[[str], Any]) -> Callable[[str], Any]:
    """`sparse:0.1,variational:4`: each of the keys at most once, in their order."""

    def read(text: str) -> tuple[tuple[str, Any], ...]:
        found: dict[str, Any] = {}
        for part in text.split(",") if text else []:
            key, _, value = part.partition(":")
            if key not in keys or key in found:
                raise ValueError(text)
            found[key] = read_one(value)
        return tuple((key, found[key]) for key in keys if key in found)

    return read


def _settings(text: str) -> tuple[tuple[str, str], ...]:
    """`hidden_sizes:64, 32;sparse.lambda_:0.1`, each name once, sorted; values are free text."""
    found: dict[str, str] = {}
    for part in text.split(";") if text else []:
        name, _, value = part.partition(":")
        if (
            not re.fullmatch(r"[a-z_]{1,32}(\.[a-z_]{1,32})?", name)
            or name in found
            or not re.fullmatch(r"[^;\x00-\x1f\x7f]{0,120}", value)
        ):
            raise ValueError(text)
        found[name] = value
    return tuple(sorted(found.items()))


def setting_text(value: Any) -> str:
    """One setting as free text, the way a person would type it."""
    return number(value) if isinstance(value, float) else str(value)


def span(low: str, high: str) -> Callable[[], str]:
    return lambda: t("{low} to {high}", low=low, high=high)


def names(choices: tuple[str, ...]) -> Callable[[], str]:
    return lambda: ", ".join(choices)


def whole_number(low: int, high: int) -> Field:
    """A field that holds one whole number."""
    return Field(
        whole(low, high), str, lambda: t("whole numbers {low} to {high}", low=low, high=high)
    )


def whole_numbers(high: int, count: int) -> Field:
    """A field that holds up to `count` whole numbers from 0."""
    return Field(
        list_of(whole(0, high), 0, count),
        join,
        lambda: t("up to {count} whole numbers such as 3,17", count=count),
    )


def matching(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(text)
    return text


SHARE = Field(real(0.0, 1.0), number, span("0", "1"))
FLAG = Field(flag, lambda on: str(int(on)), names(("0", "1")))
SETTINGS = Field(
    _settings,
    lambda values: ";".join(f"{name}:{value}" for name, value in values),
    lambda: t("pairs such as epochs:30;sparse.lambda_:0.1"),
)
_RUN = r"\d{8}-\d{6}-[0-9a-f]{10}"  # as the engine makes them
RUN = Field(  # a race's id, or a single run's
    lambda text: matching(rf"|[0-9a-f]{{12}}|{_RUN}", text),
    str,
    lambda: t("the id of a race"),
)


def weights(codecs: tuple[str, ...], most: float) -> Field:
    """A field that holds, for some codecs, a weight."""
    return Field(
        pairs_of(codecs, real(0.0, most)),
        pairs,
        lambda: t("pairs such as sparse:0.1,variational:4"),
    )


def models(codecs: tuple[str, ...]) -> Field:
    """A field that holds, for some codecs, the run whose model is shown."""
    return Field(
        pairs_of(codecs, lambda text: matching(_RUN, text)),
        pairs,
        lambda: t("pairs of a codec and a run's id"),
    )
