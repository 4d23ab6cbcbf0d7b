"""A race gives the numbers of a plain `fit`, is read from folders by anybody, and keeps models."""

import contextlib
import io
import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from ae_core import VARIANTS, build, fit, load_dataset, load_model
from ae_core.errors import AECoreError, InvalidConfig
from ae_core.folders import runs_folder
from app import services
from app.services import race_models
from app.services.cache import forget_all
from app.services.catalogue import network
from app.services.race_settings import MAX_LATENT, MAX_SEEDS, RaceSettings, check_race
from tests.app.frames import unframed

SMALL = {"latent_dim": 2, "hidden_sizes": (16,), "output": "sigmoid"}


def settings(*variants, data="digits", epochs=3, rate=0.003, seeds=1, own=None, **shared):
    configs = {v: {**SMALL, **shared, **(own or {}).get(v, {})} for v in variants or VARIANTS}
    return RaceSettings(
        data, tuple((v, tuple(sorted(c.items()))) for v, c in configs.items()),
        epochs, 64, rate, 7, seeds,
    )  # fmt: skip


def raced(*args, **kwargs):
    return services.find_race(services.start_race(settings(*args, **kwargs), "somebody"))


def weights(run):
    return load_model(run.model_file).state_dict()


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.fixture
def finished(trained_here):
    return raced("undercomplete", "denoising", "variational")


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


def test_a_deleted_race_is_gone(finished):
    (finished.runs[0].path / "recipe.json").unlink()
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
    services.tell_race(branch, "play")
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


def test_several_seeds_give_a_median_and_a_spread(trained_here):
    race = raced("undercomplete", epochs=1, seeds=3)
    assert race.seeds == (7, 8, 9)
    values = [f["squared_error_per_image"] for f in services.race_figures(race)["undercomplete"]]
    assert len(set(values)) == 3
    assert services.middle_and_spread(values) == (sorted(values)[1], min(values), max(values))


def test_figures_are_those_of_the_test_split_with_pca_beside(finished):
    x = load_dataset("digits").test
    model = load_model(finished.runs[0].model_file)
    with torch.no_grad():
        mean = float((model.reconstruct(x) - x).square().flatten(1).sum(1).mean())
    (figures,) = services.race_figures(finished)["undercomplete"]
    assert figures["squared_error_per_image"] == pytest.approx(mean, rel=1e-5)
    (which,) = services.baselines(finished, ("pca", "undercomplete", "sparse")).values()
    pca = services.figures_of(which)["squared_error_per_image"].value
    assert services.baseline_figures(which)["squared_error_per_image"] == pytest.approx(
        pca, rel=1e-5
    )


def test_the_columns_are_all_numbers_of_all_runs(finished):
    columns = services.columns(finished)
    assert len({len(values) for values in columns.values()}) == 1
    row = list(zip(columns["codec"], columns["epoch"], strict=True)).index(("variational", 2))
    valid = finished.runs[2].history()[1].record.valid
    assert columns["valid_total"][row] == valid.total
    assert columns["valid_weighted_penalty"][row] == valid.weighted_penalty > 0


def test_the_snippet_prints_the_number_on_screen(finished):
    text = services.race_snippet(finished.runs[1], 2)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "snippet", "exec"), {})
    assert float(printed.getvalue()) == finished.runs[1].history()[1].record.valid.total


def test_a_kept_model_changes_nobodys_pages_and_is_found_by_its_run(finished, no_models):
    run = finished.runs[2].id
    assert services.kept_as(run) == ""
    name = services.keep(finished, run)
    assert services.kept_as(run) == name
    assert [p.name for p in (no_models / "home" / "kept").iterdir()] == [name]
    assert services.code_sizes("digits") == ()
    assert services.ref("digits", "variational", 2) is None
    which = services.ref("digits", "variational", 2, model=run)
    assert (which.model, which.digest.split("@")[0]) == (run, name)
    assert same(network(which).state_dict(), weights(finished.runs[2]))
    assert len(load_model(no_models / "home" / "kept" / name).history) == 3
    (told,) = services.kept_runs()
    assert told == services.opened_model(run)
    assert (told.data, told.variant, told.latent_dim) == ("digits", "variational", 2)
    assert (told.symbol, told.weight, told.seed, told.epochs) == ("β", 1.0, 7, 3)


