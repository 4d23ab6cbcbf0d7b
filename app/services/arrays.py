"""Between tensors and the arrays that leave the services."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]


def tensor(array: Array) -> torch.Tensor:
    """float32 copy of an array as the codecs take it."""
    return torch.tensor(np.asarray(array), dtype=torch.float32)


def frozen(values: torch.Tensor) -> Array:
    """A read-only array: caches hand the same one to everybody."""
    array = values.detach().cpu().numpy()
    view = array.view()
    view.setflags(write=False)
    return view
