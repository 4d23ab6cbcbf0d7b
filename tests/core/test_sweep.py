"""Sweeps: the same figures whoever computes them, failures in the table, true medians."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

import ae_core
from ae_core import build, fit, load_dataset
from ae_core.__main__ import main
from ae_core.errors import InvalidInput
from ae_core.jobs import executor as made_executor
from ae_core.metrics import evaluate
from ae_core.sweep import SweepResult, SweepTask, grid_tasks, run_task, summarise, sweep


class Inline(Executor):
    """Runs everything at once, here: any executor with `submit` will do."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def tasks_of(**settings: Any) -> list[SweepTask]:
    """λ 0.01 and 1 with seeds 0 and 1 on the rings, one epoch of a small network."""
    return grid_tasks(
        "sparse", "rings", {"lambda_": [0.01, 1.0]}, [0, 1], {"hidden_sizes": (8,), **settings},
        {"epochs": 1},
    )  # fmt: skip


def figures(results: list[SweepResult]) -> dict[str, tuple[Any, Any]]:
    assert [r.error for r in results if r.error] == []
    return {repr((r.task.point, r.task.seed)): (r.valid, r.test) for r in results}


def test_a_run_gives_what_python_gives() -> None:
    task = tasks_of()[3]
    data = load_dataset("rings")
    model = build("sparse", (2,), seed=1, lambda_=1.0, hidden_sizes=(8,))
    list(fit(model, data, epochs=1, seed=1, device="cpu"))
    result = run_task(task)
    assert result.error == ""
    assert (result.epochs, task.point, task.seed) == (1, {"lambda_": 1.0}, 1)
    for split, got in (("valid", result.valid), ("test", result.test)):
        assert got == pytest.approx(evaluate(model, data, split), rel=1e-6)


def test_two_processes_and_threads_give_identical_figures_and_end_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A page tested before in this process leaves itself behind as __main__, and every spawned
    # process would run that page first.
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    tasks = tasks_of()
    expected = figures(list(sweep(tasks, Inline())))
    assert len(expected) == 4
    with ThreadPoolExecutor(1) as threads:
        assert figures(list(sweep(tasks, threads))) == expected
    with pytest.raises(KeyboardInterrupt):
        interrupted_sweep(tasks, expected)
    assert multiprocessing.active_children() == []
    assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN


def interrupted_sweep(tasks: list[SweepTask], expected: dict[str, tuple[Any, Any]]) -> None:
    with made_executor(jobs=2) as executor:
        assert figures(list(sweep(tasks, executor))) == expected
        # Ctrl-C in a terminal reaches every process of the group; only the parent may answer.
        assert executor.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
        assert executor.submit(torch.get_num_threads).result() == 1
        executor.submit(time.sleep, 1000)
        raise KeyboardInterrupt


def test_a_real_sweep_in_one_process_gives_the_same_figures() -> None:
    command = [
        "sweep", "sparse", "--data", "rings", "--weights", "0.01,1", "--seeds", "0,1",
        "--epochs", "1", "--hidden-sizes", "8", "--jobs", "1", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "ae_core", *command], cwd=Path(ae_core.__file__).parents[1],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    runs = json.loads(done.stdout)["runs"]
    got = {
        repr((r["task"]["point"], r["task"]["recipe"]["seed"])): (r["valid"], r["test"])
        for r in runs
    }
    assert got == figures(list(sweep(tasks_of(), Inline())))
    assert done.stderr == b""


def test_a_failed_run_is_a_result() -> None:
    tasks = grid_tasks(
        "variational", "rings", {"learning_rate": [0.01, 10.0]}, [0, 1],
        {"hidden_sizes": (64, 64)}, {"epochs": 3},
    )  # fmt: skip
    results = list(sweep(tasks, Inline()))
    good, bad = summarise(tasks, results)
    assert (good.finished, good.errors) == (2, ())
    assert bad.finished == 0
    assert bad.valid == {}
    assert [text[:8] for text in bad.errors] == ["seed 0: ", "seed 1: "]
    assert "epoch 1" in bad.errors[0]


def test_a_dead_worker_is_a_result() -> None:
    class Broken(Inline):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            return super().submit(os.stat, "/nowhere/at/all")

    (result,) = sweep(tasks_of()[:1], Broken())
    assert result.error.startswith("the worker failed: FileNotFoundError")


def test_leaving_the_loop_cancels_what_has_not_begun() -> None:
    class Lazy(Executor):
        futures: list["Future[Any]"]

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            self.futures.append(Future())
            if len(self.futures) == 1:
                self.futures[0].set_result(run_task(tasks_of()[0]))
            return self.futures[-1]

    executor = Lazy()
    executor.futures = []
    results: Iterator[SweepResult] = sweep(tasks_of(), executor)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert [f.cancelled() for f in executor.futures] == [False, True, True, True]


