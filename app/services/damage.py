"""One damaged array, and everybody's repair of that identical array."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ae_core.base import Corrupting
from ae_core.batches import in_batches
from ae_core.corruption import CORRUPTIONS
from ae_core.filters import median
from ae_core.metrics import mse_per_pixel, psnr_db, psnr_db_of_mse, squared_error_per_image
from app.services.arrays import Array, frozen, tensor
from app.services.cache import remembered
from app.services.catalogue import CodecRef, codec, codec_info, ref
from app.services.data import dataset
from app.services.noise import Block, kept, linear_family

LINEAR, MEDIAN, NOISY = "linear", "median", "noisy"
CURVE_SAMPLES = 300


@dataclass(frozen=True)
class Damage:
    """Which test samples are damaged, how, how much, with which seed: the id of an array."""

    data: str
    indices: tuple[int, ...]
    kind: str  # gaussian, salt_pepper, masking
    level: float
    seed: int
    clip: bool = False  # pixels and repairs are brought into [0, 1], where the data lies there
    block: Block | None = None  # what is erased of every sample


@dataclass(frozen=True)
class Training:
    """The damage that a denoising codec was trained on."""

    kind: str
    low: float
    high: float
    clip: bool


@dataclass(frozen=True)
class Score:
    """PSNR in dB of each sample, and of the mean MSE over all of them."""

    each: tuple[float, ...]
    total: float


def peak(data: str) -> float:
    """What PSNR calls the peak: 1 for pixels in [0, 1], else the span of the train values."""
    return dataset(data).peak


def originals(damage: Damage) -> Array:
    """The clean samples: (N, *sample_shape)."""
    return frozen(_clean(damage))


def damaged(damage: Damage) -> Array:
    """x_tilde: exactly the array that every codec and filter below receives."""
    return frozen(_damaged(damage))


@remembered(256)
def repaired(which: CodecRef, damage: Damage) -> Array:
    """g(f(x_tilde)) of one codec: (N, *sample_shape)."""
    return frozen(_repair(which, damage, _damaged(damage)))


@remembered(64)
def classical_repairs(damage: Damage) -> dict[str, Array]:
    """Median of 3 (3 × 3 in images; points have none) and the best linear map for this damage."""
    found = _classical(damage, _damaged(damage))
    return {name: frozen(x_hat) for name, x_hat in found.items()}


def repairs(damage: Damage, codecs: tuple[CodecRef, ...]) -> dict[str, Array]:
    """Everything that competes: the damaged array left as it is, the codecs, the filters."""
    found = {NOISY: damaged(damage)}
    found |= {which.variant: repaired(which, damage) for which in codecs}
    return found | classical_repairs(damage)


def scores(damage: Damage, codecs: tuple[CodecRef, ...]) -> dict[str, Score]:
    """PSNR of all that `repairs` holds, by the same names."""
    clean, top = _clean(damage), peak(damage.data)
    values = clean[0].numel()
    found = {}
    for name, x_hat in repairs(damage, codecs).items():
        errors = squared_error_per_image(clean, tensor(x_hat)) / values
        each = tuple(psnr_db_of_mse(float(e), top) for e in errors)
        found[name] = Score(each, psnr_db(clean, tensor(x_hat), top))
    return found


def psnr_over_levels(
    data: str,
    codecs: tuple[CodecRef, ...],
    kind: str,
    levels: tuple[float, ...],
    seed: int,
    clip: bool = False,
    block: Block | None = None,
    told: bool = True,
) -> dict[str, tuple[float, ...]]:
    """PSNR in dB of the mean MSE at each level, by codec and classical filter, on test samples.

    told: a codec whose knob is the noise level is read at each level, as far as its range goes.
    """
    found: dict[str, list[float]] = {}
    indices = tuple(range(min(CURVE_SAMPLES, len(dataset(data).test))))
    for level in levels:
        damage = Damage(data, indices, kind, level, seed, clip, block)
        at = {c.variant: at_level(c, kind, level) if told else c for c in codecs}
        values = {name: _psnr(which, damage) for name, which in at.items()}
        for name, value in (values | _classical_psnr(damage)).items():
            found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


# Numbers are kept, each codec's for itself: a weight that moves costs that codec's repairs. Of the
# arrays, which are large, as many as a curve has levels.
@remembered(8)
def _curve_damaged(damage: Damage) -> Tensor:
    return _make(damage)


@remembered(4096)
def _psnr(which: CodecRef, damage: Damage) -> float:
    x_hat = _repair(which, damage, _curve_damaged(damage))
    return psnr_db_of_mse(mse_per_pixel(_clean(damage), x_hat), peak(damage.data))


@remembered(512)
def _classical_psnr(damage: Damage) -> dict[str, float]:
    """Of the filters and of what is left as it is."""
    x_tilde = _curve_damaged(damage)
    tried = {NOISY: x_tilde} | _classical(damage, x_tilde)
    clean, top = _clean(damage), peak(damage.data)
    return {name: psnr_db_of_mse(mse_per_pixel(clean, x), top) for name, x in tried.items()}


def trained_on(which: CodecRef) -> Training | None:
    """The damage behind a denoising codec; None for a codec that never saw any."""
    model = codec(which)
    if not isinstance(model, Corrupting):
        return None
    low, high = codec_info(which).weight_range or (which.weight or 0.0, which.weight or 0.0)
    clip = bool(getattr(getattr(model, "config", None), "clip", False))
    return Training(which.corruption, low, high, clip)


def at_level(which: CodecRef, kind: str, level: float) -> CodecRef:
    """The same codec told the noise level, where its knob is the level of this kind."""
    training = trained_on(which)
    if training is None or training.kind != kind:
        return which
    return ref(which.data, which.variant, which.latent_dim, level, kind, which.model) or which


@remembered(128)
def _damaged(damage: Damage) -> Tensor:
    return _make(damage)


def _make(damage: Damage) -> Tensor:
    """Noise, then clipping, then the erased block."""
    generator = torch.Generator().manual_seed(damage.seed)
    x = CORRUPTIONS[damage.kind](_clean(damage), damage.level, generator)
    return _in_range(x, damage) * kept(damage.data, damage.block)


def _repair(which: CodecRef, damage: Damage, x_tilde: Tensor) -> Tensor:
    return _in_range(in_batches(codec(which).reconstruct, x_tilde), damage)


def _classical(damage: Damage, x_tilde: Tensor) -> dict[str, Tensor]:
    found = {}
    if dataset(damage.data).kind != "points":
        found[MEDIAN] = median(x_tilde)
    family = linear_family(damage.data, damage.kind, damage.clip, damage.block)
    return found | {LINEAR: _in_range(family(x_tilde, damage.level), damage)}


def _in_range(x: Tensor, damage: Damage) -> Tensor:
    """Clipped where asked; repairs too, all alike: nobody is charged for impossible pixels."""
    return x.clamp(0, 1) if damage.clip and dataset(damage.data).unit_range else x


def _clean(damage: Damage) -> Tensor:
    return dataset(damage.data).test[np.array(damage.indices, dtype=np.int64)]
