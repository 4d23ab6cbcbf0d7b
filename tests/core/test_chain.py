"""The chain of dense layers against autograd: first and second derivatives, memory."""

import gc
import itertools
import weakref

import pytest
import torch
from torch.func import grad, vmap

from ae_core.chain import ACTIVATIONS, chain

WIDTHS = (4, 3, 5, 2)


def inputs(seeded, gated):
    kind = {"dtype": torch.float64, "generator": seeded(0), "requires_grad": True}
    x = torch.randn(6, WIDTHS[0], **kind)
    weights = []
    for a, b in itertools.pairwise(WIDTHS):
        weights += [torch.randn(b, a, **kind), torch.randn(b, **kind)]
    gates = torch.randn(3, 2 * sum(WIDTHS[1:]), **kind) if gated else None
    return x, gates, weights


def by_hand(x, gates, weights, kinds):
    """Output and slopes, one part of the batch and one operation at a time."""
    outputs, slopes = [], []
    for part, h in enumerate(x.chunk(3) if gates is not None else [x]):
        found, start = [], 0
        for kind, w, b in zip(kinds, weights[::2], weights[1::2], strict=True):
            a, g = h @ w.t() + b, torch.ones(len(b), dtype=x.dtype)
            if gates is not None:
                row, n = gates[part], len(b)
                g = row[start : start + n].exp()
                a = g * a + row[start + n : start + 2 * n]
                start += 2 * n
            h = ACTIVATIONS[kind].apply(a)
            slope = torch.autograd.grad(h.sum(), a, create_graph=True)[0]
            found.append(slope * g)
        outputs.append(h)
        slopes.append(found)
    return torch.cat(outputs), [torch.cat(each) for each in zip(*slopes, strict=True)]


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_values_slopes_and_gradients_equal_autograd(kind, gated, seeded):
    x, gates, weights = inputs(seeded, gated)
    kinds = (kind, kind, "linear")
    y, slopes = chain(x, kinds, gates, weights, slopes=True)
    expected, bends = by_hand(x, gates, weights, kinds)
    torch.testing.assert_close(y, expected)
    leaves = [x, *weights, *([gates] if gated else [])]
    loss = y.square().sum()
    wanted = expected.square().sum()
    for i, (slope, bend) in enumerate(zip(slopes, bends, strict=True)):
        if slope is not None:
            torch.testing.assert_close(slope, bend)
            loss, wanted = loss + (i + 1) * slope.pow(3).sum(), wanted + (i + 1) * bend.pow(3).sum()
    gradients = torch.autograd.grad(wanted, leaves)
    for g, e in zip(torch.autograd.grad(loss, leaves, retain_graph=True), gradients, strict=True):
        torch.testing.assert_close(g, e)
    for g, e in zip(torch.autograd.grad(loss, leaves, create_graph=True), gradients, strict=True):
        torch.testing.assert_close(g, e)
    with torch.no_grad():
        assert torch.equal(chain(x, kinds, gates, weights)[0], y)


@pytest.mark.parametrize("gated", [False, True])
def test_gradgradcheck(gated, seeded):
    x, gates, weights = inputs(seeded, gated)
    leaves = [x, *weights, *([gates] if gated else [])]

    def run(*leaves):
        own = leaves[-1] if gated else None
        y, slopes = chain(leaves[0], ("tanh", "silu", "linear"), own, leaves[1:7], slopes=True)
        return y, slopes[0]

    assert torch.autograd.gradcheck(run, leaves)
    assert torch.autograd.gradgradcheck(run, leaves)


def test_torch_func_passes_through(seeded):
    x, _, weights = inputs(seeded, False)
    kinds = ("silu", "tanh", "linear")
    each = vmap(grad(lambda v: chain(v[None], kinds, None, weights)[0].sum()))(x.detach())
    expected = torch.autograd.grad(chain(x, kinds, None, weights)[0].sum(), x)[0]
    torch.testing.assert_close(each, expected)


def test_a_graph_is_freed_with_its_output(seeded):
    """A node that held its own output would live for ever."""
    x, gates, weights = inputs(seeded, True)
    y, slopes = chain(x, ("silu", "silu", "linear"), gates, weights, slopes=True)
    node = weakref.ref(y.grad_fn)
    gc.disable()
    try:
        del y, slopes
        assert node() is None
    finally:
        gc.enable()
