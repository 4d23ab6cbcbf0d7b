"""Runs in a test: made in a moment, advanced batch by batch, killed at will."""

import dataclasses
from typing import Any

import torch

from ae_core.runs.commands import Command, post
from ae_core.runs.files import Lock
from ae_core.runs.folder import RunFolder
from ae_core.runs.making import create_runs
from ae_core.runs.runner import Runner
from ae_core.runs.spec import RunSpec
from ae_core.store import load_model

RECIPE = {"epochs": 3, "batch_size": 128, "seed": 5}  # 16 batches an epoch on the rings
CONFIG = {"hidden_sizes": (8,)}
SPEC = RunSpec("variational", "rings", CONFIG, RECIPE, rewindable=True)


def made(spec: RunSpec = SPEC, **changes: Any) -> RunFolder:
    return create_runs([dataclasses.replace(spec, **changes)])[0]


class Hand:
    """A process that has a run in hand, and may be killed: its lock goes, nothing is said."""

    def __init__(self, run: RunFolder) -> None:
        lock = Lock.take(run.lock_file)
        assert lock is not None
        self.lock, self.runner = lock, Runner(run)

    def to(self, step: int) -> "Hand":
        while self.runner.step < step and not (self.runner.standing or self.runner.trained):
            self.runner.advance()
        return self

    def asked(self, *args: Any, **fields: Any) -> "Hand":
        post(self.runner.folder, Command(*args, **fields))
        self.runner.obey()
        return self

    def kill(self) -> RunFolder:
        self.runner.keeper.pen.close()
        self.lock.release()
        return self.runner.folder

    def end(self) -> RunFolder:
        self.to(10**9)
        assert self.runner.trained
        self.runner.finish({})
        return self.kill()


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = load_model(run.model_file).state_dict()
    return state


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def terms(run: RunFolder) -> list[Any]:
    return [(e.record.epoch, e.step, e.record.train, e.record.valid) for e in run.history()]
