"""Model files with 16-bit matrices: half the size, the same model after loading."""

import json

import pytest
import torch

from ae_core import ModelFileError, load_model, save_model
from ae_core.__main__ import main
from ae_core.half import MATRICES, round_matrices
from ae_core.safefile import read_header
from tests.core.stirred import stir

RANGES = [
    ("undercomplete", {}),
    ("variational", {"beta": (0.1, 3.0)}),
    ("denoising", {"noise_std": (0.0, 1.0), "hidden_sizes": (100, 200)}),  # low rank inside
    ("sparse", {"lambda_": (0.1, 1.0)}),
]


@pytest.mark.parametrize(("variant", "settings"), RANGES)
def test_what_is_loaded_is_the_rounded_model(variant, settings, small, images, tmp_path):
    model, x = stir(small(variant, **settings)), images.float()
    whole = save_model(model, tmp_path / "whole.safetensors")
    path = save_model(model, tmp_path / "half.safetensors", half=True)
    assert path.stat().st_size < whole.stat().st_size
    assert {name for name in model.state_dict() if ".ramps." in name} <= {
        name for name, (dtype, _) in read_header(path).tensors.items() if dtype == "F16"
    }
    for name, (dtype, _) in read_header(path).tensors.items():
        assert dtype == ("F16" if MATRICES.search(name) else "F32"), name
    loaded = load_model(path)
    assert all(p.dtype == torch.float32 for p in loaded.parameters())
    assert not torch.equal(loaded.reconstruct(x), model.reconstruct(x))
    round_matrices(model)
    assert torch.equal(loaded.reconstruct(x), model.reconstruct(x))
    again = save_model(loaded, tmp_path / "again.safetensors")  # in full once more
    assert {dtype for dtype, _ in read_header(again).tensors.values()} == {"F32"}
    assert torch.equal(load_model(again).reconstruct(x), model.reconstruct(x))


def test_a_weight_that_16_bits_cannot_hold_is_told_and_nothing_written(small, tmp_path):
    model = small("undercomplete")
    with torch.no_grad():
        model.decoder.steps[0][0].weight[0, 0] = 7e4
    path = tmp_path / "m.safetensors"
    with pytest.raises(ModelFileError, match=r"'decoder.layers.0.weight' reaches 7e\+04.*65504"):
        save_model(model, path, half=True)
    with pytest.raises(ModelFileError, match="save without half"):
        round_matrices(model)
    assert not any(tmp_path.iterdir())
    save_model(model, path)


def test_the_commands_figures_are_those_of_the_file(tmp_path, capsys):
    path = tmp_path / "m.safetensors"
    line = "train undercomplete --data digits --hidden-sizes 8 --epochs 1 --half --json --out"
    assert main([*line.split(), str(path)]) == 0
    told = json.loads(capsys.readouterr().out)["test"]
    assert main(["evaluate", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test"] == pytest.approx(told, rel=1e-6)
    assert load_model(path).test_figures == pytest.approx(told)


def test_pca_is_kept_as_it_is(tmp_path, capsys):
    assert main(["train", "pca", "--data", "digits", "--half", "--out", str(tmp_path / "p")]) == 2
    assert "--half" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
