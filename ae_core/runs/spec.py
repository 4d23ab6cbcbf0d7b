"""What is known of a run: what was asked for, where it stands, and one epoch of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from ae_core.records import EpochRecord, Recipe, Terms

STATES = ("queued", "running", "paused", "finished", "cancelled", "failed", "interrupted")
OVER = ("finished", "cancelled", "failed")


@dataclass(frozen=True)
class RunSpec:
    """What is to be trained; with the changes made on the way it determines the weights."""

    variant: str
    data: str
    config: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)  # of `fit`; its seed makes the weights
    group: str = ""  # runs that belong together
    side_by_side: bool = False  # one process trains the whole group in turns
    varied: str = ""  # of a sweep: the config field in which runs of the group differ
    owner: str = ""  # whose run it is; only compared
    data_dir: str | None = None
    device: str = "cpu"
    start_paused: bool = False
    rewindable: bool = False  # keeps states of earlier epochs
    parent: str = ""  # the run it branched from
    created: float = 0.0

    @property
    def fit(self) -> Recipe:
        return Recipe(**self.recipe)

    @property
    def seed(self) -> int:
        return self.fit.seed

    @property
    def race(self) -> str:
        """Names what one process trains side by side; "" for a run of its own."""
        return f"{self.owner}/{self.group}" if self.side_by_side else ""


@dataclass(frozen=True)
class Status:
    """Where a run stands; `state` is one of STATES, `reason` says why where that is a question."""

    state: str
    epoch: int = 0
    step: int = 0  # batches done since the first
    steps_per_epoch: int = 0
    goal: int | None = None  # the step to stand still at
    reason: str = ""
    pid: int = 0
    host: str = ""
    beat: float = 0.0  # when its process last wrote this
    busy: float = 0.0  # seconds of computing
    parked: bool = False  # paused so long that its process was let go
    figures: dict[str, float] = field(default_factory=dict)  # of the test split, scored once
    position: int = 0  # in the queue, from 1; 0: does not wait

    @property
    def over(self) -> bool:
        return self.state in OVER


@dataclass(frozen=True)
class Entry:
    """One line of the history: an epoch's record, and the probe's error after it."""

    record: EpochRecord
    step: int
    error: float | None  # squared error per image of the undamaged probe, where it was looked at
    time: float

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """The entry of a line; KeyError, TypeError or ValueError for anything else."""
        values = {f.name: line[f.name] for f in fields(EpochRecord)}
        for split in ("train", "valid"):
            values[split] = Terms(**values[split])
        numbers = [line["time"], values["seconds"], line["error"] or 0.0]
        if not all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers):
            raise ValueError("not a finite number")
        return cls(EpochRecord(**values), int(line["step"]), line["error"], float(line["time"]))
