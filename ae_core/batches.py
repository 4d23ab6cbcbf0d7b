"""Run a function over many samples, a batch at a time and without gradients."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def in_batches(function: Callable[..., Tensor], *tensors: Tensor, batch_size: int = 1024) -> Tensor:
    """function(*tensors) computed slice by slice along axis 0: N (B, *) tensors -> (B, *)."""
    with torch.no_grad():
        slices = zip(*(t.split(batch_size) for t in tensors), strict=True)
        return torch.cat([function(*parts) for parts in slices])


def device_of(codec: object) -> torch.device:
    """Where a codec's first weight (or buffer, for PCA) lives; the CPU for anything without."""
    if isinstance(codec, nn.Module):
        for tensor in (*codec.parameters(), *codec.buffers()):
            return tensor.device
    return torch.device("cpu")
