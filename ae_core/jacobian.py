"""‖∂f/∂x‖²_F of a stack: the contractive penalty, as a second, ordinary forward pass.

No double backward and no frozen weights: the chain of layer Jacobians is made of the layers'
own weights and activations, so gradients reach all of them and it works under no_grad.
"""

import math
from typing import Any

import torch
from torch import Tensor

from ae_core.chain import Slopes
from ae_core.networks import Stack
from ae_core.products import product

STRIPES = 4  # of a Gram matrix, of which one triangle is computed
TRIANGLE = (STRIPES + 1) / (2 * STRIPES)  # its share of the whole


def squared_jacobian_norm(stack: Stack, slopes: Slopes) -> Tensor:
    """‖∂f/∂x‖²_F per sample, exact, differentiable in every weight: -> (B,).

    slopes: from `stack.linearise`. One layer: Σ_j φ′_j² ‖W_j‖² (Rifai et al. 2011, section 3).
    Two dense layers: φ′ᵀ (VᵀV ∘ WWᵀ) φ′. Deeper: the chain of layer Jacobians from the code
    down, and of its last product the norm only.
    """
    layers = [layer for layer, _ in stack.steps]
    first, last, slope = layers[0], layers[-1], _first(slopes)
    if len(layers) == 1 and first.dense:
        return slope.square() @ _row_norms(first.matrix)
    batch, width, d = len(slope), first.out_shape[0], math.prod(last.out_shape)
    pixels = math.prod(first.in_shape)
    cheap = width * width * (pixels + d) < batch * d * width * pixels
    if len(layers) == 2 and first.dense and slopes[1] is None and cheap:
        both = _gram(last.matrix.t()) * _gram(first.matrix)
        return (product(slope, both) * slope).sum(1)  # `both` is symmetric
    rows = torch.eye(d, dtype=slope.dtype, device=slope.device).expand(batch, d, d)
    return _squared_pullback(stack, rows, slopes)


def probed_jacobian_norm(
    stack: Stack, slopes: Slopes, probes: int, generator: torch.Generator | None
) -> Tensor:
    """An unbiased estimate of ‖∂f/∂x‖²_F = E ‖vᵀJ‖², v random signs (Hutchinson 1989): -> (B,)."""
    slope = _first(slopes)
    shape = (len(slope), probes, math.prod(stack.steps[-1][0].out_shape))
    v = torch.randint(0, 2, shape, generator=generator, device=slope.device)
    return _squared_pullback(stack, v.to(slope.dtype) * 2 - 1, slopes) / probes


def _first(slopes: Slopes) -> Tensor:
    slope = slopes[0]
    assert slope is not None  # `linearise` writes the first one out
    return slope


def _squared_pullback(stack: Stack, c: Tensor, slopes: Slopes) -> Tensor:
    """‖c J‖²_F of each sample's rows: (B, k, out) -> (B,)."""
    first, k = stack.steps[0][0], c.shape[1]
    if not first.dense:
        return stack.pullback(c, slopes).flatten(1).square().sum(1)
    c = stack.pullback(c, slopes, down_to=1) * _first(slopes).unsqueeze(1)
    return squared_product(c.flatten(0, 1), first.matrix).view(-1, k).sum(1)


def squared_product(c: Tensor, w: Tensor) -> Tensor:
    """‖c_i W‖² of each row of c: (M, n), (n, m) -> (M,).

    By the product itself or by c_i (W Wᵀ) c_iᵀ, whichever needs fewer multiplications, counted
    with the backward pass.
    """
    rows, n, m = len(c), *w.shape
    by_gram = (TRIANGLE + 1) * n * n * m + 2 * rows * n * n < 3 * rows * n * m
    if torch._C._are_functorch_transforms_active():
        return (c @ w).square().sum(1)
    result: Tensor = _SquaredProduct.apply(c, w, by_gram)  # type: ignore[no-untyped-call]
    return result


class _SquaredProduct(torch.autograd.Function):
    """With e = ‖c W‖² and its gradient g: c̄ = 2 g c W Wᵀ and W̄ = 2 (g c)ᵀ c W."""

    @staticmethod
    def forward(ctx: Any, c: Tensor, w: Tensor, by_gram: bool) -> Tensor:
        onto = product(c, _triangle(w) if by_gram else w.t())
        ctx.by_gram = by_gram
        ctx.save_for_backward(c, w, onto)
        return (onto * (c if by_gram else onto)).sum(1)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        c, w, onto = ctx.saved_tensors
        if torch.is_grad_enabled():  # create_graph: this gradient is to be differentiated
            onto = c @ w @ w.t() if ctx.by_gram else c @ w
        g = 2 * g.unsqueeze(1)
        for_c = g * (onto if ctx.by_gram else product(onto, w))
        if not ctx.needs_input_grad[1]:
            return for_c, None, None
        scaled = (g * c).t()
        for_w = product(product(scaled, c.t()), w.t()) if ctx.by_gram else product(scaled, onto.t())
        return for_c, for_w, None


def _row_norms(w: Tensor) -> Tensor:
    return w.flatten(1).square().sum(1)


def _triangle(w: Tensor) -> Tensor:
    """W Wᵀ from its upper triangle: (n, m) -> (n, n)."""
    n = len(w)
    gram = w.new_empty(n, n)
    size = -(-n // STRIPES)
    for i in range(0, n, size):
        stripe = product(w[i : i + size], w[i:])
        gram[i : i + size, i:] = stripe
        gram[i:, i : i + size] = stripe.t()
    return gram


def _gram(w: Tensor) -> Tensor:
    """W Wᵀ: (n, m) -> (n, n), with half the usual backward.

    Whoever uses the result symmetrically sends back a symmetric gradient G, for which
    (G + Gᵀ) W = 2 G W: one product instead of two.
    """
    half = product(w, w.detach())
    return 2 * half - half.detach()
