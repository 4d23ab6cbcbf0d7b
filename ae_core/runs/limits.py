"""What visitors of one machine may ask of it, from the environment or from code."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from ae_core.errors import InvalidConfig

PREFIX = "AE_MAX_"  # AE_MAX_RUNS, AE_MAX_EPOCHS, ...


@dataclass(frozen=True)
class Limits:
    """More than these at once waits in the queue; larger than these is refused.

    A field is set by the environment variable of its name: AE_MAX_EPOCHS=50 sets `epochs`.
    """

    runs: int = max(1, os.cpu_count() or 1)  # at once on this machine; a race counts as one
    runs_per_visitor: int = 1  # at once; the others of a visitor wait, and let others pass
    waiting_per_visitor: int = 60
    epochs: int = 300
    parameters: int = 5_000_000
    minutes: float = 60.0  # of computing, per run
    disk_mb: float = 4096.0  # of all runs together

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            whole = f.type is int
            if not math.isfinite(value) or value <= 0 or (whole and value != int(value)):
                raise InvalidConfig(
                    f"{PREFIX}{f.name.upper()} must be a {'whole ' * whole}number above 0, "
                    f"got {value!r}"
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The defaults, where the environment says nothing else."""
        known = os.environ if environment is None else environment
        given: dict[str, float] = {}
        for f in fields(cls):
            name = PREFIX + f.name.upper()
            text = known.get(name, "").strip()
            if not text:
                continue
            try:
                given[f.name] = int(text) if f.type is int else float(text)
            except ValueError as error:
                raise InvalidConfig(f"{name} must be a number above 0, got {text!r}") from error
        return cls(**given)  # type: ignore[arg-type]

    def check(self, what: str, value: float, unit: str, advice: str) -> None:
        """InvalidConfig, with the limit and what to do, where `value` is over that limit."""
        most = getattr(self, what)
        if value > most:
            raise InvalidConfig(
                f"{value:,.0f} {unit} are too many here, at most {most:,.0f} are allowed "
                f"({PREFIX}{what.upper()}); {advice}"
            )
