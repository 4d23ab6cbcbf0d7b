"""An image bent by given draws, in the browser and in PyTorch."""

import pytest
import torch

from ae_core.deformation import LATTICE, moved

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("strength", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 6), (2, 1, 5), (1, 2, 1)])
def test_the_same_draws_bend_a_sample_alike(pages, shape, strength):
    draws = torch.Generator().manual_seed(6)
    x = torch.rand(shape, generator=draws) * 3 - 1
    drawn, turn = (torch.randn(s, generator=draws) for s in [(2, LATTICE, LATTICE), (2, 2)])
    sides = [t.flatten().tolist() for t in (x, drawn, turn)]
    found = pages[False].evaluate(
        "([x, shape, ...rest]) => bent(x, shape, ...rest)", [sides[0], shape, *sides[1:], strength]
    )
    expected = moved(x[None], drawn[None], turn[None], strength)[0].flatten()
    torch.testing.assert_close(torch.tensor(found), expected, atol=2e-4, rtol=0)
