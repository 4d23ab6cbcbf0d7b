"""Trustworthiness and continuity for many neighbourhood sizes from one look at the distances."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ae_core import InvalidInput

ROWS_AT_ONCE = 500  # bounds the memory: 500 × N distances


def trustworthiness_and_continuity(
    x: Tensor, z: Tensor, sizes: Sequence[int]
) -> tuple[list[float], list[float]]:
    """Both for every k in `sizes`: (N, *), (N, *) -> two lists of values in [0, 1].

    T(k) = 1 − 2 / (N k (2N − 3k − 1)) Σᵢ Σ_{j among i's k neighbours in z} max(0, r(i, j) − k),
    r(i, j) the rank of j among i's neighbours in x; continuity swaps x and z (Venna & Kaski 2001).
    Equal to `ae_core.metrics.trustworthiness`, which sorts all distances anew for each k.
    """
    x, z = x.flatten(1).double(), z.flatten(1).double()
    n, most = len(x), max(sizes)
    if most >= n / 2:
        raise InvalidInput(f"sizes must lie below half the samples ({n}), got {most}")
    excess = torch.zeros(2, len(sizes), dtype=torch.float64)
    for rows in torch.arange(n).split(ROWS_AT_ONCE):
        near = [_order(space, rows) for space in (x, z)]  # each (B, N), oneself last
        for which, (far, own) in enumerate(((near[0], near[1]), (near[1], near[0]))):
            ranks = torch.empty_like(far).scatter_(1, far, torch.arange(1, n + 1).expand_as(far))
            ranks = ranks.gather(1, own[:, :most]).double()
            for i, k in enumerate(sizes):
                excess[which, i] += (ranks[:, :k] - k).clamp(min=0).sum()
    scale = torch.tensor([2 / (n * k * (2 * n - 3 * k - 1)) for k in sizes], dtype=torch.float64)
    trust, continuity = (1 - scale * excess).tolist()
    return trust, continuity


def _order(space: Tensor, rows: Tensor) -> Tensor:
    """Everybody by distance from each of the rows, themselves last: (B, N) indices."""
    distances = torch.cdist(space[rows], space, compute_mode="use_mm_for_euclid_dist")
    distances[torch.arange(len(rows)), rows] = torch.inf
    return distances.argsort(1)
