"""A race gives the numbers of a plain `fit`, shares the machine, and writes only whole models."""

import contextlib
import io
import os
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from ae_core import VARIANTS, build, fit, load_dataset, load_model
from ae_core.errors import AECoreError, InvalidConfig
from app import services
from app.services import race as race_module
from app.services.race import LANES, start_race
from app.services.race_settings import MAX_EPOCHS, MAX_LATENT, RaceSettings, check_race

SMALL = {"latent_dim": 2, "hidden_sizes": (16,), "output": "sigmoid"}


def settings(*variants, data="digits", epochs=3, rate=0.003, own=None, **shared):
    configs = {v: {**SMALL, **shared, **(own or {}).get(v, {})} for v in variants or VARIANTS}
    return RaceSettings(
        data, tuple((v, tuple(sorted(c.items()))) for v, c in configs.items()), ("pca",),
        epochs, 64, rate, 7,
    )  # fmt: skip


def run(race, seconds=60.0):
    """Turns until the race stands still."""
    end = time.monotonic() + seconds
    while race.playing:
        race.advance()
        assert time.monotonic() < end
    return race


@pytest.fixture(scope="module")
def finished():
    race = start_race(settings("undercomplete", "denoising", "variational"))
    race.play()
    return run(race)


@pytest.mark.parametrize("variant", ["denoising", "variational"])
def test_a_runner_is_a_plain_fit_bit_for_bit(finished, variant):
    data = load_dataset("digits")
    model = build(variant, data.sample_shape, seed=7, **SMALL)
    recipe = {"epochs": 3, "batch_size": 64, "learning_rate": 0.003, "seed": 7, "device": "cpu"}
    records = list(fit(model, data, **recipe))
    runner = finished.runners[variant]
    assert [lap.record.train for lap in runner.laps] == [r.train for r in records]
    assert [lap.record.valid for lap in runner.laps] == [r.valid for r in records]
    theirs = runner.model.state_dict()
    for name, mine in model.state_dict().items():
        assert torch.equal(mine, theirs[name])


def test_laps_show_the_model_as_it_was_then(finished):
    laps = finished.runners["undercomplete"].laps
    x = load_dataset("digits").valid[: len(finished.probe)]
    with torch.no_grad():
        now = finished.runners["undercomplete"].model.reconstruct(x)
    last, first = laps[-1].sight, laps[0].sight
    assert last.error == pytest.approx(float((now - x).square().flatten(1).sum(1).mean()), rel=1e-5)
    assert np.allclose(last.reconstructions, now[: len(last.reconstructions)], atol=1e-6)
    assert first.error > last.error
    assert not np.allclose(first.codes, last.codes)


def test_without_weights_all_variants_are_one_curve():
    own = {v: services.without_weight(v) for v in VARIANTS}
    race = start_race(settings(own=own, epochs=2))
    assert {r.model.config.weight for r in race.runners.values()} == {0.0}
    race.play()
    assert run(race).difference() == 0.0


def test_with_weights_the_difference_is_the_largest_of_all(finished):
    laps = [r.laps for r in finished.runners.values()]
    valid = [[lap.record.valid.total for lap in own] for own in laps]
    spread = max(max(v) - min(v) for v in zip(*valid, strict=True))
    assert finished.difference() >= spread > 0


def test_one_step_is_one_epoch_for_everybody():
    race = start_race(settings("undercomplete", "sparse", epochs=5))
    for epoch in (1, 2):
        race.step()
        run(race)
        assert [len(r.laps) for r in race.runners.values()] == [epoch, epoch]
        assert not race.finished
    race.advance()
    assert race.epoch == 2


def test_a_pause_stops_and_going_on_changes_nothing():
    race = start_race(settings("undercomplete", "variational", epochs=4))
    race.step()
    run(race)
    race.play()
    race.advance(0.001)
    race.pause()
    time.sleep(0.3)  # a lap under way comes to its end
    still = race.epoch
    race.advance()
    assert race.epoch == still < 4
    race.play()
    run(race)
    whole = start_race(settings("undercomplete", "variational", epochs=4))
    whole.play()
    run(whole)
    for variant in race.runners:
        assert [lap.record.valid for lap in race.runners[variant].laps] == [
            lap.record.valid for lap in whole.runners[variant].laps
        ]


