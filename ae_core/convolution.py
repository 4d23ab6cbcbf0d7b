"""Strided convolution, its transpose, and one that keeps the size; by what is fastest.

oneDNN, through which PyTorch convolves, keeps pace where maps are wide. On maps of a few pixels it
has half the pace of a matrix product or less, and where a transpose draws one to three channels
most of its lanes are idle. There the maps are laid out as the rows of a matrix (im2col;
Chellapilla et al. 2006), and one product does the rest. Channels are innermost in both, so that
maps pass from one to the other as they are.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ae_core.products import product
from ae_core.shapes import Shape

KERNEL, STRIDE, PADDING = 4, 2, 1  # kernel a multiple of the stride: no checkerboard
SAME = 3  # kernel where the size is kept: stride and padding are 1
NARROW, FEW = 16, 3  # pixels of the smaller maps, channels of the larger: products up to there
MOST = 1 << 24  # numbers in the rows: beyond, as when a whole split is encoded, memory counts


def convolve(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
    """Cross-correlation: (B, n, H, W), (m, n, 4, 4), (m,) -> (B, m, H // 2, W // 2)."""
    batch, _, height, width = x.shape
    m, small = len(w), (height // STRIDE, width // STRIDE)
    if not _as_product(x, w, small):
        return F.conv2d(x, _innermost(w), b, STRIDE, PADDING)
    rows: Tensor = _Rows.apply(x.permute(0, 2, 3, 1))  # type: ignore[no-untyped-call]
    y = product(rows, w.permute(0, 2, 3, 1).reshape(m, -1), b)
    return y.view(batch, *small, m).permute(0, 3, 1, 2)


def convolve_transposed(x: Tensor, w: Tensor, b: Tensor | None, size: Shape) -> Tensor:
    """What `convolve` with the same w is the transpose of, to maps of a size that it reads.

    (B, m, h, w), (m, n, 4, 4), (n,) -> (B, n, *size).
    """
    batch, m, height, width = x.shape
    small, n = (height, width), w.shape[1]
    if not _as_product(x, w, small):
        return F.conv_transpose2d(x, _innermost(w), b, STRIDE, PADDING, leftover(small, size))
    flat = x.permute(0, 2, 3, 1).reshape(-1, m)
    rows = product(flat, w.permute(2, 3, 1, 0).reshape(-1, m))
    y: Tensor = _Maps.apply(rows, (batch, *size, n))  # type: ignore[no-untyped-call]
    return (y if b is None else y + b).permute(0, 3, 1, 2)


def convolve_same(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
    """Cross-correlation that keeps the size: (B, n, H, W), (m, n, 3, 3), (m,) -> (B, m, H, W)."""
    return F.conv2d(x, _innermost(w), b, 1, 1)


def transposed_same(w: Tensor) -> Tensor:
    """The weights by which `convolve_same` is its own transpose: (m, n, 3, 3) -> (n, m, 3, 3)."""
    return w.transpose(0, 1).flip(2, 3)


def leftover(small: Shape, large: Shape) -> tuple[int, int]:
    """Rows and columns that a strided convolution dropped and its transpose must add."""
    h, w = (
        big - ((little - 1) * STRIDE - 2 * PADDING + KERNEL)
        for little, big in zip(small, large, strict=True)
    )
    return h, w


class _Rows(torch.autograd.Function):
    """What each output pixel reads: (B, H, W, n) -> (B h w, 16 n), a kernel's rows in turn."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape = tuple(x.shape)
        edge = (PADDING, PADDING)
        seen = F.pad(x, (0, 0, *edge, *edge)).unfold(1, KERNEL, STRIDE).unfold(2, KERNEL, STRIDE)
        return seen.permute(0, 1, 2, 4, 5, 3).reshape(-1, KERNEL**2 * x.shape[3])

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        found: Tensor = _Maps.apply(g, ctx.shape)  # type: ignore[no-untyped-call]
        return found


class _Maps(torch.autograd.Function):
    """The transpose of `_Rows`: whatever fell on a pixel is added up. (B h w, 16 n) -> shape."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, shape: Shape) -> Tensor:
        batch, height, width, n = shape
        h, w = height // STRIDE, width // STRIDE
        rows = rows.view(batch, h, w, KERNEL, KERNEL, n).transpose(2, 3)
        # A kernel is two strides high and wide: its four quarters are tiles, which do not overlap.
        y = rows.new_zeros(batch, height + STRIDE, width + STRIDE, n)
        for top in (0, STRIDE):
            for left in (0, STRIDE):
                tiles = y[:, top : top + STRIDE * h, left : left + STRIDE * w]
                quarter = rows[:, :, top : top + STRIDE, :, left : left + STRIDE]
                tiles.view(batch, h, STRIDE, w, STRIDE, n).add_(quarter)
        # Without gaps: from other strides an activation's backward takes other roundings.
        return y[:, PADDING : PADDING + height, PADDING : PADDING + width].contiguous()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        found: Tensor = _Rows.apply(g)  # type: ignore[no-untyped-call]
        return found, None


def _as_product(x: Tensor, w: Tensor, small: Shape) -> bool:
    """Where a product is faster, its rows are no burden, and autograd alone derives."""
    pixels, channels = small[0] * small[1], w.shape[1]
    return (
        (pixels <= NARROW or channels <= FEW)
        and len(x) * pixels * channels * KERNEL**2 <= MOST
        and x.device.type == "cpu"
        and not torch._C._are_functorch_transforms_active()
    )


def _innermost(w: Tensor) -> Tensor:
    """w with its channels innermost, as oneDNN then lays out its maps; vmap knows no layouts."""
    if torch._C._are_functorch_transforms_active():
        return w
    return w.contiguous(memory_format=torch.channels_last)
