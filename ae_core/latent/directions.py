"""Directions in code space along which something nameable changes."""

from typing import Literal

import torch
from torch import Tensor

from ae_core.errors import InvalidInput
from ae_core.late import late

ROUNDING = 100  # last bits of a code that a network's sums may leave wrong


def attribute_direction(
    z: Tensor, attribute: Tensor, kind: Literal["mean", "linear"] = "mean"
) -> Tensor:
    """The direction in which `attribute` grows: (N, d), (N,) -> (d,).

    attribute: a boolean mask (`labels == 7`), or numbers such as a known factor (linear only).
    "mean": mean code with the attribute minus mean code without; adding it once leads from the
    average of those without to the average of those with.
    "linear": unit normal of the plane that best tells with from without (logistic regression on
    standardised codes), or unit gradient of the least-squares fit of a numeric attribute. It
    ignores what merely correlates with the attribute, where the mean follows it.
    """
    if z.dim() != 2 or attribute.shape != (len(z),):
        raise InvalidInput(
            "expected codes (N, d) and an attribute (N,), "
            f"got shapes {tuple(z.shape)} and {tuple(attribute.shape)}"
        )
    if kind not in ("mean", "linear"):
        raise InvalidInput(f"kind must be 'mean' or 'linear', got {kind!r}")
    z = z.detach()
    if not (z.isfinite().all() and attribute.isfinite().all()):
        raise InvalidInput("codes and attribute must be finite numbers, got NaN or infinity")
    if attribute.dtype == torch.bool:
        if attribute.all() or not attribute.any():
            raise InvalidInput(
                "the mask must hold samples with and without the attribute, "
                f"got {int(attribute.sum())} of {len(attribute)} with"
            )
        if kind == "mean":
            return z[attribute].mean(0) - z[~attribute].mean(0)
        return _unit(_logistic_normal(z, attribute))
    if kind == "mean":
        raise InvalidInput(
            f"kind 'mean' needs a boolean mask, got {attribute.dtype}; "
            "compare first (labels == 7), or use kind 'linear' for a numeric factor"
        )
    return _unit(_least_squares_gradient(z, attribute))


def _logistic_normal(z: Tensor, mask: Tensor) -> Tensor:
    scale = _scale(z)
    standard = (z - z.mean(0)) / scale
    regression = late("sklearn.linear_model").LogisticRegression(max_iter=5000)
    fit = regression.fit(standard.cpu().numpy(), mask.cpu().numpy())
    normal: Tensor = torch.from_numpy(fit.coef_[0]).to(z)
    return normal / scale


def _least_squares_gradient(z: Tensor, factor: Tensor) -> Tensor:
    scale = _scale(z)
    standard = ((z - z.mean(0)) / scale).double().cpu()
    target = (factor.double() - factor.double().mean()).cpu()
    # gelsd: the smallest solution where units are dead or copies of each other, as far as the
    # codes' own rounding tells them apart.
    rounding = ROUNDING * torch.finfo(z.dtype).eps
    fit = torch.linalg.lstsq(standard, target[:, None], rcond=rounding, driver="gelsd")
    gradient: Tensor = fit.solution.squeeze(1).to(z)
    return gradient / scale


def _scale(z: Tensor) -> Tensor:
    scale = z.std(0, correction=0)
    # A unit whose spread is rounding gets weight 0 rather than its noise blown up.
    return torch.where(scale > 1e-6 * scale.max(), scale, torch.inf)


def _unit(direction: Tensor) -> Tensor:
    length = direction.norm()
    if float(length) == 0 or not torch.isfinite(length):
        raise InvalidInput("the codes hold no direction along which this attribute changes")
    unit: Tensor = direction / length
    return unit