def test_a_race_that_nobody_asks_for_stops(monkeypatch):
    monkeypatch.setattr(race_module, "LINGER", 0.05)
    race = start_race(settings("undercomplete", epochs=MAX_EPOCHS))
    race.play()
    race.advance(0.05)
    time.sleep(0.5)
    count = len(race.runners["undercomplete"].laps)
    time.sleep(0.5)
    assert len(race.runners["undercomplete"].laps) == count < MAX_EPOCHS
    race.advance(0.5)
    assert len(race.runners["undercomplete"].laps) > count


def test_races_share_the_threads_and_the_one_that_waits_says_so():
    first, second = (start_race(settings("undercomplete", epochs=5)) for _ in range(2))
    gate = threading.Event()
    held = [LANES.submit(gate.wait, 30) for _ in range(LANES._max_workers)]
    try:
        first.play()
        start = time.monotonic()
        first.advance(race_module.PATIENCE + 0.2)
        assert time.monotonic() - start < race_module.PATIENCE + 2  # the page goes on
        assert first.waits
        assert first.epoch == 0
    finally:
        gate.set()
    assert all(job.result(10) for job in held)
    second.play()
    run(first)
    run(second)
    assert not first.waits
    assert first.epoch == second.epoch == 5


def test_what_diverges_stops_alone_and_says_why():
    race = start_race(settings("undercomplete", "variational", rate=1.0))
    race.play()
    run(race)
    assert "epoch 1" in race.runners["variational"].failure
    assert "learning rate" in race.runners["variational"].failure
    assert len(race.runners["undercomplete"].laps) == race.epoch == 3
    assert set(race.figures) == {"pca", "undercomplete"}
    with pytest.raises(InvalidConfig, match="variational"):
        race.file("variational")


def test_test_figures_are_those_of_a_plain_evaluation_with_pca_beside(finished):
    x = load_dataset("digits").test
    for name in finished.runners:
        with torch.no_grad():
            x_hat = finished.runners[name].model.reconstruct(x)
        mean = float((x_hat - x).square().flatten(1).sum(1).mean())
        assert finished.figures[name]["squared_error_per_image"] == pytest.approx(mean, rel=1e-5)
    which = services.ref("digits", "pca", 2)
    pca = services.figures_of(which)["squared_error_per_image"].value
    assert finished.figures["pca"]["squared_error_per_image"] == pytest.approx(pca, rel=1e-5)


def test_the_curves_are_all_numbers_of_all_runners(finished):
    columns = finished.curves()
    assert len({len(values) for values in columns.values()}) == 1
    row = list(zip(columns["codec"], columns["epoch"], strict=True)).index(("variational", 2))
    valid = finished.runners["variational"].laps[1].record.valid
    assert columns["valid_total"][row] == valid.total
    assert columns["valid_weighted_penalty"][row] == valid.weighted_penalty > 0


def test_the_snippet_prints_the_number_on_screen(finished):
    text = services.race_snippet(finished.settings, "denoising", 2)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "snippet", "exec"), {})
    assert float(printed.getvalue()) == finished.runners["denoising"].laps[1].record.valid.total


def test_a_kept_model_is_found_by_every_page(finished, no_models):
    assert services.code_sizes("digits") == ()
    name = finished.keep("variational")
    assert [p.name for p in (no_models / "home" / "models").iterdir()] == [name]
    model = load_model(no_models / "home" / "models" / name)
    assert model.test_figures == finished.figures["variational"]
    assert len(model.history) == 3
    which = services.ref("digits", "variational", 2)
    assert services.codec_info(which).digest in name


