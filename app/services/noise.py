"""Which noises mean something for a data set, what a block erases, and the best linear maps."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core.linear_family import LinearFamily
from app.services.cache import remembered
from app.services.data import dataset

Block = tuple[float, float, float]  # centre x, y and side, as shares of a sample's sides
FIT_SAMPLES = 6000  # train samples behind the linear map: on MNIST within 0.06 dB of all 55,000


@dataclass(frozen=True)
class NoiseRange:
    """How far a slider goes for one kind of noise, and where it starts."""

    highest: float
    usual: float


def noises(data: str) -> dict[str, NoiseRange]:
    """The kinds of noise that mean something for a data set, with their levels.

    Salt and pepper are the ends of [0, 1]; where values have no such ends it is left out.
    """
    source = dataset(data)
    found = {"gaussian": NoiseRange(1.0, 0.2 if source.kind == "points" else 0.5)}
    if source.unit_range:
        found["salt_pepper"] = NoiseRange(0.9, 0.25)
    return {**found, "masking": NoiseRange(0.9, 0.5)}


def kept(data: str, block: Block | None) -> Tensor:
    """True where a sample is left alone, False in the erased block: sample_shape.

    An image is erased across and down, a series along time; points have no blocks.
    """
    source = dataset(data)
    shape = source.sample_shape
    found = torch.ones(shape, dtype=torch.bool)
    if block is None or source.kind == "points":
        return found
    x, y, side = block
    across = slice(*_span(x, side, shape[-1]))
    if len(shape) == 1:
        found[across] = False
    else:
        found[..., slice(*_span(y, side, shape[-2])), across] = False
    return found


def _span(centre: float, side: float, size: int) -> tuple[int, int]:
    """First and one past the last erased place of `size`; the block stays inside."""
    length = min(math.floor(side * size + 0.5), size)
    start = min(max(math.floor(centre * size - length / 2 + 0.5), 0), size - length)
    return start, start + length


@remembered(12)
def linear_family(data: str, kind: str, clip: bool, block: Block | None = None) -> LinearFamily:
    """The best linear maps at every level of a noise, fitted on train; for services only."""
    source = dataset(data)
    return LinearFamily(
        source.train[:FIT_SAMPLES], kind, noises(data)[kind].highest, clip and source.unit_range,
        kept=kept(data, block),
    )  # fmt: skip
