"""Text that came from outside, made safe for where it is drawn."""

import math
import re

from app.i18n import known, setting_label, t

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$:^=])")


def plain(text: str) -> str:
    """`text` so that Markdown shows it as it is: no links, pictures, formulas or icons."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")  # how the library writes a setting of two words


def told(error: Exception) -> str:
    """What the library refuses, as plain Markdown; settings are called as their controls are."""
    return plain(_NAME.sub(lambda found: _called(found[0]), str(error)))


def _called(name: str) -> str:
    if name == "latent_dim":
        return f"“{t('Code size d')}”"
    return f"“{t(setting_label(name))}”" if known(setting_label(name)) else name


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
