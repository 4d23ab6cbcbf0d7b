"""What is left of a race: figures, numbers, and models to keep and to open."""

import contextlib
import io
import os
import time

import numpy as np
import pytest
import torch

from ae_core import PCACodec, load_dataset, load_model
from ae_core.errors import AECoreError, InvalidConfig
from app import services
from app.services import race_models
from app.services.catalogue import network
from tests.app.racing import raced, same, weights


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
    sharp = load_dataset("digits").binarised()  # what a race of black and white pixels saw
    x_hat = PCACodec(which.latent_dim).fit(sharp.train).reconstruct(sharp.test)
    expected = float((x_hat - sharp.test).square().flatten(1).sum(1).mean())
    binarised = services.baseline_figures(which, True)["squared_error_per_image"]
    assert binarised == pytest.approx(expected, rel=1e-5)


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
    assert services.model_bytes(opened) == finished.runs[2].model_file.read_bytes()


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
