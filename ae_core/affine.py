"""An affine layer, dense or convolution, with or without a gate, and its pullback."""

import math

import torch
from torch import Tensor, nn

from ae_core.convolution import (
    KERNEL,
    SAME,
    STRIDE,
    convolve,
    convolve_same,
    convolve_transposed,
    transposed_same,
)
from ae_core.gate import Gate, Place
from ae_core.products import product
from ae_core.shapes import Shape


class Affine(nn.Module):
    """y = g(s) ⊙ (W x + b) + c(s), dense or convolution; W may be another layer's, transposed.

    A convolution between equal shapes is `residual`: whoever applies it adds x after the activation
    (He et al. 2016, "Deep residual learning").
    """

    def __init__(
        self,
        in_shape: Shape,
        out_shape: Shape,
        *,
        transposed: bool = False,
        tied_to: "Affine | None" = None,
        gated: bool = False,
    ) -> None:
        super().__init__()
        self.in_shape, self.out_shape, self.transposed = in_shape, out_shape, transposed
        self.dense = len(in_shape) == 1
        self.residual = not self.dense and in_shape == out_shape
        self.kernel = SAME if self.residual else KERNEL
        if tied_to is None:
            if self.dense:
                weight_shape: Shape = (out_shape[0], in_shape[0])
            else:
                pair = (in_shape[0], out_shape[0]) if transposed else (out_shape[0], in_shape[0])
                weight_shape = (*pair, self.kernel, self.kernel)
            self.weight = nn.Parameter(torch.zeros(weight_shape))
        self._source = (tied_to,)  # in a tuple: a shared layer is not this layer's child
        self.bias = nn.Parameter(torch.zeros(out_shape[0]))
        self.gate = Gate(out_shape[0]) if gated else None

    def initialise(self, generator: torch.Generator, strided: bool = False) -> None:
        """Draw W uniformly within Glorot & Bengio's bound (2010, eq. 16), unless it is tied.

        strided: mind that a value of the larger maps meets only a quarter of a strided kernel.
        """
        if self._source[0] is None:
            large, small = self.in_shape[0], self.out_shape[0]
            if self.transposed:
                large, small = small, large
            if self.dense:
                fans = large + small
            elif strided and not self.residual:
                fans = large * KERNEL**2 + small * (KERNEL // STRIDE) ** 2
            else:
                fans = (large + small) * self.kernel**2
            bound = math.sqrt(6 / fans)
            with torch.no_grad():
                self.weight.uniform_(-bound, bound, generator=generator)

    @property
    def matrix(self) -> Tensor:
        """W as this layer applies it."""
        source = self._source[0]
        if source is None:
            return self.weight
        return source.weight.t() if self.dense else source.weight

    @property
    def same(self) -> Tensor:
        """W of a residual layer as `convolve_same` takes it: (out, in, 3, 3)."""
        return transposed_same(self.matrix) if self.transposed else self.matrix

    def forward(self, x: Tensor, s: Place | None = None) -> Tensor:
        """(B, *in_shape) -> (B, *out_shape)."""
        x = x.reshape(-1, *self.in_shape)
        if self.dense:
            y = product(x, self.matrix, self.bias)
        elif self.residual:
            y = convolve_same(x, self.same, self.bias)
        elif self.transposed:
            y = convolve_transposed(x, self.matrix, self.bias, self.out_shape[1:])
        else:
            y = convolve(x, self.matrix, self.bias)
        if self.gate is None or s is None:
            return y
        g, c = (self._rows(t) for t in self.gate(s))
        return torch.addcmul(c, g, y.view(len(g), -1, *self.out_shape)).view(y.shape)

    def scaled(self, c: Tensor, s: Place | None) -> Tensor:
        """c ⊙ g(s), for N row vectors of equal parts: (N, *out_shape) -> the same shape."""
        if self.gate is None or s is None:
            return c
        g = self._rows(self.gate(s)[0])
        return (c.reshape(len(g), -1, *self.out_shape) * g).view(-1, *self.out_shape)

    def pullback(self, c: Tensor, s: Place | None = None) -> Tensor:
        """c J, without what is added to it: N row vectors (N, *out_shape) -> (N, *in_shape)."""
        c = self.scaled(c.reshape(-1, *self.out_shape), s)
        if self.dense:
            return product(c, self.matrix.t())
        if self.residual:
            return convolve_same(c, transposed_same(self.same), None)
        if self.transposed:
            return convolve(c, self.matrix, None)
        return convolve_transposed(c, self.matrix, None, self.in_shape[1:])

    def folded(self, s: Place) -> tuple[Tensor, Tensor]:
        """W and b of the plain layer that equals this one at s."""
        if self.gate is None:
            return self.matrix, self.bias
        g, c = (t[0] for t in self.gate(s))
        rows = (1, -1, 1, 1) if self.transposed else (-1,) + (1,) * (self.matrix.dim() - 1)
        return self.matrix * g.view(rows), self.bias * g + c

    def _rows(self, t: Tensor) -> Tensor:
        """(G, rows) -> (G, 1, *out_shape), rows broadcast over the image."""
        return t.view(len(t), 1, -1, *(1,) * (len(self.out_shape) - 1))
