"""A run that the command line trains itself, in a folder where everybody sees it."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from ae_core.base import Autoencoder
from ae_core.cli.output import bar, complain
from ae_core.data.dataset import DataSet
from ae_core.engine import engine
from ae_core.errors import AECoreError, InvalidConfig, InvalidInput
from ae_core.folders import runs_folder
from ae_core.records import Recipe, TrainingState
from ae_core.runs.files import Lock
from ae_core.runs.folder import RunFolder, find_run
from ae_core.runs.making import create_runs, delete_run
from ae_core.runs.queue import withdraw
from ae_core.runs.runner import Runner
from ae_core.runs.spec import RunSpec

POLL = 0.05  # seconds between looks at what is asked of a run that stands still


class Stopped(Exception):
    """Somebody else cancelled the run."""


def named_run(name: str) -> RunFolder:
    """A run by its id, or by its folder; InvalidInput where there is none."""
    path = Path(name).expanduser()
    with contextlib.suppress(OSError, ValueError):
        if (path / "recipe.json").is_file():
            return RunFolder(path.resolve())
    return find_run(name)


def new_run(
    model: Autoencoder, dataset: DataSet, recipe: Recipe, data_dir: str | None, device: str
) -> RunFolder:
    """A folder for a run that is about to begin here."""
    spec = RunSpec(
        model.name, dataset.name, model.config.to_mapping(), vars(recipe), data_dir=data_dir,
        device=device,
    )  # fmt: skip
    try:
        return create_runs([spec])[0]
    except OSError as error:
        raise InvalidInput(
            f"{runs_folder()}: no run can be kept there: {error.strerror or error}; set "
            "AE_RUNS_DIR to a folder that can be written"
        ) from error


@contextlib.contextmanager
def in_hand(folder: RunFolder, dataset: DataSet, state: TrainingState | None) -> Iterator[Runner]:
    """The run, ready to go on here; a failure ends it as failed, Ctrl-C as interrupted."""
    lock = Lock.take(folder.lock_file)
    if lock is None:
        raise InvalidConfig(f"run {folder.id} is being trained by another process")
    with lock:
        withdraw(folder)
        fresh = not folder.history() and folder.written().parked
        try:
            runner = Runner(folder, dataset, state)
        except AECoreError:
            if fresh:  # it never began: as if it had not been asked for
                lock.release()
                delete_run(folder)
            raise
        try:
            yield runner
        except BaseException as error:
            if not runner.over:
                kept = isinstance(error, KeyboardInterrupt)
                reason = "interrupted by Ctrl-C" if kept else str(error)
                runner.end("interrupted" if kept else "failed", reason)
            raise


def train_here(runner: Runner, threads: int, title: str) -> None:
    """Train to the end under a progress bar; others may pause, change or cancel meanwhile."""
    epochs = runner.spec.fit.epochs
    with bar(title, epochs, "epochs") as advance:
        advance(runner.state.epoch, "")
        while not runner.trained:
            with engine(threads):
                _epoch(runner)
            if runner.over:
                raise Stopped(f"run {runner.folder.id} was {runner.folder.status().reason}")
            if runner.state.history:
                last = runner.state.history[-1]
                advance(last.epoch, f"valid {last.valid.total:.4g}")


def _epoch(runner: Runner) -> None:
    """To the end of this epoch, through whatever is asked for on the way."""
    number, told, due = runner.state.epoch, False, 0.0
    while not runner.over and runner.state.epoch == number:
        if time.monotonic() > due:
            runner.obey()
            due = time.monotonic() + POLL
        elif not runner.standing:
            runner.advance()
            told = False
        else:
            if not told:
                complain(f"run {runner.folder.id} was paused from elsewhere")
                told = True
            time.sleep(POLL)
        runner.keep_up()
