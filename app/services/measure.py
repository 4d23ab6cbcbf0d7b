"""Codes, reconstructions, errors and the objective's live numbers, for any codec."""

from dataclasses import dataclass

import numpy as np
import torch

from ae_core.base import Autoencoder
from ae_core.batches import in_batches
from ae_core.metrics import bootstrap_interval, psnr_db_of_mse, squared_error_per_image, ssim
from app.services.arrays import Array, frozen
from app.services.cache import remembered
from app.services.catalogue import CodecRef, codec, codec_info, model_path
from app.services.data import dataset

TERMS_SEED = 0  # of the noise behind live numbers: the same for every codec and visitor


@dataclass(frozen=True)
class LiveTerms:
    """reconstruction + weight · penalty = total, per image, over a whole split."""

    reconstruction: float
    penalty: float
    weight: float

    @property
    def total(self) -> float:
        return self.reconstruction + self.weight * self.penalty


@dataclass(frozen=True)
class Figure:
    """A measured value and its 95 % bootstrap interval over images, if it has one."""

    value: float
    low: float | None = None
    high: float | None = None


@remembered(128)
def codes(which: CodecRef, split: str = "test") -> Array:
    """Codes of a whole split: (N, d)."""
    x = getattr(dataset(which.data), split)
    return frozen(in_batches(codec(which).encode, x))


@remembered(48)
def _reconstructed(which: CodecRef, split: str) -> torch.Tensor:
    x = getattr(dataset(which.data), split)
    return in_batches(codec(which).reconstruct, x)


def reconstructions(
    which: CodecRef, indices: tuple[int, ...] | None = None, split: str = "test"
) -> Array:
    """Reconstructions of chosen samples: (N, *sample_shape)."""
    x_hat = _reconstructed(which, split)
    return frozen(x_hat if indices is None else x_hat[list(indices)])


@remembered(128)
def errors(which: CodecRef, split: str = "test") -> Array:
    """Squared error of every sample of a split, summed over its values: (N,)."""
    x = getattr(dataset(which.data), split)
    return frozen(squared_error_per_image(x, _reconstructed(which, split)))


@remembered(128)
def figures_of(which: CodecRef, split: str = "test") -> dict[str, Figure]:
    """Squared error, MSE, PSNR and (images) SSIM over a split, one unit for every codec."""
    x = getattr(dataset(which.data), split)
    per_image = errors(which, split)
    values = int(np.prod(x.shape[1:]))
    mean = float(per_image.mean())
    low, high = bootstrap_interval(per_image, seed=0)
    found = {
        "squared_error_per_image": Figure(mean, low, high),
        "mse_per_pixel": Figure(mean / values, low / values, high / values),
    }
    if dataset(which.data).kind == "image":
        found["psnr_db"] = Figure(
            *map(psnr_db_of_mse, (mean / values, high / values, low / values))
        )
        likeness = ssim(x, _reconstructed(which, split))
        found["ssim"] = Figure(float(likeness.mean()), *bootstrap_interval(likeness, seed=0))
    return found


@remembered(128)
def terms(which: CodecRef, split: str = "test") -> LiveTerms:
    """The objective over a split, with the codec's own reconstruction term and weight."""
    model, x = codec(which), getattr(dataset(which.data), split)
    if not isinstance(model, Autoencoder):
        return LiveTerms(float(errors(which, split).mean()), 0.0, 0.0)
    generator = torch.Generator().manual_seed(TERMS_SEED)
    with torch.no_grad():
        objective = model.objective(x, generator)
    return LiveTerms(
        float(objective.reconstruction), float(objective.penalty), float(objective.weight)
    )


def snippet(which: CodecRef) -> str:
    """The few lines of Python that print this codec's total over the test split."""
    data = f'data = ae_core.load_dataset("{which.data}")'
    path = model_path(which)
    if path is None:
        return "\n".join(
            [
                "import ae_core",
                data,
                f"model = ae_core.PCACodec({which.latent_dim}).fit(data.train)",
                "x, x_hat = data.test, model.reconstruct(data.test)",
                "print((x - x_hat).square().flatten(1).sum(1).mean().item())",
            ]
        )
    info = codec_info(which)
    at = f".at({which.weight!r})" if info.weight_range else ""
    return "\n".join(
        [
            "import ae_core, torch",
            data,
            f'model = ae_core.load_model("{path}"){at}',
            f"noise = torch.Generator().manual_seed({TERMS_SEED})",
            "print(model.objective(data.test, noise).total.item())",
        ]
    )
