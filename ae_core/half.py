"""Matrices as 16-bit numbers: model files half as large, for those that are sent about.

Biases and gates stay as they are: they are few, and gates are exponents.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ae_core.errors import ModelFileError

MATRICES = re.compile(r"weight$|\.ramps\.")  # in the names of tensors that are rounded


def halved(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors with their matrices as float16; ModelFileError where one is too large for it."""
    found = {name: t.half() if MATRICES.search(name) else t for name, t in tensors.items()}
    for name, t in tensors.items():
        if t.isfinite().all() and not found[name].isfinite().all():
            raise ModelFileError(
                f"tensor {name!r} reaches {float(t.abs().max()):.4g}, 16-bit numbers end at "
                f"{torch.finfo(torch.float16).max:.0f}; save without half"
            )
    return found


def is_rounded(model: nn.Module) -> bool:
    """Whether float16 holds the model's matrices exactly, as those of a file kept so."""
    own = model.state_dict()
    matrices = [t for name, t in own.items() if MATRICES.search(name)]
    return all(torch.equal(t.half().to(t.dtype), t) for t in matrices)


@torch.no_grad()
def round_matrices(model: nn.Module) -> None:
    """Round the matrices to what float16 holds, in place: by 5e-4 of themselves at most."""
    own = model.state_dict()
    for name, rounded in halved(own).items():
        own[name].copy_(rounded)
