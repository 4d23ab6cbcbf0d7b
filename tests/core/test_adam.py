"""Our Adam takes torch.optim.Adam's steps, whatever lies in memory how."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ae_core import fit, load_model, save_model
from ae_core.adam import Adam


def goal(a, b):
    """Its gradient in a comes out transposed, as a tied weight's does."""
    return (a.t() @ a @ b - 1).square().sum()


def start():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(*shape, generator=generator).requires_grad_() for shape in ((3, 3), (3, 5))]


@pytest.mark.parametrize("beta2", [0.999, 0.9])
def test_ten_steps_are_those_of_torch(beta2):
    mine, theirs = start(), start()
    adam = Adam({"a": mine[0], "b": mine[1]}, beta2)
    reference = torch.optim.Adam(theirs, lr=0.1, betas=(0.9, beta2))
    for _ in range(10):
        adam.descend(goal(*mine), 0.1)
        reference.zero_grad()
        goal(*theirs).backward()
        reference.step()
    for own, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)


def test_moments_go_on_where_they_were_written():
    mine, other = start(), start()
    first, second = (Adam({"a": a, "b": b}) for a, b in (mine, other))
    first.descend(goal(*mine), 0.1)
    with torch.no_grad():
        for own, value in zip(other, mine, strict=True):
            own.copy_(value)
    second.load(first.moments())
    first.descend(goal(*mine), 0.1)
    second.descend(goal(*other), 0.1)
    assert all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))


def test_a_silent_parameter_waits_until_its_first_gradient():
    """Ramps have no gradient at the low end: b is used in steps 3 and 4 alone."""
    mine, theirs = start(), start()
    goals = [lambda a, b: (a - 1).square().sum(), goal]
    order = [0, 0, 1, 1, 0]
    adam = Adam(dict(zip("ab", mine, strict=True)))
    reference = torch.optim.Adam(theirs, lr=0.1)
    for step, which in enumerate(order):
        adam.descend(goals[which](*mine), 0.1)
        (goals[which](*theirs) + 0 * theirs[1].sum()).backward()
        reference.step()
        reference.zero_grad()
        assert torch.equal(mine[1], start()[1]) == (step < 2)
        if step in (1, 3):  # taken up again before and after it was heard
            adam.load(adam.moments())
    for own, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)


def test_steps_do_not_depend_on_how_weights_lie_in_memory():
    flat, turned = start(), start()
    for p in turned:
        p.data = p.data.t().contiguous().t()
    for weights in (flat, turned):
        adam = Adam(dict(zip("ab", weights, strict=True)))
        for _ in range(3):
            adam.descend(goal(*weights), 0.1)
    for own, other in zip(turned, flat, strict=True):
        assert not own.is_contiguous()
        torch.testing.assert_close(own, other)


def test_a_folded_tied_network_trains_as_any_other(small, digits, tmp_path):
    """Its decoder's weights were views of the encoder's, transposed."""
    plain = small("sparse", lambda_=(0.1, 1.0), tied=True).at(0.3)
    assert all(p.is_contiguous() for p in plain.parameters())
    loaded = load_model(save_model(plain, tmp_path / "m.safetensors"))
    for model in (plain, loaded):
        list(fit(model, digits, epochs=1, batch_size=64, device="cpu"))
    assert all(
        torch.equal(a, b) for a, b in zip(plain.parameters(), loaded.parameters(), strict=True)
    )


def test_channels_last_is_no_other_training(small, digits):
    models = [small("undercomplete", architecture="conv") for _ in range(2)]
    models[1].to(memory_format=torch.channels_last)
    for model in models:
        list(fit(model, digits, epochs=1, batch_size=64, device="cpu"))
    for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


def test_training_imports_nothing_that_takes_seconds():
    """Several goals, or one: sympy, which autograd asks for other calls' sake, takes two."""
    code = (
        "import sys, ae_core\n"
        "data = ae_core.load_dataset('rings')\n"
        "for beta in (0.1, (0.1, 1.0)):\n"
        "    model = ae_core.build('variational', (2,), beta=beta, hidden_sizes=(4,))\n"
        "    list(ae_core.fit(model, data, epochs=1, batch_size=256))\n"
        "assert 'sympy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