def test_an_opened_model_stands_beside_the_one_everybody_sees(finished, make_models):
    make_models("digits", 2)
    run = finished.runs[2].id
    usual = services.ref("digits", "variational", 2, 0.5)
    opened = services.ref("digits", "variational", 2, 0.5, model=run)  # not kept: in its folder
    assert opened.model == run
    assert (usual.weight, opened.weight) == (0.5, 1.0)  # it has no slider
    assert services.codec_info(usual).weight_range == (0.01, 3.0)
    assert services.codec_info(opened).weight_range is None
    assert not np.allclose(services.codes(usual), services.codes(opened))
    with torch.no_grad():
        z = load_model(finished.runs[2].model_file).encode(load_dataset("digits").test)
    assert np.allclose(services.codes(opened), z.numpy(), atol=1e-6)
    assert services.ref("digits", "variational", 2, 0.5) == usual
    assert run in services.snippet(opened)
    assert services.model_file(opened)[1] == finished.runs[2].model_file.read_bytes()


def test_a_model_of_other_data_size_codec_or_noise_is_left_aside(finished, make_models):
    make_models("digits", 5)
    make_models("moons", 2)
    for variant, data, d, noise, i in [
        ("variational", "digits", 5, "", 2), ("variational", "moons", 2, "", 2),
        ("sparse", "digits", 5, "", 2), ("denoising", "digits", 5, "gaussian", 1),
    ]:  # fmt: skip
        usual = services.ref(data, variant, d, corruption=noise)
        opened = services.ref(data, variant, d, corruption=noise, model=finished.runs[i].id)
        assert opened == usual
        assert opened.model == ""
    denoiser = finished.runs[1].id
    assert services.ref("digits", "denoising", 2, corruption="masking", model=denoiser) is None
    assert services.ref("digits", "denoising", 2, model=denoiser).corruption == "gaussian"


def test_a_denoiser_for_other_noise_opens_too_and_keeps_its_noise(trained_here):
    race = raced("denoising", epochs=1, corruption="masking", mask_fraction=0.25)
    which = services.ref("digits", "denoising", 2, model=race.runs[0].id)
    assert (which.corruption, which.weight) == ("masking", 0.25)
    assert services.at_level(which, "masking", 0.75) == which  # one weight only


def test_a_model_that_is_gone_is_none(finished):
    run = finished.runs[2].id
    services.keep(finished, run)
    services.delete_race(finished, "somebody")
    assert services.opened_model(run) is not None  # it outlives its race
    assert services.opened_model(finished.runs[1].id) is None
    for name in ("", "*", "../../secret", "20200101-000000-0123456789"):
        assert services.opened_model(name) is None
        assert services.ref("digits", "variational", 2, model=name) is None


def test_a_damaged_kept_model_is_not_shown(finished, no_models):
    run = finished.runs[2].id
    path = no_models / "home" / "kept" / services.keep(finished, run)
    path.write_bytes(path.read_bytes()[:100])
    assert services.kept_runs() == []
    assert services.opened_model(run) is None


def test_of_two_models_in_the_users_folder_the_newest_is_shown(finished, no_models, monkeypatch):
    monkeypatch.setattr("app.services.shelf.FRESH", 0.0)
    other = raced("undercomplete", epochs=1)
    folder = no_models / "home" / "models"
    folder.mkdir()
    names = []
    for race in (finished, other):
        name, content = services.model_of(race, race.runs[0].id)
        (folder / name).write_bytes(content)
        names.append(name)
    for later, name in enumerate((*names, names[0]), start=1):
        moment = time.time() + 60 * later
        os.utime(folder / name, (moment, moment))
        os.utime(folder, (moment, moment))  # as saving into it does
        assert services.ref("digits", "undercomplete", 2).digest.startswith(name)


