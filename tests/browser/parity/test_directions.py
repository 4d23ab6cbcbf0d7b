"""Singular directions of ∂f/∂x, in the browser and in PyTorch."""

import pytest
import torch

from ae_core import build
from ae_core.binary import as_binary
from ae_core.geometry import jacobian, singular_directions
from tests.browser.parity.models import STRANGE, slider, strange

pytestmark = pytest.mark.browser


@pytest.fixture
def directions(pages, desk):
    """directions(model, x, weights) -> (values (k,), inputs (k, D)) at every weight."""

    def ask(model, x, weights):
        desk.files |= {"d.bin": as_binary(model), "d.x": x.numpy().astype("<f4").tobytes()}
        found = pages[False].evaluate("weights => directions('d', weights)", weights)
        return [
            (torch.tensor(values).float(), torch.tensor(inputs).float()) for values, inputs in found
        ]

    return ask


def check(found, codec, x):
    """The same values, and the same directions wherever a value stands alone."""
    values, inputs = found
    core = singular_directions(jacobian(codec.encode, x[None]).double())
    expected, lines = core.values[0], core.inputs[0]
    count = min(codec.latent_dim, x.numel())
    assert values.shape == (count,)
    largest = float(expected[0])
    torch.testing.assert_close(values.double(), expected, rtol=1e-3, atol=1e-3 * largest)
    lengths = inputs.norm(dim=1)[values > 0]  # what moves nothing has no direction
    torch.testing.assert_close(lengths, torch.ones_like(lengths), rtol=1e-4, atol=1e-4)
    for k in range(count):
        others = torch.cat([expected[:k], expected[k + 1 :]])
        alone = not len(others) or float((others - expected[k]).abs().min()) > 0.05 * largest
        if alone and float(expected[k]) > 0.05 * largest:
            assert abs(float(inputs[k].double() @ lines[k])) > 0.999
            assert float(inputs[k][inputs[k].abs().argmax()]) > 0


@pytest.mark.parametrize("case", list(STRANGE))
def test_of_random_weights_and_shapes_that_nothing_shipped_has(directions, case):
    model, x = strange(case)
    model.eval()
    weights = slider(model, 3)
    for weight, found in zip(weights, directions(model, x[0], weights), strict=True):
        check(found, model if weight is None else model.at(weight), x[0])


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_a_code_may_be_wider_than_its_input(directions, latent_dim):
    model = build("contractive", (2,), latent_dim=latent_dim, hidden_sizes=(9,), lambda_=0.1)
    x = torch.tensor([0.3, -0.7])
    (found,) = directions(model.eval(), x, [None])
    check(found, model, x)


def test_a_code_that_nothing_moves_has_no_direction(directions):
    model = build("undercomplete", (6,), latent_dim=3, hidden_sizes=(4,))
    with torch.no_grad():
        model.encoder.layers[0].weight.zero_()
    ((values, inputs),) = directions(model.eval(), torch.rand(6), [None])
    assert values.tolist() == [0, 0, 0]
    assert not inputs.any()
