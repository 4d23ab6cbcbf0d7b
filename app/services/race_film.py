"""What a browser reads of a race while it runs and afterwards: where it stands, curves, snapshots.

Addresses carry ids and epochs only. A snapshot of a run's epoch never changes, so a browser may
keep it for ever: going back and forth in a race asks the server for nothing twice.
"""

import os
from collections.abc import Sequence
from typing import Any

from ae_core.binary import framed
from ae_core.errors import AECoreError
from ae_core.runs.commands import waiting
from ae_core.runs.folder import RunFolder, find_run
from ae_core.runs.snapshots import PARTS, Snapshot, field_of
from ae_core.runs.snapshots import PROBE as PROBE
from ae_core.runs.spec import Entry, Status
from app.services.arrays import frozen
from app.services.cache import remembered
from app.services.data import dataset
from app.services.race import find_race, state_of, statuses

MOST = 64  # snapshots in one answer
TRIES = 4  # to read a file that another process replaces
MOST_RUNS = 64  # of which a browser says what it has


def race_news(name: str, known: str = "") -> dict[str, Any] | None:
    """Where a race stands, and what of it is new to somebody who knows so many epochs of each run.

    known: whole numbers with commas, one per run; epochs up to there are left out.
    """
    race = find_race(name)
    if race is None:
        return None
    counts = [int(part) if part.isdecimal() else 0 for part in known.split(",")[:MOST_RUNS]]
    counts += [0] * (len(race.runs) - len(counts))
    try:
        found = statuses(race)
        runs = [
            _news(run, status, count)
            for run, status, count in zip(race.runs, found, counts, strict=False)
        ]
    except (AECoreError, OSError):  # deleted meanwhile
        return None
    return {
        "state": state_of(found),
        "position": max((s.position for s in found), default=0),
        "runs": runs,
    }


def _news(run: RunFolder, status: Status, known: int) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": status.state,
        "reason": status.reason if status.state in ("failed", "interrupted") else "",
        "epoch": status.epoch,
        "step": status.step,
        "perEpoch": status.steps_per_epoch,
        "standing": status.goal is not None and status.step >= status.goal,
        "rows": _rows(run, _size(run))[known:],
        "shots": [epoch for epoch in run.snapshots() if epoch > known],
        "changes": [[c["step"], c["field"], c["value"]] for c in run.changes()],
        "waiting": [] if status.over else [
            [wish.field, wish.value] for _, wish in waiting(run.path) if wish.action == "change"
        ],
        "live": _live(run, status),
    }  # fmt: skip


@remembered(64)
def _rows(run: RunFolder, size: int) -> list[list[float | None]]:
    """The history as rows; its file only grows, so its size names what is in it."""
    return [_row(entry) for entry in run.history()]


def _row(entry: Entry) -> list[float | None]:
    """Epoch; reconstruction and weight · penalty of train, of valid; images/s; probe error."""
    r = entry.record
    return [
        r.epoch, r.train.reconstruction, r.train.weighted_penalty, r.valid.reconstruction,
        r.valid.weighted_penalty, r.images_per_second, entry.error,
    ]  # fmt: skip


def _size(run: RunFolder) -> int:
    try:
        return (run.path / "history.jsonl").stat().st_size
    except FileNotFoundError:
        return 0


def _live(run: RunFolder, status: Status) -> int:
    """Names the picture of this moment in the middle of an epoch; 0 where there is none."""
    if status.over or status.step <= status.epoch * status.steps_per_epoch:
        return 0
    try:
        return os.stat(run.path / "live.safetensors").st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return 0


def film(name: str, first: int, last: int) -> bytes | None:
    """A run's snapshots of these epochs as one file; None where there are none."""
    try:
        run = find_run(name)
        epochs = [e for e in run.snapshots() if first <= e <= last][:MOST]
        return as_film([run.snapshot(e) for e in epochs]) if epochs else None
    except AECoreError:
        return None


def live_film(name: str) -> bytes | None:
    """The same of a run's picture of this moment; replaced while it is read, it is read again."""
    for _ in range(TRIES):
        try:
            shot = find_run(name).live()
            return None if shot is None else as_film([shot])
        except AECoreError:
            continue
    return None


def as_film(shots: Sequence[Snapshot]) -> bytes:
    """As app/canvas/film.js reads it: what the first shot has, all have."""
    parts = [name for name in PARTS if getattr(shots[0], name) is not None]
    header = {
        "epochs": [s.epoch for s in shots], "steps": [s.step for s in shots],
        "errors": [s.error for s in shots], "parts": parts,
    }  # fmt: skip
    arrays = [frozen(getattr(s, name)) for s in shots for name in parts]
    return framed(header, arrays)


def field_places(data: str) -> list[list[float]] | None:
    """Where the field r(x) − x is drawn over data in the plane; None for other data."""
    places = field_of(dataset(data))
    return None if places is None else places.tolist()
