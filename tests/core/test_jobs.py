"""Runs handed to workers: who goes first, what a kill costs, what waits for whom."""

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
import torch

from ae_core import InvalidConfig, RunFailed, build, fit, jobs, load_dataset, load_model
from ae_core.processes import LocalProcesses
from ae_core.runs.commands import Command
from ae_core.runs.folder import RunFolder, queue_of
from ae_core.runs.limits import Limits
from ae_core.runs.making import create_runs
from ae_core.runs.queue import Place, busy_places, claim, enqueue, free_place, waiting_units
from ae_core.runs.spec import RunSpec

SPEC = RunSpec("undercomplete", "rings", {"hidden_sizes": (8,)}, {"epochs": 2, "seed": 1})
TWO = Limits(runs=2, runs_per_visitor=1)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path))
    return tmp_path


def made(*owners: str, **changes: object) -> list[RunFolder]:
    return create_runs([dataclasses.replace(SPEC, owner=o, **changes) for o in owners])  # type: ignore[arg-type]


def place(root: Path) -> Place:
    found = free_place(root, TWO)
    assert found is not None
    return found


def names(claimed: tuple[list[RunFolder], list[object]] | None) -> list[str]:
    return [r.spec().owner for r in claimed[0]] if claimed else []


def test_who_goes_first(root: Path) -> None:
    ann, ann2, bob, cat = runs = made("ann", "ann", "bob", "cat")
    enqueue(runs)
    enqueue(runs)  # a second click changes nothing
    assert [r.status().position for r in runs] == [1, 4, 2, 3]  # a second one waits behind others
    first, second = place(root), place(root)
    assert free_place(root, TWO) is None
    one = claim(first, TWO)
    assert names(one) == ["ann"]
    assert ann.status().state == "running"
    two = claim(second, TWO)
    assert names(two) == ["bob"]
    assert one is not None
    assert [r.status().position for r in (ann2, cat)] == [2, 1]
    for lock in one[1]:
        lock.release()
    first.tell(idle=True)
    assert (ann.status().state, bob.status().state) == ("interrupted", "running")
    assert names(claim(first, TWO)) == ["cat"]
    assert queue_of(root) == [ann2.id]


def test_of_a_visitor_one_run_trains_at_once(root: Path) -> None:
    enqueue(made("ann", "ann"))
    assert names(claim(place(root), TWO)) == ["ann"]
    second = place(root)
    assert claim(second, TWO) is None
    enqueue(made("bob"))
    assert names(claim(second, TWO)) == ["bob"]


def test_a_sweep_lets_others_pass(root: Path) -> None:
    sweep = made(*["ann"] * 4)
    enqueue(sweep)
    race = made("bob", "bob", group="a race", side_by_side=True)
    enqueue(race)
    (cat,) = made("cat")
    enqueue([cat])
    assert [r.status().position for r in (*sweep, *race, cat)] == [1, 4, 5, 6, 2, 2, 3]
    more = made("ann")
    enqueue(more)
    assert more[0].status().position == 7  # behind her own earlier ones


def test_a_race_waits_and_starts_as_one(root: Path) -> None:
    race = made("ann", "ann", "ann", group="a race", side_by_side=True)
    (bob,) = made("bob")
    enqueue([*race, bob])
    assert [r.status().position for r in (*race, bob)] == [1, 1, 1, 2]
    assert [len(unit) for unit in waiting_units(root)] == [3, 1]
    assert names(claim(place(root), TWO)) == ["ann"] * 3
    assert bob.status().position == 1


def test_a_dead_workers_place_is_free_again(root: Path) -> None:
    first = place(root)
    first.tell(idle=False, owner="ann")
    assert [p["owner"] for p in busy_places(root)] == ["ann"]
    first.lock.release()
    assert busy_places(root) == []
    assert place(root).number == first.number


def test_work_done_here_gives_the_weights_of_fit(root: Path) -> None:
    runs = made("ann", "bob")
    enqueue(runs)
    assert jobs.work(place(root), TWO, idle=0.0) == 2
    model = build("undercomplete", (2,), seed=1, hidden_sizes=(8,))
    list(fit(model, load_dataset("rings"), epochs=2, seed=1, device="cpu"))
    for run in runs:
        assert run.status().state == "finished"
        for key, tensor in load_model(run.model_file).state_dict().items():
            assert torch.equal(tensor, model.state_dict()[key])
    job = jobs.Job(runs[0])
    assert job.result(0) == runs[0]
    assert (job.done(), job.running(), job.cancelled(), job.cancel()) == (True, False, False, False)
    with pytest.raises(InvalidConfig, match="is finished"):
        jobs.submit(runs)
    with pytest.raises(InvalidConfig, match="is finished, it takes no commands"):
        jobs.command(runs, Command("pause"))


