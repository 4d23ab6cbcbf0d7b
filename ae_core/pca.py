"""The linear codec every autoencoder is measured against."""

import math
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from ae_core.config import MAX_WIDTH, shown
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.late import late
from ae_core.products import product

BLOCK = 4096  # samples whose products are summed at a time


class PCACodec(nn.Module):
    """z = Wᵀ(x − m), x_hat = W z + m, W the d leading principal directions.

    Pearson 1901; Hotelling 1933. Signs as in scikit-learn's PCA.
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
        if isinstance(latent_dim, np.integer):
            latent_dim = int(latent_dim)
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
        _check_tensor(x)
        sound = x.dim() > 1 and x.numel() > 0 and x.is_floating_point()
        # Finite by the extremes: in a sixth of the time of `isfinite().all()`.
        low, high = map(float, x.aminmax()) if sound else (math.nan, math.nan)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InvalidInput(
                "PCA needs finite floating-point samples of shape (N, *sample_shape), got "
                f"{x.dtype} of shape {tuple(x.shape)}; look for NaN, convert with x.float()"
            )
        rows = x.flatten(1).cpu()
        most = min(rows.shape)
        if self.latent_dim > most:
            raise InvalidConfig(
                f"latent_dim must be at most {most} for {rows.shape[0]} samples of "
                f"{rows.shape[1]} values, got {self.latent_dim}"
            )
        mean, variances, components, total = _directions(rows, self.latent_dim, (low, high))
        self.sample_shape = tuple(x.shape[1:])
        self.mean, self.components = mean.to(x), components.to(x)
        self.variance_ratio = (variances / total).nan_to_num().to(x)
        return self

    def encode(self, x: Tensor) -> Tensor:
        """Codes of x: (B, *sample_shape) -> (B, d)."""
        self._check_fitted()
        _check_tensor(x)
        if tuple(x.shape[1:]) != self.sample_shape:
            raise InvalidInput(
                f"samples must have shape (B, {', '.join(map(str, self.sample_shape))}), "
                f"got {tuple(x.shape)}"
            )
        own = self.mean.dtype
        if x.dtype == torch.bool or torch.promote_types(x.dtype, own) != own:
            raise InvalidInput(f"samples must be {own} as PCA was fitted, got {x.dtype}; convert x")
        return product(x.flatten(1) - self.mean, self.components)

    def decode(self, z: Tensor) -> Tensor:
        """Samples from codes: (B, d) -> (B, *sample_shape)."""
        self._check_fitted()
        _check_tensor(z)
        own = self.components.dtype
        if z.dim() != 2 or z.shape[1] != self.latent_dim or z.dtype != own:
            raise InvalidInput(
                f"codes must have shape (B, {self.latent_dim}) and be {own} as PCA was fitted, "
                f"got {tuple(z.shape)} of {z.dtype}"
            )
        return product(z, self.components.t(), self.mean).reshape(-1, *self.sample_shape)

    def reconstruct(self, x: Tensor) -> Tensor:
        """The nearest point of PCA's plane: the same shape as x."""
        return self.decode(self.encode(x))

    def _check_fitted(self) -> None:
        if not self.sample_shape:
            raise InvalidInput(
                "this PCACodec is not fitted yet; call .fit(x) with training samples"
            )


def _check_tensor(x: object) -> None:
    if not isinstance(x, Tensor):
        raise InvalidInput(
            f"PCA needs a torch.Tensor, got {type(x).__name__}; convert with torch.as_tensor(x)"
        )


def _check_squares(ends: tuple[float, float], count: int, dtype: torch.dtype) -> None:
    """Refuse samples, so many between these ends, whose sums of squares would overflow."""
    low, high = ends
    if (high - low) * (high - low) * count > torch.finfo(dtype).max:
        raise InvalidInput(
            f"values from {low:.3g} to {high:.3g} are too far apart to be squared in {dtype}; "
            "scale x down, or convert float32 with x.double()"
        )


def _directions(
    rows: Tensor, d: int, ends: tuple[float, float]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mean, d largest variances, their directions, and the sum of all variances, in float64.

    From the covariance where there are more samples than values, else by singular values.
    ends: the least and the largest value.
    """
    single = rows.dtype == torch.float32 and len(rows) > rows.shape[1]
    _check_squares(ends, len(rows), torch.float32 if single else torch.float64)
    if len(rows) > rows.shape[1]:
        # Products of float32 err by 1e-7 of the largest variance, which a small one would feel.
        mean, covariance = _covariance(rows if single else rows.double())
        variances, components = _leading(covariance, d)
        if single and variances[-1] < 1e-3 * variances[0]:
            mean, covariance = _covariance(rows.double())
            variances, components = _leading(covariance, d)
        total = covariance.trace()
    else:
        mean = rows.double().mean(0)
        _, s, components = torch.linalg.svd(rows.double() - mean, full_matrices=False)
        variances = s.square() / (len(rows) - 1)
        total, variances, components = variances.sum(), variances[:d], components[:d]
    # The largest entry of a direction is positive: the sign is scikit-learn's.
    largest = components.gather(1, components.abs().argmax(1, keepdim=True))
    return mean, variances, components * largest.sign(), total


def _covariance(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance, products in the type of `rows`, sums in float64: -> (D,), (D, D)."""
    n, width = rows.shape
    near = rows[:BLOCK].mean(0)  # near enough to the mean that nothing cancels
    products = torch.zeros(width, width, dtype=torch.float64)
    beyond = torch.zeros(width, dtype=torch.float64)
    room = rows.new_empty(min(BLOCK, n), width)
    for part in rows.split(BLOCK):
        q = torch.sub(part, near, out=room[: len(part)])
        beyond += q.sum(0)
        products += torch.from_numpy(q.numpy().T @ q.numpy())  # NumPy computes one triangle
    beyond /= n
    return near + beyond, (products - n * torch.outer(beyond, beyond)) / (n - 1)


def _leading(covariance: Tensor, d: int) -> tuple[Tensor, Tensor]:
    """Its d largest eigenvalues, falling, and their vectors: -> (d,), (d, D)."""
    width = len(covariance)
    eigh = late("scipy.linalg").eigh  # importing it costs what a first page costs
    values, vectors = eigh(covariance.numpy(), subset_by_index=[width - d, width - 1])
    values, vectors = values[::-1].clip(0).copy(), vectors.T[::-1].copy()
    return torch.from_numpy(values), torch.from_numpy(vectors)
