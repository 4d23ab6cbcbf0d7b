"""‖∂f/∂x‖²_F of a stack: the contractive penalty, as a second, ordinary forward pass.

No double backward and no frozen weights: the chain of layer Jacobians is made of the layers'
own weights and activations, so gradients reach all of them and it works under no_grad.
"""

import math

import torch
from torch import Tensor

from ae_core.gate import Place
from ae_core.networks import Affine, Stack


def squared_jacobian_norm(stack: Stack, slopes: list[Tensor], s: Place | None) -> Tensor:
    """‖∂f/∂x‖²_F per sample, exact, differentiable in every weight: -> (B,).

    One layer: Σ_j φ′_j² ‖W_j‖² (Rifai et al. 2011, section 3). Two dense layers:
    φ′ᵀ (VᵀV ∘ WWᵀ) φ′. Deeper: the chain of layer Jacobians from the code down, ended by
    the Gram matrix WWᵀ of the first layer where that is the smaller product.
    """
    layers = [layer for layer, _ in stack.steps]
    first, last = layers[0], layers[-1]
    batch, width = len(slopes[0]), first.out_shape[0]
    if len(layers) == 1:
        return first.scaled(slopes[0], s).square() @ _row_norms(first.matrix)
    d, pixels = last.out_shape[0], math.prod(first.in_shape)
    one_place = not isinstance(s, Tensor)
    if len(layers) == 2 and first.dense and one_place and stack.activations[-1] == "linear":
        dense_cost = width * width * (pixels + d)
        if dense_cost < batch * d * width * pixels:
            v, w = _matrix(last, s), _matrix(first, s)
            return ((slopes[0] @ (_gram(v.t()) * _gram(w))) * slopes[0]).sum(1)
    eye = torch.eye(d, dtype=slopes[-1].dtype, device=slopes[-1].device)
    c = eye.expand(batch, d, d)
    if not first.dense or batch * d * pixels <= width * (pixels + batch * d):
        return stack.pullback(c, slopes, s).flatten(1).square().sum(1)
    c = stack.pullback(c, slopes, s, down_to=1).flatten(2) * slopes[0].unsqueeze(1)
    c = first.scaled(c.flatten(0, 1), s).view_as(c)
    return ((c @ _gram(first.matrix)) * c).flatten(1).sum(1)


def probed_jacobian_norm(
    stack: Stack,
    slopes: list[Tensor],
    s: Place | None,
    probes: int,
    generator: torch.Generator | None,
) -> Tensor:
    """An unbiased estimate of ‖∂f/∂x‖²_F = E ‖vᵀJ‖², v random signs (Hutchinson 1989): -> (B,)."""
    code = slopes[-1]
    shape = (len(code), probes, code.shape[1])
    v = torch.randint(0, 2, shape, generator=generator, device=code.device).to(code.dtype) * 2 - 1
    return stack.pullback(v, slopes, s).flatten(1).square().sum(1) / probes


def _matrix(layer: Affine, s: Place | None) -> Tensor:
    return layer.matrix if s is None else layer.folded(s)[0]


def _row_norms(w: Tensor) -> Tensor:
    return w.flatten(1).square().sum(1)


def _gram(w: Tensor) -> Tensor:
    """W Wᵀ: (n, m) -> (n, n), with half the usual backward.

    Whoever uses the result symmetrically sends back a symmetric gradient G, for which
    (G + Gᵀ) W = 2 G W: one product instead of two.
    """
    half = w @ w.detach().t()
    return 2 * half - half.detach()