@pytest.mark.usefixtures("root")
def test_a_job_without_a_worker() -> None:
    waits, lost, off = (jobs.Job(r) for r in made("ann", "bob", "cat"))
    enqueue([waits.run, off.run])
    with pytest.raises(TimeoutError, match="still queued"):
        waits.result(0)
    assert off.cancel()
    with pytest.raises(CancelledError):
        off.result()
    assert off.cancelled()
    assert waits.run.status().position == 1
    (lost.run.path / "recipe.json").write_text('{"variant": "sparse", "data": "gone"}')
    jobs.execute_paths([str(lost.run.path)])
    with pytest.raises(RunFailed, match="failed: unknown data set 'gone'"):
        lost.result()


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for another process."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def workers() -> Iterator[None]:
    yield
    for worker in jobs._workers:
        worker.kill()
        worker.wait()
    jobs._workers.clear()


@pytest.mark.slow
@pytest.mark.usefixtures("workers")
def test_a_real_worker_killed_and_followed_by_another(root: Path) -> None:
    one = Limits(runs=1)
    race = made("ann", "ann", recipe={"epochs": 20, "seed": 1}, group="g", side_by_side=True,
                rewindable=True, start_paused=True)  # fmt: skip
    jobs.submit(race, limits=one)
    for wish in (Command("change", field="learning_rate", value=0.001), Command("step", count=5)):
        jobs.command(race, wish, limits=one)
    until(lambda: [r.status().step for r in race] == [5, 5])
    jobs.command(race, Command("step", unit="epoch", count=3))
    until(lambda: [(r.status().state, r.status().step) for r in race] == [("paused", 48)] * 2)
    assert [c["step"] for r in race for c in r.changes()] == [0, 0]
    assert len(jobs._workers) == 1
    jobs._workers[0].kill()
    jobs._workers[0].wait()
    assert [r.status().state for r in race] == ["interrupted"] * 2
    jobs.command(race[:1], Command("cancel"))
    assert race[0].status().state == "cancelled"
    (bob,) = made("bob")
    (second,) = jobs.submit([bob], limits=one)
    jobs.command(race[1:], Command("play"), limits=one)  # and so is taken up again, after bob
    assert second.result(120) == bob
    assert race[1].status().state != "finished"
    assert jobs.Job(race[1]).result(240).status().step == 20 * 16
    model = build("undercomplete", (2,), seed=1, hidden_sizes=(8,))
    records = list(
        fit(model, load_dataset("rings"), epochs=20, seed=1, learning_rate=0.001, device="cpu")
    )
    for key, tensor in load_model(race[1].model_file).state_dict().items():
        assert torch.equal(tensor, model.state_dict()[key])
    assert [e.record.valid for e in race[1].history()] == [r.valid for r in records]
    log = (root / ".workers" / "0.log").read_text()
    assert log == ""


def test_a_killed_process_costs_no_result(tmp_path: Path) -> None:
    marker = tmp_path / "been here"
    once = (
        f"__import__('os').getpid() if __import__('os').path.exists({str(marker)!r}) else "
        f"(open({str(marker)!r}, 'w'), __import__('os').kill(__import__('os').getpid(), 9))"
    )
    deadly = f"__import__('os').kill(__import__('os').getpid(), {int(signal.SIGKILL)})"
    with LocalProcesses(1) as pool:
        first, doomed, last = (pool.submit(eval, text) for text in (once, deadly, "6 * 7"))
        assert first.result(120) not in (None, os.getpid())
        assert isinstance(doomed.exception(120), BrokenProcessPool)
        assert last.result(120) == 42


@pytest.mark.parametrize("name", ["dask", "dask://", "spark://x:1", "tcp://127.0.0.1:1"])
def test_wrong_engines_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidConfig, match=r"engine must be local or dask://host:port"):
        jobs.check_engine(name)
    monkeypatch.setenv("AE_ENGINE", name)
    with pytest.raises(InvalidConfig, match="engine must be"):
        jobs.check_engine(None)
    jobs.check_engine("local")
