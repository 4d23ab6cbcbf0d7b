"""A race: chosen variants trained side by side from the same start on the same batches.

Laps run here, in this process, on a few threads shared by all visitors, never in a page's own: a
long epoch holds no page, and races take turns lap by lap. A race runs on while its page keeps
asking for turns. Pause is a goal reached, cancel is letting go; a closed page stops by itself.
"""

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ae_core import TrainingState, build, fit, save_model
from ae_core.base import Codec
from ae_core.errors import InvalidConfig
from ae_core.folders import user_models
from ae_core.metrics import evaluate
from ae_core.store import model_digest
from app.services.arrays import Array, frozen
from app.services.catalogue import codec, ref
from app.services.data import data_info, dataset
from app.services.race_laps import Lap, Runner, columns, difference, look
from app.services.race_settings import RaceSettings, check_race

PROBE = 400  # valid samples whose codes and error are kept at every lap
SHOWN = 8  # of them, those whose reconstructions are kept; all where a sample is a point
TURN = 0.3  # seconds that one turn waits for laps
LINGER = 2.0  # seconds after its last turn at which a race stops by itself
PATIENCE = 1.0  # seconds in the queue before a race says that it waits
MAX_KEPT = 200  # models in the user's folder
READ_ONLY = "BOTTLENECK_READ_ONLY"  # set to 1 where visitors may not write