def test_of_two_kept_models_the_newer_is_shown(finished, no_models):
    other = start_race(settings("undercomplete", epochs=1))
    other.play()
    names = [finished.keep("undercomplete"), run(other).keep("undercomplete")]
    folder = no_models / "home" / "models"
    for later, name in enumerate((*names, names[0]), start=1):
        moment = time.time() + 60 * later
        os.utime(folder / name, (moment, moment))
        os.utime(folder, (moment, moment))  # as saving into it does
        shown = services.codec_info(services.ref("digits", "undercomplete", 2))
        assert shown.digest in name


def test_a_download_is_the_whole_file_and_leaves_nothing(finished, no_models, tmp_path):
    name, content = finished.file("denoising")
    assert not (no_models / "home").exists()
    path = tmp_path / name
    path.write_bytes(content)
    x = load_dataset("digits").test[:5]
    with torch.no_grad():
        again = load_model(path).reconstruct(x)
        assert torch.equal(again, finished.runners["denoising"].model.reconstruct(x))


def test_a_race_that_is_let_go_leaves_no_file(no_models):
    race = start_race(settings("undercomplete", epochs=50))
    race.play()
    race.advance(0.2)
    with pytest.raises(InvalidConfig, match="finish the race"):
        race.keep("undercomplete")
    race.pause()
    del race
    assert not (no_models / "home").exists()


def test_a_shared_machine_keeps_nothing(finished, no_models, monkeypatch):
    monkeypatch.setenv("BOTTLENECK_READ_ONLY", "1")
    with pytest.raises(InvalidConfig, match="BOTTLENECK_READ_ONLY"):
        finished.keep("undercomplete")
    assert not (no_models / "home").exists()


def test_a_full_folder_takes_no_more(finished, no_models, monkeypatch):
    monkeypatch.setattr(race_module, "MAX_KEPT", 1)
    finished.keep("undercomplete")
    with pytest.raises(InvalidConfig, match="at most 1"):
        finished.keep("denoising")
    assert len(list((no_models / "home" / "models").iterdir())) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs must lie between 1 and 200"),
        ({"epochs": MAX_EPOCHS + 1}, "got 201"),
        ({"rate": 11.0}, "learning_rate"),
        ({"latent_dim": MAX_LATENT + 1}, "latent_dim must lie between 1 and 64"),
        ({"hidden_sizes": (8192,) * 16}, "too large to train here"),
        ({"data": "moons", "architecture": "conv"}, "conv"),
        ({"data": "shapes", "architecture": "conv", "hidden_sizes": (256, 256)}, "too long"),
        ({"data": "moons", "output": "linear", "reconstruction": "bernoulli"}, "bernoulli"),
        ({"own": {"variational": {"beta": -1.0}}}, "beta"),
    ],
)
def test_what_is_too_much_is_refused_before_anything_is_built(change, words, monkeypatch):
    def built(*_, **__):
        raise AssertionError("built before it was checked")

    monkeypatch.setattr(race_module, "build", built)
    with pytest.raises(AECoreError, match=words):
        start_race(settings(**change))


def test_batches_have_their_limits_too():
    for size in (1, 100_000):
        with pytest.raises(InvalidConfig, match="batch_size"):
            check_race(replace(settings(), batch_size=size))


def test_a_race_needs_a_runner():
    with pytest.raises(InvalidConfig, match="at least one codec"):
        start_race(replace(settings(), configs=()))


@pytest.mark.parametrize(
    "data", ["digits", "shapes", "patches", "rings", "moons", "spiral", "s_curve", "cbf"]
)
def test_the_suggestion_is_a_race_that_starts(data):
    start = services.suggestion(data)
    shared = {k: v for k, v in start.items() if k in ("latent_dim", "hidden_sizes", "output")}
    configs = tuple((v, tuple(shared.items())) for v in VARIANTS)
    made = RaceSettings(
        data, configs, ("pca",), start["epochs"], start["batch_size"], start["learning_rate"], 0
    )
    check_race(made)
    pixels = int(np.prod(services.data_info(data).sample_shape))
    assert start["latent_dim"] < pixels
