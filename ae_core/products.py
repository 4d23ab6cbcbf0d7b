"""Large matrix products, by the library that is fastest on this processor.

PyTorch's go through Intel's MKL, which leaves the 512-bit instructions of other makers' processors
idle: on an AMD EPYC that has them it reaches 90 GFLOP/s on one core, oneDNN 190. oneDNN comes with
PyTorch too, behind the operator that `torch.compile` calls for a linear layer.
"""

import functools
import platform
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LEAST = 1 << 22  # multiplications: below, oneDNN's dearer call outweighs its pace


def product(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    """x Wᵀ + b: (N, n), (m, n), (m,) -> (N, m), differentiable. All may be views.

    The sums of both libraries differ by rounding alone; `torch.backends.mkldnn.enabled = False`
    asks for MKL's.
    """
    if not _fits(x, w):
        return torch.mm(x, w.t()) if b is None else torch.addmm(b, x, w.t())
    if torch.is_grad_enabled():
        found: Tensor = _Product.apply(x, w, b)  # type: ignore[no-untyped-call]
        return found
    return _by_onednn(x, w, b)


def _by_onednn(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
    if b is not None:
        b = b.contiguous()  # of b the operator reads memory in order, whatever its strides
    found: Tensor = torch.ops.mkldnn._linear_pointwise(x, w, b, "none", [], "")
    return found


class _Product(torch.autograd.Function):
    """oneDNN's operator has no derivative of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, w)
        return _by_onednn(x, w, b)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, w = ctx.saved_tensors
        for_x, for_w, for_b = ctx.needs_input_grad
        return (
            product(g, w.t()) if for_x else None,
            product(g.t(), x.t()) if for_w else None,
            g.sum(0) if for_b else None,
        )


def _fits(x: Tensor, w: Tensor) -> bool:
    return (
        len(x) * w.numel() >= LEAST
        and x.dtype == w.dtype == torch.float32
        and x.device.type == "cpu"
        and _onednn_is_faster()
        and bool(torch.backends.mkldnn.enabled)
        and not torch._C._are_functorch_transforms_active()
    )


@functools.cache
def _onednn_is_faster() -> bool:
    """By maker and instructions, not by a stopwatch: a run has the same numbers every time."""
    return (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
        and "AuthenticAMD" in _maker()
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def _maker() -> str:
    """What the processor says of itself; on Linux Python's `platform` does not ask it."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")[:4096]
    except OSError:
        return platform.processor()
