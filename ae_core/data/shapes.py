"""Procedural shapes with known factors, drawn with smooth edges.

The idea of dSprites (Matthey et al. 2017) at 28 x 28: every factor is continuous and recorded.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_core.data.dataset import DataSet

SIDE = 28
PIECE = 250  # images drawn at a time: what fits the processor's cache
SHAPES = ("square", "ellipse", "triangle")
SIZES = {"train": 6000, "valid": 1000, "test": 1000}
# x to the right and y down from the centre, in pixels; scale: the square root of the area, in
# pixels; rotation: radians, clockwise on the screen. A quarter turn is all that a square can tell.
FACTORS = ("shape", "x", "y", "scale", "rotation")
LOW = (-4.0, -4.0, 6.0, 0.0)
HIGH = (4.0, 4.0, 11.0, math.pi / 2)

Array = NDArray[np.float64]


def shapes() -> DataSet:
    """Images (N, 1, 28, 28) in [0, 1], white on black; 6000 / 1000 / 1000, shapes in turn."""
    factors = _factors(sum(SIZES.values()), seed=2).split(list(SIZES.values()))
    labels = [part[:, 0].long() for part in factors]
    return DataSet(
        name="shapes",
        kind="image",
        train=draw(factors[0]),
        valid=draw(factors[1]),
        test=draw(factors[2]),
        train_labels=labels[0],
        valid_labels=labels[1],
        test_labels=labels[2],
        label_names=SHAPES,
        train_factors=factors[0],
        valid_factors=factors[1],
        test_factors=factors[2],
        factor_names=FACTORS,
    )


def draw(factors: Tensor) -> Tensor:
    """Pictures of factors (N, 5), in the order of FACTORS: (N, 1, 28, 28)."""
    # numpy, because torch's threads wait for each other on operations this small; double
    # precision, so that processors whose sines differ in the last bit agree on the pixels.
    table = factors.double().numpy()
    images = np.empty((len(table), SIDE, SIDE), dtype=np.float32)
    for index, distance in enumerate((_square, _ellipse, _triangle)):
        rows = np.flatnonzero(table[:, 0] == index)
        for piece in np.array_split(rows, len(rows) // PIECE + 1):
            images[piece] = _cover(table[piece], distance)
    return torch.from_numpy(images).unsqueeze(1)


def _cover(table: Array, distance: Callable[[Array, Array], Array]) -> Array:
    """The share of each pixel that lies inside one kind of shape: (N, 5) -> (N, 28, 28)."""
    pixel = np.arange(SIDE) - (SIDE - 1) / 2  # centres, from the image's middle
    _, x, y, scale, rotation = (table[:, k, None, None] for k in range(5))
    right, down = pixel[None, None, :] - x, pixel[None, :, None] - y  # (N, 1, 28), (N, 28, 1)
    cos, sin = np.cos(rotation) / scale, np.sin(rotation) / scale
    u, v = right * cos + down * sin, down * cos - right * sin  # (N, 28, 28)
    return np.clip(0.5 - distance(u, v) * scale, 0, 1)


def _factors(n: int, seed: int) -> Tensor:
    rng = np.random.RandomState(seed)
    continuous = rng.uniform(LOW, HIGH, size=(n, len(LOW)))
    return torch.from_numpy(np.column_stack([np.arange(n) % len(SHAPES), continuous])).float()


# Signed distances to shapes of area 1 around the origin: negative inside, positive outside.


def _square(u: Array, v: Array) -> Array:
    return np.maximum(np.abs(u), np.abs(v)) - 0.5


def _ellipse(u: Array, v: Array) -> Array:
    """Half axes 2 : 1; the implicit function over its gradient, exact to first order at the rim."""
    b = math.sqrt(1 / (2 * math.pi))
    a = 2 * b
    # The floors keep 0 / 0 away from the centre; there the distance is about -b.
    radius = np.maximum(np.sqrt(np.square(u / a) + np.square(v / b)), 1e-3)
    slope = np.maximum(np.sqrt(np.square(u / a**2) + np.square(v / b**2)), 1e-3 / b)
    gap: Array = radius * (radius - 1) / slope
    return gap


def _triangle(u: Array, v: Array) -> Array:
    """Equilateral, centroid at the origin, one corner up."""
    inradius = math.sqrt(1 / (3 * math.sqrt(3)))
    slanted = np.abs(u) * (math.sqrt(3) / 2) - v * 0.5
    return np.maximum(v, slanted) - inradius
