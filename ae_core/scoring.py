"""The figures a finished model is shown with: its own, and PCA's for the same task beside them."""

import torch
from torch import Tensor

from ae_core.base import Autoencoder, Codec, Corrupting
from ae_core.batches import device_of, in_batches
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig
from ae_core.metrics import evaluate, psnr_db_of_mse
from ae_core.pca import PCACodec

DAMAGE_SEED = 0  # one fixed damage of a split, so that codecs repair the identical array


def plain_codec(codec: Codec, weight: float | None = None) -> Codec:
    """The codec at one weight, without gates; the middle of its range if none is asked for."""
    if not isinstance(codec, Autoencoder):
        if weight is not None:
            raise InvalidConfig(f"{codec.name} has no weight, got {weight:g}")
        return codec
    if codec.conditioned:
        return codec.at(codec.config.middle_weight if weight is None else weight)
    codec.position(weight)  # refuses a weight this network was not trained at
    return codec


def acting_weight(codec: Codec) -> float | None:
    """The weight that `plain_codec` takes by itself; None for a codec that has no weight."""
    if isinstance(codec, Autoencoder) and codec.config.weight_field:
        return codec.config.middle_weight
    return None


def scored_data(dataset: DataSet, binarise: bool) -> DataSet:
    """What a model is scored on: black and white if trained on such, drawn once for all models."""
    return dataset.binarised() if binarise else dataset


def score(
    codec: Codec,
    dataset: DataSet,
    split: str = "test",
    *,
    damage: Codec | None = None,
    importance_samples: int = 0,
) -> dict[str, float]:
    """All figures of a codec on one split; every key names its unit.

    A codec that repairs damage is also scored on repair; `damage` is the codec whose damage is to
    be repaired, so that PCA beside a denoising autoencoder gets the identical damaged samples.
    """
    figures = evaluate(codec, dataset, split, importance_samples=importance_samples)
    damage = damage or codec
    if isinstance(damage, Corrupting):
        x: Tensor = getattr(dataset, split)
        x_tilde = damage.corrupt(x, torch.Generator().manual_seed(DAMAGE_SEED))
        figures |= _repair(codec, dataset, x, x_tilde)
    return figures


def score_beside_pca(
    codec: Codec, dataset: DataSet, split: str = "test", *, importance_samples: int = 0
) -> tuple[dict[str, float], dict[str, float]]:
    """A codec's figures, and PCA's at the same code size ({} where there is no such PCA)."""
    own = score(codec, dataset, split, importance_samples=importance_samples)
    pca = None if isinstance(codec, PCACodec) else pca_of(dataset, codec.latent_dim)
    return own, {} if pca is None else score(pca, dataset, split, damage=codec)


def pca_of(dataset: DataSet, latent_dim: int) -> PCACodec | None:
    """PCA at this code size, fitted on train; None where the data has fewer directions."""
    if latent_dim > min(len(dataset.train), dataset.train[0].numel()):
        return None
    return PCACodec(latent_dim).fit(dataset.train)


def _repair(codec: Codec, dataset: DataSet, x: Tensor, x_tilde: Tensor) -> dict[str, float]:
    """How far the damaged samples are from the clean ones, before and after the codec."""
    device = device_of(codec)
    x_hat = in_batches(lambda b: codec.reconstruct(b.to(device)).cpu(), x_tilde)
    noisy, repaired = (float((y - x).double().square().mean()) for y in (x_tilde, x_hat))
    size = x[0].numel()
    figures = {
        "noisy_squared_error_per_image": noisy * size,
        "denoised_squared_error_per_image": repaired * size,
    }
    if dataset.kind == "image":
        figures["noisy_psnr_db"] = psnr_db_of_mse(noisy, dataset.peak)
        figures["denoised_psnr_db"] = psnr_db_of_mse(repaired, dataset.peak)
    return figures
