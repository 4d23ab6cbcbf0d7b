"""Points in the plane: the manifold itself can be drawn."""

import math
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ae_core.data.dataset import DataSet

SIZES = (2000, 500, 500)
QUARTERS = ("first quarter", "second quarter", "third quarter", "fourth quarter")

Array = NDArray[np.float64]
PointSet = Literal["rings", "moons", "spiral", "s_curve"]


def points(name: PointSet) -> DataSet:
    """2000 / 500 / 500 points (N, 2), centred and divided by one number, so that shapes stay.

    Both are taken from the train split, whose overall standard deviation becomes 1. The factor is
    the noise-free position along its curve: the fraction of the arc length, uniform in [0, 1).
    Labels: which ring or moon; for the two single curves, which quarter.
    """
    curves, noise, seed, label_names = _recipe(name)
    n = sum(SIZES)
    rng = np.random.RandomState(seed)
    position = rng.uniform(size=n)
    # One curve: its label is the quarter. Several: they take turns.
    curve = np.arange(n) % len(curves)
    label = curve if len(curves) > 1 else (4 * position).astype(np.int64)
    clean = np.stack([_along(points, position) for points in curves])[curve, np.arange(n)]
    raw = clean + noise * rng.standard_normal((n, 2))
    fitted = raw[: SIZES[0]]
    centred = raw - fitted.mean(axis=0)
    x = torch.from_numpy(centred / np.sqrt(fitted.var(axis=0).mean())).float()
    factors = torch.from_numpy(position[:, None]).float()
    return DataSet.cut(
        name, "points", SIZES, x, torch.from_numpy(label), factors,
        label_names=label_names, factor_names=("position",),
    )  # fmt: skip


def _recipe(name: PointSet) -> tuple[list[Array], float, int, tuple[str, ...]]:
    """Finely sampled curves (T, 2), standard deviation of the noise, seed, label names."""
    t = np.linspace(0, 1, 4097)
    if name == "rings":
        circle = _plane(np.cos(2 * math.pi * t), np.sin(2 * math.pi * t))
        return [circle, circle / 2], 0.05, 3, ("outer", "inner")
    if name == "moons":
        upper = _plane(np.cos(math.pi * t), np.sin(math.pi * t))
        lower = _plane(1 - np.cos(math.pi * t), 0.5 - np.sin(math.pi * t))
        return [upper, lower], 0.05, 4, ("upper", "lower")
    if name == "spiral":  # Archimedes' r = angle, from half a turn to two and a half
        angle = math.pi * (1 + 4 * t)
        return [_plane(angle * np.cos(angle), angle * np.sin(angle))], 0.2, 5, QUARTERS
    angle = 3 * math.pi * (t - 0.5)  # the profile of scikit-learn's make_s_curve
    return [_plane(np.sin(angle), np.sign(angle) * (np.cos(angle) - 1))], 0.05, 6, QUARTERS


def _plane(x: Array, y: Array) -> Array:
    return np.stack([x, y], axis=1)


def _along(curve: Array, position: Array) -> Array:
    """Points (N, 2) at fractions of the arc length of a finely sampled curve."""
    steps = np.hypot(*np.diff(curve, axis=0).T)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    at = position * arc[-1]
    return _plane(np.interp(at, arc, curve[:, 0]), np.interp(at, arc, curve[:, 1]))
