"""The gate that conditions a layer on a weight, so that one network serves a whole slider."""

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

    def forward(self, s: Place) -> tuple[Tensor, Tensor]:
        """g(s) and c(s): () or (G,) -> (G, rows) each, G = 1 for a number."""
        own = self.coefficients
        places = torch.as_tensor(s, dtype=own.dtype, device=own.device).reshape(-1, 1)
        powers = places ** torch.arange(self.DEGREE + 1, dtype=own.dtype, device=own.device)
        p, q = (powers @ own).chunk(2, 1)
        return p.exp(), q
