"""A race gives the numbers of a plain `fit`, and is read from folders by anybody."""

import json

import numpy as np
import pytest
import torch

from ae_core import VARIANTS, build, fit, load_dataset, load_model
from ae_core.errors import AECoreError, InvalidConfig
from app import services
from app.services.cache import forget_all
from tests.app.frames import unframed
from tests.app.racing import SMALL, raced, same, weights


@pytest.mark.parametrize("place", [1, 2])
def test_a_run_is_a_plain_fit_bit_for_bit(finished, place):
    run, data = finished.runs[place], load_dataset("digits")
    model = build(services.spec_of(run).variant, data.sample_shape, seed=7, **SMALL)
    recipe = {"epochs": 3, "batch_size": 64, "learning_rate": 0.003, "seed": 7, "device": "cpu"}
    records = list(fit(model, data, **recipe))
    assert [entry.record.valid for entry in run.history()] == [r.valid for r in records]
    assert same(weights(run), model.state_dict())


def test_anybody_who_knows_its_id_finds_a_race(finished):
    forget_all()  # as after a restart
    found = services.find_race(finished.id)
    assert found == finished
    assert services.race_state(found) == "finished"
    assert found.variants == ("undercomplete", "denoising", "variational")
    single = services.find_race(finished.runs[1].id)
    assert [run.id for run in single.runs] == [finished.runs[1].id]
    assert [race.id for race in services.recent_races()] == [finished.id]


@pytest.mark.parametrize(
    "name", ["", "000000000000", "../secret", "20200101-000000-0123456789", "."]
)
def test_what_is_no_race_is_not_found(finished, name):
    assert services.find_race(name) is None
    assert services.race_news(name) is None
    assert services.film(name, 1, 3) is None
    assert services.live_film(name) is None


def test_a_deleted_run_leaves_the_others_and_a_deleted_race_is_gone(finished):
    (finished.runs[0].path / "recipe.json").unlink()
    assert services.find_race(finished.id).runs == finished.runs[1:]
    for run in finished.runs[1:]:
        (run.path / "recipe.json").unlink()
    assert services.find_race(finished.id) is None
    assert services.race_news(finished.id) is None


def test_news_are_what_a_browser_does_not_know_yet(finished):
    news = services.race_news(finished.id)
    assert json.loads(json.dumps(news, allow_nan=False)) == news
    assert news["state"] == "finished"
    last = finished.runs[2].history()[-1]
    row = news["runs"][2]["rows"][-1]
    assert row[0] == 3
    assert row[1:5] == [
        last.record.train.reconstruction, last.record.train.weighted_penalty,
        last.record.valid.reconstruction, last.record.valid.weighted_penalty,
    ]  # fmt: skip
    assert row[6] == last.error
    assert [one["shots"] for one in news["runs"]] == 3 * [[1, 2, 3]]
    later = services.race_news(finished.id, "2,3,nonsense")["runs"]
    assert [[row[0] for row in one["rows"]] for one in later] == [[3], [], [1, 2, 3]]
    assert [one["shots"] for one in later] == [[3], [], [1, 2, 3]]


def test_a_film_holds_what_the_model_made_of_the_probe(finished):
    run, x = finished.runs[0], load_dataset("digits").valid
    header, arrays = unframed(services.film(run.id, 2, 3))
    assert header["epochs"] == [2, 3]
    assert header["parts"] == ["codes", "reconstructions"]
    model = load_model(run.model_file)
    with torch.no_grad():
        codes, x_hat = model.encode(x).numpy(), model.reconstruct(x).numpy()
    assert np.allclose(arrays[2], codes, atol=1e-6)
    assert np.allclose(arrays[3], x_hat[:8], atol=1e-6)
    assert not np.allclose(arrays[0], arrays[2])
    assert header["errors"][1] == pytest.approx(
        float(((x_hat - x.numpy()) ** 2).sum() / len(x)), rel=1e-5
    )


def test_over_points_the_field_and_what_the_decoder_reaches_are_filmed(trained_here):
    race = raced("denoising", data="moons", epochs=1, latent_dim=1, output="linear")
    header, arrays = unframed(services.film(race.runs[0].id, 1, 1))
    assert header["parts"] == ["codes", "reconstructions", "field", "reach"]
    places = torch.tensor(services.field_places("moons"))
    model = load_model(race.runs[0].model_file)
    with torch.no_grad():
        field = model.reconstruct(places).numpy()
        z = model.encode(load_dataset("moons").valid[:400])
        ends = model.decode(torch.stack([z.min(0).values, z.max(0).values])).numpy()
    assert np.allclose(arrays[2], field, atol=1e-6)
    assert np.allclose(arrays[3][[0, -1]], ends, atol=1e-6)
    steps = np.diff(np.unique(places[:, 0])), np.diff(np.unique(places[:, 1]))
    assert np.allclose(np.concatenate(steps), steps[0][0], atol=1e-5)
    assert services.field_places("digits") is None


