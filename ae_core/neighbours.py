"""A pull between neighbours that helps a small code to its map, and fades before training ends.

Squared error alone tears a map of two numbers: it gains where the classes part, whatever lay
between them. With the pull neighbours find the same way together, and what is left of it at the
last step is nothing: there the objective is the model's own.
"""

import torch
from torch import Tensor

from ae_core.base import Autoencoder
from ae_core.pca import PCACodec

COMPONENTS = 50  # of PCA, between which distances are measured
REACH = 1 / 45  # the share of all samples that are neighbours: 1,222 of 55,000
NEAREST = 0.05  # of them; neighbourhoods are drawn from so small to whole
PARTNERS = 64  # of each sample, drawn once, of which each step takes one
ROWS_AT_ONCE = 500  # bounds the memory: 500 × N distances
SMALL = 8  # of a code's size
SCALE = 20.0  # of squared distances in the code; t-SNE's is 1, and keeps less of the coarse order


class Neighbours:
    """Some neighbours of every training sample, and the pull between their codes."""

    def __init__(self, x: Tensor, seed: int) -> None:
        self.x = x
        self.partners = drawn_partners(x, seed)

    def pull(self, model: Autoencoder, shown: Tensor, near: Tensor) -> Tensor:
        """How far codes are from their partners', next to the other partners': -> a scalar."""
        z, z_near = model.encode(torch.cat([shown, near])).chunk(2)
        return apart(z, z_near).mean()

    def some(self, chosen: Tensor, generator: torch.Generator) -> Tensor:
        """A partner of each sample: (B,) places -> (B, *sample_shape)."""
        which = torch.randint(
            self.partners.shape[1], chosen.shape, generator=generator, device=chosen.device
        )
        return self.x.index_select(0, self.partners[chosen, which].long())


def apart(z: Tensor, z_near: Tensor) -> Tensor:
    """−log of the share that z_i's own partner has in Σ_j q(z_i, z_near_j): (B, d), (B, d) -> (B,).

    q = 1 / (1 + ‖·‖² / SCALE), t-SNE's kernel: its aim in the contrastive form of Damrich et al.
    2023 ("From t-SNE to UMAP with contrastive learning", InfoNC-t-SNE).
    """
    log_q = -torch.log1p(_squared_distances(z, z_near) / SCALE)  # (B, B)
    return log_q.logsumexp(1) - log_q.diagonal()


def _squared_distances(z: Tensor, z_near: Tensor) -> Tensor:
    """By differences where codes are small; wide ones would need (B, B, d) numbers at once."""
    if z.shape[1] <= SMALL:
        return (z.unsqueeze(1) - z_near).square().sum(2)
    return torch.cdist(z, z_near).square()


def drawn_partners(x: Tensor, seed: int) -> Tensor:
    """Neighbours of every sample, in no order: (N, *) -> (N, PARTNERS) places, on x's device.

    Each is drawn evenly from a neighbourhood of its own size, as continuity counts them: the mean
    over sizes, of those within each.
    """
    n = len(x)
    most = max(1, round(REACH * n))
    generator = torch.Generator().manual_seed(seed)
    size, place = torch.rand(2, n, PARTNERS, generator=generator)
    rank = (most * (NEAREST + (1 - NEAREST) * size) * place).long().clamp(max=most - 1).to(x.device)
    codes = reduced(x)
    found = torch.empty(n, PARTNERS, dtype=torch.int32, device=x.device)
    for rows in torch.arange(n, device=x.device).split(ROWS_AT_ONCE):
        far = torch.cdist(codes[rows], codes, compute_mode="use_mm_for_euclid_dist")
        far[torch.arange(len(rows), device=x.device), rows] = torch.inf
        nearest = far.topk(most, largest=False).indices
        found[rows] = nearest.gather(1, rank[rows]).int()
    return found


def reduced(x: Tensor) -> Tensor:
    """The leading principal components of samples: (N, *) -> (N, at most COMPONENTS)."""
    return PCACodec(min(COMPONENTS, x[0].numel(), len(x))).fit(x).encode(x)