def test_a_download_is_the_whole_file(finished, tmp_path):
    name, content = services.model_of(finished, finished.runs[1].id)
    path = tmp_path / name
    path.write_bytes(content)
    assert same(load_model(path).state_dict(), weights(finished.runs[1]))


def test_models_of_other_races_are_not_given_away(finished):
    other = raced("undercomplete", epochs=1)
    with pytest.raises(AECoreError, match="no run of this race"):
        services.model_of(finished, other.runs[0].id)


def test_a_shared_machine_keeps_nothing(finished, no_models, monkeypatch):
    monkeypatch.setenv("BOTTLENECK_READ_ONLY", "1")
    with pytest.raises(InvalidConfig, match="BOTTLENECK_READ_ONLY"):
        services.keep(finished, finished.runs[0].id)
    assert not (no_models / "home" / "kept").exists()


def test_a_full_folder_takes_no_more(finished, no_models, monkeypatch):
    monkeypatch.setattr(race_models, "MAX_KEPT", 1)
    services.keep(finished, finished.runs[0].id)
    services.keep(finished, finished.runs[0].id)  # the same once more takes no further room
    with pytest.raises(InvalidConfig, match="at most 1"):
        services.keep(finished, finished.runs[1].id)
    assert len(list((no_models / "home" / "kept").iterdir())) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs must lie between 1 and 200"),
        ({"epochs": 201}, "got 201"),
        ({"seeds": MAX_SEEDS + 1}, "seeds must lie between 1 and 5"),
        ({"rate": 11.0}, "learning_rate"),
        ({"latent_dim": MAX_LATENT + 1}, "latent_dim must lie between 1 and 1024"),
        ({"hidden_sizes": (8192,) * 16}, "too large to train here"),
        ({"data": "moons", "architecture": "conv"}, "conv"),
        ({"data": "shapes", "architecture": "conv", "hidden_sizes": (256, 256)}, "too long"),
        ({"data": "moons", "output": "linear", "reconstruction": "bernoulli"}, "bernoulli"),
        ({"own": {"variational": {"beta": -1.0}}}, "beta"),
    ],
)
def test_what_is_too_much_is_refused_before_anything_is_made(change, words, trained_here):
    with pytest.raises(AECoreError, match=words):
        services.start_race(settings(**change), "somebody")
    assert not runs_folder().exists()


def test_a_teacher_sets_the_limits(trained_here, monkeypatch):
    monkeypatch.setenv("AE_MAX_EPOCHS", "2")
    monkeypatch.setenv("AE_MAX_WAITING_PER_VISITOR", "4")
    assert services.most_epochs() == services.suggestion("digits")["epochs"] == 2
    with pytest.raises(InvalidConfig, match="between 1 and 2"):
        raced("undercomplete", epochs=3)
    with pytest.raises(InvalidConfig, match="AE_MAX_WAITING_PER_VISITOR"):
        raced(epochs=2)
    assert not runs_folder().exists()


def test_batches_have_their_limits_too():
    for size in (1, 100_000):
        with pytest.raises(InvalidConfig, match="batch_size"):
            check_race(replace(settings(), batch_size=size))


def test_a_race_needs_a_runner():
    with pytest.raises(InvalidConfig, match="at least one codec"):
        check_race(replace(settings(), configs=()))


@pytest.mark.parametrize(
    "data", ["digits", "shapes", "patches", "rings", "moons", "spiral", "s_curve", "cbf"]
)
def test_the_suggestion_is_a_race_that_starts(data):
    start = services.suggestion(data)
    shared = {k: v for k, v in start.items() if k in ("latent_dim", "hidden_sizes", "output")}
    configs = tuple((v, tuple(shared.items())) for v in VARIANTS)
    made = RaceSettings(
        data, configs, start["epochs"], start["batch_size"], start["learning_rate"], 0
    )
    check_race(made)
    pixels = int(np.prod(services.data_info(data).sample_shape))
    assert start["latent_dim"] < pixels
