"""What is not a training step: decoding, and PCA."""

import numpy as np
import torch
from torch import Tensor

from ae_core import DataUnavailable, PCACodec, build, load_dataset
from benchmarks.speed.contender import Contender


def decode(x: Tensor, codes: int, hidden: tuple[int, ...], times: int) -> Contender:
    """`Autoencoder.decode` of so many 2-D codes at once, `times` an epoch."""
    model = build(
        "undercomplete", tuple(x.shape[1:]), latent_dim=2, hidden_sizes=hidden, output="sigmoid"
    ).eval()
    z = torch.randn(codes, 2)

    def run(epochs: int) -> None:
        with torch.no_grad():
            for _ in range(epochs * times):
                model.decode(z)

    return Contender(run)


def images() -> Tensor:
    """All 60,000 training images, or noise of that shape: (60000, 784)."""
    try:
        data = load_dataset("mnist")
    except DataUnavailable:
        return torch.rand(60_000, 784, generator=torch.Generator().manual_seed(0))
    return torch.cat([data.train, data.valid]).flatten(1)


def pca(_: Tensor) -> Contender:
    """`PCACodec.fit`, 32 directions."""
    x = images()
    return Contender(lambda epochs: [PCACodec(32).fit(x) for _ in range(epochs)])


def covariance_solver(_: Tensor) -> Contender:
    """scikit-learn's, on the same float32 numbers."""
    from sklearn.decomposition import PCA

    x = images().numpy()
    solver = "covariance_eigh"
    return Contender(lambda epochs: [PCA(32, svd_solver=solver).fit(x) for _ in range(epochs)])


def triangle(_: Tensor) -> Contender:
    """PCA's floor: XᵀX alone, of which NumPy computes one triangle."""
    x: np.ndarray = images().numpy()
    return Contender(lambda epochs: [x.T @ x for _ in range(epochs)])
