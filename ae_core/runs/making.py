"""New runs: checked against the limits, made in one stroke, branched off others, deleted."""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from ae_core.data import DATASETS
from ae_core.errors import DataUnavailable, InvalidConfig, InvalidInput, ModelFileError
from ae_core.folders import runs_folder
from ae_core.runs.data import data_of
from ae_core.runs.files import Lock, write_json
from ae_core.runs.folder import RunFolder, list_runs, numbered
from ae_core.runs.limits import Limits
from ae_core.runs.spec import RunSpec, Status
from ae_core.variants import variant_class


def create_runs(
    specs: Sequence[RunSpec], limits: Limits | None = None, root: Path | None = None
) -> list[RunFolder]:
    """A folder for each spec, or InvalidConfig and none; nothing trains yet (`jobs.submit`).

    `limits` are for visitors; None asks for no more than what the engine itself allows.
    """
    root = root or runs_folder()
    specs = [_checked(spec) for spec in specs]
    if limits is not None:
        for spec in specs:
            _within(spec, limits)
        _room(specs, limits, root)
    now = time.time()  # a different moment each, so that they keep their order
    return [_create(replace(s, created=now + i / 1e4), root) for i, s in enumerate(specs)]


def _checked(spec: RunSpec) -> RunSpec:
    """The spec with every setting in full; raises for what the engine refuses."""
    cls, recipe = variant_class(spec.variant), spec.fit
    if spec.data not in DATASETS:
        raise DataUnavailable(
            f"unknown data set {spec.data!r:.60}; choose one of {', '.join(DATASETS)}"
        )
    if spec.side_by_side and not spec.group:
        raise InvalidConfig("runs side by side need the name of their group; set group")
    if spec.varied and not (spec.group and spec.varied in spec.config):
        raise InvalidConfig(
            f"a run of a sweep needs its group and its own value of {spec.varied!r:.60}; set both"
        )
    config = cls.Config.from_mapping(spec.config).to_mapping()
    return replace(spec, config=config, recipe=asdict(recipe))


def _within(spec: RunSpec, limits: Limits) -> None:
    limits.check("epochs", spec.fit.epochs, "epochs", "choose fewer")
    cls = variant_class(spec.variant)
    shape = data_of(spec.data, spec.data_dir).sample_shape
    with torch.device("meta"):  # shapes without memory
        model = cls(shape, cls.Config.from_mapping(spec.config))
    count = sum(p.numel() for p in model.parameters())
    limits.check("parameters", count, "weights", "choose smaller hidden_sizes")


def _room(specs: Sequence[RunSpec], limits: Limits, root: Path) -> None:
    """Raise where an owner has too many runs waiting already, or the disk's share is used up."""
    used = disk_mb(root)
    if used > limits.disk_mb:
        raise InvalidConfig(
            f"the runs here take {used:,.0f} MB, {limits.disk_mb:,.0f} are allowed "
            "(AE_MAX_DISK_MB); delete old runs first"
        )
    unfinished = [spec.owner for spec in specs]
    for run in list_runs(root):
        with contextlib.suppress(ModelFileError):  # a damaged run waits for nothing
            if run.spec().owner in unfinished and not run.status().over:
                unfinished.append(run.spec().owner)
    for owner in {spec.owner for spec in specs}:
        count = unfinished.count(owner)
        limits.check("waiting_per_visitor", count, "unfinished runs of one visitor",
                     "wait, or cancel some")  # fmt: skip


def disk_mb(root: Path) -> float:
    """What all runs take together."""
    total, todo = 0, [root]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:  # taken away while we looked
            continue
    return total / 1e6


def _create(
    spec: RunSpec, root: Path, past: tuple[RunFolder, int, bool] | None = None
) -> RunFolder:
    """The whole folder appears at once, under an id that sorts by time."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(spec.created))
    name = f"{stamp}-{int(spec.created % 1 * 1e4):04x}{secrets.token_hex(3)}"
    making = root / f".{name}.tmp"
    making.mkdir(parents=True)
    (making / "commands").mkdir()
    (making / "lock").touch()
    write_json(making / "recipe.json", asdict(spec))
    status = Status("paused", parked=True, reason="not started yet")
    if past is not None:
        status = _inherit(*past, making)
    write_json(making / "status.json", asdict(status))
    os.rename(making, root / name)
    return RunFolder(root / name)


def branch_runs(
    runs: Sequence[RunFolder],
    epoch: int,
    group: str,
    *,
    replay: bool = False,
    limits: Limits | None = None,
) -> list[RunFolder]:
    """New runs of a new group, with the past of these up to `epoch`; they stand still there.

    With `replay` they repeat the later changes too, and so the weights, bit for bit.
    """
    now, specs = time.time(), []
    for i, run in enumerate(runs):
        past = run.epochs()
        if not 0 <= epoch <= past:
            raise InvalidInput(
                f"epoch must be from 0 to {past}, so far has run {run.id} come, got {epoch}"
            )
        old = run.spec()
        if old.group == group:
            raise InvalidConfig(f"group {group!r:.60} has runs already; name a new one")
        changed = replace(old, parent=run.id, group=group, start_paused=True, varied="")
        specs.append(replace(changed, created=now + i / 1e4))
    if limits is not None and runs:
        _room(specs, limits, runs[0].path.parent)
    pairs = zip(specs, runs, strict=True)
    return [_create(spec, run.path.parent, (run, epoch, replay)) for spec, run in pairs]


def _inherit(parent: RunFolder, epoch: int, replay: bool, folder: Path) -> Status:
    """Copy a run's past up to an epoch; what its status then says."""
    then = parent.status()
    step = epoch * then.steps_per_epoch
    told = sum(entry.record.epoch <= epoch for entry in parent.history())
    lines = (parent.path / "history.jsonl").read_bytes().split(b"\n")[:told] if told else []
    (folder / "history.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    changes = [c for c in parent.changes() if replay or c["step"] < step]
    text = "".join(json.dumps(c) + "\n" for c in changes)
    (folder / "changes.jsonl").write_text(text, encoding="utf-8")
    for part, numbers in (("snapshots", parent.snapshots()), ("states", parent.states())):
        (folder / part).mkdir()
        for number in numbers:
            if number <= epoch:
                old, new = (numbered(f / part, number) for f in (parent.path, folder))
                with contextlib.suppress(FileNotFoundError):  # taken away meanwhile
                    os.link(old, new)  # never written to, only replaced: both may have it
    return Status("paused", epoch, step, then.steps_per_epoch, step, parked=True)


def delete_run(run: RunFolder) -> None:
    """Take a run away for good; InvalidInput while a process has it in hand."""
    lock = Lock.take(run.lock_file)
    if lock is None:
        raise InvalidInput(f"run {run.id} is being trained; cancel it first")
    with lock:
        gone = run.path.with_name(f".{run.id}.gone")
        os.rename(run.path, gone)
    shutil.rmtree(gone, ignore_errors=True)
