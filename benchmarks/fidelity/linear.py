"""The linear autoencoder against PCA: equal in theory (Baldi & Hornik 1989)."""

import math

import torch
from torch import Tensor

from ae_core import PCACodec
from ae_core.metrics import squared_error_per_image
from benchmarks.fidelity.job import Job
from benchmarks.fidelity.row import Figure, Row

SIZES = (2, 10, 16)


def largest_angle(a: Tensor, b: Tensor) -> float:
    """The largest principal angle between two column spaces in degrees: (D, d), (D, d).

    From its sine, the norm of what b's plane leaves of a's: an angle near 0 has a cosine that
    rounds to 1.
    """
    qa, qb = (torch.linalg.qr(m.double())[0] for m in (a, b))
    sine = float(torch.linalg.matrix_norm(qa - qb @ (qb.t() @ qa), 2))
    return math.degrees(math.asin(min(1.0, sine)))


def against_pca(job: Job) -> dict[str, float]:
    """For each size: excess error in %, and the angle between the decoder's plane and PCA's."""
    data, figures = job.data, {}
    for d in SIZES:
        model, pca = job.train("paper-linear", latent_dim=d), PCACodec(d).fit(data.train)
        ours, theirs = (
            float(squared_error_per_image(data.test, job.reconstruct(c, data.test)).double().mean())
            for c in (model, pca)
        )
        plane = model.decode(torch.eye(d)) - model.decode(torch.zeros(1, d))
        angle = largest_angle(plane.detach().flatten(1).t(), pca.components.t())
        figures |= {
            f"error gap %, d = {d}": 100 * abs(ours / theirs - 1),
            f"angle in degrees, d = {d}": angle,
        }
    return figures


ROWS = (
    Row(
        "linear-pca",
        "linear = true, no hidden layer, against PCA of the same 55,000 images: test error, and "
        "the largest principal angle between the decoder's plane and PCA's",
        against_pca,
        ("paper-linear",),
        tuple(
            figure
            for d in SIZES
            for figure in (
                Figure(f"error gap %, d = {d}", "theory: 0", 0.1, 0.01, digits=4),
                Figure(f"angle in degrees, d = {d}", "theory: 0", 1.0, 0.2, digits=3),
            )
        ),
    ),
)
