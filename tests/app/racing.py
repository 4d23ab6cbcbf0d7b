"""Small races, and their weights."""

import torch

from ae_core import VARIANTS, load_model
from app import services
from app.services.race_settings import RaceSettings

SMALL = {"latent_dim": 2, "hidden_sizes": (16,), "output": "sigmoid"}


def settings(*variants, data="digits", epochs=3, rate=0.003, seeds=1, own=None, **shared):
    configs = {v: {**SMALL, **shared, **(own or {}).get(v, {})} for v in variants or VARIANTS}
    return RaceSettings(
        data, tuple((v, tuple(sorted(c.items()))) for v, c in configs.items()),
        epochs, 64, rate, 7, seeds,
    )  # fmt: skip


def raced(*args, **kwargs):
    return services.find_race(services.start_race(settings(*args, **kwargs), "somebody"))


def weights(run):
    return load_model(run.model_file).state_dict()


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
