"""Who waits, who works: the queue and the places for workers, as files that all processes share.

.queue/<when>_<id>     empty, one per run that waits, in this order
.workers/0, 1, ...     a place: locked for as long as the worker that has it lives
.workers/0.json        what that worker does: idle or whose runs
.workers/choice        held for a moment by whoever changes any of this
"""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ae_core.errors import InvalidConfig, ModelFileError
from ae_core.runs.files import Lock, is_locked, read_json, write_json
from ae_core.runs.folder import QUEUE, RunFolder, queue_of
from ae_core.runs.limits import Limits
from ae_core.runs.spec import RunSpec, Status

WORKERS = ".workers"
TURN = 15 * 10**9  # nanoseconds by which each further unit of an owner stands back in the queue


@dataclass
class Place:
    """A worker's place: what it holds it tells, so that others can count."""

    root: Path
    number: int
    lock: Lock

    def tell(self, *, idle: bool, owner: str = "", pid: int | None = None) -> None:
        facts = {"idle": idle, "owner": owner, "pid": pid or os.getpid()}
        write_json(self.root / WORKERS / f"{self.number}.json", facts)


@contextlib.contextmanager
def choice(root: Path) -> Iterator[None]:
    """Nobody else changes the queue or the places meanwhile."""
    lock = Lock.take(root / WORKERS / "choice", wait=True)
    assert lock is not None  # it waited
    with lock:
        yield


def enqueue(runs: Sequence[RunFolder]) -> None:
    """Let runs wait for a worker, all of a race at once; one that is being trained is left alone.

    An owner's later units stand behind what others ask for meanwhile: who sweeps does not hold up
    a class. InvalidConfig for a run that is over.
    """
    for run in runs:
        if (status := run.status()).over:
            raise InvalidConfig(f"run {run.id} is {status.state}, there is nothing to go on with")
    if not runs:
        return
    root = runs[0].path.parent
    with choice(root):
        waiting = Counter(_asked(unit[0]).owner for unit in waiting_units(root))
        turns: dict[str, int] = {}
        for run in runs:
            lock = None if run.id in queue_of(root) else Lock.take(run.lock_file)
            if lock is None:
                continue
            with lock:
                put_status(run, state="queued", reason="", parked=False)
                (root / QUEUE).mkdir(exist_ok=True)
                spec = _asked(run)
                if (unit := spec.race or run.id) not in turns:
                    turns[unit] = waiting[spec.owner]
                    waiting[spec.owner] += 1
                when = time.time_ns() + turns[unit] * TURN
                (root / QUEUE / f"{when:020d}_{run.id}").touch()


def withdraw(run: RunFolder) -> None:
    """Take a run out of the queue, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(run.path.parent / QUEUE):
            if name.endswith(f"_{run.id}"):
                (run.path.parent / QUEUE / name).unlink(missing_ok=True)


def put_status(run: RunFolder, **changes: Any) -> Status:
    """Change a run's status; the caller holds the run's lock."""
    status = replace(run.written(), **changes)
    write_json(run.path / "status.json", asdict(replace(status, position=0)))
    return status


def waiting_units(root: Path) -> list[list[RunFolder]]:
    """The queue: single runs, and races as a whole where their first run stands."""
    units: dict[str, list[RunFolder]] = {}
    for name in queue_of(root):
        run = RunFolder(root / name)
        try:
            spec = _asked(run)
        except ModelFileError:
            withdraw(run)
            continue
        units.setdefault(spec.race or name, []).append(run)
    return list(units.values())


@lru_cache(4096)
def _asked(run: RunFolder) -> RunSpec:
    """What was asked for never changes, and every idle worker looks ten times a second."""
    return run.spec()


def claim(place: Place, limits: Limits) -> tuple[list[RunFolder], list[Lock]] | None:
    """The first runs that may start now, taken out of the queue, with their locks."""
    root = place.root
    if not queue_of(root):
        return None
    with choice(root):
        working = [p.get("owner") for p in busy_places(root) if not p.get("idle")]
        for runs in waiting_units(root):
            owner = runs[0].spec().owner
            if owner and working.count(owner) >= limits.runs_per_visitor:
                continue
            taken, locks = take(runs)
            if taken:
                place.tell(idle=False, owner=owner)
                return taken, locks
    return None


def take(runs: Sequence[RunFolder]) -> tuple[list[RunFolder], list[Lock]]:
    """Those of the runs that are neither over nor in other hands, with their locks; none waits."""
    taken, locks = [], []
    for run in runs:
        lock = Lock.take(run.lock_file)
        if lock is not None and not run.written().over:
            put_status(run, state="running", reason="starting", beat=time.time())
            taken.append(run)
            locks.append(lock)
        elif lock is not None:
            lock.release()
        withdraw(run)
    return taken, locks


def busy_places(root: Path) -> list[dict[str, Any]]:
    """What each living worker tells of itself."""
    found = []
    for path in (root / WORKERS).glob("*.json"):
        if is_locked(path.with_suffix("")):
            with contextlib.suppress(ModelFileError):
                found.append(read_json(path))
    return found


def free_place(root: Path, limits: Limits) -> Place | None:
    """A place for one more worker, told as idle; None where all are taken."""
    for number in range(limits.runs):
        lock = Lock.take(root / WORKERS / str(number))
        if lock is not None:
            place = Place(root, number, lock)
            place.tell(idle=True)
            return place
    return None
