"""Codes laid out regularly, and what they decode to.

A code space of more than two units is cut by a plane: two units vary, the others stay at `base`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ae_core.base import Codec
from ae_core.batches import in_batches
from ae_core.errors import InvalidInput

Bounds = tuple[tuple[float, float], tuple[float, float]]  # (low, high) across, then up


def bounds_of(
    z: Tensor, margin: float = 0.1, quantile: float = 0.01, dims: tuple[int, int] = (0, 1)
) -> Bounds:
    """Where most codes lie along two units: (N, d) -> ((low, high), (low, high)).

    From the `quantile` to the 1 − `quantile` of each unit, so that one stray code does not shrink
    the rest to a dot, widened on each side by `margin` times that width. A unit that does not
    move gets ±1 around its value.
    """
    if not 0 <= quantile < 0.5 or margin < 0:
        raise InvalidInput(
            "quantile must lie in [0, 0.5) and margin must not be negative, "
            f"got {quantile} and {margin}"
        )
    _check_dims(dims, z.shape[1])
    across, up = (_interval(z[:, dim], margin, quantile) for dim in dims)
    return across, up


def _interval(values: Tensor, margin: float, quantile: float) -> tuple[float, float]:
    ends = torch.tensor([quantile, 1 - quantile], dtype=values.dtype, device=values.device)
    low, high = torch.quantile(values.detach(), ends).tolist()
    extra = margin * (high - low) if high > low else 1.0
    return low - extra, high + extra


def grid(
    bounds: Bounds, n: int, base: Tensor | None = None, dims: tuple[int, int] = (0, 1)
) -> Tensor:
    """Evenly spaced codes over a rectangle, ends included: -> (n, n, d).

    Row i has the i-th value of unit dims[1], from low to high; column j the j-th of dims[0].
    `base` (d,) holds the other units; without it d = 2.
    """
    if n < 2:
        raise InvalidInput(f"n must be at least 2, got {n}")
    across, up = (torch.linspace(low, high, n) for low, high in bounds)
    return _plane(across, up, base, dims)


def quantile_grid(n: int, base: Tensor | None = None, dims: tuple[int, int] = (0, 1)) -> Tensor:
    """Codes that divide a standard Gaussian evenly, Φ⁻¹((i + ½) / n): -> (n, n, d).

    Each stands for the same share of the variational prior (Kingma & Welling 2014, figure 4);
    rows, columns and `base` as in `grid`.
    """
    if n < 1:
        raise InvalidInput(f"n must be at least 1, got {n}")
    values = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n).float()
    return _plane(values, values, base, dims)


def decoded_grid(codec: Codec, codes: Tensor) -> Tensor:
    """(rows, columns, d) -> (rows, columns, *sample_shape)."""
    images = in_batches(codec.decode, codes.flatten(0, 1))
    return images.reshape(*codes.shape[:2], *images.shape[1:])


def mosaic(images: Tensor) -> Tensor:
    """One picture of a decoded grid, row 0 at the bottom: (rows, columns, C, H, W) -> (C, H', W').

    So it lies under a scatter plot of the codes with both axes the usual way round.
    """
    rows, columns, channels, height, width = images.shape
    tiles = images.flip(0).permute(2, 0, 3, 1, 4)  # (C, rows, H, columns, W)
    return tiles.reshape(channels, rows * height, columns * width)


def traversal(codec: Codec, z: Tensor, dim: int, values: Tensor | Sequence[float]) -> Tensor:
    """One unit of a code walks through `values`, the rest stays: (d,) -> (V, *sample_shape)."""
    if z.dim() != 1 or not 0 <= dim < len(z):
        raise InvalidInput(
            f"expected one code (d,) and 0 ≤ dim < d, got shape {tuple(z.shape)} and dim {dim}"
        )
    steps = torch.as_tensor(values, dtype=z.dtype, device=z.device)
    codes = z.detach().repeat(len(steps), 1)  # (V, d)
    codes[:, dim] = steps
    return in_batches(codec.decode, codes)


def _plane(across: Tensor, up: Tensor, base: Tensor | None, dims: tuple[int, int]) -> Tensor:
    base = torch.zeros(2) if base is None else base.detach()
    if base.dim() != 1:
        raise InvalidInput(f"base must be one code (d,), got shape {tuple(base.shape)}")
    _check_dims(dims, len(base))
    codes = base.repeat(len(up), len(across), 1)
    codes[:, :, dims[0]] = across.to(codes)
    codes[:, :, dims[1]] = up.to(codes)[:, None]
    return codes


def _check_dims(dims: tuple[int, int], latent_dim: int) -> None:
    if len(set(dims)) != 2 or not all(0 <= dim < latent_dim for dim in dims):
        raise InvalidInput(
            f"dims must be two different units from 0 to {latent_dim - 1}, got {dims}"
        )
