"""The terms of the objective, in the browser and in PyTorch."""

import pytest
import torch

from ae_core import build
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
    for weight, found in zip(slider(model, 3), terms(model, x, slider(model, 3)), strict=True):
        drawn = torch.tensor([expected(model, x, weight, seed) for seed in range(DRAWS)])
        # Its random numbers are others: within the spread, which is 0 where there are none.
        middle, spread = drawn.mean(0), drawn.std(0)
        assert ((torch.tensor(found) - middle).abs() <= 4 * spread + 1e-4 * middle + 1e-6).all()


@pytest.mark.parametrize("own", [("denoising", {"noise_std": 0.0}), ("sparse", {})])
def test_what_a_network_that_changes_nothing_is_charged_for_bent_images(terms, own):
    """Its error is how far bending moves pixels; without bending it would be 0."""
    variant, settings = own
    model = build(variant, (2, 5, 3), linear=True, latent_dim=30, bend=3.0, **settings)
    with torch.no_grad():
        for layer in (*model.encoder.layers, *model.decoder.layers):
            layer.weight.copy_(torch.eye(30))
    x = torch.rand(67, 2, 5, 3, generator=torch.Generator().manual_seed(2))
    ((reconstruction, _),) = terms(model, x, [None])
    drawn = torch.tensor([expected(model, x, None, seed)[0] for seed in range(DRAWS)])
    assert abs(reconstruction - drawn.mean().item()) <= 4 * drawn.std().item()
    assert reconstruction > 0.5 * drawn.mean().item()
