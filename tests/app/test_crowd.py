"""Twenty visitors press the button at once; two workers train, everybody is served in turn."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import torch

from ae_core import load_model
from ae_core.folders import runs_folder
from ae_core.runs.queue import busy_places
from app import services
from app.services.race_settings import RaceSettings

VISITORS, AT_ONCE = 20, 2
CONFIG = (("hidden_sizes", (8,)), ("latent_dim", 2), ("output", "linear"))
SETTINGS = RaceSettings("moons", (("undercomplete", CONFIG),), 2, 64, 0.003, 7, 1)


def test_twenty_visitors_at_once_all_get_the_same_weights(no_models, monkeypatch):
    monkeypatch.setenv("AE_MAX_RUNS", str(AT_ONCE))
    try:
        with ThreadPoolExecutor(VISITORS) as room:
            names = list(
                room.map(lambda i: services.start_race(SETTINGS, f"v{i}"), range(VISITORS))
            )
        assert len(set(names)) == VISITORS
        races = [services.find_race(name) for name in names]
        busiest, end = 0, time.monotonic() + 300
        while not all(services.race_over(race) for race in races):
            working = [p for p in busy_places(runs_folder()) if not p["idle"]]
            busiest = max(busiest, len(working))
            assert time.monotonic() < end, [services.race_state(race) for race in races]
            time.sleep(0.05)
        assert {services.race_state(race) for race in races} == {"finished"}
        assert 1 <= busiest <= AT_ONCE
        first, *others = (load_model(race.runs[0].model_file).state_dict() for race in races)
        for other in others:
            assert all(torch.equal(first[key], other[key]) for key in first)
    finally:
        for place in busy_places(runs_folder()):
            os.kill(place["pid"], signal.SIGTERM)
