"""Elastic deformation: the same image as another hand would have written it."""

import torch
from torch import Tensor
from torch.nn import functional as F

STRETCH = 0.06  # standard deviation of the four entries of the linear map, around the identity
SHIFT = 1 / 28  # standard deviation of the displacement, in image sides
LATTICE = 5  # points a side at which displacements are drawn


def deformed(x: Tensor, generator: torch.Generator | None, strength: float = 1.0) -> Tensor:
    """Images bent and stretched, each in its own way: (B, C, H, W) -> the same shape.

    A random linear map (turns, slants, stretches) and a smooth random displacement, after Simard
    et al. 2003, section 2, who smooth a field drawn per pixel. strength: 1 for a little, another
    hand's; both grow in proportion. Values stay in the batch's range.
    """
    square = (len(x), 2, LATTICE, LATTICE)
    drawn = torch.randn(square, dtype=x.dtype, device=x.device, generator=generator)
    turn = torch.randn(len(x), 2, 2, dtype=x.dtype, device=x.device, generator=generator)
    return moved(x, drawn, turn, strength)


def moved(x: Tensor, drawn: Tensor, turn: Tensor, strength: float) -> Tensor:
    """`deformed` by these draws: displacements (B, 2, 5, 5) and linear maps (B, 2, 2)."""
    grid = _identity(x)
    grid = grid + strength * STRETCH * torch.einsum("hwj,bij->bhwi", grid[0], turn)
    grid = grid + strength * 2 * SHIFT * _smooth(drawn, x)
    y = F.grid_sample(x, grid, mode="bicubic", padding_mode="border", align_corners=False)
    return y.clamp(x.amin(), x.amax())


def _identity(x: Tensor) -> Tensor:
    """Where each pixel lies, −1 to 1: (1, H, W, 2)."""
    rows, columns = (
        (torch.arange(n, dtype=x.dtype, device=x.device) * 2 + 1) / n - 1 for n in x.shape[-2:]
    )
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)[None]


def _smooth(drawn: Tensor, x: Tensor) -> Tensor:
    """Displacements between the lattice's points: (B, 2, n, n) -> (B, H, W, 2)."""
    field = F.interpolate(drawn, size=x.shape[-2:], mode="bicubic", align_corners=True)
    return field.permute(0, 2, 3, 1)
