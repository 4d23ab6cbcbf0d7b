"""Trains runs in this process side by side: a few batches a turn, all equally far."""

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ae_core.engine import engine
from ae_core.errors import AECoreError
from ae_core.runs.commands import waiting
from ae_core.runs.files import Lock
from ae_core.runs.folder import RunFolder
from ae_core.runs.limits import Limits
from ae_core.runs.queue import put_status
from ae_core.runs.runner import Runner

ROUND = 0.03  # seconds of batches between two looks at what is asked for
POLL = 0.05  # seconds between looks while everybody stands still
LINGER = 600.0  # seconds that runs may stand still in a process
YIELD = 10.0  # the same while others wait for one
TOGETHER = 0.03  # seconds within which one click reaches every run of a race


def execute(
    folders: Sequence[RunFolder],
    limits: Limits | None = None,
    *,
    locks: Sequence[Lock] = (),
    others_wait: Callable[[], bool] = lambda: False,
) -> None:
    """Train these runs until each is over, or stands still for long.

    What goes wrong in a run is its result, `failed` with the reason, and does not touch the
    others. `locks` are the runs' own where the caller has them already; they are given back.
    """
    with contextlib.ExitStack() as stack:
        for lock in locks:
            stack.enter_context(lock)
        free = folders if locks else [f for f in folders if _taken(f, stack)]
        with engine(1):
            runners = [r for f in free if (r := _started(f)) is not None]
            _train(runners, limits, others_wait)


def _taken(folder: RunFolder, stack: contextlib.ExitStack) -> bool:
    lock = Lock.take(folder.lock_file)
    if lock is not None:
        stack.enter_context(lock)
    return lock is not None


def _started(folder: RunFolder) -> Runner | None:
    try:
        return Runner(folder)
    except Exception as error:
        put_status(folder, state="failed", reason=_reason(folder, error), goal=None)
        return None


def _train(
    runners: Sequence[Runner], limits: Limits | None, others_wait: Callable[[], bool]
) -> None:
    batches, stood, asked = 1, time.monotonic(), set[Path]()
    scorer = ThreadPoolExecutor(1)  # one at a time, while the others train
    while open_ := [r for r in runners if not r.over]:
        _obey(open_, asked)
        movers = [r for r in open_ if not (r.over or r.trained or r.standing)]
        start = time.monotonic()
        end = min((r.step for r in movers), default=0) + batches
        for runner in movers:
            with _blamed(runner):
                _advance(runner, end, limits)
        spent = time.monotonic() - start
        if movers:  # a round without batches says nothing of what they cost
            batches = max(1, min(1000, round(batches * min(2.0, ROUND / max(spent, 1e-4)))))
        for runner in open_:
            with _blamed(runner):
                if runner.trained and not runner.over:
                    runner.conclude(scorer)
                runner.keep_up()
        if movers or any(r.trained for r in open_):
            stood = time.monotonic()
        if not movers:
            time.sleep(POLL)
        if time.monotonic() - stood > (YIELD if others_wait() else LINGER):
            for runner in open_:
                if not runner.over:
                    runner.end("paused", parked=True)
    scorer.shutdown(wait=False, cancel_futures=True)


def _advance(runner: Runner, end: int, limits: Limits | None) -> None:
    while runner.step < end and not (runner.trained or runner.standing):
        runner.advance()
    if runner.standing:
        runner.stand()
    if limits is not None and runner.busy > 60 * limits.minutes:
        reason = (
            f"stopped after {limits.minutes:g} minutes of computing (AE_MAX_MINUTES); "
            "choose a smaller network, fewer epochs or less data"
        )
        runner.end("failed", reason)


def _obey(runners: Sequence[Runner], known: set[Path]) -> None:
    """What is newly asked; the other runs' part of the same click may still be on its way."""
    asked = {path for r in runners for path, _ in waiting(r.folder.path)}
    if asked - known and len(runners) > 1:
        time.sleep(TOGETHER)
    known |= asked
    for runner in runners if asked else ():
        with _blamed(runner):
            runner.obey()


@contextlib.contextmanager
def _blamed(runner: Runner) -> Iterator[None]:
    """A failure inside ends this run only."""
    try:
        yield
    except Exception as error:
        reason = _reason(runner.folder, error)
        with contextlib.suppress(OSError, AECoreError):
            runner.end("failed", reason)
        runner.over = True


def _reason(folder: RunFolder, error: Exception) -> str:
    """What a person reads; of a bug also the whole trace, beside the run."""
    if isinstance(error, AECoreError):
        return str(error)
    with contextlib.suppress(OSError):
        (folder.path / "traceback.txt").write_text(traceback.format_exc(), encoding="utf-8")
    return f"stopped by {type(error).__name__}: {error}"
