"""One run in the hands of this process: a batch per call, everything on disk as it goes."""

import math
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

from ae_core.data.dataset import DataSet
from ae_core.engine import engine
from ae_core.records import EpochRecord, TrainingState
from ae_core.run import Run
from ae_core.runs.commands import Command, settle, waiting
from ae_core.runs.data import data_of
from ae_core.runs.folder import RunFolder
from ae_core.runs.keeper import Keeper, thinned
from ae_core.runs.spec import Status
from ae_core.scoring import plain_codec, score, scored_data
from ae_core.store import save_model
from ae_core.training import check_fits, resolve_device
from ae_core.variants import build

TELL_EVERY = 0.3  # seconds between two words of how far it is
BEAT = 2.0  # the same while it stands still


class Runner:
    """Advances one run whose lock the caller holds; `over` when there is nothing left to do."""

    def __init__(
        self, folder: RunFolder, dataset: DataSet | None = None, state: TrainingState | None = None
    ) -> None:
        self.folder, self.spec, before = folder, folder.spec(), folder.status()
        spec = self.spec
        self.data = dataset or data_of(spec.data, spec.data_dir)
        self.model = build(spec.variant, self.data.sample_shape, seed=spec.seed, **spec.config)
        check_fits(self.model, self.data, spec.fit)
        self.keeper = Keeper(folder, self.data, spec)
        self.state = state or self.keeper.take_up()
        self.run = Run(self.model, self.data, spec.fit, resolve_device(spec.device), self.state)
        self.per_epoch = self.run.passes.steps
        self.step = self.state.epoch * self.per_epoch
        self.goal = 0 if spec.start_paused and not before.step else before.goal
        self.changes, self.applied = folder.changes(), 0
        # So far it has been before: the same again, and no new change until then.
        self.past = max(self.keeper.epochs * self.per_epoch, before.step)
        for record in self.state.history:
            if record.epoch > self.keeper.epochs:  # of a run kept elsewhere
                self.keeper.line(record, record.epoch * self.per_epoch, None)
        self.turns: Iterator[EpochRecord | None] | None = None  # of the epoch under way
        self.scores: Future[dict[str, float]] | None = None
        self.busy, self.kept, self.over = before.busy, replace(self.state), False
        self.tell("running")

    @property
    def trained(self) -> bool:
        return self.state.finished

    @property
    def standing(self) -> bool:
        """Whether it has reached the step it was told to stand still at."""
        return not self.trained and self.goal is not None and self.step >= self.goal

    def advance(self) -> None:
        """One batch; with an epoch's last one its record, snapshot and state."""
        start = time.thread_time()
        self._apply_changes()
        self.turns = self.turns or self.run.batches()
        next(self.turns)
        self.step += 1
        if self.step % self.per_epoch == 0:
            record = next(self.turns)
            assert record is not None  # the epoch's batches are done
            # A copy, for an interruption may fall into the middle of the next epoch's end. Its
            # tensors are replaced later, never changed.
            self.turns, self.kept = None, replace(self.state, history=[*self.state.history])
            self.keeper.epoch(self.model, record, self.step, last=self.trained)
            self.keeper.state(self.model, self.kept, now=self.trained)
        self.busy += time.thread_time() - start

    def obey(self) -> None:
        """Do what somebody has asked for since the last look."""
        for path, command in waiting(self.folder.path):
            if command.action == "cancel":
                self.end("cancelled", f"cancelled in epoch {self.state.epoch + 1}")
            elif command.action == "change" and self.step < self._known():
                continue  # first back to where it was
            else:
                self._obey(command, path.stem)
            path.unlink(missing_ok=True)
            if self.over:
                return

    def tell(self, state: str, reason: str = "", **more: Any) -> None:
        """Say where the run stands, after everything that was written before."""
        self.keeper.tell(
            Status(
                state, self.state.epoch, self.step, self.per_epoch, self.goal, reason,
                busy=round(self.busy, 3), **more,
            )
        )  # fmt: skip

    def keep_up(self) -> None:
        """Between rounds: how far it is, and what the probe looks like now."""
        wait = BEAT if self.standing else TELL_EVERY
        if self.over or time.monotonic() - self.keeper.told < wait:
            return
        if self.trained:
            self.tell("running", "scoring on the test split")
            return
        self.tell("paused" if self.standing else "running")
        if self.turns is not None:
            self.keeper.live(self.model, self.state.epoch, self.step)

    def stand(self) -> None:
        """Say that it stands still, with the last whole epoch and the probe of this moment."""
        self.keeper.state(self.model, self.kept, now=True)
        if self.turns is not None:
            self.keeper.hurry()
            self.keeper.live(self.model, self.state.epoch, self.step)
        self.tell("paused")

    def conclude(self, scorer: Executor) -> None:
        """Score a trained run, meanwhile others go on; then its model, then that it is finished."""
        if self.scores is None:
            self.scores = scorer.submit(self._score)
        elif self.scores.done():
            self.finish(self.scores.result())

    def finish(self, figures: dict[str, float]) -> None:
        """The finished model with its test figures."""
        kept = {k: v for k, v in figures.items() if math.isfinite(v)}
        save_model(
            self.model.to("cpu"), self.folder.model_file, dataset=self.data,
            state=thinned(self.state), test_figures=kept, recipe=self.story(),
        )  # fmt: skip
        self.end("finished", figures=kept)

    def story(self) -> dict[str, Any]:
        """What a model's recipe says beyond `fit`'s settings: the run, and what changed in it."""
        changes = [{k: c[k] for k in ("step", "field", "value")} for c in self.changes]
        return {"run": self.folder.id} | ({"changes": changes} if changes else {})

    def end(self, state: str, reason: str = "", **more: Any) -> None:
        """Let go of everything but the files; the last whole epoch is among them."""
        self.over, self.turns = True, None
        self.keeper.state(self.model, self.kept, now=True)
        self.tell(state, reason, **more)
        self.keeper.close(finished=state == "finished")

    def _score(self) -> dict[str, float]:
        data = scored_data(self.data, self.spec.fit.binarise)
        with engine(1):
            return score(plain_codec(self.model), data)

    def _obey(self, command: Command, name: str) -> None:
        if command.action == "change":
            if all(c["id"] != name for c in self.changes):
                line = {"id": name, "step": self.step, "field": command.field,
                        "value": command.value, "time": time.time()}  # fmt: skip
                self.keeper.change(line)
                self.changes.append(line)
                self.keeper.hurry()
            return
        here = max(self.step, self.past)
        if command.action == "play":
            self.goal = None
        elif command.action == "pause":
            self.goal = self.step
        elif command.unit == "batch":
            self.goal = here + command.count
        else:
            self.goal = (here // self.per_epoch + command.count) * self.per_epoch
        if self.standing:
            self.stand()
        else:
            self.tell("running")

    def _known(self) -> int:
        """The step up to which it is settled what changes."""
        return max([self.past, *(int(c["step"]) for c in self.changes)])

    def _apply_changes(self) -> None:
        while self.applied < len(self.changes):
            change = self.changes[self.applied]
            if change["step"] > self.step:
                return
            settle(change, self._set)
            self.applied += 1

    def _set(self, field: str, value: float) -> None:
        if field == "learning_rate":
            self.run.pace = replace(self.run.pace, learning_rate=value)
        else:
            settings: dict[str, Any] = {field: value}
            self.model.config = replace(self.model.config, **settings)
