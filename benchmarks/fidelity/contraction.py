"""How much calmer a contractive code is than a plain one that reconstructs as well."""

import torch
from torch import Tensor

from ae_core import Autoencoder
from ae_core.geometry import jacobian
from ae_core.metrics import squared_error_per_image
from ae_core.presets import find_preset
from benchmarks.fidelity.job import Job
from benchmarks.fidelity.row import Figure, Row

PRESET = "paper-contractive"
EDGE = 0.05  # a sigmoid unit below it, or above 1 − it, is saturated
IMAGES = 50  # for the spectrum
STEPS = 10  # of the plain network between two looks at its error
LOOK = 1000  # valid images that such a look reads


def contractive(job: Job) -> dict[str, float]:
    """Against plain autoencoders that stop where they rebuild valid as well, and a trained one."""
    model = job.train(PRESET)
    error = _error(job, model, job.data.valid[:LOOK])
    plain, silent = _stopped(job, error, code_bias=0.0), _stopped(job, error)
    narrow = _stopped(job, error, code_bias=0.0, code_gain=1.0)
    ended = job.train(PRESET, lambda_=0.0, code_bias=0.0)
    x = job.data.test
    calm, usual = _norms(job, model, x), _norms(job, plain, x)
    spectrum = _spectrum(model, x[:IMAGES])
    return {
        "ratio": usual / calm,
        "ratio, plain from silent units": _norms(job, silent, x) / calm,
        "ratio, plain from narrow weights": _norms(job, narrow, x) / calm,
        "ratio, plain trained to its end": _norms(job, ended, x) / calm,
        "mean ‖J‖": calm,
        "mean ‖J‖, plain": usual,
        "squared error": _error(job, model, x),
        "squared error, plain": _error(job, plain, x),
        "saturated %": 100 * _saturated(job, model, x),
        "saturated %, plain": 100 * _saturated(job, plain, x),
        "σ₁₀ / σ₁": float(spectrum[9] / spectrum[0]),
        "σ₁₀ / σ₁, plain": float((s := _spectrum(plain, x[:IMAGES]))[9] / s[0]),
        "σ₅₀ / σ₁": float(spectrum[49] / spectrum[0]),
    }


def _stopped(job: Job, error: float, **changes: float) -> Autoencoder:
    """The preset's network without its penalty, trained until its error on valid is this low."""
    recipe, data, order = find_preset(PRESET), job.data, job.generator()
    model = recipe.build(data, seed=job.seed, lambda_=0.0, **changes)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.fit["learning_rate"], fused=True)
    with job.clock():
        for _ in range(job.epochs(recipe.fit["epochs"])):
            batches = torch.randperm(len(data.train), generator=order).split(128)
            for step, chosen in enumerate(batches):
                if step % STEPS == 0 and _error(job, model, data.valid[:LOOK]) <= error:
                    return model
                optimiser.zero_grad()
                model.objective(data.train[chosen]).total.backward()
                optimiser.step()
    return model


def _error(job: Job, model: Autoencoder, x: Tensor) -> float:
    return float(squared_error_per_image(x, job.reconstruct(model, x)).double().mean())


def _norms(job: Job, model: Autoencoder, x: Tensor) -> float:
    """Mean of ‖J‖_F, J = diag(z ⊙ (1 − z)) W for one sigmoid layer."""
    z, rows = job.encode(model, x), model.encoder.steps[0][0].matrix.detach().square().sum(1)
    return float(((z * (1 - z)).square() @ rows).sqrt().double().mean())


def _saturated(job: Job, model: Autoencoder, x: Tensor) -> float:
    z = job.encode(model, x)
    return float(((z < EDGE) | (z > 1 - EDGE)).double().mean())


def _spectrum(model: Autoencoder, x: Tensor) -> Tensor:
    """Singular values of ∂f/∂x, largest first, mean over the images: (N, *) -> (D,)."""
    j = jacobian(model.encode, x, chunk_size=5)
    return torch.linalg.eigvalsh(j.mT @ j).flip(1).clamp(min=0).sqrt().mean(0)


ROWS = (
    Row(
        "contractive",
        "1,000 tied sigmoid units, squared error; mean ‖∂f/∂x‖_F over the test images, of a plain "
        "autoencoder (no penalty, biases from 0, weights within 4 of Glorot's bounds, as is usual "
        "for sigmoid units) that stops where its squared error on valid is as low, and of ours; "
        "beside it one that starts from our biases, one from weights within a single bound, and "
        f"one trained to its end; saturated: below {EDGE} or above {1 - EDGE}; σ: singular values "
        f"of the Jacobian, mean of {IMAGES} images",
        contractive,
        (PRESET,),
        (
            Figure("ratio", "Rifai et al. 2011: 24", 20.0, 30.0, higher=True),
            Figure("ratio, plain from silent units"),
            Figure("ratio, plain from narrow weights"),
            Figure("ratio, plain trained to its end"),
            Figure("mean ‖J‖", "Rifai et al. 2011: 0.73"),
            Figure("mean ‖J‖, plain", "Rifai et al. 2011: 17.5"),
            Figure("squared error"),
            Figure("squared error, plain"),
            Figure("saturated %", "Rifai et al. 2011: 86"),
            Figure("saturated %, plain"),
            Figure("σ₁₀ / σ₁", digits=3),
            Figure("σ₁₀ / σ₁, plain", digits=3),
            Figure("σ₅₀ / σ₁", digits=4),
        ),
        tried="the plain network's weights decide: within one of Glorot's bounds it has ‖J‖ 7.3 to "
        "8, within four 17 to 18, as Rifai's 17.5; biases from 0 instead of −5: λ 3 15.4 at ‖J‖ "
        "1.61, λ 20 33.6 at .60; cross-entropy 6.15 at 4.59",
        version=3,
    ),
)