def test_the_summary_is_the_median_and_the_range_in_the_grids_order() -> None:
    tasks = grid_tasks("sparse", "rings", {"lambda_": [3.0, 1.0]}, [0, 1, 2], {}, {})
    errors = {3.0: [5.0, 1.0, 2.0], 1.0: [7.0, 9.0, 8.0]}
    results = [
        SweepResult(t, {"e": errors[t.point["lambda_"]][t.seed]}, {"e": float(t.seed)})
        for t in reversed(tasks)
    ]
    first, second = summarise(tasks, results)
    assert first.point == {"lambda_": 3.0}
    assert (first.valid["e"].median, first.valid["e"].low, first.valid["e"].high) == (2, 1, 5)
    assert (second.valid["e"].median, second.valid["e"].low, second.valid["e"].high) == (8, 7, 9)
    assert (first.test["e"].median, first.test["e"].low, first.test["e"].high) == (1, 0, 2)


def test_a_grid_spreads_over_config_and_recipe() -> None:
    grid = {"latent_dim": [1, 2], "epochs": [3, 4]}
    tasks = grid_tasks("sparse", "rings", grid, [5], {"rho": 0.1}, {"batch_size": 9})
    assert [(t.settings["latent_dim"], t.recipe["epochs"]) for t in tasks] == [
        (1, 3), (1, 4), (2, 3), (2, 4),
    ]  # fmt: skip
    assert all(t.recipe["batch_size"] == 9 and t.seed == 5 for t in tasks)
    assert all(t.settings["rho"] == 0.1 and "epochs" not in t.settings for t in tasks)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command without the seconds that a new process takes, and without a terminal."""
    from contextlib import nullcontext

    import ae_core.cli.sweep

    monkeypatch.setattr(ae_core.cli.sweep, "executor", lambda engine, jobs: nullcontext(Inline()))
    monkeypatch.delenv("FORCE_COLOR", raising=False)


COMMAND = ["sweep", "denoising", "--data", "rings", "--epochs", "1", "--hidden-sizes", "8"]


@pytest.mark.usefixtures("inline")
def test_the_command_writes_every_run_and_chooses_by_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "results.json"
    grid = ["--weights", "0.1,0.5", "--grid", "hidden-sizes=8x4,16", "--seeds", "0,1"]
    assert main([*COMMAND, *grid, "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(out.read_text())
    assert told == json.loads(said.out)
    assert said.err == ""
    assert [(p["point"]["hidden_sizes"], p["point"]["noise_std"]) for p in told["points"]] == [
        ([8, 4], 0.1), ([8, 4], 0.5), ([16], 0.1), ([16], 0.5),
    ]  # fmt: skip
    assert [r["task"]["recipe"]["seed"] for r in told["runs"]] == [0, 1] * 4
    name = "squared_error_per_image"
    medians = [p["valid"][name]["median"] for p in told["points"]]
    assert told["best"] == told["points"][medians.index(min(medians))]["point"]
    for i, point in enumerate(told["points"]):
        runs = [r["valid"][name] for r in told["runs"][2 * i : 2 * i + 2]]
        assert point["valid"][name] == {
            "median": pytest.approx(sum(runs) / 2), "low": min(runs), "high": max(runs),
        }  # fmt: skip
        assert point["pca"]["test"][name] < 1e-9  # two numbers describe a point of the plane
    noisy = [p["pca"]["test"]["noisy_squared_error_per_image"] for p in told["points"]]
    assert noisy[0] == noisy[2] < noisy[1] == noisy[3]  # each point has its own damage


@pytest.mark.usefixtures("inline")
def test_the_table_marks_the_best_and_tells_failures(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["sweep", "variational", "--data", "rings", "--grid", "learning-rate=0.01,10"]
    assert (
        main([*argv, "--epochs", "3", "--hidden-sizes", "64,64", "--figure", "active_units"]) == 0
    )
    said = capsys.readouterr()
    good, bad = (line for line in said.out.splitlines() if line.startswith("│"))
    assert "best on valid" in good
    assert "0, 1 failed" in bad
    assert said.err.startswith("failed: learning_rate = 10; seed 0: the ")
    assert main([*argv[:4], "--learning-rate", "10", "--hidden-sizes", "64,64"]) == 1


@pytest.mark.usefixtures("inline")
def test_what_can_fail_fails_before_the_runs_and_what_they_found_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import ae_core.cli.sweep as command

    begun: list[list[SweepTask]] = []

    def other_figures(tasks: list[SweepTask], _: Executor) -> Iterator[SweepResult]:
        begun.append(tasks)
        return iter([SweepResult(t, {"e": 1.0}, {"e": 2.0}) for t in tasks])

    monkeypatch.setattr(command, "sweep", other_figures)
    out = tmp_path / "results.json"
    assert main([*COMMAND, "--out", str(out)]) == 1
    told = json.loads(out.read_text())
    assert told["best"] is None
    assert told["runs"][0]["test"] == {"e": 2.0}

    def no_pca(*_: Any) -> None:
        raise InvalidInput("no PCA of this")

    monkeypatch.setattr(command, "pca_of", no_pca)
    assert main(COMMAND) == 2
    assert capsys.readouterr().err.endswith("no PCA of this\n")
    assert len(begun) == 1
