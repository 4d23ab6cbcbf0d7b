"""Named recipes: valid everywhere, the same in Python and on the command line."""

import json

import pytest

from ae_core import PRESETS, InvalidConfig, Preset, fit, layout, load_dataset, load_model
from ae_core.__main__ import main
from ae_core.presets import find_preset, presets_of

FAST = ["--data", "digits", "--epochs", "1", "--hidden-sizes", "8"]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_builds_the_model_it_describes(name):
    preset = PRESETS[name]
    data = load_dataset("digits")
    changes = {} if preset.config.get("architecture") == "conv" else {"hidden_sizes": (8,)}
    model = preset.build(data, seed=3, **changes)
    assert (model.name, model.seed) == (preset.variant, 3)
    for key, value in {**preset.config, **changes}.items():
        assert getattr(model.config, key) == value
    assert {"epochs", "learning_rate"} <= set(preset.fit)
    assert preset.help
    assert "\n" not in preset.help


def test_a_wrong_preset_is_refused_where_it_is_written():
    with pytest.raises(InvalidConfig, match="latent_dim"):
        Preset("x", "undercomplete", {"latent_dim": 0})
    with pytest.raises(InvalidConfig, match="epochs"):
        Preset("x", "undercomplete", {}, {"epochs": 0})


def test_unknown_names_give_the_nearest():
    with pytest.raises(InvalidConfig, match=r"did you mean 'paper-30d'"):
        find_preset("paper-30")
    with pytest.raises(InvalidConfig, match="choose one of"):
        find_preset("")


def test_presets_are_found_by_variant_and_data():
    assert "paper-30d" in presets_of("undercomplete", "mnist")
    assert list(presets_of("undercomplete", "digits")) == []
    assert list(presets_of()) == list(PRESETS)


def test_the_command_line_trains_the_preset_and_options_count_more(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(layout, "READING", 10_000)
    monkeypatch.setattr(layout, "WRITING", 10_000)
    out = tmp_path / "m.safetensors"
    argv = ["--preset", "paper-2d", *FAST, "--layout-images", "60", "--seed", "1", "--json"]
    code = main(["train", *argv, "--out", str(out)])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (told["variant"], told["data"], told["latent_dim"]) == ("undercomplete", "digits", 2)
    assert told["config"]["hidden_sizes"] == [8]
    assert told["recipe"]["epochs"] == 1
    assert told["recipe"]["learning_rate"] == PRESETS["paper-2d"].fit["learning_rate"]
    preset, data = PRESETS["paper-2d"], load_dataset("digits")
    model = preset.build(data, seed=1, hidden_sizes=(8,))
    list(fit(model, data, **{**preset.fit, "epochs": 1, "layout_images": 60}, seed=1, device="cpu"))
    for name, weight in load_model(out).state_dict().items():
        assert weight.equal(model.state_dict()[name])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--preset", "paper-2"], "did you mean 'paper-2d'"),
        (["sparse", "--preset", "paper-2d"], "trains the variant undercomplete, got 'sparse'"),
        (["pca", "--preset", "paper-2d"], "got 'pca'"),
        (["--data", "digits"], "VARIANT is missing"),
        (["sparse"], "--data is missing"),
    ],
)
def test_what_cannot_be_is_refused(argv, said, capsys):
    assert main(["train", *argv]) == 2
    assert said in capsys.readouterr().err
