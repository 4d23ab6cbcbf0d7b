"""Matrices that join a network's own one after another along the slider."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch._C._nn import flatten_dense_tensors  # all in one call: on small networks calls count

from ae_core.affine import Affine
from ae_core.gate import Place
from ae_core.products import product
from ae_core.shapes import Shape

LARGEST = 1 << 14  # weights of a layer with M of any rank: beyond, four W cost more than they bring
RANK = 64  # of a larger layer's M, and at most half of what it could be
FEWEST = 16  # values of a sample: a curve through points in the plane is better followed with gates


class Ramps(nn.Module):
    """W(t) = W + Σ_k r_k(t) M_k and b(t) = b + Σ_k r_k(t) m_k, t from 0 to 1 over the slider.

    r_k is 0 before the k-th third of the slider, rises evenly over it and stays at `rise`. At the
    low end all are 0: the network there is W and b alone. At first every M_k and m_k is 0. Of a
    large layer M_k = U_k V_k of low rank (Hu et al. 2022, LoRA), where the factor on the layer's
    wider side is one for all k, and drawn, the others at first 0; of a large one that reads or
    draws samples, an `outer` one, b alone moves.
    """

    COUNT = 3

    def __init__(self, layers: Sequence[Affine], rise: float, outer: Sequence[Affine]) -> None:
        super().__init__()
        self.layers, self.rise = tuple(layers), rise  # in a tuple: they are not this one's children
        shapes = [(n.out_shape[0], n.in_shape[0]) for n in layers]
        self._whole = [math.prod(shape) <= LARGEST for shape in shapes]
        self._shapes = [
            (rows, columns if whole else 0)
            for (rows, columns), whole in zip(shapes, self._whole, strict=True)
        ]
        self._sizes = [size for out, into in self._shapes for size in (out * into, out)]
        # One tensor, row by row each W and b in turn: on small networks calls cost most.
        self.added = nn.Parameter(torch.zeros(self.COUNT, sum(self._sizes)))
        self.down, self.up = nn.ParameterList(), nn.ParameterList()  # V_k, U_k: all or one
        self._factored: list[int | None] = []  # each layer's place in both
        for layer, (rows, columns), whole in zip(layers, shapes, self._whole, strict=True):
            factored = not whole and layer not in outer
            self._factored.append(len(self.up) if factored else None)
            if factored:
                rank = min(RANK, rows // 2, columns // 2)
                into, out = (1, self.COUNT) if columns > rows else (self.COUNT, 1)
                self.down.append(nn.Parameter(torch.zeros(into * rank, columns)))
                self.up.append(nn.Parameter(torch.zeros(rows, out * rank)))
        pairs = zip(shapes, self._whole, self._factored, strict=True)
        still = sum(math.prod(s) for s, whole, i in pairs if not whole and i is None)
        self.mostly_still = 2 * still > sum(map(math.prod, shapes))  # of most weights b alone moves
        # r_k(t) = rise · (3 t − k), within 0 and rise; 3 t = 3 (s + 1) / 2.
        self.slope = rise * self.COUNT / 2
        self.starts = torch.tensor([self.slope - rise * k for k in range(self.COUNT)], device="cpu")

    def initialise(self, generator: torch.Generator) -> None:
        """Draw the shared factors uniformly within Glorot & Bengio's bound (2010, eq. 16)."""
        with torch.no_grad():
            for down, up in zip(self.down, self.up, strict=True):
                shared = down if len(down) < up.shape[1] else up
                bound = math.sqrt(6 / sum(shared.shape))
                shared.uniform_(-bound, bound, generator=generator)

    def heights(self, s: Place) -> Tensor:
        """r(t) at s = 2 t − 1: () or (G,) -> (G, 3), G = 1 for a number."""
        self.starts = starts = self.starts.to(self.added)  # the same tensor, but for the first time
        places = torch.as_tensor(s, dtype=starts.dtype, device=starts.device)
        heights = torch.add(starts, places.view(-1, 1), alpha=self.slope)
        return heights.clamp_(0, self.rise)

    def forward(self, s: Place) -> "list[Ramped]":
        """Each layer at the place or places."""
        pairs = [
            (n.matrix, n.bias) if whole else (n.bias,)
            for n, whole in zip(self.layers, self._whole, strict=True)
        ]
        own = flatten_dense_tensors([t for pair in pairs for t in pair])
        heights = self.heights(s)
        moved = self._cut(torch.addmm(own.unsqueeze(0), heights, self.added))
        return [self._layer(i, heights, *pair) for i, pair in enumerate(moved)]

    def _layer(self, place: int, heights: Tensor, w: Tensor, b: Tensor) -> "Ramped":
        if self._whole[place]:
            return Ramped(w, b)
        i = self._factored[place]
        more = None if i is None else Factors(self.down[i], self.up[i], heights)
        return Ramped(self.layers[place].matrix, b, more)

    def of(self, layer: Affine) -> tuple[Tensor | None, Tensor]:
        """M, None for a W that stays, and m of this layer: -> (3, rows, columns), (3, rows, 1)."""
        place = self.layers.index(layer)
        matrices, biases = self._cut(self.added)[place]
        if self._whole[place]:
            return matrices, biases
        i = self._factored[place]
        if i is None:
            return None, biases
        return _matrices(self.up[i], self.down[i]), biases

    def folded(self, s: Place) -> dict[Affine, tuple[Tensor, Tensor]]:
        """W and b of the plain layers that equal these at s."""
        return {layer: one.at_first() for layer, one in zip(self.layers, self(s), strict=True)}

    def _cut(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        parts = flat.split(self._sizes, 1)
        return [
            (w.view(len(b), *shape), b.unsqueeze(2))
            for w, b, shape in zip(parts[::2], parts[1::2], self._shapes, strict=True)
        ]


class Factors(NamedTuple):
    """Σ_k r_k U_k V_k of rank R, at G places."""

    v: Tensor  # (3 R, columns), or (R, columns) for all k
    u: Tensor  # (rows, R) for all k, or (rows, 3 R)
    r: Tensor  # (G, 3)

    def __call__(self, x: Tensor) -> Tensor:
        """Its product with each part of a batch: (B, columns) -> (B, rows)."""
        parts, rank = len(self.r), _rank(self.u, self.v)
        seen = product(x, self.v).view(parts, len(x) // parts, -1, rank)
        each = seen * self.r[:, None, :, None]  # (G, B / G, 3, R)
        if self.u.shape[1] == rank:
            each = each.sum(2)
        return product(each.reshape(len(x), -1), self.u)

    def at_first(self) -> Tensor:
        """Itself at the first place: -> (rows, columns)."""
        return (self.r[0, :, None, None] * _matrices(self.u, self.v)).sum(0)


def _rank(u: Tensor, v: Tensor) -> int:
    """Of each U_k V_k: the factor that all k share is the one without a multiple of it."""
    return min(len(v), u.shape[1])


def _matrices(u: Tensor, v: Tensor) -> Tensor:
    """Every U_k V_k: -> (3, rows, columns)."""
    rank = _rank(u, v)
    return u.view(len(u), -1, rank).transpose(0, 1) @ v.view(-1, rank, v.shape[1])


class Ramped(NamedTuple):
    """A layer at G places."""

    w: Tensor  # (rows, columns), or (G, rows, columns)
    b: Tensor  # (G, rows, 1)
    more: Factors | None = None

    def __call__(self, h: Tensor) -> Tensor:
        """W h + b of each part of a batch: (G, columns, B / G) -> (G, rows, B / G)."""
        if self.w.dim() == 3:
            return torch.baddbmm(self.b, self.w, h)
        x = by_sample(h)
        y = product(x, self.w)
        if self.more is not None:
            y = y + self.more(x)
        return y.view(len(h), -1, len(self.w)).mT + self.b

    def at_first(self) -> tuple[Tensor, Tensor]:
        """W and b at the first place: -> (rows, columns), (rows,)."""
        w = self.w[0] if self.w.dim() == 3 else self.w
        return w if self.more is None else w + self.more.at_first(), self.b[0, :, 0]


def by_sample(columns: Tensor) -> Tensor:
    """(G, rows, B / G) -> (B, rows)."""
    return columns.mT.flatten(0, 1)


def laid_out(columns: Tensor, reader: Ramped | None) -> Tensor:
    """(G, rows, B / G) in the order of memory in which the layer reads it; None: sample by sample.

    An elementwise step on two tensors of different orders costs several times more.
    """
    if reader is not None and reader.w.dim() == 3:
        return columns.contiguous()
    return columns.mT.contiguous().mT


def suit(shapes: Sequence[Shape]) -> bool:
    """Whether a network of these layers, sample first, is dense, and for more than points."""
    return all(len(shape) == 1 for shape in shapes[1:]) and math.prod(shapes[0]) >= FEWEST
