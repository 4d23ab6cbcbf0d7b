"""Training in other processes: runs handed to workers, and executors for a sweep.

Local processes by default, Dask's scheduler by one setting: `engine="dask://host:port"`, or the
environment variable AE_ENGINE.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ae_core.errors import InvalidConfig, RunFailed
from ae_core.processes import LocalProcesses
from ae_core.runs.commands import Command, post
from ae_core.runs.execute import execute
from ae_core.runs.files import Lock
from ae_core.runs.folder import RunFolder, queue_of
from ae_core.runs.limits import Limits
from ae_core.runs.queue import (
    Place,
    busy_places,
    choice,
    claim,
    enqueue,
    free_place,
    put_status,
    take,
    waiting_units,
    withdraw,
)

LOCAL = "local"
ENGINE = "AE_ENGINE"
IDLE = 600.0  # seconds a worker without work stays, so that the next run need not import torch
_clients: dict[str, Any] = {}  # of Dask, by address
POLL = 0.1  # seconds between its looks at the queue
_workers: list["subprocess.Popen[bytes]"] = []  # started here; kept so that they are reaped


class Job:
    """A run that was submitted, with a Future's verbs; asks the folder, so any process may."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    def running(self) -> bool:
        return self.run.status().state in ("running", "paused")

    def done(self) -> bool:
        return self.run.status().over

    def cancelled(self) -> bool:
        return self.run.status().state == "cancelled"

    def cancel(self) -> bool:
        """Ask for it; False where the run is over already."""
        if self.done():
            return False
        command([self.run], Command("cancel"))
        return True

    def result(self, timeout: float | None = None) -> RunFolder:
        """Wait for the finished run. Raises CancelledError, TimeoutError, and RunFailed for a run
        that failed or whose process is gone (`submit` takes that one up again).
        """
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            status = self.run.status()
            if status.state == "finished":
                return self.run
            if status.state == "cancelled":
                raise CancelledError
            if status.state in ("failed", "interrupted"):
                raise RunFailed(f"run {self.run.id} is {status.state}: {status.reason}")
            if time.monotonic() > end:
                raise TimeoutError(f"run {self.run.id} is still {status.state}")
            time.sleep(POLL)


def submit(
    runs: Sequence[RunFolder], *, engine: str | None = None, limits: Limits | None = None
) -> list[Job]:
    """Have runs trained, new ones or ones that were interrupted; returns at once."""
    if not runs:
        return []
    enqueue(runs)
    root, address = runs[0].path.parent, _dask_address(engine)
    if address is None:
        start_workers(root, limits)
    else:
        for unit in waiting_units(root):
            if any(run in runs for run in unit):
                _submit_to_dask(address, unit)
    return [Job(run) for run in runs]


def command(
    runs: Sequence[RunFolder], wish: Command, *, engine: str | None = None,
    limits: Limits | None = None,
) -> None:  # fmt: skip
    """Ask something of runs that train, stand still or wait; within a second it has an effect.

    A run that no process has in hand is submitted again where it shall go on.
    """
    asleep = []
    for run in runs:
        lock = Lock.take(run.lock_file)
        if lock is None:
            post(run, wish)
            continue
        with lock:
            state = run.written()
            if state.over:
                raise InvalidConfig(f"run {run.id} is {state.state}, it takes no commands")
            if wish.action == "cancel":
                withdraw(run)
                put_status(run, state="cancelled", reason="cancelled while nobody trained it")
            else:
                post(run, wish)
                asleep += [run] if wish.action in ("play", "step") else []
    submit(asleep, engine=engine, limits=limits)


def start_workers(
    root: Path, limits: Limits | None = None, *, warm: int = 0, idle: float = IDLE
) -> None:
    """Start workers for what waits in the queue (at least `warm`), as many as there is room for."""
    limits = limits or Limits.from_environment()
    _workers[:] = [w for w in _workers if w.poll() is None]
    with choice(root):
        resting = sum(bool(p.get("idle")) for p in busy_places(root))
        for _ in range(max(len(waiting_units(root)), warm) - resting):
            place = free_place(root, limits)
            if place is None:
                return
            with place.lock:  # which goes on living in the child
                _workers.append(_worker(place, idle))
                place.tell(idle=True, pid=_workers[-1].pid)  # it needs seconds to say so itself


def _worker(place: Place, idle: float) -> "subprocess.Popen[bytes]":
    """A process of its own session, with one torch thread, that outlives this one."""
    handle = place.lock.handle
    root, here = str(place.root.resolve()), f"{place.number}:{handle}"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "AE_RUNS_DIR": root}
    words = [sys.executable, "-m", "ae_core", "work", "--place", here, "--idle", str(idle)]
    with place.lock.path.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            words, cwd=Path(__file__).resolve().parents[1], env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(handle,),
            start_new_session=True,
        )  # fmt: skip


def work(place: Place, limits: Limits, idle: float = IDLE) -> int:
    """Train what waits, until nothing has for `idle` seconds; returns how many runs it was."""
    done, since = 0, time.monotonic()
    while True:
        claimed = claim(place, limits)
        if claimed is not None:
            runs, locks = claimed
            execute(runs, limits, locks=locks, others_wait=lambda: bool(queue_of(place.root)))
            place.tell(idle=True)
            done, since = done + len(runs), time.monotonic()
        elif time.monotonic() - since < idle:
            time.sleep(POLL)
        else:
            with choice(place.root):  # nobody may count on this worker any more
                place.lock.release()
            return done


@contextmanager
def executor(engine: str | None = None, jobs: int = 1) -> Iterator[Executor]:
    """Something with `submit` and Futures: `jobs` local processes, or a Dask cluster.

    Either does the work of a worker that was killed again; an exception ends everything at once.
    """
    address = _dask_address(engine)
    if address is None:
        with LocalProcesses(jobs) as pool:
            yield pool
        return
    pool = _dask_client(address).get_executor(pure=False)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False)
        raise
    pool.shutdown()


def check_engine(engine: str | None) -> None:
    """InvalidConfig unless the engine's name is one, and its package is installed."""
    if _dask_address(engine) is not None:
        _distributed()


def _dask_address(engine: str | None) -> str | None:
    """The scheduler's address, or None for local processes."""
    name = engine or os.environ.get(ENGINE) or LOCAL
    if name == LOCAL:
        return None
    scheme, _, address = name.partition("://")
    if scheme != "dask" or not address:
        raise InvalidConfig(f"engine must be {LOCAL} or dask://host:port, got {name!r:.80}")
    return f"tcp://{address}"


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise InvalidConfig(
            "engine dask:// needs the package distributed: pip install 'dask[distributed]'"
        ) from error
    return distributed


def _dask_client(address: str) -> Any:
    try:
        if address not in _clients:
            make = _distributed().Client
            _clients[address] = make(address, timeout=10, set_as_default=False)
        return _clients[address]
    except OSError as error:
        raise InvalidConfig(
            f"no Dask scheduler answers at {address}; start one with `dask scheduler`"
        ) from error


def _submit_to_dask(address: str, unit: Sequence[RunFolder]) -> None:
    """The cluster's queue takes over; it must see this folder, and goes on without us."""
    paths = [str(run.path) for run in unit]
    future = _dask_client(address).submit(execute_paths, paths, pure=False)
    _distributed().fire_and_forget(future)


def execute_paths(paths: Sequence[str]) -> None:
    """Train the runs of these folders here; what a Dask worker is sent."""
    runs, locks = take([RunFolder(p) for p in paths])
    if runs:
        execute(runs, Limits.from_environment(), locks=locks)
