"""A pull between neighbours: what it is, that it fades, and that nothing else changes."""

from itertools import pairwise

import pytest
import torch

from ae_core import InvalidConfig, fit, load_model
from ae_core import neighbours as module
from ae_core.__main__ import main
from ae_core.metrics import continuity
from ae_core.neighbours import SCALE, apart, drawn_partners
from ae_core.records import Recipe
from tests.core.taken_up import check_same_weights_when_taken_up

RUN = {"epochs": 4, "batch_size": 50, "seed": 4, "device": "cpu", "neighbours": 20.0}


@pytest.fixture(autouse=True)
def near(monkeypatch):
    monkeypatch.setattr(module, "REACH", 1 / 20)  # ten of 200


def test_partners_are_among_the_nearest_and_small_neighbourhoods_count_more(digits):
    x = digits.train
    partners = drawn_partners(x, seed=1).long()
    assert partners.shape == (200, module.PARTNERS)
    far = torch.cdist(x.flatten(1), x.flatten(1)).fill_diagonal_(torch.inf)
    rank = far.argsort(1).argsort(1).gather(1, partners)
    assert (partners != torch.arange(200)[:, None]).all()
    assert rank.max() < 13  # of 64 pixels 50 components hold nearly all
    counts = rank.flatten().bincount(minlength=10)
    assert counts[0] > 2 * counts[5] > 4 * counts[9] > 0
    assert torch.equal(partners, drawn_partners(x, seed=1).long())
    assert not torch.equal(partners, drawn_partners(x, seed=2).long())


@pytest.mark.parametrize("d", [3, module.SMALL + 1])
def test_the_pull_is_the_share_of_ones_own_partner(d, seeded):
    z, near = torch.randn(2, 5, d, generator=seeded(0), dtype=torch.float64)
    q = 1 / (1 + ((z[:, None] - near[None]) ** 2).sum(-1) / SCALE)
    torch.testing.assert_close(apart(z, near), -(q.diagonal() / q.sum(1)).log())
    assert apart(z, z).mean() < apart(z, near).mean()
    z.requires_grad_()
    apart(z, z.detach()).sum().backward()  # at distance 0 too
    assert torch.isfinite(z.grad).all()


def test_it_falls_evenly_to_nothing():
    recipe = Recipe(neighbours=20.0)
    weights = [recipe.pull(step, 10) for step in range(11)]
    assert weights[0] == 20
    assert weights[10] == 0
    assert all(a - b == pytest.approx(2) for a, b in pairwise(weights))
    assert Recipe().pull(0, 10) == 0


def test_neighbours_stay_together_and_the_objective_is_told_alone(small, digits):
    pulled, bare = (small("undercomplete", latent_dim=2, hidden_sizes=(32, 16)) for _ in range(2))
    settings = {**RUN, "epochs": 40, "learning_rate": 5e-3}
    *_, told = fit(pulled, digits, **settings)
    *_, alone = fit(bare, digits, **{**settings, "neighbours": 0.0})
    with torch.no_grad():
        kept, other = (continuity(digits.train, m.encode(digits.train), 10) for m in (pulled, bare))
        error = pulled.objective(digits.valid).total
    assert kept > other + 0.01
    assert told.valid.total == pytest.approx(float(error))
    assert told.valid.total < 1.2 * alone.valid.total


def test_what_is_told_of_training_is_the_objective_too(small, digits):
    """At a rate at which nothing moves the two runs differ in what they minimise alone."""
    still = {**RUN, "epochs": 1, "learning_rate": 1e-12}
    (pulled,), (bare,) = (
        fit(small("undercomplete", latent_dim=2), digits, **{**still, "neighbours": weight})
        for weight in (20.0, 0.0)
    )
    assert pulled.train.total == pytest.approx(bare.train.total, rel=1e-5)


def test_every_variant_can_be_pulled(variant, small, digits):
    first, again, bare = (small(variant, latent_dim=2) for _ in range(3))
    for model in (first, again):
        *_, record = fit(model, digits, **RUN)
        assert record.train.total > 0
    list(fit(bare, digits, **{**RUN, "neighbours": 0.0}))
    assert torch.equal(first.encode(digits.test), again.encode(digits.test))
    assert not torch.equal(first.encode(digits.test), bare.encode(digits.test))


def test_a_run_resumes_to_the_same_weights(small, digits, tmp_path):
    recipe = check_same_weights_when_taken_up(
        lambda: small("undercomplete", latent_dim=2), digits, RUN, tmp_path
    )
    assert recipe.neighbours == 20


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "2", True])
def test_other_weights_are_refused(value):
    with pytest.raises(InvalidConfig, match="neighbours must be a weight, 0 to 1e"):
        Recipe(neighbours=value)


def test_a_network_for_a_range_of_weights_is_refused(small, digits):
    model = small("variational", beta=(0.1, 1.0))
    with pytest.raises(InvalidConfig, match=r"codes of one weight, this variational.* range"):
        fit(model, digits, **RUN)


def test_the_command_line_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "map.safetensors"
    given = "train undercomplete --data digits --latent-dim 2 --neighbours 3 --epochs 1"
    assert main([*given.split(), "--hidden-sizes", "8", "--out", str(out)]) == 0
    assert load_model(out).recipe["neighbours"] == 3


def test_at_weight_zero_all_variants_have_the_same_partners(small, digits, variant, knob):
    """Partners have a stream of their own: a variant that draws noise has no other ones."""
    weights = []
    for name in ("undercomplete", variant):
        settings = {} if name == "undercomplete" else knob(name, 0.0)
        model = small(name, **settings)
        list(fit(model, digits, **RUN))
        weights.append(model.encoder.layers[0].weight.detach().clone())
    assert torch.equal(*weights)
