"""A run's folder: the weights of `fit`, whatever stops it; what is asked of it; what it refuses."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ae_core import InvalidConfig, InvalidInput, ModelFileError, build, fit, load_dataset
from ae_core.runs import keeper
from ae_core.runs.commands import Command, changeable, post
from ae_core.runs.execute import execute
from ae_core.runs.files import Lock
from ae_core.runs.folder import RunFolder, find_run, list_runs
from ae_core.runs.limits import Limits
from ae_core.runs.making import branch_runs, create_runs, delete_run
from ae_core.runs.runner import Runner
from ae_core.runs.spec import RunSpec
from ae_core.scoring import plain_codec, score
from ae_core.store import load_model

RECIPE = {"epochs": 3, "batch_size": 128, "seed": 5}  # 16 batches an epoch on the rings
CONFIG = {"hidden_sizes": (8,)}
SPEC = RunSpec("variational", "rings", CONFIG, RECIPE, rewindable=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


def made(spec: RunSpec = SPEC, **changes: Any) -> RunFolder:
    return create_runs([dataclasses.replace(spec, **changes)])[0]


class Hand:
    """A process that has a run in hand, and may be killed: its lock goes, nothing is said."""

    def __init__(self, run: RunFolder) -> None:
        lock = Lock.take(run.lock_file)
        assert lock is not None
        self.lock, self.runner = lock, Runner(run)

    def to(self, step: int) -> "Hand":
        while self.runner.step < step and not (self.runner.standing or self.runner.trained):
            self.runner.advance()
        return self

    def asked(self, *args: Any, **fields: Any) -> "Hand":
        post(self.runner.folder, Command(*args, **fields))
        self.runner.obey()
        return self

    def kill(self) -> RunFolder:
        self.runner.keeper.pen.close()
        self.lock.release()
        return self.runner.folder

    def end(self) -> RunFolder:
        self.to(10**9)
        assert self.runner.trained
        self.runner.finish({})
        return self.kill()


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = load_model(run.model_file).state_dict()
    return state


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def terms(run: RunFolder) -> list[Any]:
    return [(e.record.epoch, e.step, e.record.train, e.record.valid) for e in run.history()]


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


@pytest.mark.usefixtures("root")
def test_pause_step_and_play() -> None:
    whole, hand = Hand(made()).end(), Hand(made(start_paused=True))
    run = hand.runner.folder
    assert hand.to(9).runner.step == 0
    assert hand.asked("step", count=3).to(99).runner.step == 3
    assert hand.asked("step", unit="epoch").to(99).runner.step == 16
    assert hand.asked("step", unit="epoch", count=2).to(21).runner.step == 21
    assert hand.asked("pause").to(99).runner.step == 21
    hand.runner.stand()
    hand.kill()
    status = run.status()
    assert (status.state, status.step, status.goal) == ("interrupted", 21, 21)
    hand = Hand(run)  # taken up where its last state is, and still told to stand at 21
    assert hand.runner.step == 16
    assert hand.asked("step").to(99).runner.step == 22
    live = run.live()
    assert live is not None
    assert (live.epoch, live.step) == (1, 21)
    assert same(weights(hand.asked("play").end()), weights(whole))


@pytest.mark.usefixtures("root")
def test_changes_count_from_their_step_and_in_every_repetition() -> None:
    plain, hand = Hand(made()).end(), Hand(made())
    hand.to(7).asked("change", field="beta", value=0.05)
    hand.to(20).asked("change", field="learning_rate", value=0.0004)
    hand.to(30).asked("change", field="beta", value=0.0)
    changed = hand.end()
    assert [(c["step"], c["field"], c["value"]) for c in changed.changes()] == [
        (7, "beta", 0.05), (20, "learning_rate", 0.0004), (30, "beta", 0.0),
    ]  # fmt: skip
    assert not same(weights(changed), weights(plain))
    assert terms(changed)[0] != terms(plain)[0]
    model = load_model(changed.model_file)
    assert model.config.beta == 0.0
    assert [c["step"] for c in model.recipe["changes"]] == [7, 20, 30]
    # By hand: the same batches with these settings.
    by_hand = build("variational", (2,), seed=5, **CONFIG)
    assert same(replayed(by_hand), weights(changed))
    # Killed between the changes, and again while it catches up.
    run = made()
    Hand(run).to(7).asked("change", field="beta", value=0.05).to(15).kill()
    hand = Hand(run).to(3)
    hand.asked("change", field="learning_rate", value=0.0004)  # waits: this has been before
    assert [c["step"] for c in run.changes()] == [7]
    hand.to(20).runner.obey()
    hand.to(29).kill()
    Hand(run).to(30).asked("change", field="beta", value=0.0).kill()
    assert same(weights(Hand(run).end()), weights(changed))
    assert terms(run) == terms(changed)
    # Rewound and replayed, from every epoch.
    for epoch in range(4):
        (again,) = branch_runs([changed], epoch, f"rewound to {epoch}", replay=True)
        assert terms(again) == terms(changed)[:epoch]
        assert again.status().state == "paused"
        hand = Hand(again).to(99)
        assert (hand.runner.step, again.snapshots()) == (16 * epoch, list(range(1, epoch + 1)))
        assert same(weights(hand.asked("play").end()), weights(changed))
        assert terms(again) == terms(changed)
    (other,) = branch_runs([changed], 1, "without the later changes")
    assert [c["step"] for c in other.changes()] == [7]
    assert not same(weights(Hand(other).asked("play").end()), weights(changed))


def replayed(model: Any) -> dict[str, torch.Tensor]:
    """Three epochs with β and rate changed before their steps, by `Run` itself."""
    from ae_core.engine import engine
    from ae_core.records import Recipe
    from ae_core.run import Run

    run = Run(model, load_dataset("rings"), Recipe(**RECIPE), torch.device("cpu"), None)
    at = {7: {"beta": 0.05}, 30: {"beta": 0.0}}
    step = 0
    with engine(1):
        for _ in range(3):
            turns = run.batches()
            for _ in range(16):
                if step == 20:
                    run.pace = dataclasses.replace(run.pace, learning_rate=0.0004)
                settings: dict[str, Any] = at.get(step, {})
                model.config = dataclasses.replace(model.config, **settings)
                next(turns)
                step += 1
            next(turns)
    return dict(model.state_dict())


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("latent_dim", 3, "'latent_dim' cannot change while .*learning_rate, beta"),
        ("beta", -1.0, "beta must be at least 0"),
        ("beta", True, "one number"),
        ("learning_rate", 0.0, "learning_rate must be in"),
        ("learning_rate", float("nan"), "learning_rate must be in"),
        ("lambda_", 1.0, "'lambda_' cannot change"),
    ],
)
def test_wrong_changes_are_refused(field: str, value: float, words: str) -> None:
    run = made()
    with pytest.raises(InvalidConfig, match=words):
        post(run, Command("change", field=field, value=value))
    assert list((run.path / "commands").iterdir()) == []


def test_a_range_of_weights_cannot_change_while_it_trains() -> None:
    spec = dataclasses.replace(SPEC, config={"beta": [0.1, 1.0]})
    assert changeable(spec) == ["learning_rate"]
    assert changeable(dataclasses.replace(SPEC, variant="sparse")) == [
        "learning_rate", "lambda_", "rho",
    ]  # fmt: skip
    for fields in ({"action": "explode"}, {"action": "step", "unit": "year"},
                   {"action": "step", "count": 0}):  # fmt: skip
        with pytest.raises(InvalidConfig, match="must be"):
            Command(**fields)


@pytest.mark.usefixtures("root")
def test_cancel_ends_a_run_between_two_batches_for_good() -> None:
    hand = Hand(made()).to(20)
    run = hand.asked("cancel").kill()
    assert hand.runner.over
    assert (run.status().state, run.status().reason) == ("cancelled", "cancelled in epoch 2")
    assert not run.model_file.exists()
    assert len(run.history()) == 1


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
