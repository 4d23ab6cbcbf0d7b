"""A sweep: one run per weight and seed, each a point; the one network's curve beside them."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ae_core import load_dataset, load_model
from ae_core.errors import AECoreError, InvalidConfig
from ae_core.runs.making import create_runs
from ae_core.runs.queue import enqueue
from ae_core.runs.spec import RunSpec
from app import services
from app.services.cache import forget_all
from app.services.race import statuses
from app.services.race_settings import MAX_JACOBIAN, RaceSettings
from tests.app.frames import unframed

SMALL = {"latent_dim": 2, "hidden_sizes": (16,), "output": "sigmoid"}


def settings(variant="variational", name="beta", weights=(0.01, 0.3, 3.0), seeds=2, **own):
    items = {**SMALL, **own}
    configs = tuple((variant, tuple(sorted({**items, name: w}.items()))) for w in weights)
    return RaceSettings("digits", configs, 2, 64, 0.003, 4, seeds, varied=name)


def swept(*args, **kwargs):
    return services.find_race(services.start_race(settings(*args, **kwargs), "somebody"))


@pytest.fixture
def finished(trained_here):
    return swept()


@pytest.mark.parametrize(
    ("ends", "count", "log", "expected"),
    [
        ((0.01, 1.0), 3, True, (0.01, 0.1, 1.0)),
        ((0.0, 1.0), 5, False, (0.0, 0.25, 0.5, 0.75, 1.0)),
        ((0.1234567, 2.0), 2, True, (0.1234567, 2.0)),
        ((0.5, 0.5), 4, True, (0.5,)),
        ((1.0, 1.001), 15, True, (1.0, 1.001)),
    ],
)
def test_weights_lie_at_equal_ratios_or_steps_each_once(ends, count, log, expected):
    assert services.sweep_weights(*ends, count, log=log) == expected


def test_every_weight_meets_every_seed_in_a_run_of_its_own(finished):
    assert (finished.varied, finished.seeds, len(finished.runs)) == ("beta", (4, 5), 6)
    pairs = [(services.weight_of(run), services.spec_of(run).seed) for run in finished.runs]
    assert pairs == [(w, s) for s in (4, 5) for w in (0.01, 0.3, 3.0)]  # the shape comes first
    for spec in finished.specs:
        assert not spec.side_by_side
        assert not spec.rewindable
        assert (spec.varied, spec.group, spec.owner) == ("beta", finished.id, "somebody")


def test_points_lie_where_valid_puts_them_and_the_test_split_stands_beside(finished):
    news = services.sweep_news(finished.id)
    assert json.loads(json.dumps(news, allow_nan=False)) == news
    assert news["state"] == "finished"
    for run, told in zip(finished.runs, news["runs"], strict=True):
        valid = run.history()[-1].record.valid
        assert told["place"] == [valid.penalty, valid.reconstruction]
        assert told["weighted"] == valid.weighted_penalty
        assert told["test"] == load_model(run.model_file).test_figures
        assert told["shot"] == told["epoch"] == 2
        assert services.film(run.id, told["shot"], told["shot"])
    rates = [told["place"][0] for told in news["runs"][:3]]
    assert rates == sorted(rates, reverse=True)  # more β, less rate


def test_a_class_that_looks_at_once_is_answered_once(finished, monkeypatch):
    monkeypatch.setattr("app.services.sweep.FRESH", 1e9)  # one moment for the whole test
    asked = []
    real = services.sweep_news
    monkeypatch.setattr("app.services.sweep.sweep_news", lambda n: asked.append(n) or real(n))
    first, *others = [services.shared_news(finished.id) for _ in range(5)]
    assert first == real(finished.id)
    assert all(other is first for other in others)
    assert asked == [finished.id]


def test_noise_levels_lie_across_by_themselves(trained_here):
    race = swept("denoising", "noise_std", (0.0, 0.5), seeds=1)
    assert services.is_noise(race)
    places = [told["place"] for told in services.sweep_news(race.id)["runs"]]
    assert [place[0] for place in places] == [0.0, 0.5]


def test_a_sweep_is_found_by_anybody_and_its_runs_alone_are_races(finished):
    forget_all()
    assert services.find_race(finished.id) == finished
    assert [race.id for race in services.recent_races()] == [finished.id]
    single = services.find_race(finished.runs[1].id)
    assert single.varied == ""
    assert services.race_news(single.id)["state"] == "finished"
    assert services.sweep_news(single.id) is None
    branch = services.find_race(services.branch_race(single, 1))
    assert branch.varied == ""


@pytest.mark.parametrize("name", ["", "000000000000", "../secret", "20200101-000000-0123456789"])
def test_what_is_no_sweep_has_no_news(finished, name):
    assert services.sweep_news(name) is None


def test_figures_come_by_weight_with_a_row_per_seed(finished):
    figures = services.sweep_figures(finished)
    assert list(figures) == [0.01, 0.3, 3.0]
    assert [len(row) for row in figures.values()] == [2, 2, 2]
    assert figures[0.3][0] == finished.runs[1].status().figures


def test_the_columns_are_a_row_per_run(finished):
    columns = services.sweep_columns(finished)
    assert len({len(values) for values in columns.values()}) == 1
    assert columns["run"] == [run.id for run in finished.runs]
    row = columns["run"].index(finished.runs[4].id)
    assert (columns["beta"][row], columns["seed"][row]) == (0.3, 5)
    valid = finished.runs[4].history()[-1].record.valid
    assert columns["valid_penalty"][row] == valid.penalty
    figures = finished.runs[4].status().figures
    assert columns["test_squared_error_per_image"][row] == figures["squared_error_per_image"]


def test_who_diverges_is_told_and_the_others_stand(trained_here):
    race = services.find_race(
        services.start_race(replace(settings(seeds=1), learning_rate=10.0), "somebody")
    )
    news = services.sweep_news(race.id)
    failed = [told for told in news["runs"] if told["state"] == "failed"]
    assert failed
    assert all("learning rate" in told["reason"] for told in failed)
    assert len(services.sweep_figures(race)) == 3 - len(failed)


def test_a_waiting_sweep_tells_its_place_and_is_cancelled_at_once(no_models):
    specs = [
        RunSpec("variational", "digits", {**SMALL, "beta": b}, {"epochs": 2}, group="0123456789ab",
                owner="somebody", varied="beta")
        for b in (0.1, 1.0, 2.0)
    ]  # fmt: skip
    enqueue(create_runs([replace(specs[0], group="", varied="", owner="another")]))
    enqueue(create_runs(specs))  # no worker is started: they wait
    race = services.find_race("0123456789ab")
    news = services.sweep_news(race.id)
    assert (news["state"], news["position"]) == ("queued", 2)
    assert [told["place"] for told in news["runs"]] == 3 * [None]
    assert [status.state for status in statuses(race)] == 3 * ["queued"]
    services.tell_race(race, "cancel")
    assert services.race_state(race) == "cancelled"
    assert services.race_over(race)
    assert services.sweep_news(race.id)["state"] == "cancelled"
    services.delete_race(race, "somebody")
    assert services.find_race(race.id) is None


def test_a_sweep_cancelled_on_the_way_is_cancelled(finished):
    path = finished.runs[5].path / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "cancelled"}))
    assert services.race_state(finished) == "cancelled"
    assert services.sweep_news(finished.id)["state"] == "cancelled"


def test_an_interrupted_run_goes_on_and_the_others_are_left_alone(finished):
    run = finished.runs[3]
    path = run.path / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "running"}))
    run.model_file.unlink()
    waits = finished.runs[4]
    path = waits.path / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "paused", "parked": False}))
    enqueue([waits])  # a worker was killed: nobody comes for this one either
    assert (
        services.race_state(finished) == services.sweep_news(finished.id)["state"] == "interrupted"
    )
    services.go_on(finished)
    services.tell_race(finished, "play", run=waits.id)
    assert services.race_state(finished) == "finished"
    assert run.model_file.is_file()


def test_the_curve_is_the_one_network_on_valid_at_the_sweeps_weights(make_models, trained_here):
    make_models("digits", 2)
    race = swept(weights=(0.05, 10.0), seeds=1)
    which = services.sweep_reference(race)
    assert which == services.ref("digits", "variational", 2)
    weights = services.reference_weights(race, which)
    assert (weights[0], weights[-1]) == (0.05, 3.0)  # its own range ends there
    name = services.curve_url(which, weights).rsplit("/", 1)[1].removesuffix(".bin")
    _, (found, penalties, reconstructions) = unframed(services.asset(name))
    assert np.allclose(found, weights)
    model = load_model(next((trained_here / "home" / "models").glob("*variational*"))).at(3.0)
    expected = services.terms(replace(which, weight=3.0), "valid")
    assert penalties[-1] == pytest.approx(expected.penalty)
    assert reconstructions[-1] == pytest.approx(expected.reconstruction)
    with torch.no_grad():
        objective = model.objective(load_dataset("digits").valid)
    assert penalties[-1] == pytest.approx(float(objective.penalty), rel=1e-5)


def test_a_network_of_another_objective_is_no_curve(make_models, trained_here):
    make_models("digits", 2)
    assert services.sweep_reference(swept(weights=(0.1, 1.0), seeds=1, latent_dim=3)) is None
    other = swept(weights=(0.1, 1.0), seeds=1, reconstruction="absolute")
    assert services.sweep_reference(other) is None
    kl = swept("sparse", "lambda_", (0.1, 1.0), seeds=1, penalty="kl")
    assert services.sweep_reference(kl) is None
    beyond = swept(weights=(5.0, 9.0), seeds=1)
    assert services.reference_weights(beyond, services.sweep_reference(beyond)) == ()


def test_the_range_starts_at_that_of_the_network_which_is_here(make_models):
    assert services.known_range("digits", "variational", "beta") == (1 / 30, 30.0)
    assert services.known_range("digits", "denoising", "mask_fraction") == (0.0, 1.0)
    make_models("digits", 2)
    assert services.known_range("digits", "variational", "beta") == (0.01, 3.0)
    assert services.recipe_start("digits", "", "variational")["hidden_sizes"] == (16,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": tuple(0.1 * i for i in range(1, 14)), "seeds": 5}, "65 runs at once"),
        ({"weights": (-1.0, 1.0)}, "beta"),
        ({"latent_dim": 2000}, "latent_dim must lie between 1 and 1024"),
    ],
)
def test_what_is_too_much_is_refused_before_anything_is_made(change, words, trained_here):
    with pytest.raises(InvalidConfig, match=words):
        services.start_race(settings(**change), "somebody")
    assert not services.recent_races()


def test_a_deep_contractive_encoder_keeps_a_small_code(trained_here):
    wide = settings("contractive", "lambda_", (0.1, 1.0), 1, latent_dim=MAX_JACOBIAN + 1)
    with pytest.raises(InvalidConfig, match="between 1 and 64"):
        services.check_race(wide)
    one_layer = tuple((v, tuple({**dict(c), "hidden_sizes": ()}.items())) for v, c in wide.configs)
    services.check_race(replace(wide, configs=one_layer))


def test_a_run_of_a_sweep_needs_its_weight():
    with pytest.raises(AECoreError, match="its own value of 'beta'"):
        create_runs([RunSpec("variational", "digits", {}, {}, group="a", varied="beta")])
