"""Time series: cylinder, bell and funnel."""

import numpy as np
import torch
from numpy.typing import NDArray

from ae_core.data.dataset import DataSet

LENGTH = 128
KINDS = ("cylinder", "bell", "funnel")
SIZES = (3000, 600, 600)

Array = NDArray[np.float64]


def cbf() -> DataSet:
    """Series (N, 128), 3000 / 600 / 600, the three kinds in turn (Saito 1994, chapter 5).

    One shift and one scale, from the train split, for every value: the formulas keep their form.
    Factors: onset a and end b in samples (1..128), and the height 6 + η.
    """
    raw, factors, kinds = generate(sum(SIZES), seed=7)
    fitted = raw[: SIZES[0]]
    x = torch.from_numpy((raw - fitted.mean()) / fitted.std()).float()
    return DataSet.cut(
        "cbf", "series", SIZES, x, torch.from_numpy(kinds), torch.from_numpy(factors).float(),
        label_names=KINDS, factor_names=("onset", "end", "height"),
    )  # fmt: skip


def generate(n: int, seed: int) -> tuple[Array, Array, NDArray[np.int64]]:
    """Series (n, 128) before scaling, factors (n, 3) and kinds (n,), from the published formulas.

        c(t) = (6 + η) · χ[a,b](t) + ε(t)
        b(t) = (6 + η) · χ[a,b](t) · (t − a) / (b − a) + ε(t)
        f(t) = (6 + η) · χ[a,b](t) · (b − t) / (b − a) + ε(t)

    t = 1..128; η and ε(t) from N(0, 1); a an integer in [16, 32], b − a an integer in [32, 96].
    """
    rng = np.random.RandomState(seed)
    a = rng.randint(16, 33, size=(n, 1))
    b = a + rng.randint(32, 97, size=(n, 1))
    height = 6 + rng.standard_normal((n, 1))
    epsilon = rng.standard_normal((n, LENGTH))
    t = np.arange(1, LENGTH + 1)
    inside = (a <= t) & (t <= b)
    kinds = np.arange(n, dtype=np.int64) % len(KINDS)
    profile = np.stack([np.ones((n, LENGTH)), (t - a) / (b - a), (b - t) / (b - a)])
    clean = height * inside * profile[kinds, np.arange(n)]
    return clean + epsilon, np.hstack([a, b, height]), kinds