def test_without_weights_all_variants_are_one_curve(trained_here):
    race = raced(own={v: services.without_weight(v) for v in VARIANTS}, epochs=2)
    news = services.race_news(race.id)["runs"]
    assert len(news) == len(VARIANTS)
    for one in news[1:]:
        assert [row[:5] for row in one["rows"]] == [row[:5] for row in news[0]["rows"]]
    pictures = [unframed(services.film(run.id, 1, 2))[1][1] for run in race.runs]
    assert all(np.array_equal(each, pictures[0]) for each in pictures)
    assert all(services.knob_of(spec)[2] == 0 for spec in race.specs)


def test_a_replay_from_an_earlier_epoch_ends_in_equal_weights(finished):
    again = services.find_race(services.branch_race(finished, 1, replay=True))
    assert services.race_state(again) == "paused"
    assert [run.snapshots() for run in again.runs] == 3 * [[1]]
    services.tell_race(again, "play")
    assert services.race_state(again) == "finished"
    for old, new in zip(finished.runs, again.runs, strict=True):
        assert same(weights(old), weights(new))


def test_another_weight_on_the_way_changes_its_run_and_no_other(finished):
    branch = services.find_race(services.branch_race(finished, 1))
    changed = branch.runs[2]
    services.tell_race(branch, "change", field="beta", value=4.0, run=changed.id)
    news = services.race_news(branch.id)["runs"]
    assert [one["waiting"] for one in news] == [[], [], [["beta", 4.0]]]
    services.tell_race(branch, "play")
    assert services.race_news(branch.id)["runs"][2]["waiting"] == []
    pairs = zip(finished.runs, branch.runs, strict=True)
    assert [same(weights(a), weights(b)) for a, b in pairs] == [True, True, False]
    (line,) = services.race_news(branch.id)["runs"][2]["changes"]
    assert line[1:] == ["beta", 4.0]
    with pytest.raises(InvalidConfig, match="hidden_sizes"):
        services.tell_race(
            services.find_race(services.branch_race(finished, 1)),
            "change",
            field="hidden_sizes",
            value=3,
        )


def test_one_step_is_one_epoch_for_everybody(finished):
    branch = services.find_race(services.branch_race(finished, 1))
    services.tell_race(branch, "step", unit="epoch")
    assert [run.status().epoch for run in branch.runs] == [2, 2, 2]
    assert services.race_state(branch) == "paused"
    services.tell_race(branch, "cancel")
    assert services.race_state(branch) == "cancelled"
    services.tell_race(branch, "play")  # nobody is left to hear it
    assert services.race_state(branch) == "cancelled"


def test_an_interrupted_race_goes_on_to_the_same_weights(finished):
    branch = services.find_race(services.branch_race(finished, 2, replay=True))
    for run in branch.runs:  # as a killed worker leaves it
        path = run.path / "status.json"
        path.write_text(
            json.dumps(json.loads(path.read_text()) | {"state": "running", "parked": False})
        )
    assert services.race_state(branch) == "interrupted"
    assert "gone" in services.race_news(branch.id)["runs"][0]["reason"]
    services.go_on(branch)
    assert services.race_state(branch) == "finished"
    for old, new in zip(finished.runs, branch.runs, strict=True):
        assert same(weights(old), weights(new))


def test_the_learning_rate_changes_for_everybody(finished):
    branch = services.find_race(services.branch_race(finished, 1))
    services.tell_race(branch, "change", field="learning_rate", value=0.0001)
    services.tell_race(branch, "play")
    for old, new in zip(finished.runs, branch.runs, strict=True):
        assert new.history()[1].record.learning_rate < old.history()[1].record.learning_rate / 10
        assert not same(weights(old), weights(new))


def test_only_who_started_a_race_deletes_it_and_not_before_it_is_over(finished):
    with pytest.raises(AECoreError, match="somebody else"):
        services.delete_race(finished, "another")
    branch = services.find_race(services.branch_race(finished, 1))
    with pytest.raises(AECoreError, match="cancel it first"):
        services.delete_race(branch, "somebody")
    services.delete_race(finished, "somebody")
    assert services.find_race(finished.id) is None
    assert [race.id for race in services.recent_races()] == [branch.id]


def test_what_diverges_fails_alone_and_says_why(trained_here):
    race = raced("undercomplete", "variational", rate=1.0)
    states = [run.status() for run in race.runs]
    assert [status.state for status in states] == ["finished", "failed"]
    assert "learning rate" in services.race_news(race.id)["runs"][1]["reason"]
    assert services.race_state(race) == "finished"
    assert list(services.race_figures(race)) == ["undercomplete"]
    with pytest.raises(InvalidConfig, match="variational"):
        services.keep(race, race.runs[1].id)
