"""What a race may ask of a machine."""

from dataclasses import replace

import numpy as np
import pytest

from ae_core import VARIANTS
from ae_core.errors import AECoreError, InvalidConfig
from ae_core.folders import runs_folder
from app import services
from app.services.race_settings import MAX_LATENT, MAX_SEEDS, RaceSettings, check_race
from tests.app.racing import raced, settings


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs must lie between 1 and 300"),
        ({"epochs": 301}, "got 301"),
        ({"seeds": MAX_SEEDS + 1}, "seeds must lie between 1 and 5"),
        ({"rate": 11.0}, "learning_rate"),
        ({"latent_dim": MAX_LATENT + 1}, "latent_dim must lie between 1 and 1024"),
        ({"hidden_sizes": (8192,) * 16}, "too large to train here"),
        ({"data": "moons", "architecture": "conv"}, "conv"),
        ({"data": "shapes", "architecture": "conv", "hidden_sizes": (256, 256)}, "too long"),
        ({"data": "moons", "output": "linear", "reconstruction": "bernoulli"}, "bernoulli"),
        ({"own": {"variational": {"beta": -1.0}}}, "beta"),
    ],
)
def test_what_is_too_much_is_refused_before_anything_is_made(change, words, trained_here):
    with pytest.raises(AECoreError, match=words):
        services.start_race(settings(**change), "somebody")
    assert not runs_folder().exists()


def test_a_teacher_sets_the_limits(trained_here, monkeypatch):
    monkeypatch.setenv("AE_MAX_EPOCHS", "2")
    monkeypatch.setenv("AE_MAX_WAITING_PER_VISITOR", "4")
    assert services.most_epochs() == services.suggestion("digits")["epochs"] == 2
    with pytest.raises(InvalidConfig, match="between 1 and 2"):
        raced("undercomplete", epochs=3)
    with pytest.raises(InvalidConfig, match="AE_MAX_WAITING_PER_VISITOR"):
        raced(epochs=2)
    assert not runs_folder().exists()


def test_batches_have_their_limits_too():
    for size in (1, 100_000):
        with pytest.raises(InvalidConfig, match="batch_size"):
            check_race(replace(settings(), batch_size=size))


def test_a_race_needs_a_runner():
    with pytest.raises(InvalidConfig, match="at least one codec"):
        check_race(replace(settings(), configs=()))


@pytest.mark.parametrize(
    "data", ["digits", "shapes", "patches", "rings", "moons", "spiral", "s_curve", "cbf"]
)
def test_the_suggestion_is_a_race_that_starts(data):
    start = services.suggestion(data)
    shared = {k: v for k, v in start.items() if k in ("latent_dim", "hidden_sizes", "output")}
    configs = tuple((v, tuple(shared.items())) for v in VARIANTS)
    made = RaceSettings(
        data, configs, start["epochs"], start["batch_size"], start["learning_rate"], 0
    )
    check_race(made)
    pixels = int(np.prod(services.data_info(data).sample_shape))
    assert start["latent_dim"] < pixels
