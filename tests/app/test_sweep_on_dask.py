"""A sweep that was started on the page, trained by a cluster of which one worker is killed."""

import os
import signal
import time

import pytest

from ae_core.folders import runs_folder
from ae_core.runs.queue import busy_places
from app import services

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SMALL = {"hidden_sizes": (8,), "latent_dim": 1}


def settings():
    weights = (0.01, 0.1, 1.0, 10.0)
    configs = tuple(("variational", tuple(sorted({**SMALL, "beta": w}.items()))) for w in weights)
    return services.RaceSettings("rings", configs, 8, 64, 0.003, 0, 2, varied="beta")


def until(done, seconds=180):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def own_runs(no_models):
    """A folder of runs; who trains there on this machine goes when the test does."""
    yield no_models
    for place in busy_places(runs_folder()):
        os.kill(place["pid"], signal.SIGTERM)


def told(race):
    return {
        (services.weight_of(run), services.spec_of(run).seed): (
            run.status().figures, [entry.record.valid for entry in run.history()],
        )
        for run in race.runs
    }  # fmt: skip


def test_a_sweep_of_the_page_gives_the_same_figures_on_a_cluster(
    own_runs, cluster, engine, monkeypatch
):
    monkeypatch.setenv("AE_ENGINE", engine)
    race = services.find_race(services.start_race(settings(), "somebody"))
    assert services.sweep_news(race.id)["state"] in ("queued", "running")
    victim = next(iter(cluster.workers.values())).pid
    until(lambda: any(run.status().over for run in race.runs))
    os.kill(victim, signal.SIGKILL)
    until(lambda: services.race_over(race))
    assert [run.status().state for run in race.runs] == ["finished"] * 8
    assert os.getpid() not in {run.status().pid for run in race.runs}
    monkeypatch.delenv("AE_ENGINE")
    again = services.find_race(services.start_race(settings(), "somebody"))
    until(lambda: services.race_over(again))
    assert told(again) == told(race)
    for run in race.runs:  # nothing was told twice
        assert [entry.record.epoch for entry in run.history()] == list(range(1, 9))
