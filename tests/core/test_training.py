"""The training loop: repeatable, honest about its terms, and harmless to the process around it."""

import dataclasses
import math

import pytest
import torch

from ae_core import DataSet, InvalidConfig, InvalidInput, TrainingState, fit
from ae_core.base import WARM_UP
from ae_core.records import EpochRecord, Recipe
from ae_core.run import EVALUATION_SEED, Run

QUICK = {"batch_size": 64, "device": "cpu"}


def train(model, data, **settings):
    return list(fit(model, data, **{"epochs": 2, **QUICK, **settings}))


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_same_seed_same_weights_other_seed_other_weights(variant, small, digits, knob):
    for weight in (0.3, (0.1, 0.9)):
        models = [small(variant, **knob(variant, weight)) for _ in range(3)]
        histories = [train(m, digits, seed=s) for m, s in zip(models, (5, 5, 6), strict=True)]
        assert same(models[0], models[1])
        assert [r.train for r in histories[0]] == [r.train for r in histories[1]]
        assert not same(models[0], models[2])


def test_the_rate_of_residual_layers_rises_first_and_of_no_others(small, digits):
    maps = {"architecture": "fully_conv", "hidden_sizes": (), "latent_dim": 32}
    recipe = Recipe(epochs=60, batch_size=100, learning_rate=1e-3)
    for residual, share in ((0, 1.0), (1, 1 / WARM_UP)):
        model = small("undercomplete", **maps, residual_layers=residual)
        run = Run(model, digits, recipe, torch.device("cpu"), None)
        next(run.batches())
        assert run.optimiser.rate == pytest.approx(1e-3 * share)
        assert [model.warmth(i) for i in (WARM_UP - 1, 10**6)] == [1.0, 1.0]
        assert model.warmth(WARM_UP // 2 - 1) == (0.5 if residual else 1.0)


def test_the_process_around_it_is_left_alone(variant, small, digits):
    """Global generator and thread count: the same before, between the epochs and after."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        torch.manual_seed(1)
        state = torch.get_rng_state()
        for _ in fit(small(variant), digits, epochs=2, pretrain_epochs=1, **QUICK):
            assert torch.equal(torch.get_rng_state(), state)
            assert torch.get_num_threads() == 2
        assert torch.equal(torch.get_rng_state(), state)
    finally:
        torch.set_num_threads(before)


def test_the_global_generator_has_no_say(variant, small, digits):
    models = [small(variant) for _ in range(2)]
    for seed, model in enumerate(models):
        torch.manual_seed(seed)
        train(model, digits)
    assert same(*models)


def test_all_work_runs_on_the_asked_threads(small, digits, monkeypatch):
    """Pre-training too: on other threads the same seed could give other bits."""
    seen = []
    original = type(small("undercomplete").encoder).forward

    def spy(self, *args):
        seen.append(torch.get_num_threads())
        return original(self, *args)

    monkeypatch.setattr(type(small("undercomplete").encoder), "forward", spy)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        train(small("undercomplete"), digits, pretrain_epochs=1)
        assert set(seen) == {1}
        seen.clear()
        train(small("undercomplete"), digits, threads=None)
        assert set(seen) == {2}
    finally:
        torch.set_num_threads(before)


def test_calling_fit_does_not_train_yet(small, digits):
    """A generator works when asked for its next record, not when it is made."""
    model, start = small("undercomplete"), small("undercomplete")
    fit(model, digits, epochs=1, pretrain_epochs=2, **QUICK)
    assert same(model, start)


def test_the_model_is_in_eval_whenever_the_caller_has_control(variant, small, digits, monkeypatch):
    model = small(variant).train()
    modes = []
    original = type(model).objective
    monkeypatch.setattr(
        type(model), "objective",
        lambda self, *a, **k: modes.append(self.training) or original(self, *a, **k),
    )  # fmt: skip
    for _ in fit(model, digits, epochs=2, **QUICK):
        assert not model.training
    assert modes == ([True] * 4 + [False]) * 2  # 200 images in 4 steps, one look at valid


def test_eval_after_an_interruption_too(small, digits, monkeypatch):
    model = small("undercomplete")
    monkeypatch.setattr(type(model), "objective", _interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(model, digits)
    assert not model.training
    assert torch.get_num_threads()


def _interrupt(*_, **__):
    raise KeyboardInterrupt


def test_records_tell_the_truth(variant, small, digits, seeded, knob):
    model = small(variant, **knob(variant, 0.4))
    records = train(model, digits, epochs=3)
    assert [r.epoch for r in records] == [1, 2, 3]
    assert [f.name for f in dataclasses.fields(EpochRecord)] == [
        "epoch", "train", "valid", "learning_rate", "seconds", "images_per_second", "best_epoch",
    ]  # fmt: skip
    for r in records:
        assert r.seconds > 0
        assert r.images_per_second == pytest.approx(len(digits.train) / r.seconds)
        assert r.train.total == r.train.reconstruction + r.train.weighted_penalty
        assert r.train.weighted_penalty == pytest.approx(model.config.weight * r.train.penalty)
        assert r.to_mapping()["valid"]["penalty"] == r.valid.penalty
    best = min(records, key=lambda r: r.valid.total)
    assert records[-1].best_epoch == best.epoch
    assert records[-1].train.reconstruction < records[0].train.reconstruction
    with torch.no_grad():  # valid is a mean over images, batch by batch, with one fixed noise
        noise = seeded(EVALUATION_SEED)
        objective = model.objective(digits.valid, noise)
    assert records[-1].valid.reconstruction == pytest.approx(objective.reconstruction.item())
    assert records[-1].valid.penalty == pytest.approx(objective.penalty.item())


def test_means_are_over_images_whatever_the_batches(small, digits):
    """200 images in batches of 64 leave a last batch of 8 that must not weigh as much."""
    model = small("undercomplete")
    records = train(model, digits, epochs=1, learning_rate=1e-30, schedule="constant")
    with torch.no_grad():
        expected = model.objective(digits.train).reconstruction.item()
    assert records[0].train.reconstruction == pytest.approx(expected, rel=1e-6)


def test_leaving_the_loop_keeps_what_was_learnt(variant, small, digits):
    model, whole = small(variant), small(variant)
    for record in fit(model, digits, epochs=5, **QUICK):
        if record.epoch == 2:
            break
    state = TrainingState()
    for record in fit(whole, digits, epochs=5, state=state, **QUICK):
        if record.epoch == 2:
            kept = {k: v.clone() for k, v in state.weights.items()}
    assert all(torch.equal(v, model.state_dict()[k]) for k, v in kept.items())
    assert not same(model, whole)


def test_early_stopping_puts_the_best_weights_back(small, digits):
    """A rate far too large makes valid worse after a while: stop, and return to the best."""
    model, state, weights = small("undercomplete"), TrainingState(), {}
    settings = {"epochs": 60, "patience": 2, "learning_rate": 0.3, "schedule": "constant"}
    records = []
    for record in fit(model, digits, state=state, **settings, **QUICK):
        records.append(record)
        weights[record.epoch] = {k: v.clone() for k, v in model.state_dict().items()}
    totals = [r.valid.total for r in records]
    best = totals.index(min(totals)) + 1
    assert len(records) == best + 2 < 60
    assert records[-1].best_epoch == best == state.best_epoch
    assert all(torch.equal(v, weights[best][k]) for k, v in model.state_dict().items())
    with torch.no_grad():
        assert model.objective(digits.valid).total.item() == pytest.approx(min(totals))


def test_without_patience_the_last_weights_stay(small, digits):
    model = small("undercomplete")
    records = train(model, digits, epochs=12, learning_rate=1.0, schedule="constant")
    assert records[-1].best_epoch < 12
    with torch.no_grad():
        own = model.objective(digits.valid).total.item()
    assert own == pytest.approx(records[-1].valid.total)


def test_the_cosine_starts_at_the_rate_and_ends_at_zero():
    recipe = Recipe(learning_rate=0.5)
    assert recipe.rate(0, 100) == 0.5
    assert recipe.rate(50, 100) == pytest.approx(0.25)
    assert recipe.rate(100, 100) == pytest.approx(0, abs=1e-15)
    rates = [recipe.rate(i, 100) for i in range(101)]
    assert rates == sorted(rates, reverse=True)
    constant = Recipe(learning_rate=0.5, schedule="constant")
    assert {constant.rate(i, 100) for i in range(101)} == {0.5}


def test_the_optimiser_uses_the_schedule(small, digits):
    records = train(small("undercomplete"), digits, epochs=2, learning_rate=0.01)
    expected = [0.005 * (1 + math.cos(math.pi * step / 8)) for step in (3, 7)]
    assert [r.learning_rate for r in records] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"epochs": 0}, "epochs"), ({"epochs": 2.5}, "epochs"), ({"epochs": True}, "epochs"),
        ({"batch_size": 0}, "batch_size"), ({"seed": -1}, "seed"), ({"seed": "a"}, "seed"),
        ({"seed": 2**64}, "seed"), ({"patience": 0}, "patience"), ({"patience": 1.0}, "patience"),
        ({"pretrain_epochs": -1}, "pretrain_epochs"), ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": math.nan}, "learning_rate"), ({"learning_rate": "x"}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"), ({"learning_rate": 11}, "learning_rate"),
        ({"schedule": "linear"}, "schedule"), ({"schedule": None}, "schedule"),
        ({"device": "gpu"}, "device"), ({"device": "cuda:99"}, "device"),
        ({"device": 1.5}, "device"), ({"device": "meta"}, "device"),
        ({"threads": 0}, "threads"), ({"threads": "1"}, "threads"),
    ],
    ids=str,
)  # fmt: skip
def test_bad_settings_fail_at_the_call(settings, part, small, digits):
    with pytest.raises(InvalidConfig, match=part):
        fit(small("undercomplete"), digits, **{**QUICK, **settings})


def test_data_of_another_shape_or_range_fails_at_the_call(small, digits):
    x = torch.rand(20, 1, 8, 9)
    with pytest.raises(InvalidInput, match=r"'wide'.*\(1, 8, 9\).*\(1, 8, 8\)"):
        fit(small("undercomplete"), DataSet("wide", "image", x, x, x))
    bad = dataclasses.replace(digits, test=digits.test * 1.01, name="bright")
    with pytest.raises(InvalidConfig, match=r"'bernoulli'.*\[0, 1\].*'bright'"):
        fit(small("undercomplete", reconstruction="bernoulli"), bad)
    double = dataclasses.replace(digits, train=digits.train.double())
    with pytest.raises(InvalidInput, match="float32"):
        fit(small("undercomplete"), double)
    for split in ("train", "valid"):
        with pytest.raises(InvalidInput, match=f"{split}.*empty"):
            fit(small("undercomplete"), dataclasses.replace(digits, **{split: digits.train[:0]}))


@pytest.mark.parametrize("variant", ["sparse", "variational"])  # which begins at the low end
def test_a_conditioned_step_descends_the_mean_fourth_root_over_its_weights(
    variant, digits, small, knob, seeded
):
    """The first step of Adam is the gradient divided by its own size."""
    model, twin = (small(variant, **knob(variant, (0.1, 10.0)), seed=2) for _ in range(2))
    recipe = Recipe(epochs=1, batch_size=64, seed=4, learning_rate=1e-3)
    run = Run(model, digits, recipe, torch.device("cpu"), None)
    next(run.batches())
    x = digits.train[torch.randperm(len(digits.train), generator=seeded(4))[:64]]
    noise = seeded(5)
    weights = twin.draw_weights(run.passes.steps, 4, noise)[0]
    weights = twin.low_end if twin.ramped else weights
    total = twin.objective(x, noise, weights).total
    gradients = torch.autograd.grad(
        total.pow(0.25).mean(), list(twin.parameters()), materialize_grads=True
    )
    for p, before, g in zip(model.parameters(), twin.parameters(), gradients, strict=True):
        torch.testing.assert_close(p, before - 1e-3 * g / (g.abs() + 1e-8), rtol=0, atol=2e-5)


def test_a_conditioned_network_trains_on_a_batch_that_no_number_divides(digits, small):
    for size in (67, 10_000):  # a prime, and more images than there are
        model = small("sparse", lambda_=(0.1, 10.0))
        (record,) = fit(model, digits, epochs=1, batch_size=size, device="cpu")
        assert math.isfinite(record.train.total)
