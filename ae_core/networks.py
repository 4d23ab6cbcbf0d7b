"""Encoder and decoder builders.

A network is a `Stack` of affine layers, each followed by its activation. Every layer also knows
its pullback (row vector times Jacobian), which `jacobian.py` chains.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ae_core.chain import ACTIVATIONS, Activation, Slopes, chain
from ae_core.gate import Gate, Place, evaluate
from ae_core.shapes import Shape

KERNEL, STRIDE, PADDING = 4, 2, 1  # kernel a multiple of the stride: no checkerboard


class Affine(nn.Module):
    """y = g(s) ⊙ (W x + b) + c(s), dense or convolution; W may be another layer's, transposed."""

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
        if tied_to is None:
            if self.dense:
                weight_shape: Shape = (out_shape[0], in_shape[0])
            else:
                pair = (in_shape[0], out_shape[0]) if transposed else (out_shape[0], in_shape[0])
                weight_shape = (*pair, KERNEL, KERNEL)
            self.weight = nn.Parameter(torch.zeros(weight_shape))
        self._source = (tied_to,)  # in a tuple: a shared layer is not this layer's child
        self.bias = nn.Parameter(torch.zeros(out_shape[0]))
        self.gate = Gate(out_shape[0]) if gated else None

    def initialise(self, generator: torch.Generator) -> None:
        """Draw W uniformly within Glorot & Bengio's bound (2010, eq. 16), unless it is tied."""
        if self._source[0] is None:
            fans = (self.in_shape[0] + self.out_shape[0]) * (1 if self.dense else KERNEL**2)
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

    def forward(self, x: Tensor, s: Place | None = None) -> Tensor:
        """(B, *in_shape) -> (B, *out_shape)."""
        x = x.reshape(-1, *self.in_shape)
        if self.dense:
            y = F.linear(x, self.matrix, self.bias)
        elif self.transposed:
            y = F.conv_transpose2d(
                x, self.matrix, self.bias, STRIDE, PADDING, _leftover(self.in_shape, self.out_shape)
            )
        else:
            y = F.conv2d(x, self.matrix, self.bias, STRIDE, PADDING)
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
        """c J, for N row vectors: (N, *out_shape) -> (N, *in_shape)."""
        c = self.scaled(c.reshape(-1, *self.out_shape), s)
        if self.dense:
            return c @ self.matrix
        if self.transposed:
            return F.conv2d(c, self.matrix, None, STRIDE, PADDING)
        extra = _leftover(self.out_shape, self.in_shape)
        return F.conv_transpose2d(c, self.matrix, None, STRIDE, PADDING, extra)

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


