"""What codes are good for: nearest neighbours, and storing an image in thirty bytes."""

from functools import partial

import torch
from torch import Tensor

from ae_core.batches import in_batches
from ae_core.metrics import knn_accuracy, squared_error_per_image
from benchmarks.fidelity.job import Job
from benchmarks.fidelity.row import Figure, Row

LEVELS = 256  # of one byte


def neighbours(job: Job, preset: str) -> dict[str, float]:
    """The share of test codes whose 5 nearest of 55,000 train codes vote for their digit."""
    model, data = job.train(preset), job.data
    assert data.train_labels is not None
    assert data.test_labels is not None
    train_z, test_z = job.encode(model, data.train), job.encode(model, data.test)
    return {"5-NN accuracy": knn_accuracy(train_z, data.train_labels, test_z, data.test_labels)}


def quantised(train_z: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """One byte a number, uniform over each unit's range in the train codes: bytes, codes again.

    What the decoder must hold beside its weights are two numbers a unit, for all images together.
    A code beyond the range takes the end of it.
    """
    low, high = train_z.amin(0), train_z.amax(0)
    step = ((high - low) / (LEVELS - 1)).clamp(min=torch.finfo(z.dtype).tiny)
    levels = ((z - low) / step).round().clamp(0, LEVELS - 1).to(torch.uint8)
    return levels, low + levels * step


def thirty_bytes(job: Job) -> dict[str, float]:
    """Squared error of test images decoded from 30 bytes each."""
    model, data = job.train("paper-30d"), job.data
    levels, z = quantised(job.encode(model, data.train), job.encode(model, data.test))
    x_hat = in_batches(model.decode, z)
    return {
        "squared error": float(squared_error_per_image(data.test, x_hat).double().mean()),
        "bytes an image": levels.element_size() * levels[0].numel(),
    }


def _neighbour_row(d: int, pca: float, at_least: float, aim: float) -> Row:
    preset = f"paper-neighbours-{d}d"
    return Row(
        f"neighbours-{d}d",
        f"{d} numbers; 5-NN of the test codes among the 55,000 train codes, Euclidean",
        partial(neighbours, preset=preset),
        (preset,),
        (Figure("5-NN accuracy", f"PCA {pca:.3f}", at_least, aim, higher=True, digits=4),),
        "codes of a masking autoencoder (half of the pixels, 784-512-256-32, 12 epochs): .9686 on "
        "test; codes of paper-30d, 60 epochs: .9836 on valid, standardised .9834; 32 numbers, "
        "images and goals bent alike, 40 epochs: .9812 on test",
    )


ROWS = (
    _neighbour_row(16, 0.963, 0.970, 0.980),
    _neighbour_row(32, 0.976, 0.978, 0.985),
    Row(
        "thirty-bytes",
        "30 numbers at 8 bits, uniform over each one's range in the train codes; squared error "
        "per image, test set",
        thirty_bytes,
        ("paper-30d",),
        (
            Figure("squared error", "AVIF 33.5 B 3.97; WebP 33.8 B 4.45; PCA 4.2", 3.0, 2.4),
            Figure("bytes an image", digits=0),
        ),
    ),
)
