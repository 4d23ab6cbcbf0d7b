"""The same sweep on a real Dask scheduler with two worker processes, one of which is killed."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ae_core import InvalidConfig, jobs
from ae_core.runs.making import create_runs
from ae_core.runs.spec import RunSpec
from ae_core.sweep import SweepResult, grid_tasks, sweep

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

TASKS = grid_tasks(
    "sparse", "rings", {"lambda_": [0.01, 0.1, 1.0]}, [0, 1], {"hidden_sizes": (8,)},
    {"epochs": 5},
)  # fmt: skip


def figures(results: list[SweepResult]) -> dict[str, Any]:
    assert [r.error for r in results if r.error] == []
    assert len({repr(r.task) for r in results}) == len(results) == len(TASKS)  # each one once
    return {repr(r.task): (r.valid, r.test, r.epochs) for r in results}


def test_a_sweep_gives_the_same_figures_though_a_worker_is_killed(
    cluster: Any, engine: str
) -> None:
    results = []
    with jobs.executor(engine) as pool:
        for result in sweep(TASKS, pool):
            if not results:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            results.append(result)
    with jobs.executor("local", 1) as pool:
        assert figures(results) == figures(list(sweep(TASKS, pool)))


def test_a_worker_with_other_data_does_not_answer(engine: str) -> None:
    from dataclasses import replace

    with jobs.executor(engine) as pool:
        (result,) = sweep([replace(TASKS[0], data_digest="0" * 64)], pool)
    assert "other data" in result.error


def test_a_run_is_trained_by_the_cluster(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path))
    monkeypatch.setenv("AE_ENGINE", engine)
    race = create_runs(
        [RunSpec(v, "rings", {"hidden_sizes": (8,)}, {"epochs": 2}, group="g", side_by_side=True)
         for v in ("undercomplete", "sparse")]
    )  # fmt: skip
    assert [job.result(120).status().epoch for job in jobs.submit(race)] == [2, 2]
    assert {run.status().pid for run in race}.isdisjoint({os.getpid()})


def test_nobody_at_the_address() -> None:
    with (
        pytest.raises(InvalidConfig, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"),
        jobs.executor("dask://127.0.0.1:9"),
    ):
        pass