class Stack(nn.Module):
    """Affine layers with their activations, in order; what comes out is flat."""

    def __init__(self, layers: Sequence[Affine], activations: Sequence[str]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self._listed = list(layers)  # a walk through a ModuleList costs as much as a small product
        self.activations = tuple(activations)
        self.dense = all(layer.dense for layer in layers)

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return self._listed[0].bias.dtype

    @property
    def steps(self) -> list[tuple[Affine, Activation]]:
        """(layer, activation) pairs, in order."""
        kinds = (ACTIVATIONS[name] for name in self.activations)
        return list(zip(self._listed, kinds, strict=True))

    def forward(self, h: Tensor, s: Place | None = None) -> Tensor:
        if self.dense:
            return self._chain(self._listed, h, s)[0]
        for layer, activation in self.steps:
            h = activation.apply(layer(h, s))
        return h.flatten(1)

    def fork(self, h: Tensor, twin: Affine, s: Place | None = None) -> tuple[Tensor, Tensor]:
        """The output, and that of the last layer's twin, which reads the same features."""
        *layers, last = self._listed
        if not self.dense:
            for layer, activation in self.steps[:-1]:
                h = activation.apply(layer(h, s))
            end = self.steps[-1][1].apply
            return end(last(h, s)).flatten(1), end(twin(h, s)).flatten(1)
        gates = _gates([*layers, last, twin], s)
        rows = [2 * sum(t.out_shape[0] for t in group) for group in (layers, [last], [twin])]
        parts = (None,) * 3 if gates is None else gates.split(rows, 1)
        h = self._chain(layers, h, s, parts[0])[0] if layers else h.flatten(1)
        kind = self.activations[-1:]
        code = chain(h, kind, parts[1], (last.matrix, last.bias))[0]
        return code, chain(h, kind, parts[2], (twin.matrix, twin.bias))[0]

    def linearise(self, h: Tensor, s: Place | None = None) -> tuple[Tensor, Slopes]:
        """The output and every φ′ ⊙ g on the way: all that the Jacobian at h needs.

        None stands for 1, but for the first layer.
        """
        first = self._listed[0]
        if self.dense:
            y, found = self._chain(self._listed, h, s, slopes=True)
            if found[0] is None:
                found[0] = y.new_ones(()).expand(len(y), *first.out_shape)
            return y, found
        found = []
        for layer, activation in self.steps:
            h, slope = activation.both(layer(h, s))
            found.append(layer.scaled(torch.ones_like(h) if slope is None else slope, s))
        return h.flatten(1), found

    def pullback(self, c: Tensor, slopes: Slopes, down_to: int = 0) -> Tensor:
        """c J for k row vectors per sample, through layers[down_to:]: (B, k, out) -> (B, k, in)."""
        batch, k = c.shape[:2]
        for i in reversed(range(down_to, len(slopes))):
            slope, layer = slopes[i], self.steps[i][0]
            c = c.reshape(batch, k, *layer.out_shape)
            if slope is not None:
                c = c * slope.unsqueeze(1)  # (B, 1, *out)
            c = layer.pullback(c).reshape(batch, k, *layer.in_shape)
        return c

    def _chain(
        self, layers: list[Affine], h: Tensor, s: Place | None, gates: Tensor | None = None,
        slopes: bool = False,
    ) -> tuple[Tensor, Slopes]:  # fmt: skip
        if gates is None:
            gates = _gates(layers, s)
        weights = [t for layer in layers for t in (layer.matrix, layer.bias)]
        kinds = self.activations[: len(layers)]
        return chain(h.reshape(-1, *layers[0].in_shape), kinds, gates, weights, slopes)


def _gates(layers: Sequence[Affine], s: Place | None) -> Tensor | None:
    """log g and c of every layer in turn: (G, Σ 2 rows)."""
    gates = [layer.gate for layer in layers if layer.gate is not None]
    return evaluate(gates, s) if gates and s is not None else None


def _leftover(small: Shape, large: Shape) -> tuple[int, int]:
    """Rows and columns that a strided convolution dropped and its transpose must add."""
    h, w = (
        big - ((little - 1) * STRIDE - 2 * PADDING + KERNEL)
        for little, big in zip(small[1:], large[1:], strict=True)
    )
    return h, w


def build_encoder(shapes: list[Shape], activations: Sequence[str], gated: bool) -> Stack:
    """Sample -> code, one layer per step of `shapes`."""
    layers = [
        Affine((math.prod(a),) if len(b) == 1 else a, b, gated=gated)
        for a, b in itertools.pairwise(shapes)
    ]
    return Stack(layers, activations)


def build_decoder(
    shapes: list[Shape], activations: Sequence[str], gated: bool, tied_to: Stack | None
) -> Stack:
    """Code -> sample: the encoder's mirror."""
    layers = []
    for i in reversed(range(len(shapes) - 1)):
        small, large = shapes[i + 1], shapes[i]
        source = tied_to.steps[i][0] if tied_to else None
        if len(small) == 1:
            large = (math.prod(large),)
        layers.append(Affine(small, large, transposed=len(small) == 3, tied_to=source, gated=gated))
    return Stack(layers, activations)
