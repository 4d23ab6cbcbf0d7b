"""Text that came from outside, made safe for where it is drawn."""

import math
import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$:^=])")


def plain(text: str) -> str:
    """`text` so that Markdown shows it as it is: no links, pictures, formulas or icons."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def number(value: float, digits: int = 4) -> str:
    """A number with `digits` significant digits; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.{digits}g}".replace("-", "−")


def fixed(value: float, digits: int = 3) -> str:
    """The same, its last zeros kept: numbers that stand side by side look alike."""
    if not math.isfinite(value) or abs(value) >= 10**digits:
        return number(value)
    return f"{value:#.{digits}g}".rstrip(".").replace("-", "−")
