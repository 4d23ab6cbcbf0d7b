"""Three kinds of damage, repaired: PSNR of the mean MSE over the whole test set."""

from functools import partial

from ae_core import Corrupting
from ae_core.metrics import psnr_db
from benchmarks.fidelity.job import Job
from benchmarks.fidelity.row import Figure, Row

DAMAGE_STREAM = 1


def repaired(job: Job, preset: str) -> dict[str, float]:
    """PSNR in dB of the repaired test images against the clean ones; one draw of the damage."""
    model, x = job.train(preset), job.data.test
    assert isinstance(model, Corrupting)
    x_tilde = model.corrupt(x, job.generator(DAMAGE_STREAM))
    return {
        "PSNR dB": psnr_db(x, job.reconstruct(model, x_tilde)),
        "damaged dB": psnr_db(x, x_tilde),
    }


def _row(kind: str, damage: str, linear: float, at_least: float, aim: float) -> Row:
    preset = f"paper-denoise-{kind}"
    return Row(
        f"denoising-{kind}",
        f"{damage}; 10 log₁₀(1 / mean MSE) over the test set, damage drawn once a seed",
        partial(repaired, preset=preset),
        (preset,),
        (
            Figure("PSNR dB", f"best linear map {linear:.2f}", at_least, aim, higher=True),
            Figure("damaged dB"),
        ),
    )


ROWS = (
    _row("gaussian", "N(0, .5) added, clipped to [0, 1]", 17.56, 20.6, 22.0),
    _row("masking", "half of the pixels set to 0", 17.64, 20.6, 22.0),
    _row("salt", "a quarter of the pixels set to 0 or 1", 18.05, 22.0, 24.0),
)
