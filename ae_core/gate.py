"""The gate that conditions a layer on a weight, so that one network serves a whole slider."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

Place = float | Tensor  # on the slider, −1 to 1; a tensor (G,): one for each of G parts of a batch


class Gate(nn.Module):
    """g(s) = exp p(s) and c(s) = q(s), p and q cubic, one pair per output row; at first 1 and 0.

    The idea is Bae et al. 2023 (Multi-Rate VAE, eq. 11), whose gate is sigmoid(a s + b) alone. A
    code must shrink by orders of magnitude over the slider, which an exponential can follow.
    """

    DEGREE = 3

    def __init__(self, rows: int) -> None:
        super().__init__()
        # One matrix product serves both polynomials: gates cost more calls than arithmetic.
        self.coefficients = nn.Parameter(torch.zeros(self.DEGREE + 1, 2 * rows))

    @staticmethod
    def features(s: Place, like: Tensor) -> Tensor:
        """1, s, s², s³: () or (G,) -> (G, 4), G = 1 for a number; of the type of `like`."""
        places = torch.as_tensor(s, dtype=like.dtype, device=like.device).reshape(-1)
        powers: Tensor = torch.linalg.vander(places, N=Gate.DEGREE + 1)
        return powers

    def forward(self, s: Place) -> tuple[Tensor, Tensor]:
        """g(s) and c(s): () or (G,) -> (G, rows) each, G = 1 for a number."""
        p, q = (self.features(s, self.coefficients) @ self.coefficients).chunk(2, 1)
        return p.exp(), q


def evaluate(gates: Sequence[Gate], s: Place) -> Tensor:
    """log g(s) and c(s) of each gate in turn, in one product: () or (G,) -> (G, Σ 2 rows)."""
    own = torch.cat([gate.coefficients for gate in gates], 1)
    return Gate.features(s, own) @ own
