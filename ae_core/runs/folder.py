"""A run is a folder: what was asked for, how far it is, what it has shown, what came of it.

recipe.json            RunSpec: variant, config, data set, fit settings, seed, group, owner
status.json            Status: state, epoch, step, reason, ...
history.jsonl          one line per epoch
changes.jsonl          what was changed while it ran, and before which step
commands/              what somebody wants of it, one file each, taken away when obeyed
snapshots/0012.safetensors, live.safetensors   codes and reconstructions of the probe
states/0012.safetensors    everything needed to go on from there to the same weights
model.safetensors      when it is finished
lock                   held by the process that trains it, for as long as that lives
"""

import os
import re
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ae_core.errors import InvalidInput, ModelFileError
from ae_core.folders import runs_folder
from ae_core.runs.files import is_locked, read_json, read_lines
from ae_core.runs.snapshots import Snapshot, load_snapshot
from ae_core.runs.spec import STATES, Entry, RunSpec, Status

T = TypeVar("T")

ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{10}")
QUEUE = ".queue"  # in the folder of all runs: one empty file per run that waits
FRESH = 10.0  # seconds for which a heartbeat from another machine counts
GONE = "the process that trained it is gone; go on with it to the same weights"


class RunFolder:
    """Reads a run; never writes. Two of the same folder are equal."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFolder) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def model_file(self) -> Path:
        """The finished model; may not exist yet."""
        return self.path / "model.safetensors"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    def spec(self) -> RunSpec:
        """What was asked for; ModelFileError where the file is damaged."""
        return _made(RunSpec, self.path / "recipe.json")

    def status(self) -> Status:
        """Where it stands now: a run whose process is gone is interrupted, whatever it wrote."""
        written = self.written()
        if written.over or (written.state == "paused" and written.parked):
            return written
        place = self.position() if written.state == "queued" else 0
        if place or self.alive(written):
            return replace(written, position=place)
        if self.written() != written:  # it went on between the looks
            return self.status()
        return replace(written, state="interrupted", reason=written.reason or GONE)

    def written(self) -> Status:
        """Where it stood when its process last wrote."""
        status = _made(Status, self.path / "status.json")
        if status.state not in STATES:
            raise ModelFileError(f"{self.path}: unknown state {status.state!r:.40}")
        return status

    def alive(self, written: Status) -> bool:
        """Whether a process has it in hand."""
        if is_locked(self.lock_file):
            return True
        elsewhere = written.host not in ("", host())
        return elsewhere and time.time() - written.beat < FRESH

    def position(self) -> int:
        """Its place in the queue, from 1; a race counts as one. 0: it does not wait."""
        waiting = queue_of(self.path.parent)
        if self.id not in waiting:
            return 0
        units: list[str] = []
        for name in waiting:
            try:
                spec = RunFolder(self.path.parent / name).spec()
            except ModelFileError:
                continue
            unit = spec.race or name
            if unit not in units:
                units.append(unit)
            if name == self.id:
                return units.index(unit) + 1
        return 0

    def history(self) -> list[Entry]:
        """Every whole epoch so far, in order; of a very long past only some (`thinned`)."""
        found: list[Entry] = []
        for line in read_lines(self.path / "history.jsonl"):
            try:
                entry = Entry.of(line)
            except (KeyError, TypeError, ValueError):
                break
            if found and entry.record.epoch <= found[-1].record.epoch:
                break
            found.append(entry)
        return found

    def epochs(self) -> int:
        """How many epochs it has told of."""
        past = self.history()
        return past[-1].record.epoch if past else 0

    def changes(self) -> list[dict[str, Any]]:
        """What was changed while it ran: id, step (the first it counts for), field, value, time."""
        return read_lines(self.path / "changes.jsonl")

    def snapshots(self) -> list[int]:
        """The epochs of which a snapshot is kept, in order."""
        return _numbers(self.path / "snapshots")

    def snapshot(self, epoch: int) -> Snapshot:
        """What the probe looked like after that epoch; ModelFileError where none is kept."""
        return load_snapshot(numbered(self.path / "snapshots", epoch))

    def live(self) -> Snapshot | None:
        """The probe a moment ago, perhaps in the middle of an epoch."""
        path = self.path / "live.safetensors"
        return load_snapshot(path) if path.exists() else None

    def states(self) -> list[int]:
        """The epochs from which the run can be taken up, in order."""
        return _numbers(self.path / "states")


def numbered(folder: Path, number: int) -> Path:
    return folder / f"{number:04d}.safetensors"


def host() -> str:
    return socket.gethostname()


def find_run(name: str, root: Path | None = None) -> RunFolder:
    """The run of that id; InvalidInput for anything else, a path included."""
    path = (root or runs_folder()) / name if ID.fullmatch(name) else None
    if path is None or not (path / "recipe.json").is_file():
        raise InvalidInput(f"{name[:60]!r}: no such run; see python -m ae_core list --runs")
    return RunFolder(path)


def list_runs(root: Path | None = None) -> list[RunFolder]:
    """Every run of this machine, the oldest first."""
    root = root or runs_folder()
    names = sorted(os.listdir(root)) if root.is_dir() else []
    return [RunFolder(root / n) for n in names if ID.fullmatch(n) and (root / n).is_dir()]


def queue_of(root: Path) -> list[str]:
    """Ids of the runs that wait, in their order."""
    try:
        return [name.split("_", 1)[1] for name in sorted(os.listdir(root / QUEUE)) if "_" in name]
    except FileNotFoundError:
        return []


def _numbers(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(int(n[:-12]) for n in names if re.fullmatch(r"\d{4,9}\.safetensors", n))


def _made(cls: type[T], path: Path) -> T:
    try:
        return cls(**read_json(path))
    except TypeError as error:
        raise ModelFileError(f"{path}: is damaged: {error}") from error
