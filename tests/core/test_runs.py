"""A run's folder: the weights of `fit`, whatever stops it; what is asked of it; what it refuses."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
import torch

from ae_core import InvalidConfig, InvalidInput, ModelFileError, build, fit, load_dataset
from ae_core.runs import keeper
from ae_core.runs.execute import execute
from ae_core.runs.folder import find_run, list_runs
from ae_core.runs.limits import Limits
from ae_core.runs.making import create_runs, delete_run
from ae_core.scoring import plain_codec, score
from ae_core.store import load_model
from tests.core.hands import CONFIG, RECIPE, SPEC, Hand, made, same, terms, weights


@pytest.mark.usefixtures("root")
def test_runs_side_by_side_are_what_fit_gives(variant: str) -> None:
    pair = {"weight": (0.1, 0.9)} if variant != "undercomplete" else {}
    knob = {"sparse": "lambda_", "contractive": "lambda_", "denoising": "noise_std",
            "variational": "beta"}.get(variant)  # fmt: skip
    ranged = {knob: pair["weight"]} if knob else {}
    both = [
        dataclasses.replace(SPEC, variant=variant, config={**CONFIG, **more}, group="g",
                            side_by_side=True)
        for more in ({}, ranged)
    ]  # fmt: skip
    runs = create_runs(both)
    execute(runs)
    data = load_dataset("rings")
    for run, spec in zip(runs, both, strict=True):
        model = build(variant, (2,), seed=5, **spec.config)
        records = list(fit(model, data, **RECIPE, device="cpu"))
        status = run.status()
        assert (status.state, status.epoch, status.reason) == ("finished", 3, "")
        assert same(weights(run), model.state_dict())
        assert terms(run) == [
            (r.epoch, r.epoch * status.steps_per_epoch, r.train, r.valid) for r in records
        ]
        assert run.snapshots() == [1, 2, 3]
        assert status.figures == pytest.approx(score(plain_codec(model), data))
        assert load_model(run.model_file).recipe["run"] == run.id


@pytest.mark.usefixtures("root")
def test_a_run_that_dies_at_any_batch_goes_on_to_the_same_weights() -> None:
    whole = Hand(made()).end()
    for deaths in ([1], [15, 16], [17, 33, 47], [31, 32, 48]):
        run = made()
        for step in deaths:
            Hand(run).to(step).kill()
            assert run.status().state == "interrupted"
            assert "go on" in run.status().reason
            assert len(run.history()) == step // 16
        assert same(weights(Hand(run).end()), weights(whole))
        assert terms(run) == terms(whole)


@pytest.mark.usefixtures("root")
def test_what_is_torn_or_damaged_is_mended_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "SAVE_EVERY", 0.0)
    whole, run = Hand(made()).end(), made()
    Hand(run).to(40).kill()
    history, states = run.path / "history.jsonl", run.path / "states"
    assert run.states() == [1, 2]
    history.write_bytes(history.read_bytes()[:-20])
    assert len(run.history()) == 1
    (run.path / "changes.jsonl").write_bytes(b'{"id": "x", "st')
    assert run.changes() == []
    for path in sorted(states.iterdir())[1:]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (run.path / "commands" / "1.json").write_text("not a wish")
    assert same(weights(Hand(run).end()), weights(whole))
    assert terms(run) == terms(whole)


def test_reading_writes_nothing(root: Path) -> None:
    hand = Hand(made()).to(20).asked("change", field="beta", value=2.0).to(24)
    hand.runner.stand()
    hand.runner.keeper.pen.close()
    before = digest(root)
    for run in list_runs():
        status, live = run.status(), run.live()
        assert (status.state, run.spec().variant) == ("paused", "variational")
        assert live is not None
        run.history(), run.changes(), run.snapshot(1), run.states(), run.position()
        assert find_run(run.id) == run
    assert digest(root) == before
    hand.lock.release()


def digest(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(p): (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest())
        for p in folder.rglob("*")
        if p.is_file()
    }


@pytest.mark.usefixtures("root")
def test_snapshots_are_what_the_model_made_of_the_probe_then() -> None:
    run, data = Hand(made()).end(), load_dataset("rings")
    model = build("variational", (2,), seed=5, **CONFIG)
    for record in fit(model, data, **RECIPE, device="cpu"):
        snapshot, probe = run.snapshot(record.epoch), data.valid[:400]
        assert torch.equal(snapshot.codes, model.encode(probe).detach())
        assert torch.equal(snapshot.reconstructions, model.reconstruct(probe).detach())
        error = (probe - snapshot.reconstructions).square().flatten(1).sum(1).mean()
        assert snapshot.error == pytest.approx(float(error))
        assert run.history()[record.epoch - 1].error == snapshot.error
    with pytest.raises(ModelFileError, match="cannot be read"):
        run.snapshot(4)
    path = run.path / "snapshots" / "0001.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ModelFileError, match="truncated"):
        run.snapshot(1)


@pytest.mark.usefixtures("root")
def test_one_failed_run_does_not_touch_the_others() -> None:
    wild = dataclasses.replace(SPEC, config={"hidden_sizes": (64, 64)},
                               recipe={**RECIPE, "learning_rate": 10.0})  # fmt: skip
    bad, good, lost = create_runs([wild, SPEC, dataclasses.replace(SPEC, recipe={"epochs": 1})])
    (lost.path / "recipe.json").write_text(json.dumps({"variant": "sparse", "data": "nothing"}))
    execute([bad, good, lost])
    assert (bad.status().state, good.status().state) == ("failed", "finished")
    assert "became" in bad.status().reason
    assert "lower the learning rate" in bad.status().reason
    assert (lost.status().state, lost.status().reason[:16]) == ("failed", "unknown data set")
    assert not bad.model_file.exists()


def test_limits_refuse_with_the_number_and_what_to_do(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(epochs=3, parameters=110, waiting_per_visitor=2, minutes=1e-9)
    for changes, words in (
        ({"recipe": {"epochs": 4}}, r"4 epochs .* 3 are allowed \(AE_MAX_EPOCHS\)"),
        ({"config": {"hidden_sizes": (200, 200)}}, r"weights are too many.*AE_MAX_PARAMETERS"),
        ({"variant": "gan"}, "unknown variant"),
        ({"data": "nothing"}, "unknown data set"),
        ({"recipe": {"epochs": 0}}, "epochs must be"),
        ({"side_by_side": True}, "set group"),
    ):
        with pytest.raises((InvalidConfig, KeyError, OSError), match=words):
            create_runs([dataclasses.replace(SPEC, **changes)], limits)
    assert not root.exists()
    runs = create_runs([SPEC, SPEC], limits)
    with pytest.raises(InvalidConfig, match="AE_MAX_WAITING_PER_VISITOR"):
        create_runs([SPEC], limits)
    create_runs([dataclasses.replace(SPEC, owner="another")], limits)
    execute(runs[:1], limits)
    assert runs[0].status().state == "failed"
    assert "AE_MAX_MINUTES" in runs[0].status().reason
    assert runs[0].history() == []
    (runs[0].path / "recipe.json").write_text("{")
    (runs[1].path / "status.json").write_text('{"state": "dancing"}')
    create_runs([SPEC], limits)  # damaged runs are in nobody's way
    with pytest.raises(InvalidConfig, match="AE_MAX_DISK_MB"):
        create_runs([SPEC], Limits(disk_mb=0.001))
    monkeypatch.setenv("AE_MAX_EPOCHS", "7")
    monkeypatch.setenv("AE_MAX_MINUTES", "0.5")
    assert (Limits.from_environment().epochs, Limits.from_environment().minutes) == (7, 0.5)
    for name, value in (("AE_MAX_RUNS", "many"), ("AE_MAX_RUNS", "0"), ("AE_MAX_MINUTES", "nan")):
        with pytest.raises(InvalidConfig, match=f"{name} must be"):
            Limits.from_environment({name: value})


@pytest.mark.usefixtures("root")
def test_names_are_ids_never_paths() -> None:
    run = made()
    for name in (f"../runs/{run.id}", f"{run.id}/..", "", ".", "x" * 300, run.id + "\0"):
        with pytest.raises(InvalidInput, match="no such run"):
            find_run(name)
    hand = Hand(run)
    with pytest.raises(InvalidInput, match="being trained"):
        delete_run(run)
    hand.kill()
    delete_run(run)
    assert list_runs() == []
