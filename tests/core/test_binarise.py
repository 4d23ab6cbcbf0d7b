"""Dynamic binarisation: every batch is a fresh draw of black and white from the grey values."""

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from ae_core import (
    InvalidConfig,
    InvalidInput,
    TrainingState,
    fit,
    load_state,
    save_model,
    save_state,
)
from ae_core.__main__ import main
from tests.core.spies import batches_of

RUN = {"epochs": 3, "batch_size": 100, "seed": 5, "device": "cpu", "binarise": True}


def test_batches_are_fresh_draws_with_the_grey_values_as_their_mean(small, digits, monkeypatch):
    one = digits.train[:1].expand(200, -1, -1, -1)  # the same image in every place of every batch
    model = small("variational", reconstruction="bernoulli")
    batches = batches_of(model, monkeypatch)
    list(fit(model, dataclasses.replace(digits, train=one), **{**RUN, "epochs": 50}))
    draws = torch.cat(batches[True])
    assert draws.shape == (50 * 200, 1, 8, 8)
    assert set(draws.unique().tolist()) == {0.0, 1.0}
    # 10,000 draws: the standard error of a mean is at most 0.005
    torch.testing.assert_close(draws.mean(0), one[0], rtol=0, atol=0.025)
    assert not torch.equal(draws[:200], draws[200:400])


def test_valid_is_one_and_the_same_draw_in_every_epoch(small, digits, monkeypatch):
    model = small("variational", reconstruction="bernoulli")
    batches = batches_of(model, monkeypatch)
    list(fit(model, digits, **RUN))
    first, *later = batches[False]
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert len(later) == 2
    assert all(torch.equal(first, x) for x in later)


def test_pixels_that_are_black_and_white_already_stay(small, digits):
    """A variant that draws nothing itself then trains to the same weights, bit for bit."""
    sharp = dataclasses.replace(digits, train=digits.train.round(), valid=digits.valid.round())
    models = [small("undercomplete") for _ in range(2)]
    for model, binarise in zip(models, (True, False), strict=True):
        list(fit(model, sharp, **{**RUN, "binarise": binarise}))
    one, other = (m.state_dict() for m in models)
    assert all(torch.equal(one[k], other[k]) for k in one)


def test_a_run_is_taken_up_again_with_the_same_draws(small, digits, tmp_path):
    whole = small("variational")
    list(fit(whole, digits, **RUN))
    model, state = small("variational"), TrainingState()
    next(iter(fit(model, digits, state=state, **RUN)))
    model, state = load_state(save_state(model, state, tmp_path / "run.safetensors"))
    assert state.recipe.binarise is True
    with pytest.raises(InvalidConfig, match="binarise must be True to go on with this run"):
        fit(model, digits, state=state, **{**RUN, "binarise": False})
    list(fit(model, digits, state=state, **RUN))
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), whole.parameters(), strict=True)
    )


def test_a_run_saved_before_there_was_binarise_is_still_read(small, digits, tmp_path, monkeypatch):
    model, state = small("undercomplete"), TrainingState()
    next(iter(fit(model, digits, state=state, **{**RUN, "binarise": False})))
    older = dataclasses.asdict(state.recipe)
    del older["binarise"]
    monkeypatch.setattr("ae_core.store.asdict", lambda _: older)
    _, state = load_state(save_state(model, state, tmp_path / "run.safetensors"))
    assert state.recipe.binarise is False


def test_values_outside_0_to_1_have_no_probability(small, digits):
    bright = dataclasses.replace(digits, train=digits.train * 2)
    with pytest.raises(InvalidConfig, match=r"binarise needs values in \[0, 1\]"):
        fit(small("undercomplete"), bright, **RUN)
    with pytest.raises(InvalidInput, match=r"values in \[0, 1\], data set 'digits'"):
        bright.binarised()
    with pytest.raises(InvalidConfig, match="binarise must be true or false, got 1"):
        fit(small("undercomplete"), digits, **{**RUN, "binarise": 1})


def test_a_data_set_drawn_once(digits):
    drawn, again, other = digits.binarised(), digits.binarised(), digits.binarised(seed=1)
    assert drawn.digest == again.digest != other.digest
    for split in ("train", "valid", "test"):
        x, grey = getattr(drawn, split), getattr(digits, split)
        assert set(x.unique().tolist()) == {0.0, 1.0}
        assert torch.equal(x[grey.round() == grey], grey[grey.round() == grey])
        assert float((x - grey).mean().abs()) < 0.02


def test_command_line(tmp_path, capsys):
    call = [
        "train", "variational", "--data", "digits", "--epochs", "1", "--reconstruction",
        "bernoulli", "--hidden-sizes", "8", "--json", "--out", str(tmp_path / "m.safetensors"),
    ]  # fmt: skip
    told = []
    for extra in ([], ["--no-binarise"], ["--binarise"]):
        assert main([*call, *extra]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert [t["recipe"]["binarise"] for t in told] == [False, False, True]
    assert told[0]["test"] == told[1]["test"]
    # With black and white pixels the cross-entropy is a likelihood: nothing bounds it but 0.
    floors = [t["test"]["cross_entropy_floor_nats_per_image"] for t in told]
    assert floors[0] > 10
    assert floors[2] == 0
    assert main(["evaluate", told[2]["file"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test"] == pytest.approx(told[2]["test"])


def test_a_sweep_scores_black_and_white_as_train_does(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ae_core.cli.sweep.executor", lambda *_: ThreadPoolExecutor(1))
    setup = [
        "variational", "--data", "digits", "--epochs", "1", "--hidden-sizes", "8", "--json",
        "--device", "cpu",
    ]  # fmt: skip
    out = tmp_path / "m.safetensors"
    assert main(["train", *setup, "--binarise", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["sweep", *setup, "--grid", "binarise=true,false"]) == 0
    sharp, grey = json.loads(capsys.readouterr().out)["points"]
    for name, value in told["test"].items():
        assert sharp["test"][name]["median"] == pytest.approx(value, rel=1e-5), name
    assert sharp["pca"]["test"] == pytest.approx(told["pca_test"])
    assert grey["pca"]["test"]["psnr_db"] > sharp["pca"]["test"]["psnr_db"] + 1


def test_the_map_of_a_binarised_model_is_judged_on_what_it_was_trained_on(
    digits, small, tmp_path, capsys, monkeypatch
):
    judged = []
    monkeypatch.setattr(
        "ae_core.cli.evaluate.trustworthiness", lambda x, z, k: judged.append(x) or 1.0
    )
    monkeypatch.setattr("ae_core.cli.evaluate.continuity", lambda x, z, k: 1.0)
    model, state = small("variational"), TrainingState()
    list(fit(model, digits, state=state, **{**RUN, "epochs": 1}))
    path = save_model(model, tmp_path / "m.safetensors", dataset=digits, state=state)
    assert main(["evaluate", str(path), "--trustworthiness", "30", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pca_test"]["trustworthiness_10"] == 1
    assert [set(x.unique().tolist()) for x in judged] == [{0.0, 1.0}] * 2
