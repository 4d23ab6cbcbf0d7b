"""Products by either library: the same numbers, the same derivatives, the same refusals."""

import pytest
import torch
from torch.func import vmap

from ae_core import products
from ae_core.products import product

LARGE, SMALL = (128, 256, 192), (8, 16, 12)  # rows, values in, values out


@pytest.fixture(params=[True, False], ids=["oneDNN", "MKL"])
def by_onednn(request, monkeypatch):
    """Whatever this processor prefers, both ways are tried."""
    if request.param and not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        pytest.skip("this build of PyTorch has no oneDNN")
    monkeypatch.setattr(products, "_onednn_is_faster", lambda: request.param)
    return request.param


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def operands(n, into, out):
    """The same product of views of every kind: x, W, b."""
    x, w, b = drawn(n, into), drawn(out, into), drawn(out)
    wide = drawn(n + 3, into + 5)
    return {
        "plain": (x, w, b),
        "without b": (x, w, None),
        "transposed": (drawn(into, n).t(), drawn(into, out).t(), b),
        "cut out": (wide[3:, 5:], drawn(2 * out, 2 * into)[::2, ::2], drawn(2 * out)[::2]),
        "one row, one bias": (drawn(1, into).expand(n, -1), w, drawn(1).expand(out)),
        "one weight": (x, drawn(1, 1).expand(out, into), b),
    }


@pytest.mark.parametrize("shape", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("kind", operands(*SMALL))
def test_all_views_are_multiplied(by_onednn, shape, kind):
    x, w, b = operands(*shape)[kind]
    exact = x.double() @ w.double().t() + (0 if b is None else b.double())
    torch.testing.assert_close(product(x, w, b).double(), exact, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("kind", ["plain", "without b", "transposed", "cut out"])
def test_derivatives_are_those_of_the_formula_twice(by_onednn, kind):
    x, w, b = (t if t is None else t.clone().requires_grad_() for t in operands(*LARGE)[kind])
    own = [t for t in (x, w, b) if t is not None]

    def slopes(y):
        first = torch.autograd.grad(y.square().mean(), own, create_graph=True)
        second = torch.autograd.grad(sum(g.square().sum() for g in first), own)
        return [*first, *second]

    plain = x @ w.t() if b is None else x @ w.t() + b
    for mine, its in zip(slopes(product(x, w, b)), slopes(plain), strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-5)


def test_a_transform_sees_plain_products(by_onednn):
    x, w = drawn(3, *LARGE[:2]), drawn(LARGE[2], LARGE[1])
    torch.testing.assert_close(vmap(lambda each: product(each, w))(x), x @ w.t())


def test_doubles_and_whoever_asks_get_mkl(monkeypatch):
    def forbidden(*_):
        raise AssertionError("oneDNN was called")

    x, w, b = operands(*LARGE)["plain"]
    monkeypatch.setattr(products, "_onednn_is_faster", lambda: True)
    monkeypatch.setattr(products, "_by_onednn", forbidden)
    with pytest.raises(AssertionError, match="oneDNN was called"):
        product(x, w, b)
    assert product(x.double(), w.double()).dtype == torch.float64
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)
    assert torch.equal(product(x, w, b), torch.addmm(b, x, w.t()))


@pytest.mark.parametrize(
    ("maker", "instructions", "faster"),
    [("AuthenticAMD", "AVX512", True), ("AuthenticAMD", "AVX2", False),
     ("GenuineIntel", "AVX512", False)],
)  # fmt: skip
def test_only_where_mkl_leaves_instructions_idle(monkeypatch, maker, instructions, faster):
    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        pytest.skip("this build of PyTorch has no oneDNN")
    monkeypatch.setattr(products, "_maker", lambda: f"vendor_id\t: {maker}\n")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: instructions)
    assert products._onednn_is_faster.__wrapped__() is faster
