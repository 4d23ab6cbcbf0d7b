"""What a row of the table is, and what its measurement is given to work with.

To add a row:

1. Put its recipe into `ae_core/presets.py`, never here: app and command line use the same.
2. In a file of this folder, one per group of rows:

       def measure(job: Job) -> dict[str, float]:
           model = job.train("my-preset")  # trained, timed, back on the CPU
           x_hat = job.reconstruct(model, job.data.test)
           return {"squared error": ...}  # a number for every figure of the row, by its name

       ROWS = (
           Row(
               "my-row", "what is trained and how it is scored", measure, ("my-preset",),
               (Figure("squared error", "Somebody 2006: 3.00", at_least=2.65, aim=2.2),),
           ),
       )

   `measure` goes to other processes: a function of its own or a partial of one, no lambda.

3. Name the file among the `GROUPS` of `rows.py`; the table has their order.

`job.seed` is the seed of everything that is drawn. Training that is not `job.train` (a classifier,
a baseline) goes under `with job.clock():` and takes its epochs from `job.epochs(n)`, at most ten
under --quick. Choose by `job.data.valid`; `job.data.test` is for the figures alone. A number that
is told but not judged is a Figure without at_least. `Row.tried` says, where a row misses, what was
tried; `version` counts up when `measure` itself changes, so that stored results are not mixed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from ae_core import PRESETS
from benchmarks.fidelity.job import Job


@dataclass(frozen=True)
class Figure:
    """One number of a row: what others got, what is asked for. Lower is better unless said."""

    name: str
    published: str = ""
    at_least: float | None = None
    aim: float | None = None
    higher: bool = False
    inside: tuple[float, float] | None = None  # a band instead of a bound
    digits: int = 2  # shown after the point

    def met(self, value: float) -> bool | None:
        """Whether the value is good enough; None where nothing is asked."""
        if self.inside is not None:
            return self.inside[0] <= value <= self.inside[1]
        return self._reaches(value, self.at_least)

    def aim_met(self, value: float) -> bool | None:
        """Whether the value is as good as hoped; None where there is no aim."""
        return self._reaches(value, self.aim)

    def _reaches(self, value: float, bound: float | None) -> bool | None:
        if bound is None:
            return None
        return value >= bound if self.higher else value <= bound


@dataclass(frozen=True)
class Row:
    """One reference: how it is measured, with which presets, and the figures that come out."""

    name: str
    protocol: str
    measure: Callable[[Job], dict[str, float]]
    presets: tuple[str, ...]
    figures: tuple[Figure, ...]
    tried: str = ""
    version: int = 1

    def recipe(self) -> str:
        """What stored results depend on, as text: the presets' settings and the version."""
        used = {
            name: [p.variant, dict(p.config), dict(p.fit), p.data]
            for name, p in ((name, PRESETS[name]) for name in self.presets)
        }
        return json.dumps([self.version, used], sort_keys=True)
