"""What leaves the program computes what the model computes, read by NumPy and nothing of ours."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ae_core import InvalidConfig, PCACodec, build
from ae_core.__main__ import main
from ae_core.base import Codec
from ae_core.export import export_model
from ae_core.store import save_model
from tests.core.plain_numpy import Array, forward
from tests.core.stirred import stir


def read_json(path: Path) -> dict[str, Any]:
    """The documented JSON layout, arrays unpacked in place."""

    def unpack(entry: dict[str, Any]) -> dict[str, Any] | Array:
        if set(entry) != {"shape", "float32"}:
            return entry
        flat = np.frombuffer(base64.b64decode(entry["float32"]), dtype="<f4")
        return flat.reshape(entry["shape"]).astype(np.float64)

    layout: dict[str, Any] = json.loads(path.read_text(), object_hook=unpack)
    return layout


def read_npz(path: Path) -> dict[str, Any]:
    """The documented npz layout, arrays put back in place."""
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
        layout: dict[str, Any] = json.loads(str(file["layout"]))
        for layer in (*layout["encoder"], *layout["decoder"], layout["log_var"]):
            if layer:
                layer["weight"] = file[layer["weight"]].astype(np.float64)
                layer["bias"] = file[layer["bias"]].astype(np.float64)
    return layout


READERS = {"json": read_json, "npz": read_npz}


def worst(codec: Codec, layout: dict[str, Any], x: Tensor) -> float:
    """The largest difference between the exported layers and the codec, codes and pixels."""
    with torch.no_grad():
        z = codec.encode(x)
        x_hat = codec.decode(z)
    codes = forward(layout["encoder"], x.double().numpy())
    pixels = forward(layout["decoder"], z.double().numpy()).reshape(x.shape)
    return max(float(np.abs(codes - z.numpy()).max()), float(np.abs(pixels - x_hat.numpy()).max()))


CASES: dict[str, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    "mlp": ("undercomplete", (1, 8, 8), {"hidden_sizes": (16, 8)}),
    "sigmoid output": ("undercomplete", (1, 8, 8), {"hidden_sizes": (9,), "output": "sigmoid"}),
    "conv": ("undercomplete", (1, 8, 8), {"architecture": "conv", "hidden_sizes": (3, 4)}),
    "conv on odd sizes": ("sparse", (2, 9, 7), {"architecture": "conv", "hidden_sizes": (3, 4)}),
    "tied mlp": ("contractive", (1, 8, 8), {"hidden_sizes": (8,), "tied": True}),
    "tied conv": (
        "denoising", (1, 8, 8), {"architecture": "conv", "hidden_sizes": (3, 4), "tied": True},
    ),
    "maps on odd sizes": (
        "variational", (2, 9, 7),
        {"architecture": "fully_conv", "hidden_sizes": (3,), "latent_dim": 10},
    ),
    "residual, tied": (
        "contractive", (1, 8, 8),
        {"architecture": "conv", "hidden_sizes": (3,), "residual_layers": 2, "tied": True},
    ),
    "residual maps": (
        "variational", (2, 9, 7),
        {"architecture": "fully_conv", "hidden_sizes": (3,), "residual_layers": 1,
         "latent_dim": 10},
    ),
    "linear": ("undercomplete", (1, 8, 8), {"linear": True}),
    "kl, tanh": ("sparse", (1, 8, 8), {"penalty": "kl", "activation": "tanh"}),
    "bernoulli, relu": (
        "variational", (1, 8, 8), {"reconstruction": "bernoulli", "activation": "relu"},
    ),
    "points": ("undercomplete", (2,), {"hidden_sizes": (16,), "latent_dim": 1}),
}  # fmt: skip


@pytest.mark.parametrize("format", list(READERS))
@pytest.mark.parametrize("case", list(CASES))
def test_numpy_reads_what_torch_computes(case: str, format: str, tmp_path: Path) -> None:
    variant, shape, settings = CASES[case]
    model = stir(build(variant, shape, seed=3, **{"latent_dim": 3, **settings}), by=0.1)
    x = torch.rand(5, *shape, generator=torch.Generator().manual_seed(2))
    layout = READERS[format](export_model(model, tmp_path / "m", format))
    assert worst(model, layout, x) < 1e-5
    assert (layout["format"], layout["version"]) == ("bottleneck-plain", 1)
    assert layout["sample_shape"] == list(shape)
    assert layout["latent_dim"] == model.latent_dim
    assert layout["config"] == model.config.to_mapping()


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "mlp", "hidden_sizes": (8,)},
        {"architecture": "conv", "hidden_sizes": (3, 4)},
        {"architecture": "mlp", "hidden_sizes": (8,), "tied": True},
    ],
    ids=["mlp", "conv", "tied"],
)
def test_a_conditioned_network_is_exported_at_the_weight_asked_for(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    model = stir(build("variational", (1, 8, 8), beta=(0.1, 10.0), **settings), by=0.1)
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(2))
    layouts = {w: read_json(export_model(model, tmp_path / f"{w}", weight=w)) for w in (0.2, 10.0)}
    for weight, layout in layouts.items():
        assert worst(model.at(weight), layout, x) < 1e-5
        assert layout["weight"] == weight
    assert worst(model.at(0.2), layouts[10.0], x) > 1e-3  # the weight matters
    assert read_json(export_model(model, tmp_path / "m"))["weight"] == pytest.approx(1.0)


def test_the_posterior_can_be_computed_too(tmp_path: Path) -> None:
    model = stir(build("variational", (1, 8, 8), hidden_sizes=(8,), latent_dim=3), by=0.1)
    layout = read_json(export_model(model, tmp_path / "m"))
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        _, log_var = model.posterior(x)
    got = forward([*layout["encoder"][:-1], layout["log_var"]], x.double().numpy())
    assert np.abs(got - log_var.numpy()).max() < 1e-5


@pytest.mark.parametrize("format", list(READERS))
def test_pca_is_two_dense_layers(all_digits: Tensor, format: str, tmp_path: Path) -> None:
    codec = PCACodec(5).fit(all_digits)
    layout = READERS[format](export_model(codec, tmp_path / "m", format))
    assert worst(codec, layout, all_digits[:20]) < 1e-5
    assert layout["weight"] is None


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    model = build("sparse", (1, 8, 8), hidden_sizes=(8,))
    for format in READERS:
        first, second = (export_model(model, tmp_path / name, format) for name in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_a_weight_the_network_does_not_serve_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "m"
    model = build("variational", (1, 8, 8), hidden_sizes=(8,), beta=(0.1, 10.0))
    with pytest.raises(InvalidConfig, match=r"beta must lie in \[0\.1, 10\]"):
        export_model(model, out, weight=11.0)
    with pytest.raises(InvalidConfig, match="serves only beta = 1"):
        export_model(build("variational", (1, 8, 8), hidden_sizes=(8,)), out, weight=2.0)
    with pytest.raises(InvalidConfig, match="pca has no weight"):
        export_model(PCACodec(2).fit(torch.rand(9, 4)), out, weight=2.0)
    with pytest.raises(InvalidConfig, match="format must be one of json, npz, onnx, got 'pickle'"):
        export_model(model, out, "pickle")
    assert not out.exists()


def test_without_onnx_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    save_model(build("sparse", (1, 8, 8), hidden_sizes=(8,)), tmp_path / "m.safetensors")
    out = tmp_path / "m.onnx"
    command = ["export", str(tmp_path / "m.safetensors"), "--format", "onnx", "--out", str(out)]
    assert main(command) == 2
    assert "pip install onnx" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
@pytest.mark.parametrize("case", list(CASES))
def test_onnx_computes_the_same(case: str, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    variant, shape, settings = CASES[case]
    model = stir(build(variant, shape, seed=3, **{"latent_dim": 3, **settings}), by=0.1)
    x = torch.rand(5, *shape, generator=torch.Generator().manual_seed(2))
    path = export_model(model, tmp_path / "m.onnx", "onnx")
    z, x_hat = ReferenceEvaluator(onnx.load(path)).run(None, {"x": x.numpy()})
    with torch.no_grad():
        assert np.abs(z - model.encode(x).numpy()).max() < 1e-5
        assert np.abs(x_hat - model.reconstruct(x).numpy()).max() < 1e-5


def test_the_command_writes_what_the_function_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = stir(build("variational", (1, 8, 8), hidden_sizes=(8,), beta=(0.1, 10.0)), by=0.1)
    file, out = tmp_path / "m.safetensors", tmp_path / "deep" / "m.json"
    save_model(model, file)
    assert main(["export", str(file), "--out", str(out), "--weight", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == out.stat().st_size
    assert out.read_bytes() == export_model(model, tmp_path / "same", weight=3.0).read_bytes()