# Training is bound by the interpreter's lock: more laps at once would only slow the pages.
LANES = ThreadPoolExecutor(max(1, min(4, (os.cpu_count() or 2) // 2)), "race")


class Race:
    """Runners by variant, all at the same epoch. Lives in a visitor's session."""

    def __init__(self, settings: RaceSettings) -> None:
        self.settings = settings
        self.data, self.data_info = dataset(settings.data), data_info(settings.data)
        self.probe = self.data.valid[:PROBE]
        self.shown = len(self.probe) if self.data.kind == "points" else SHOWN
        self.runners: dict[str, Runner] = {}
        for variant, items in settings.configs:
            model = build(variant, self.data.sample_shape, seed=settings.seed, **dict(items))
            state = TrainingState()
            records = fit(
                model, self.data, epochs=settings.epochs, batch_size=settings.batch_size,
                learning_rate=settings.learning_rate, seed=settings.seed, device="cpu", state=state,
            )  # fmt: skip
            self.runners[variant] = Runner(model, state, records)
        self.latent_dim = next(iter(self.runners.values())).model.latent_dim
        self.baselines: dict[str, Codec] = {}
        for name in settings.baselines:
            which = ref(settings.data, name, self.latent_dim)
            if which is not None:
                self.baselines[name] = codec(which)
        self.baseline_sights = {
            name: look(model, self.probe, self.shown) for name, model in self.baselines.items()
        }
        self.figures: dict[str, dict[str, float]] = {}  # of the test split, scored once at the end
        self.goal = 0  # the epoch to run to; 0 while paused
        self._job: Future[None] | None = None
        self._asked = self._turn = 0.0  # when the job was queued, when the page last asked

    @property
    def epoch(self) -> int:
        """Epochs that every runner still in the race has behind it; of all, where none is left."""
        running = [len(r.laps) for r in self.runners.values() if not r.failure]
        return min(running) if running else max(len(r.laps) for r in self.runners.values())

    @property
    def finished(self) -> bool:
        """Trained to the end and scored."""
        return self._trained and self._unscored() is None

    @property
    def playing(self) -> bool:
        """Whether there is something to do on the way to the goal."""
        return bool(self.goal) and not self.finished and (
            self._due() is not None or self._trained
        )  # fmt: skip

    @property
    def waits(self) -> bool:
        """Whether other races have held the threads for a while."""
        job = self._job
        queued = job is not None and not (job.running() or job.done())
        return queued and time.monotonic() - self._asked > PATIENCE

    def play(self) -> None:
        self.goal = self.settings.epochs

    def step(self) -> None:
        """One more epoch for everybody, then stand still."""
        self.goal = min(self.epoch + 1, self.settings.epochs)

    def pause(self) -> None:
        """Stand still; a lap under way comes to its end."""
        self.goal = 0

    def advance(self, seconds: float = TURN) -> None:
        """One turn: see that laps are run, and wait for them at most so long."""
        end = time.monotonic() + seconds
        while self.playing and (left := end - time.monotonic()) > 0:
            self._turn = time.monotonic()
            job = self._job or self._ask()
            if not wait([job], left).done:
                return
            if job is self._job:  # nothing followed it
                self._job = None
            job.result()  # what no runner can be blamed for is a bug, and is raised

    def labels(self) -> Array | None:
        """Classes of the probe samples, or None."""
        y = self.data.valid_labels
        return None if y is None else frozen(y[:PROBE])

    def originals(self) -> Array:
        """The samples whose reconstructions the laps hold."""
        return frozen(self.probe[: self.shown])

    def curves(self) -> dict[str, list[Any]]:
        """Every number behind the curves, a row per codec and epoch."""
        return columns(self.runners)

    def difference(self) -> float:
        """The largest difference between any two runners, over all they have shown."""
        return difference(self.runners)

    def keep(self, variant: str) -> str:
        """Save a runner's model among the user's own; every page then finds it. Its name."""
        if read_only():
            raise InvalidConfig(
                f"models cannot be kept here, {READ_ONLY} is set; download the file instead"
            )
        folder = user_models()
        if folder.is_dir() and sum(1 for _ in folder.iterdir()) >= MAX_KEPT:
            raise InvalidConfig(
                f"{MAX_KEPT} models are kept already, at most {MAX_KEPT} are allowed; "
                f"delete some from {folder.name} first"
            )
        self.runners[variant].kept = self._save(variant, folder).name
        return self.runners[variant].kept

    def file(self, variant: str) -> tuple[str, bytes]:
        """Name and bytes of a runner's model file, for a download."""
        runner = self.runners[variant]
        if runner.file is None:
            with TemporaryDirectory() as folder:
                path = self._save(variant, Path(folder))
                runner.file = path.name, path.read_bytes()
        return runner.file

    def _save(self, variant: str, folder: Path) -> Path:
        runner = self.runners[variant]
        if not runner.state.finished or variant not in self.figures:
            raise InvalidConfig(f"{variant} is not trained to the end yet; finish the race first")
        digest = model_digest(runner.model)
        name = f"{self.settings.data}-{variant}-d{self.latent_dim}-{digest}.safetensors"
        return save_model(
            runner.model, folder / name, dataset=self.data, state=runner.state,
            test_figures=self.figures[variant],
        )  # fmt: skip

    @property
    def _trained(self) -> bool:
        return all(r.over for r in self.runners.values())

    def _due(self) -> Runner | None:
        """Who runs next: the first of those who are furthest behind."""
        behind = [r for r in self.runners.values() if not r.over and len(r.laps) < self.goal]
        return min(behind, key=lambda r: len(r.laps), default=None)

    def _unscored(self) -> str | None:
        names = [v for v, r in self.runners.items() if not r.failure]
        everybody = [*self.baselines, *names] if names else []
        return next((name for name in everybody if name not in self.figures), None)

    def _ask(self) -> Future[None]:
        self._asked = time.monotonic()
        self._job = LANES.submit(self._next)
        return self._job

    def _next(self) -> None:
        """One lap, or one look at the test split, then back to the end of the queue."""
        runner, name = self._due(), self._unscored()
        if runner is not None:
            self._lap(runner)
        elif name is not None and self._trained:
            model = self.baselines[name] if name in self.baselines else self.runners[name].model
            self.figures[name] = evaluate(model, self.data, seed=self.settings.seed)
        if self.playing and time.monotonic() - self._turn < LINGER:
            self._ask()

    def _lap(self, runner: Runner) -> None:
        try:
            record = next(runner.records)
            runner.laps.append(Lap(record, look(runner.model, self.probe, self.shown)))
        except ArithmeticError as error:  # diverged: the others go on
            runner.failure = str(error)
        except Exception as error:  # a bug; but the race must not try it forever
            runner.failure = f"stopped by {type(error).__name__}"
            raise


def read_only() -> bool:
    """Whether this machine's keeper allows no visitor to write."""
    return os.environ.get(READ_ONLY, "") == "1"


def start_race(settings: RaceSettings) -> Race:
    """A race at its start line; raises for settings that the engine or this lab refuses."""
    check_race(settings)
    return Race(settings)
