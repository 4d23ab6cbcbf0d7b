"""The linear codec every autoencoder is measured against."""

from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from ae_core.config import MAX_WIDTH, shown
from ae_core.errors import InvalidConfig, InvalidInput


class PCACodec(nn.Module):
    """z = Wᵀ(x − m), x_hat = W z + m, W the d leading principal directions.

    Pearson 1901; Hotelling 1933. Computed by scikit-learn's PCA, whose signs are fixed.
    Buffers: mean (D,), components (d, D), variance_ratio (d,).
    """

    name: ClassVar[str] = "pca"
    formula: ClassVar[str] = r"\min_{W^\top W = I} \lVert x - m - W W^\top (x - m) \rVert^2"
    reference: ClassVar[str] = "Pearson (1901); Hotelling (1933)"
    mean: Tensor
    components: Tensor
    variance_ratio: Tensor

    def __init__(self, latent_dim: int = 2, sample_shape: tuple[int, ...] = ()) -> None:
        super().__init__()
        if type(latent_dim) is not int or not 1 <= latent_dim <= MAX_WIDTH:
            raise InvalidConfig(
                f"latent_dim must be a whole number, 1 to {MAX_WIDTH}, got {shown(latent_dim)}"
            )
        self._latent_dim = latent_dim
        self.sample_shape = tuple(sample_shape)
        pixels = int(np.prod(sample_shape)) if sample_shape else 0
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("components", torch.zeros(latent_dim, pixels))
        self.register_buffer("variance_ratio", torch.zeros(latent_dim))

    @property
    def latent_dim(self) -> int:
        return self._latent_dim

    def fit(self, x: Tensor) -> Self:
        """Find the directions of largest variance in x: (N, *sample_shape)."""
        if x.dim() < 2 or not len(x) or not x.is_floating_point() or not x.isfinite().all():
            raise InvalidInput(
                "PCA needs finite floating-point samples of shape (N, *sample_shape), got "
                f"{x.dtype} of shape {tuple(x.shape)}; look for NaN, convert with x.float()"
            )
        rows = x.flatten(1).double().cpu().numpy()
        most = min(rows.shape)
        if self.latent_dim > most:
            raise InvalidConfig(
                f"latent_dim must be at most {most} for {rows.shape[0]} samples of "
                f"{rows.shape[1]} values, got {self.latent_dim}"
            )
        from sklearn.decomposition import PCA  # here: importing it costs what a first page costs

        # In float64 the covariance route loses nothing that float32 pixels hold, and it is the
        # fast one for many samples; it needs more samples than values.
        solver = "covariance_eigh" if rows.shape[0] > rows.shape[1] else "full"
        with np.errstate(invalid="ignore", divide="ignore"):  # samples that are all the same
            pca = PCA(self.latent_dim, svd_solver=solver).fit(rows)
        self.sample_shape = tuple(x.shape[1:])
        self.mean = torch.from_numpy(pca.mean_).to(x)
        self.components = torch.from_numpy(np.ascontiguousarray(pca.components_)).to(x)
        self.variance_ratio = torch.from_numpy(np.nan_to_num(pca.explained_variance_ratio_)).to(x)
        return self

    def encode(self, x: Tensor) -> Tensor:
        """Codes of x: (B, *sample_shape) -> (B, d)."""
        self._check_fitted()
        if tuple(x.shape[1:]) != self.sample_shape:
            raise InvalidInput(
                f"samples must have shape (B, {', '.join(map(str, self.sample_shape))}), "
                f"got {tuple(x.shape)}"
            )
        return (x.flatten(1) - self.mean) @ self.components.t()

    def decode(self, z: Tensor) -> Tensor:
        """Samples from codes: (B, d) -> (B, *sample_shape)."""
        self._check_fitted()
        if z.dim() != 2 or z.shape[1] != self.latent_dim:
            raise InvalidInput(
                f"codes must have shape (B, {self.latent_dim}), got {tuple(z.shape)}"
            )
        return (z @ self.components + self.mean).reshape(-1, *self.sample_shape)

    def reconstruct(self, x: Tensor) -> Tensor:
        """The nearest point of PCA's plane: the same shape as x."""
        return self.decode(self.encode(x))

    def _check_fitted(self) -> None:
        if not self.sample_shape:
            raise InvalidInput(
                "this PCACodec is not fitted yet; call .fit(x) with training samples"
            )
