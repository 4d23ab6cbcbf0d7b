"""−ELBO on grey pixels at 20 and 2 numbers, and the likelihood of binarised ones."""

import math
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from ae_core import Autoencoder, DataSet
from ae_core.batches import in_batches
from ae_core.metrics import active_units, importance_weighted_log_likelihood, negative_elbo
from ae_core.variants.variational import Variational
from benchmarks.fidelity.job import Job
from benchmarks.fidelity.row import Figure, Row

MANY, FEW = 5000, 100  # samples of q per image: for some images, and for all
IMAGES = 1000  # the some


def example(job: Job) -> dict[str, float]:
    """The example has no valid split: it trains on all 60,000, ten epochs, whatever comes out."""
    data = job.data
    everything = replace(data, train=torch.cat([data.train, data.valid]), train_labels=None)
    return grey(job, "paper-vae-example", everything)


def grey(job: Job, preset: str, dataset: DataSet | None = None) -> dict[str, float]:
    """−ELBO with grey pixels as the Bernoulli term's targets, one z per test image."""
    model = _variational(job.train(preset, dataset))
    elbo = negative_elbo(model, job.data.test, job.generator())
    return {
        "−ELBO": float(elbo.total.double().mean()),
        "KL": float(elbo.kl.double().mean()),
    }


def binarised(job: Job) -> dict[str, float]:
    """log p of the test set, black and white drawn once (seed 0), and the units in use.

    Every image gets `FEW` samples; the first `IMAGES` get `MANY` too, and the mean gain of these
    is added to the mean of all. The gain varies little from image to image, the likelihood much.
    """
    model, data = _variational(job.train("paper-vae-binarised")), _drawn(job.data)
    x, chosen = data.test, data.test[: 100 if job.quick else IMAGES]
    few = importance_weighted_log_likelihood(model, x, FEW, job.generator(1)).double()
    many = importance_weighted_log_likelihood(model, chosen, MANY, job.generator(2)).double()
    gain = many - few[: len(chosen)]
    return {
        "log-likelihood, k=5000": float(few.mean() + gain.mean()),
        "its standard error": float(gain.std() / math.sqrt(len(gain))),
        "log-likelihood, k=100": float(few.mean()),
        "−ELBO": float(negative_elbo(model, x, job.generator()).total.double().mean()),
        "active units": float(active_units(_means(model, x))),
    }


def _drawn(data: DataSet) -> DataSet:
    return data.binarised(seed=0)


def _means(model: Variational, x: Tensor) -> Tensor:
    return in_batches(lambda batch: model.posterior(batch)[0], x)


def _variational(model: Autoencoder) -> Variational:
    assert isinstance(model, Variational)  # the preset says so
    return model


KL = Figure("KL")

ROWS = (
    Row(
        "vae-example-20d",
        "PyTorch's example unchanged: 784-400-20, ReLU, Adam 1e-3 constant, batch 128, 10 epochs, "
        "all 60,000 images; grey test pixels, one z per image. Differs: Glorot's initialisation",
        example,
        ("paper-vae-example",),
        (Figure("−ELBO", "PyTorch example 105.6", inside=(105.0, 106.0)), KL),
    ),
    Row(
        "vae-20d",
        "20 numbers; grey test pixels, one z per image, nats",
        partial(grey, preset="paper-vae-20d"),
        ("paper-vae-20d",),
        (Figure("−ELBO", "PyTorch example 105.6", 99.0, 96.0), KL),
    ),
    Row(
        "vae-2d",
        "2 numbers; grey test pixels, one z per image, nats",
        partial(grey, preset="paper-vae-2d"),
        ("paper-vae-2d",),
        (Figure("−ELBO", "Keras example 146.95; TF tutorial 155.9", 140.0, 136.0), KL),
    ),
    Row(
        "vae-binarised",
        "50 numbers, dynamically binarised train pixels; test pixels binarised once (seed 0); "
        f"importance weighting with k = {FEW} on all 10,000 plus the mean gain of k = {MANY:,} on "
        f"the first {IMAGES:,}; active: Var(E[z]) > 0.01",
        binarised,
        ("paper-vae-binarised",),
        (
            Figure("log-likelihood, k=5000", "Burda et al. −86.76", -89.0, -86.0, higher=True),
            Figure("its standard error", digits=3),
            Figure("log-likelihood, k=100"),
            Figure("−ELBO"),
            Figure("active units", "Burda et al. 19 of 50", digits=0),
        ),
        tried="784-400-200-50 in 24 epochs -90.65; 80 epochs with a tenth of the images bent "
        "-87.02; Burda et al. train for 3,280 epochs",
    ),
)
