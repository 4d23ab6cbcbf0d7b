"""What is asked of a run while it trains: pause, step, play, change, cancel."""

import dataclasses
from typing import Any

import pytest
import torch

from ae_core import InvalidConfig, build, load_dataset
from ae_core.runs.commands import Command, changeable, post
from ae_core.runs.making import branch_runs
from ae_core.store import load_model
from tests.core.hands import CONFIG, RECIPE, SPEC, Hand, made, same, terms, weights


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
    # Where weights start, and what only images can be, is settled before the first step.
    assert changeable(dataclasses.replace(SPEC, variant="contractive")) == [
        "learning_rate", "lambda_",
    ]  # fmt: skip
    assert "bend" not in changeable(dataclasses.replace(SPEC, variant="denoising"))
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
