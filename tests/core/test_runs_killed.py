"""kill -9 at 200 random moments of runs and their saves: always readable, never half a model."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from ae_core import build, fit, load_dataset
from ae_core.runs.folder import RunFolder, list_runs
from ae_core.store import load_model

KILLS = 200
STATES = {"queued", "running", "paused", "interrupted", "finished"}
CHILDREN = """
import os, sys
from ae_core.runs import keeper
from ae_core.runs.commands import Command, post
from ae_core.runs.data import data_of
from ae_core.runs.execute import execute
from ae_core.runs.folder import list_runs
from ae_core.runs.making import create_runs
from ae_core.runs.spec import RunSpec
from ae_core.scoring import score
from ae_core import build, load_model, save_model

keeper.SAVE_EVERY = 0.0  # a state after every epoch: more moments to be killed in
spec = RunSpec("variational", "rings", {"hidden_sizes": (8,)}, {"epochs": 2}, rewindable=True)
# All that is imported late, imported now: a child that is killed early would never come so far.
score(model := build("variational", (2,)), data_of("rings"))
load_model(save_model(model, sys.argv[1]))

def train(runs):
    while runs > 0:
        for run in list_runs():
            if run.status().over:
                continue
            if not (run.changes() or os.listdir(run.path / "commands")):
                post(run, Command("change", field="beta", value=0.25))
            execute([run])
            runs -= 1
        create_runs([spec])

while count := sys.stdin.readline():  # one import of torch serves all: a child per life
    child = os.fork()
    if child == 0:
        try:
            train(float(count))
        finally:
            os._exit(1)
    print(child, flush=True)
    _, how = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(how) else "ended", flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path))
    expected = build("variational", (2,), hidden_sizes=(8,), beta=0.25)
    history = [
        (r.train, r.valid) for r in fit(expected, load_dataset("rings"), epochs=2, device="cpu")
    ]
    clock, finished, cut = random.Random(0), set[RunFolder](), 0
    process = subprocess.Popen(
        [sys.executable, "-c", CHILDREN, str(tmp_path / "m")], text=True,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        child_of(process, "1")
        start = time.monotonic()
        assert process.stdout.readline() == "ended\n"
        one_run = min(time.monotonic() - start, 0.8)  # within it lie all moments of interest
        for _ in range(KILLS):
            child = child_of(process, "inf")
            threading.Event().wait(clock.uniform(0.0, 1.1 * one_run))
            os.kill(child, signal.SIGKILL)
            assert process.stdout.readline() == "killed\n"
            for run in list_runs():
                if run not in finished:
                    cut += whole_or_cut(run, expected.state_dict(), history)
                    finished |= {run} if run.status().over else set()
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
    assert len(finished) > KILLS / 20
    assert cut > KILLS / 4


def child_of(process: "subprocess.Popen[str]", runs: str) -> int:
    """A new process that trains so many runs, and takes up those that were cut."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{runs}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def whole_or_cut(run: RunFolder, weights: dict[str, torch.Tensor], history: list[object]) -> bool:
    """Read everything of a run after its process was killed; whether that cut it short."""
    status, seen = run.status(), [(e.record.train, e.record.valid) for e in run.history()]
    assert status.state in STATES
    assert seen == history[: len(seen)]
    for epoch in run.snapshots():
        assert run.snapshot(epoch).epoch == epoch <= len(seen)
    if (live := run.live()) is not None:
        assert 0 <= live.step <= 32
    assert len(run.changes()) <= 1
    assert run.spec().variant == "variational"
    if status.state == "finished":
        assert run.model_file.exists()
        assert len(seen) == 2
    if run.model_file.exists():  # then it is a whole one, whatever became of the rest
        model = load_model(run.model_file)
        assert all(torch.equal(t, weights[k]) for k, t in model.state_dict().items())
        assert len(model.history) == 2
        assert model.test_figures["squared_error_per_image"] > 0
    litter = [p.name for p in run.path.rglob(".*") if not p.name.endswith(".tmp")]
    assert litter == []
    return status.state == "interrupted"
