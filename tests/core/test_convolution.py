"""Convolution by products: PyTorch's own numbers, and every derivative of them."""

import pytest
import torch
from torch.nn import functional as F

from ae_core import convolution
from ae_core.convolution import convolve, convolve_transposed

# n, m, H, W: even and odd, narrow maps, one and three channels in, and a pair left to oneDNN
SHAPES = [(4, 6, 8, 8), (5, 3, 7, 6), (2, 4, 2, 3), (1, 4, 13, 11), (3, 2, 10, 12), (4, 6, 16, 14)]


def operands(n, m, height, width, batch=3):
    noise = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(shape, generator=noise, dtype=torch.float64, requires_grad=True)

    small = (height // 2, width // 2)
    maps = draw(batch, n, height, width), draw(batch, m, *small)
    return *maps, draw(m, n, 4, 4), draw(m), draw(n)


@pytest.fixture
def counted(monkeypatch):
    """How many products were formed."""
    calls = []
    own = convolution.product
    monkeypatch.setattr(convolution, "product", lambda *args: calls.append(1) or own(*args))
    return calls


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_pytorchs_convolution_with_its_gradients(shape, counted):
    large, small, w, b, c = operands(*shape)
    height, width = shape[2:]
    pairs = [
        (convolve(large, w, b), F.conv2d(large, w, b, 2, 1)),
        (
            convolve_transposed(small, w, c, (height, width)),
            F.conv_transpose2d(small, w, c, 2, 1, (height % 2, width % 2)),
        ),
    ]
    assert len(counted) == (0 if shape == SHAPES[-1] else 2)
    for (ours, theirs), inputs in zip(pairs, ((large, w, b), (small, w, c)), strict=True):
        torch.testing.assert_close(ours, theirs)
        pull = torch.randn_like(theirs)
        found = torch.autograd.grad(ours, inputs, pull)
        torch.testing.assert_close(found, torch.autograd.grad(theirs, inputs, pull))


def test_second_derivatives_are_right():
    """The contractive penalty differentiates a pullback once more."""
    large, small, w, b, c = operands(2, 3, 5, 4, batch=2)
    assert torch.autograd.gradgradcheck(convolve, (large, w, b))
    assert torch.autograd.gradgradcheck(
        lambda *args: convolve_transposed(*args, (5, 4)), (small, w, c)
    )


def test_without_a_bias_and_without_a_sample():
    large, small, w, *_ = operands(2, 3, 5, 4)
    torch.testing.assert_close(convolve(large, w, None), F.conv2d(large, w, None, 2, 1))
    torch.testing.assert_close(
        convolve_transposed(small, w, None, (5, 4)),
        F.conv_transpose2d(small, w, None, 2, 1, (1, 0)),
    )
    assert convolve(large[:0], w, None).shape == (0, 3, 2, 2)
    assert convolve_transposed(small[:0], w, None, (5, 4)).shape == (0, 2, 5, 4)


def test_many_samples_at_once_are_left_to_onednn(counted, monkeypatch):
    """Rows of a whole split would take more memory than its maps."""
    monkeypatch.setattr(convolution, "MOST", 3 * 4 * 2 * 16 - 1)
    large, small, w, b, c = operands(2, 3, 5, 4)
    convolve(large, w, b)
    convolve_transposed(small, w, c, (5, 4))
    assert not counted
    convolve(large[:2], w, b)
    assert counted


def test_functions_of_torch_func_derive_it_too():
    large, small, w, b, c = operands(2, 3, 5, 4)
    for f, x in (
        (lambda x: convolve(x, w, b), large),
        (lambda x: convolve_transposed(x, w, c, (5, 4)), small),
    ):
        by_func = torch.func.vmap(torch.func.jacrev(lambda one, f=f: f(one[None])[0]))(x)
        whole = torch.autograd.functional.jacobian(f, x)
        for i in range(len(x)):
            torch.testing.assert_close(by_func[i], whole[i, ..., i, :, :, :])


@pytest.mark.parametrize("shape", [SHAPES[2], SHAPES[-1]])
def test_torch_func_moves_the_weights_too(shape):
    large, small, w, b, c = (t.detach() for t in operands(*shape))
    several = torch.stack([w, 2 * w, w + 1])
    for f in (
        lambda w: convolve(large, w, b),
        lambda w: convolve_transposed(small, w, c, shape[2:]),
    ):
        torch.testing.assert_close(torch.vmap(f)(several), torch.stack([f(w) for w in several]))
        slopes = torch.vmap(torch.func.jacrev(f))(several)
        whole = torch.autograd.functional.jacobian(f, w)
        torch.testing.assert_close(slopes, whole.expand_as(slopes))  # linear in w
