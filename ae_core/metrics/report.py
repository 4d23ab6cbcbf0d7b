"""One table of figures for any codec on any data set, and how far to trust a mean."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ae_core.base import Codec
from ae_core.batches import device_of, in_batches
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidInput
from ae_core.metrics.codes import active_units, fraction_near_zero, hoyer_sparsity
from ae_core.metrics.distortion import (
    mean_absolute_error_per_pixel,
    psnr_db_of_mse,
    squared_error_per_image,
    ssim,
)
from ae_core.metrics.likelihood import (
    LatentVariableModel,
    bernoulli_floor,
    importance_weighted_log_likelihood,
    negative_elbo,
)
from ae_core.metrics.probes import knn_accuracy, knn_accuracy_leave_one_out

NEIGHBOURS = 5


def evaluate(
    codec: Codec,
    dataset: DataSet,
    split: str = "test",
    *,
    seed: int = 0,
    importance_samples: int = 0,
    batch_size: int = 1024,
) -> dict[str, float]:
    """A codec's figures on one split; every key names its unit, the same call the same numbers.

    Parameters
    ----------
    split: "train", "valid" or "test".
    seed: decides the draws of z behind the −ELBO and the importance-weighted likelihood.
    importance_samples: k of the importance-weighted log-likelihood; 0 leaves it out.

    Images also get PSNR and SSIM, with the data's own range as the peak; generative codecs the
    terms of −ELBO (one draw per image) and their active units; labelled data the accuracy of
    5 nearest neighbours among the train codes (leave-one-out where the split is "train").
    """
    if split not in ("train", "valid", "test"):
        raise InvalidInput(f"split must be train, valid or test, got {split!r}")
    x: Tensor = getattr(dataset, split)
    if len(x) == 0:
        raise InvalidInput(f"the {split} split of {dataset.name!r} is empty")
    z = _codes(codec, x, batch_size)
    figures = _distortion(codec, dataset, x, batch_size) | _sparsity(z)
    if isinstance(codec, LatentVariableModel):
        figures |= {"active_units": float(active_units(z))}
        figures |= _likelihood(codec, x, seed, importance_samples, batch_size)
    return figures | _neighbours(codec, dataset, split, z, batch_size)


def bootstrap_interval(
    values: ArrayLike | Tensor, seed: int, level: float = 0.95, resamples: int = 2000
) -> tuple[float, float]:
    """A percentile-bootstrap interval (low, high) of the mean of (N,) values.

    Efron 1979. A figure that is a monotone function of a mean, such as the PSNR of the mean MSE,
    has the function of these two ends as its interval.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) == 0:
        raise InvalidInput(f"expected values of shape (N,) with N ≥ 1, got {sample.shape}")
    if not 0 < level < 1:
        raise InvalidInput(f"level must lie between 0 and 1, got {level}")
    if resamples < 1:
        raise InvalidInput(f"resamples must be at least 1, got {resamples}")
    generator = np.random.default_rng(seed)
    step = max(1, 2_000_000 // len(sample))  # resamples at once: bounds the memory
    means = [
        sample[generator.integers(len(sample), size=(min(step, resamples - i), len(sample)))].mean(
            1
        )
        for i in range(0, resamples, step)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _codes(codec: Codec, x: Tensor, batch_size: int) -> Tensor:
    device = device_of(codec)
    return in_batches(lambda b: codec.encode(b.to(device)).cpu(), x.cpu(), batch_size=batch_size)


def _distortion(codec: Codec, dataset: DataSet, x: Tensor, batch_size: int) -> dict[str, float]:
    device, x = device_of(codec), x.cpu()
    x_hat = in_batches(lambda b: codec.reconstruct(b.to(device)).cpu(), x, batch_size=batch_size)
    squared_error = _mean(squared_error_per_image(x, x_hat))
    figures = {
        "squared_error_per_image": squared_error,
        "mse_per_pixel": squared_error / x[0].numel(),
        "mean_absolute_error_per_pixel": mean_absolute_error_per_pixel(x, x_hat),
    }
    if dataset.kind == "image":
        peak = dataset.peak
        similarity = in_batches(lambda a, b: ssim(a, b, peak), x, x_hat, batch_size=batch_size)
        figures["psnr_db"] = psnr_db_of_mse(figures["mse_per_pixel"], peak)
        figures["ssim"] = _mean(similarity)
    return figures


def _sparsity(z: Tensor) -> dict[str, float]:
    figures = {"fraction_near_zero": fraction_near_zero(z)}
    if z.shape[1] > 1:
        figures["hoyer_sparsity"] = _mean(hoyer_sparsity(z))
    return figures


def _likelihood(
    model: LatentVariableModel, x: Tensor, seed: int, samples: int, batch_size: int
) -> dict[str, float]:
    x = x.to(device_of(model))
    generator = torch.Generator().manual_seed(seed)
    elbo = negative_elbo(model, x, generator, batch_size=batch_size)
    figures = {
        "negative_elbo_nats_per_image": _mean(elbo.total),
        "reconstruction_nats_per_image": _mean(elbo.reconstruction),
        "kl_nats_per_image": _mean(elbo.kl),
        "likelihood_constant_nats_per_image": elbo.constant,
    }
    if model.config.reconstruction == "bernoulli":
        figures["cross_entropy_floor_nats_per_image"] = _mean(bernoulli_floor(x))
    if samples:
        bound = importance_weighted_log_likelihood(model, x, samples, generator)
        figures["log_likelihood_bound_nats_per_image"] = _mean(bound)
    return figures


def _neighbours(
    codec: Codec, dataset: DataSet, split: str, z: Tensor, batch_size: int
) -> dict[str, float]:
    labels: Tensor | None = getattr(dataset, f"{split}_labels")
    if labels is None or dataset.train_labels is None or len(dataset.train) <= NEIGHBOURS:
        return {}
    if split == "train":
        return {"knn5_accuracy": knn_accuracy_leave_one_out(z, labels, NEIGHBOURS)}
    train_z = _codes(codec, dataset.train, batch_size)
    return {"knn5_accuracy": knn_accuracy(train_z, dataset.train_labels, z, labels, NEIGHBOURS)}


def _mean(values: Tensor) -> float:
    return float(values.cpu().double().mean())
