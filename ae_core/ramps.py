"""Matrices that join a network's own one after another along the slider."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ae_core.affine import Affine
from ae_core.gate import Place
from ae_core.shapes import Shape

LARGEST = 1 << 14  # weights of a layer whose W moves: beyond, four W cost more than they bring
FEWEST = 16  # values of a sample: a curve through points in the plane is better followed with gates


class Ramps(nn.Module):
    """W(t) = W + Σ_k r_k(t) M_k and b(t) = b + Σ_k r_k(t) m_k, t from 0 to 1 over the slider.

    r_k is 0 before the k-th third of the slider, rises evenly over it and stays at `rise`. At the
    low end all are 0: the network there is W and b alone. At first every M_k and m_k is 0. Of a
    large layer, such as one that touches pixels, b alone moves.
    """

    COUNT = 3

    def __init__(self, layers: Sequence[Affine], rise: float) -> None:
        super().__init__()
        self.layers, self.rise = tuple(layers), rise  # in a tuple: they are not this one's children
        shapes = [(n.out_shape[0], n.in_shape[0]) for n in layers]
        moving = [out * into <= LARGEST for out, into in shapes]
        self._each = list(zip(self.layers, moving, strict=True))
        self._shapes = [
            (out, into if moves else 0) for (out, into), moves in zip(shapes, moving, strict=True)
        ]
        self._sizes = [size for out, into in self._shapes for size in (out * into, out)]
        # One tensor, row by row each W and b in turn: on small networks calls cost most.
        self.added = nn.Parameter(torch.zeros(self.COUNT, sum(self._sizes)))
        # r_k(t) = rise · (3 t − k), within 0 and rise; 3 t = 3 (s + 1) / 2.
        self.slope = rise * self.COUNT / 2
        self.starts = [self.slope - rise * k for k in range(self.COUNT)]

    def heights(self, s: Place) -> Tensor:
        """r(t) at s = 2 t − 1: () or (G,) -> (G, 3), G = 1 for a number."""
        starts = self.added.new_tensor(self.starts)
        places = torch.as_tensor(s, dtype=starts.dtype, device=starts.device)
        heights = torch.add(starts, places.view(-1, 1), alpha=self.slope)
        return heights.clamp_(0, self.rise)

    def forward(self, s: Place) -> list[tuple[Tensor, Tensor]]:
        """W(t) and b(t) of each layer: -> (G, rows, columns), (G, rows, 1); W alone if it stays."""
        pairs = [(n.matrix, n.bias) if moves else (n.bias,) for n, moves in self._each]
        own = torch.cat([t.reshape(-1) for pair in pairs for t in pair])
        moved = self._cut(torch.addmm(own.unsqueeze(0), self.heights(s), self.added))
        return [
            (w if moves else n.matrix, b)
            for (n, moves), (w, b) in zip(self._each, moved, strict=True)
        ]

    def of(self, layer: Affine) -> tuple[Tensor | None, Tensor]:
        """M, None for a W that stays, and m of this layer: -> (3, rows, columns), (3, rows, 1)."""
        place = self.layers.index(layer)
        matrices, biases = self._cut(self.added)[place]
        return matrices if self._each[place][1] else None, biases

    def folded(self, s: Place) -> dict[Affine, tuple[Tensor, Tensor]]:
        """W and b of the plain layers that equal these at s."""
        return {
            layer: (w[0] if moves else w, b[0, :, 0])
            for (layer, moves), (w, b) in zip(self._each, self(s), strict=True)
        }

    def _cut(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        parts = flat.split(self._sizes, 1)
        return [
            (w.view(len(b), *shape), b.unsqueeze(2))
            for w, b, shape in zip(parts[::2], parts[1::2], self._shapes, strict=True)
        ]


def suit(shapes: Sequence[Shape]) -> bool:
    """Whether a network of these layers, sample first, is dense, and for more than points."""
    return all(len(shape) == 1 for shape in shapes[1:]) and math.prod(shapes[0]) >= FEWEST
