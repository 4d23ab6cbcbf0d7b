"""Many runs over any executor: a grid of settings times seeds, and what they have in common."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, field, fields
from itertools import product
from typing import Any

from ae_core.base import Autoencoder
from ae_core.data.dataset import DataSet
from ae_core.engine import engine
from ae_core.errors import AECoreError, InvalidInput
from ae_core.records import Recipe
from ae_core.runs.data import data_of
from ae_core.scoring import plain_codec, score, scored_data
from ae_core.training import fit
from ae_core.variants import build


@dataclass(frozen=True)
class SweepTask:
    """One run, as plain values that travel to any worker."""

    variant: str
    data: str
    settings: dict[str, Any]  # of the variant's config
    recipe: dict[str, Any]  # of `fit`; its seed also makes the first weights
    data_dir: str | None = None
    device: str = "cpu"
    point: dict[str, Any] = field(default_factory=dict)  # what the grid varied
    data_digest: str = ""  # of the asker's data; a worker that has other data must not answer

    @property
    def seed(self) -> int:
        return int(self.recipe.get("seed", 0))


@dataclass(frozen=True)
class SweepResult:
    """A finished run's figures on both splits, or why there are none."""

    task: SweepTask
    valid: dict[str, float] = field(default_factory=dict)
    test: dict[str, float] = field(default_factory=dict)
    epochs: int = 0
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Spread:
    """Median and range over seeds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class SweepPoint:
    """One point of the grid, over its seeds: figure -> spread, per split."""

    point: dict[str, Any]
    finished: int
    errors: tuple[str, ...]
    valid: dict[str, Spread]
    test: dict[str, Spread]


def grid_tasks(
    variant: str,
    data: str,
    grid: Mapping[str, Sequence[Any]],
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    recipe: Mapping[str, Any],
    *,
    data_dir: str | None = None,
    device: str = "cpu",
) -> list[SweepTask]:
    """Every combination of the grid's values with every seed, seeds fastest.

    A grid field that `recipe` may hold (epochs, batch_size, ...) goes there, others to the config.
    """
    trained = {f.name for f in fields(Recipe)}
    tasks = []
    for values in product(*grid.values()):
        point = dict(zip(grid, values, strict=True))
        config = {k: v for k, v in point.items() if k not in trained}
        training = {k: v for k, v in point.items() if k in trained}
        tasks += [
            SweepTask(
                variant, data, {**settings, **config}, {**recipe, **training, "seed": seed},
                data_dir, device, point,
            )
            for seed in seeds
        ]  # fmt: skip
    return tasks


def build_task(task: SweepTask, dataset: DataSet) -> Autoencoder:
    """The fresh model of a run."""
    return build(task.variant, dataset.sample_shape, seed=task.seed, **task.settings)


def run_task(task: SweepTask) -> SweepResult:
    """Train and score one run; a failure of the run itself is its result, not an exception.

    One thread throughout: figures then do not depend on who computes them.
    """
    try:
        dataset = data_of(task.data, task.data_dir)
        if task.data_digest not in ("", dataset.digest):
            raise InvalidInput(
                f"{task.data} on this worker is other data than where the sweep began"
            )
        model = build_task(task, dataset)
        records = list(fit(model, dataset, **task.recipe, device=task.device, threads=1))
        plain = plain_codec(model.to("cpu"))
        with engine(1):
            scored = scored_data(dataset, bool(task.recipe.get("binarise")))
            valid, test = score(plain, scored, "valid"), score(plain, scored, "test")
    except AECoreError as error:
        return SweepResult(task, error=str(error))
    return SweepResult(task, valid, test, len(records), sum(r.seconds for r in records))


def sweep(tasks: Iterable[SweepTask], executor: Executor) -> Iterator[SweepResult]:
    """Results as they finish, from anything with `submit`; leaving the loop cancels the rest.

    A worker that dies (out of memory, killed) is a result with an error like any failed run.
    """
    futures: dict[Future[SweepResult], SweepTask] = {}
    try:
        for task in tasks:
            futures[executor.submit(run_task, task)] = task
        for future in as_completed(futures):
            yield _result(future, futures[future])
    finally:
        for future in futures:
            future.cancel()


def summarise(tasks: Sequence[SweepTask], results: Iterable[SweepResult]) -> list[SweepPoint]:
    """One SweepPoint per point of the grid, in the order of the tasks, whatever finished first."""
    by_point: dict[str, list[SweepResult]] = {repr(t.point): [] for t in tasks}
    for result in sorted(results, key=lambda r: r.task.seed):
        by_point[repr(result.task.point)].append(result)
    points = []
    for found in by_point.values():
        done = [r for r in found if not r.error]
        errors = tuple(f"seed {r.task.seed}: {r.error}" for r in found if r.error)
        point = found[0].task.point if found else {}
        points.append(
            SweepPoint(
                point, len(done), errors, _spreads([r.valid for r in done]),
                _spreads([r.test for r in done]),
            )
        )  # fmt: skip
    return points


def _spreads(figures: Sequence[Mapping[str, float]]) -> dict[str, Spread]:
    spreads = {}
    for name in figures[0] if figures else ():
        values = [f[name] for f in figures]
        spreads[name] = Spread(statistics.median(values), min(values), max(values))
    return spreads


def _result(future: "Future[SweepResult]", task: SweepTask) -> SweepResult:
    error = future.exception()
    if error is None:
        return future.result()
    return SweepResult(task, error=f"the worker failed: {type(error).__name__}: {error}")
