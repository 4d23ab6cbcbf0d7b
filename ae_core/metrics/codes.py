"""What the codes themselves look like: units in use, and how sparsely."""

import math
from typing import Literal

import torch
from torch import Tensor

from ae_core.errors import InvalidInput


def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """How many units vary with the input, Var_x(E_q[z_j]) > threshold: (N, d) -> count.

    Burda et al. 2016, section 5.2. The threshold has a meaning where the prior fixes the scale
    of the codes; for other codecs compare variances with each other instead.
    """
    _check_codes(mu)
    return int((mu.double().var(0, correction=0) > threshold).sum())


def hoyer_sparsity(z: Tensor) -> Tensor:
    """(√d − ‖z‖₁ / ‖z‖₂) / (√d − 1) of each code, 0 all equal, 1 one unit on: (N, d) -> (N,).

    Hoyer 2004, section 3.1. A code of zeros, where this is 0/0, counts as 1: nothing is on.
    """
    _check_codes(z, least_units=2)
    root = math.sqrt(z.shape[1])
    z = z.double()
    length = z.norm(dim=1)
    sparsity = (root - z.abs().sum(1) / length) / (root - 1)
    return torch.where(length == 0, 1.0, sparsity)


def population_sparsity(z: Tensor) -> Tensor:
    """Treves–Rolls sparseness of each code over its units: (N, d) -> (N,).

    (1 − mean(|z|)² / mean(z²)) / (1 − 1/n), 0 all equal, 1 one of n on (Vinje & Gallant 2000;
    the two axes: Willmore & Tolhurst 2001). All zeros count as 1.
    """
    _check_codes(z, least_units=2)
    return _treves_rolls(z)


def lifetime_sparsity(z: Tensor) -> Tensor:
    """Treves–Rolls sparseness of each unit over the images, see above: (N, d) -> (d,).

    Near 1 for a unit that answers to few images, or to none.
    """
    _check_codes(z, least_codes=2)
    return _treves_rolls(z.t())


def fraction_near_zero(
    z: Tensor, threshold: float = 0.05, relative_to: Literal["unit", "global"] = "global"
) -> float:
    """The share of entries with |z| ≤ threshold · scale: (N, d) -> [0, 1].

    The scale is the root mean square of all entries ("global", where units that hardly ever move
    count as silent) or of the entry's own unit ("unit", which asks how rarely each unit fires).
    A unit that is always exactly zero counts as near zero in both.
    """
    _check_codes(z)
    if relative_to not in ("unit", "global"):
        raise InvalidInput(f"relative_to must be 'unit' or 'global', got {relative_to!r}")
    power = z.double().square()
    mean = power.mean(0) if relative_to == "unit" else power.mean()
    return float((power <= threshold**2 * mean).double().mean())


def _treves_rolls(rows: Tensor) -> Tensor:
    rows = rows.double()
    power = rows.square().mean(1)
    activity = rows.abs().mean(1).square() / power
    return torch.where(power == 0, 1.0, (1 - activity) / (1 - 1 / rows.shape[1]))


def _check_codes(z: Tensor, least_codes: int = 1, least_units: int = 1) -> None:
    if z.dim() != 2 or z.shape[0] < least_codes or z.shape[1] < least_units:
        raise InvalidInput(
            f"expected codes (N, d) with N ≥ {least_codes} and d ≥ {least_units}, "
            f"got shape {tuple(z.shape)}"
        )
    if not bool(z.isfinite().all()):
        raise InvalidInput(
            "codes must be finite numbers, got NaN or infinity; look for such values among the "
            "samples, or train again with a lower learning rate"
        )
