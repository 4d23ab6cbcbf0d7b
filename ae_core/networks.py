"""Encoder and decoder builders.

A network is a `Stack` of affine layers, each followed by its activation. Every layer also knows
its pullback (row vector times Jacobian), which `jacobian.py` chains.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ae_core.affine import Affine
from ae_core.chain import ACTIVATIONS, Activation, Slopes, chain
from ae_core.errors import InvalidConfig
from ae_core.gate import Place, evaluate
from ae_core.ramps import Ramped, Ramps, by_sample, laid_out
from ae_core.shapes import Shape


class Stack(nn.Module):
    """Affine layers with their activations, in order; what comes out is flat."""

    def __init__(self, layers: Sequence[Affine], activations: Sequence[str]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self._listed = list(layers)  # a walk through a ModuleList costs as much as a small product
        self.activations = tuple(activations)
        self.dense = all(layer.dense for layer in layers)
        self.ramps: Ramps | None = None

    def add_ramps(self, rise: float, outer: int, *twins: Affine) -> None:
        """Let the weight move all layers and the last one's twins, the outer ones the least.

        outer: which layer reads or draws samples; where it is the only one, its twins do as well.
        """
        also = twins if len(self._listed) == 1 else ()
        self.ramps = Ramps([*self._listed, *twins], rise, [self._listed[outer], *also])

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
        if self.ramps is not None and not _at_low_end(s):
            layers = self.ramps(s)[: len(self._listed)]
            return by_sample(self._ramped(h, layers, None, len(layers[0].b)))
        if self.dense:
            return self._chain(self._listed, h, s)[0]
        for step in self.steps:
            h = _through(step, h, s)
        return h.flatten(1)

    def fork(self, h: Tensor, twin: Affine, s: Place | None = None) -> tuple[Tensor, Tensor]:
        """The output, and that of the last layer's twin, which reads the same features.

        Of ramps the twin's are the last.
        """
        *layers, last = self._listed
        if self.ramps is not None and not _at_low_end(s):
            *before, own, its = self.ramps(s)
            h, end = self._ramped(h, before, own, len(own.b)), self.steps[-1][1].apply
            return by_sample(end(own(h))), by_sample(end(its(h)))
        if not self.dense:
            for step in self.steps[:-1]:
                h = _through(step, h, s)
            ends = ((layer, self.steps[-1][1]) for layer in (last, twin))
            own, its = (_through(end, h, s).flatten(1) for end in ends)
            return own, its
        gates = _gates([*layers, last, twin], s)
        rows = [2 * sum(t.out_shape[0] for t in group) for group in (layers, [last], [twin])]
        parts = (None,) * 3 if gates is None else gates.split(rows, 1)
        h = self._chain(layers, h, s, parts[0])[0] if layers else h.flatten(1)
        kind = self.activations[-1:]
        code = chain(h, kind, parts[1], (last.matrix, last.bias))[0]
        return code, chain(h, kind, parts[2], (twin.matrix, twin.bias))[0]

    def linearise(self, h: Tensor, s: Place | None = None) -> tuple[Tensor, Slopes]:
        """The output and every φ′ ⊙ g on the way: all that the Jacobian at h needs.

        None stands for 1, but for the first layer. With ramps, W itself moves: fold them first.
        """
        if self.ramps is not None and not _at_low_end(s):
            raise InvalidConfig("a network with ramps has no one W; take its Jacobian at(a weight)")
        first = self._listed[0]
        if self.dense:
            y, found = self._chain(self._listed, h, s, slopes=True)
            if found[0] is None:
                found[0] = y.new_ones(()).expand(len(y), *first.out_shape)
            return y, found
        found = []
        for layer, activation in self.steps:
            y, slope = activation.both(layer(h, s))
            found.append(layer.scaled(torch.ones_like(y) if slope is None else slope, s))
            h = _joined(layer, h, y)
        return h.flatten(1), found

    def pullback(self, c: Tensor, slopes: Slopes, down_to: int = 0) -> Tensor:
        """c J for k row vectors per sample, through layers[down_to:]: (B, k, out) -> (B, k, in)."""
        batch, k = c.shape[:2]
        for i in reversed(range(down_to, len(slopes))):
            slope, layer = slopes[i], self.steps[i][0]
            beside = c = c.reshape(batch, k, *layer.out_shape)
            if slope is not None:
                c = c * slope.unsqueeze(1)  # (B, 1, *out)
            c = layer.pullback(c).reshape(batch, k, *layer.in_shape)
            if layer.residual:
                c = c + beside
        return c

    def _ramped(
        self, h: Tensor, layers: Sequence[Ramped], reader: Ramped | None, parts: int
    ) -> Tensor:
        """Through layers at the place of each part, to a next one: (B, in) -> (G, out, B / G).

        Samples are columns: gradients of W then come in W's own layout, and no copy is made.
        """
        h = h.reshape(parts, -1, math.prod(self._listed[0].in_shape)).mT
        readers = [*layers[1:], reader]
        for layer, then, name in zip(layers, readers, self.activations, strict=False):
            h = ACTIVATIONS[name].apply(laid_out(layer(h), then))
        return h

    def _chain(
        self, layers: list[Affine], h: Tensor, s: Place | None, gates: Tensor | None = None,
        slopes: bool = False,
    ) -> tuple[Tensor, Slopes]:  # fmt: skip
        if gates is None:
            gates = _gates(layers, s)
        weights = [t for layer in layers for t in (layer.matrix, layer.bias)]
        kinds = self.activations[: len(layers)]
        return chain(h.reshape(-1, *layers[0].in_shape), kinds, gates, weights, slopes)


def _through(step: tuple[Affine, Activation], h: Tensor, s: Place | None) -> Tensor:
    layer, activation = step
    return _joined(layer, h, activation.apply(layer(h, s)))


def _joined(layer: Affine, h: Tensor, y: Tensor) -> Tensor:
    """y, to which a residual layer adds the h that it read."""
    return y + h.reshape(y.shape) if layer.residual else y


def _at_low_end(s: Place | None) -> bool:
    """Whether ramps add nothing: W and b alone then cost no more than a plain network's."""
    return s is None or (not isinstance(s, Tensor) and s <= -1)


def _gates(layers: Sequence[Affine], s: Place | None) -> Tensor | None:
    """log g and c of every layer in turn: (G, Σ 2 rows)."""
    gates = [layer.gate for layer in layers if layer.gate is not None]
    return evaluate(gates, s) if gates and s is not None else None


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
