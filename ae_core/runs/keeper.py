"""Puts a run in training on disk: its status, epochs, snapshots and states, in the background."""

import math
import os
import time
from dataclasses import asdict, replace
from typing import Any

from ae_core.base import Autoencoder
from ae_core.data.dataset import DataSet
from ae_core.errors import ModelFileError
from ae_core.records import EpochRecord, TrainingState
from ae_core.runs.files import Pen, append_line, mend_lines, write_json
from ae_core.runs.folder import RunFolder, host, numbered
from ae_core.runs.snapshots import field_of, look, probe_of, save_snapshot
from ae_core.runs.spec import RunSpec, Status
from ae_core.store import load_state, save_state

SAVE_EVERY = 2.0  # seconds between states on disk; what is lost is trained again, bit for bit
LOOK_EVERY = 0.3  # seconds between two looks at the probe in the middle of an epoch
MAX_SNAPSHOTS = 500
KEPT_BYTES = 64_000_000  # of states of earlier epochs, for going back
MAX_HISTORY = 4000  # epochs that a model file's header can hold


class Keeper:
    """Writes for the process that holds a run's lock. Everything lands in the order it is given:
    a state on disk has its epochs, snapshots and changes there before it.
    """

    def __init__(self, folder: RunFolder, dataset: DataSet, spec: RunSpec) -> None:
        self.folder, self.rewindable, self.pen = folder, spec.rewindable, Pen()
        self.stride = -(-spec.fit.epochs // MAX_SNAPSHOTS)
        for name in ("history.jsonl", "changes.jsonl"):
            mend_lines(folder.path / name)
        self.epochs = folder.epochs()  # those that are told already
        self.probe, self.shown = probe_of(dataset)
        self.places = field_of(dataset)
        self.told = self.looked = self.saved = self.cost = 0.0
        self.saved_epoch = 0

    def take_up(self) -> TrainingState:
        """The newest state that is whole and whose epochs are all there; else a fresh one."""
        for number in reversed(self.folder.states()):
            try:
                _, state = load_state(numbered(self.folder.path / "states", number))
            except ModelFileError:
                continue
            if state.epoch <= self.epochs:
                past = [entry.record for entry in self.folder.history()]
                state.history = [record for record in past if record.epoch <= state.epoch]
                self.saved_epoch = state.epoch
                return state
        return TrainingState()

    def tell(self, status: Status) -> None:
        """Where the run stands."""
        self.told = time.monotonic()
        status = replace(status, pid=os.getpid(), host=host(), beat=time.time())
        self.pen.write(write_json, self.folder.path / "status.json", asdict(status))

    def epoch(self, model: Autoencoder, record: EpochRecord, step: int, *, last: bool) -> None:
        """A line of the history and a snapshot; nothing where an earlier process wrote both.

        A run that nobody rewinds is looked at now and then only, which costs next to nothing.
        """
        number, path = record.epoch, numbered(self.folder.path / "snapshots", record.epoch)
        due = number % self.stride == 0 if self.rewindable else self._look_is_due()
        if path.exists() or not (due or last or number == 1):
            if number > self.epochs:
                self.line(record, step, None)
            return
        seen = look(model, self.probe, self.shown, number, step, self.places)
        self.looked = time.monotonic()
        if number > self.epochs:
            self.line(record, step, seen.error)
        self.pen.write(save_snapshot, seen, path)

    def line(self, record: EpochRecord, step: int, error: float | None) -> None:
        """One more epoch of the history."""
        line = {**record.to_mapping(), "step": step, "error": error, "time": time.time()}
        self.pen.write(append_line, self.folder.path / "history.jsonl", line)
        self.epochs = record.epoch

    def live(self, model: Autoencoder, epoch: int, step: int) -> None:
        """The probe in the middle of a long epoch; a tenth of the time at most goes into it."""
        if not self._look_is_due():
            return
        start = time.monotonic()
        model.eval()
        seen = look(model, self.probe, self.shown, epoch, step, self.places)
        model.train()
        self.looked = time.monotonic()
        self.cost = self.looked - start
        if math.isfinite(seen.error):
            self.pen.write(save_snapshot, seen, self.folder.path / "live.safetensors")

    def hurry(self) -> None:
        """Somebody has asked for something and waits to see it: the next look is due at once."""
        self.looked = self.told = 0.0

    def _look_is_due(self) -> bool:
        return time.monotonic() - self.looked > max(LOOK_EVERY, 10 * self.cost)

    def state(self, model: Autoencoder, state: TrainingState, *, now: bool = False) -> None:
        """A state from which the run can be taken up; `now`, or when the last one is old."""
        late = now or time.monotonic() - self.saved > SAVE_EVERY
        if not late or state.epoch <= self.saved_epoch:
            return
        path = numbered(self.folder.path / "states", state.epoch)
        self.pen.write(save_state, model, replace(state, history=[]), path)
        self.pen.write(self._prune)
        self.saved, self.saved_epoch = time.monotonic(), state.epoch

    def change(self, line: dict[str, Any]) -> None:
        """A change, on disk before it counts."""
        append_line(self.folder.path / "changes.jsonl", line)

    def close(self, *, finished: bool) -> None:
        """Wait until everything is on disk; of a run that nobody rewinds, states that nobody will
        need go.
        """
        self.pen.close()
        states = self.folder.states()
        for number in () if self.rewindable else states if finished else states[:-1]:
            numbered(self.folder.path / "states", number).unlink(missing_ok=True)

    def _prune(self) -> None:
        """Keep the newest states, and of earlier ones as many as there is room for."""
        folder, numbers = self.folder.path / "states", self.folder.states()
        size = max(1, numbered(folder, numbers[-1]).stat().st_size)
        room = max(2, KEPT_BYTES // size) if self.rewindable else 2
        if len(numbers) > room:
            for number in numbers[1:-1:2] if self.rewindable else numbers[:-2]:
                numbered(folder, number).unlink(missing_ok=True)


def thinned(state: TrainingState) -> TrainingState:
    """Every k-th epoch of a very long history, the best and the last: it must fit a header."""
    step = -(-len(state.history) // MAX_HISTORY)
    if step <= 1:
        return state
    *earlier, last = state.history
    kept = [r for i, r in enumerate(earlier) if i % step == 0 or r.epoch == state.best_epoch]
    return replace(state, history=[*kept, last])
