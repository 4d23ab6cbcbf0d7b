"""The terms of the objective, in the browser and in PyTorch."""

import pytest
import torch

from ae_core.binary import as_binary
from tests.browser.parity.models import STRANGE, slider, strange

pytestmark = pytest.mark.browser

DRAWS = 20  # of PyTorch's noise, for a spread


@pytest.fixture
def terms(pages, desk):
    """terms(model, x, weights) -> [reconstruction, penalty] at every weight."""

    def ask(model, x, weights):
        desk.files |= {"t.bin": as_binary(model), "t.x": x.numpy().astype("<f4").tobytes()}
        return pages[False].evaluate("([n, weights]) => terms('t', n, weights)", [len(x), weights])

    return ask


@torch.no_grad()
def expected(model, x, weight, seed):
    found = model.objective(x, torch.Generator().manual_seed(seed), weight=weight)
    return found.reconstruction.item(), found.penalty.item()


@pytest.mark.parametrize("case", list(STRANGE))
def test_of_random_weights_and_shapes_that_nothing_shipped_has(terms, case):
    model, x = strange(case)
    model.eval()
    for weight, (reconstruction, penalty) in zip(
        slider(model, 3), terms(model, x, slider(model, 3)), strict=True
    ):
        drawn = torch.tensor([expected(model, x, weight, seed) for seed in range(DRAWS)])
        assert penalty == pytest.approx(drawn[0, 1].item(), rel=1e-4, abs=1e-6)
        # Its random numbers are others: within the spread, which is 0 where there are none.
        middle, spread = drawn[:, 0].mean().item(), drawn[:, 0].std().item()
        assert abs(reconstruction - middle) <= 4 * spread + 1e-4 * middle
