"""Dense layers and their activations as one node of autograd's graph.

With autograd every call is a node. Here a chain of layers is one function with its backward
written out; a second derivative is left to autograd.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ae_core.products import product

aten = torch.ops.aten

Slopes = list[Tensor | None]  # φ′ per layer, None for 1


@dataclass(frozen=True)
class Activation:
    """φ, d φ′(a) from d, a and φ(a), φ with φ′, and φ″ from a, φ(a) and φ′(a). φ′ None is 1."""

    apply: Callable[[Tensor], Tensor]
    pull: Callable[[Tensor, Tensor, Tensor], Tensor]
    both: Callable[[Tensor], tuple[Tensor, Tensor | None]]
    curvature: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None  # None: 0


def _relu(a: Tensor) -> tuple[Tensor, Tensor]:
    return torch.relu(a), (a > 0).to(a.dtype)


def _tanh(a: Tensor) -> tuple[Tensor, Tensor]:
    y = torch.tanh(a)
    return y, torch.addcmul(y.new_ones(()), y, y, value=-1)


def _sigmoid(a: Tensor) -> tuple[Tensor, Tensor]:
    y = torch.sigmoid(a)
    return y, torch.addcmul(y, y, y, value=-1)


def _silu(a: Tensor) -> tuple[Tensor, Tensor]:
    s, y = torch.sigmoid(a), F.silu(a)
    return y, torch.addcmul(s, y, 1 - s)


def _silu_curvature(a: Tensor, y: Tensor, slope: Tensor) -> Tensor:
    s = torch.sigmoid(a)
    return torch.addcmul(s + slope, s, slope, value=-2)  # σ (1 − σ) (2 + a (1 − 2 σ)) by φ′


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(lambda a: a, lambda d, a, y: d, lambda a: (a, None)),
    "relu": Activation(torch.relu, lambda d, a, y: aten.threshold_backward(d, a, 0), _relu),
    "tanh": Activation(
        torch.tanh, lambda d, a, y: aten.tanh_backward(d, y), _tanh,
        lambda a, y, slope: -2 * y * slope,
    ),
    "sigmoid": Activation(
        torch.sigmoid, lambda d, a, y: aten.sigmoid_backward(d, y), _sigmoid,
        lambda a, y, slope: slope * (1 - 2 * y),
    ),
    "silu": Activation(
        F.silu, lambda d, a, y: aten.silu_backward(d, a), _silu, _silu_curvature,
    ),
}  # fmt: skip


def chain(
    x: Tensor, kinds: Sequence[str], gates: Tensor | None, weights: Sequence[Tensor],
    slopes: bool = False,
) -> tuple[Tensor, Slopes]:  # fmt: skip
    """φ(g ⊙ (W h + b) + c), layer after layer: (B, in) -> (B, out); with `slopes` each φ′ ⊙ g too.

    weights: W and b of each layer in turn. gates: (G, Σ 2 rows), log g and c of each layer in
    turn, for G equal parts of the batch; None for plain layers.
    """
    # torch.func's transforms take the steps one by one.
    if torch.is_grad_enabled() and not torch._C._are_functorch_transforms_active():
        y, *found = _Chain.apply(x, tuple(kinds), slopes, gates, *weights)  # type: ignore[no-untyped-call]
        return y, found
    steps = _run(x, kinds, gates, weights, slopes)
    return steps[-1].y, [t.gained for t in steps] if slopes else []


class _Step(NamedTuple):
    """What one layer computed: u = W h + b, a = g ⊙ u + c, y = φ(a), φ′(a) if asked for, g."""

    u: Tensor
    a: Tensor
    y: Tensor
    slope: Tensor | None
    g: Tensor | None  # (G, 1, rows)

    @property
    def gained(self) -> Tensor | None:
        """φ′ ⊙ g: (B, rows)."""
        if self.g is None:
            return self.slope
        if self.slope is None:
            return self.g.expand(-1, len(self.a) // len(self.g), -1).flatten(0, 1)
        return _by_part(self.slope, self.g).mul(self.g).view_as(self.a)


def _run(
    h: Tensor, kinds: Sequence[str], gates: Tensor | None, weights: Sequence[Tensor], slopes: bool
) -> list[_Step]:
    steps, g = [], None
    if gates is not None:
        cuts = [len(b) for b in weights[1::2] for _ in range(2)]
        shifts = gates.unsqueeze(1).split(cuts, 2)
        gains = gates.exp().unsqueeze(1).split(cuts, 2)
    for i, kind in enumerate(kinds):
        w, b = weights[2 * i : 2 * i + 2]
        a = u = product(h, w, b)
        if gates is not None:
            g = gains[2 * i]
            a = torch.addcmul(shifts[2 * i + 1], g, _by_part(u, g)).view_as(u)
        if slopes:
            h, slope = ACTIVATIONS[kind].both(a)
        else:
            h, slope = ACTIVATIONS[kind].apply(a), None
        steps.append(_Step(u, a, h, slope, g))
    return steps


def _by_part(t: Tensor, g: Tensor) -> Tensor:
    """(B, rows) -> (G, B / G, rows)."""
    return t.view(len(g), -1, t.shape[1])


class _Chain(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, kinds: tuple[str, ...], slopes: bool, gates: Tensor | None,
        *weights: Tensor,
    ) -> tuple[Tensor | None, ...]:  # fmt: skip
        ctx.set_materialize_grads(False)
        ctx.kinds, ctx.slopes = kinds, slopes
        ctx.steps = steps = _run(x, kinds, gates, weights, slopes)
        ctx.save_for_backward(x, gates, *weights)
        # Outputs are aliases: the node that holds its own output would never be freed.
        found = (t.gained for t in steps) if slopes else ()
        return steps[-1].y.detach(), *(t if t is None else t.detach() for t in found)

    @staticmethod
    def backward(ctx: Any, d: Tensor | None, *bends: Tensor | None) -> tuple[Any, ...]:
        x, gates, *weights = ctx.saved_tensors
        if torch.is_grad_enabled():  # create_graph: this gradient is to be differentiated
            return _differentiable(ctx, x, gates, weights, (d, *bends))
        found: list[Tensor | None] = []  # of W and b, last layer first
        turns: list[Tensor] = []  # of c and log g, last layer first
        for i in reversed(range(len(ctx.kinds))):
            step, w = ctx.steps[i], weights[2 * i]
            h = ctx.steps[i - 1].y if i else x
            d, turn = _through(step, ctx.kinds[i], d, bends[i] if bends else None)
            turns += turn
            wanted = ctx.needs_input_grad[4 + 2 * i : 6 + 2 * i]
            if d is None:
                found += [None, None]
                continue
            found += [d.sum(0) if wanted[1] else None, product(d.t(), h.t()) if wanted[0] else None]
            d = product(d, w.t()) if i or ctx.needs_input_grad[0] else None
        turned = torch.cat(turns[::-1], 1) if turns else None
        return d, None, None, turned, *found[::-1]


def _through(
    step: _Step, kind: str, d: Tensor | None, bend: Tensor | None
) -> tuple[Tensor | None, list[Tensor]]:
    """From the gradients of y and of φ′ ⊙ g to that of u, and those of c and log g."""
    curvature, g, slope = ACTIVATIONS[kind].curvature, step.g, step.slope
    if d is not None:  # not d φ′: with and without slopes a gradient has the same bits
        d = ACTIVATIONS[kind].pull(d, step.a, step.y)
    pulls = bend if g is None or bend is None else _by_part(bend, g).mul(g).view_as(bend)
    if pulls is not None and slope is not None and curvature is not None:
        bent = pulls * curvature(step.a, step.y, slope)
        d = bent if d is None else d.add_(bent)
    if g is None:
        return d, []
    if d is None:
        d = torch.zeros_like(step.u)
    parts = _by_part(d, g)
    shift = parts.sum(1)
    d = parts.mul(g)
    gain = (d * _by_part(step.u, g)).sum(1)
    if pulls is not None:
        gain += _by_part(pulls if slope is None else pulls * slope, g).sum(1)
    return d.view_as(step.u), [shift, gain]


def _differentiable(
    ctx: Any, x: Tensor, gates: Tensor | None, weights: list[Tensor], d: tuple[Tensor | None, ...]
) -> tuple[Any, ...]:
    steps = _run(x, ctx.kinds, gates, weights, ctx.slopes)
    out = [steps[-1].y, *(t.gained for t in steps if ctx.slopes)]
    both = zip(out, d, strict=False)  # a ReLU's slope has no graph
    pairs = [(y, g) for y, g in both if y is not None and g is not None and y.requires_grad]
    inputs = {0: x, 3: gates, **{4 + i: w for i, w in enumerate(weights)}}
    needed = ctx.needs_input_grad
    wanted = {i: t for i, t in inputs.items() if t is not None and needed[i]}
    found = torch.autograd.grad(
        [y for y, _ in pairs], list(wanted.values()), [g for _, g in pairs],
        create_graph=True, allow_unused=True,
    )  # fmt: skip
    by_place = dict(zip(wanted, found, strict=True))
    return tuple(by_place.get(i) for i in range(4 + len(weights)))
