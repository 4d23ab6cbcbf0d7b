"""What a race has shown: runners, their laps, and every number of it as columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ae_core import EpochRecord, TrainingState
from ae_core.base import Autoencoder, Codec
from ae_core.batches import in_batches
from ae_core.metrics import squared_error_per_image
from app.services.arrays import Array, frozen

UNITS = 8  # of a code, those that are kept


@dataclass(frozen=True)
class Sight:
    """What a codec makes of the probe: codes (P, ≤ UNITS), reconstructions, mean squared error.

    The error is measured on undamaged samples in one unit, so codecs of any objective compare.
    """

    codes: Array
    reconstructions: Array
    error: float


@dataclass(frozen=True)
class Lap:
    """One runner after one epoch."""

    record: EpochRecord
    sight: Sight


@dataclass
class Runner:
    """One model in training and everything it has shown so far."""

    model: Autoencoder
    state: TrainingState
    records: Iterator[EpochRecord]
    laps: list[Lap] = field(default_factory=list)
    failure: str = ""
    kept: str = ""  # the name it was kept under
    file: tuple[str, bytes] | None = None

    @property
    def over(self) -> bool:
        return self.state.finished or bool(self.failure)


def look(model: Codec, probe: Tensor, shown: int) -> Sight:
    """A codec's answer to the probe (P, *sample_shape); the first `shown` reconstructions stay."""
    x_hat = in_batches(model.reconstruct, probe)
    codes = in_batches(model.encode, probe)[:, :UNITS].clone()
    error = float(squared_error_per_image(probe, x_hat).mean())
    return Sight(frozen(codes), frozen(x_hat[:shown].clone()), error)


def columns(runners: Mapping[str, Runner]) -> dict[str, list[Any]]:
    """Every number behind the curves, a row per codec and epoch."""
    laps = [(v, lap.record, lap.sight) for v, r in runners.items() for lap in r.laps]
    found: dict[str, list[Any]] = {
        "codec": [v for v, _, _ in laps], "epoch": [record.epoch for _, record, _ in laps],
    }  # fmt: skip
    for split in ("train", "valid"):
        for term in ("reconstruction", "weighted_penalty", "total"):
            found[f"{split}_{term}"] = [
                getattr(getattr(record, split), term) for _, record, _ in laps
            ]
    found["probe_squared_error_per_image"] = [sight.error for _, _, sight in laps]
    return found


def difference(runners: Mapping[str, Runner]) -> float:
    """The largest difference between any two runners: every term of every epoch, every pixel."""
    largest = 0.0
    for laps in zip(*(r.laps for r in runners.values() if not r.failure), strict=False):
        rows = [
            [t for terms in (lap.record.train, lap.record.valid)
             for t in (terms.reconstruction, terms.total)]
            for lap in laps
        ]  # fmt: skip
        spread = max(max(column) - min(column) for column in zip(*rows, strict=True))
        first = laps[0].sight.reconstructions
        pixels = max(float(abs(lap.sight.reconstructions - first).max()) for lap in laps)
        largest = max(largest, spread, pixels)
    return largest
