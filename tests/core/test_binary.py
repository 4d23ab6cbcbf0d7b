"""The browser's file holds what the model computes, gates and all: read here by NumPy alone."""

import json
import math
import struct
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ae_core import PCACodec, build
from ae_core.binary import as_binary, framed, half_suffices
from ae_core.export import as_json, plain_layers
from tests.core.plain_numpy import Array, forward
from tests.core.stirred import stir


def unframed(file: bytes) -> tuple[dict[str, Any], list[Array]]:
    """Header and arrays by the documented framing; nothing may be left over."""
    (length,) = struct.unpack_from("<I", file)
    header = json.loads(file[4 : 4 + length])
    at, arrays = 4 + length + -length % 4, []
    for entry in header["arrays"]:
        dtype = np.dtype(entry["dtype"]).newbyteorder("<")
        count = math.prod(entry["shape"])
        flat = np.frombuffer(file, dtype, count, at)
        arrays.append(flat.reshape(entry["shape"]).astype(np.float64))
        at += flat.nbytes + -flat.nbytes % 4
        assert at % 4 == 0
    assert at == len(file)
    return header, arrays


def read(file: bytes, weight: float | None = None) -> dict[str, Any]:
    """The layers at one weight: gates folded by the documented formula."""
    header, arrays = unframed(file)
    s = place(header, weight) if header["range"] else 0.0
    layers = (*header["encoder"], *header["decoder"], header["log_var"])
    for layer in filter(None, layers):
        w, b = arrays[layer["weight"]], arrays[layer["bias"]]
        g, c = np.ones(len(b)), np.zeros(len(b))
        if layer["gate"] is not None:
            p, q = np.split(s ** np.arange(4) @ arrays[layer["gate"]], 2)
            g, c = np.exp(p), q
        if layer["ramps"] is not None:
            ramps = layer["ramps"]
            heights = ramps["rise"] * np.clip(1.5 * (s + 1) - np.arange(3), 0, 1)
            w, b = (t if i is None else t + np.tensordot(heights, arrays[i].reshape(3, *t.shape), 1)
                    for t, i in ((w, ramps["weight"]), (b, ramps["bias"])))  # fmt: skip
        rows = (1, -1, 1, 1) if layer["kind"] == "upconv" else (-1,) + (1,) * (w.ndim - 1)
        layer["weight"], layer["bias"] = w * g.reshape(rows), b * g + c
    return header


def place(header: dict[str, Any], weight: float | None) -> float:
    scale = math.log if header["log_scale"] else float
    low, high = map(scale, header["range"])
    return 2 * (scale(header["weight"] if weight is None else weight) - low) / (high - low) - 1


def samples(shape: tuple[int, ...], n: int = 5) -> Tensor:
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(2))


CASES: dict[str, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    "plain mlp": ("undercomplete", (1, 8, 8), {"hidden_sizes": (16, 8)}),
    "gated mlp": ("sparse", (1, 8, 8), {"hidden_sizes": (9,), "lambda_": (0.01, 1.0)}),
    "gated conv, odd sizes": (
        "contractive", (2, 9, 7),
        {"architecture": "conv", "hidden_sizes": (3, 4), "lambda_": (0.1, 10.0)},
    ),
    "gated, tied": (
        "sparse", (1, 8, 8), {"hidden_sizes": (8,), "tied": True, "lambda_": (0.1, 10.0)},
    ),
    "tied conv": (
        "denoising", (1, 8, 8), {"architecture": "conv", "hidden_sizes": (3, 4), "tied": True},
    ),
    "gated maps, odd sizes": (
        "denoising", (2, 9, 7),
        {"architecture": "fully_conv", "hidden_sizes": (3,), "latent_dim": 10,
         "noise_std": (0.0, 1.0)},
    ),
    "gated residual maps, tied": (
        "denoising", (2, 9, 7),
        {"architecture": "fully_conv", "hidden_sizes": (3,), "residual_layers": 2,
         "latent_dim": 10, "tied": True, "noise_std": (0.0, 1.0)},
    ),
    "slider that is not logarithmic": (
        "denoising", (1, 8, 8), {"hidden_sizes": (9,), "noise_std": (0.0, 1.0)},
    ),
    "ramps, tied": (
        "denoising", (1, 6, 6),
        {"hidden_sizes": (9, 5), "tied": True, "corruption": "masking",
         "mask_fraction": (0.1, 0.9)},
    ),
    "ramps, large layers": (
        "variational", (1, 9, 9), {"hidden_sizes": (210,), "beta": (0.1, 3.0)},
    ),
    "ramps, low rank inside": (
        "denoising", (1, 8, 8), {"hidden_sizes": (100, 170), "noise_std": (0.0, 1.0)},
    ),
    "ramps, no hidden layer": ("variational", (17,), {"hidden_sizes": (), "beta": (0.1, 3.0)}),
    "kl, tanh": ("sparse", (6,), {"penalty": "kl", "activation": "tanh", "lambda_": (0.1, 1.0)}),
    "relu, sigmoid output": (
        "undercomplete", (1, 8, 8), {"activation": "relu", "output": "sigmoid"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_numpy_reads_what_torch_computes_at_every_weight(case: str) -> None:
    variant, shape, settings = CASES[case]
    model = stir(build(variant, shape, seed=3, **{"latent_dim": 3, **settings}), by=0.1)
    file, x = as_binary(model), samples(shape)
    own = model.config.weight
    for weight in (*own, own[0] + 0.3 * (own[1] - own[0])) if isinstance(own, tuple) else (None,):
        layout = read(file, weight)
        with torch.no_grad():
            z = model.encode(x, weight)
            x_hat = model.decode(z, weight).flatten(1)
        assert np.abs(forward(layout["encoder"], x.double().numpy()) - z.numpy()).max() < 1e-5
        pixels = forward(layout["decoder"], z.double().numpy())
        assert np.abs(pixels - x_hat.numpy()).max() < 1e-5


def test_the_header_says_what_the_model_is() -> None:
    model = stir(build("variational", (1, 8, 8), beta=(0.01, 4.0), hidden_sizes=(9,)), by=0.1)
    header, _ = unframed(as_binary(model))
    assert (header["format"], header["version"]) == ("bottleneck-codec", 1)
    assert (header["variant"], header["sample_shape"]) == ("variational", [1, 8, 8])
    assert (header["range"], header["log_scale"]) == ([0.01, 4.0], True)
    assert header["weight"] == pytest.approx(0.2)
    assert header["config"] == model.config.to_mapping()
    fixed, _ = unframed(as_binary(build("sparse", (1, 8, 8), lambda_=0.3)))
    assert (fixed["range"], fixed["weight"]) == (None, 0.3)


def test_a_posterior_and_its_gate_travel_too() -> None:
    model = stir(build("variational", (1, 8, 8), beta=(0.01, 4.0), hidden_sizes=(9,)), by=0.1)
    x = samples((1, 8, 8))
    layout = read(as_binary(model), 2.0)
    with torch.no_grad():
        log_var = model.posterior(x, 2.0)[1]
    seen = forward([*layout["encoder"][:-1], layout["log_var"]], x.double().numpy())
    assert np.abs(seen - log_var.numpy()).max() < 1e-5


def test_bernoulli_travels_as_logits() -> None:
    model = stir(build("undercomplete", (1, 8, 8), reconstruction="bernoulli"), by=0.1)
    layout, z = read(as_binary(model)), torch.randn(4, 2)
    with torch.no_grad():
        logits = model.decode_raw(z).flatten(1)
    pixels = forward(layout["decoder"], z.double().numpy())
    assert np.abs(pixels - logits.numpy()).max() < 1e-5


def test_pca_is_two_dense_layers() -> None:
    x = samples((2, 3, 3), 40)
    codec = PCACodec(3).fit(x)
    layout = read(as_binary(codec))
    z = forward(layout["encoder"], x.double().numpy())
    assert np.abs(z - codec.encode(x).numpy()).max() < 1e-5
    x_hat = forward(layout["decoder"], z).reshape(x.shape)
    assert np.abs(x_hat - codec.reconstruct(x).numpy()).max() < 1e-5
    assert (layout["range"], layout["weight"], layout["log_var"]) == (None, None, None)


def test_half_precision_halves_the_weights_and_nothing_else() -> None:
    model = stir(build("sparse", (1, 8, 8), lambda_=(0.1, 1.0), hidden_sizes=(32,)), by=0.1)
    whole, half = unframed(as_binary(model)), unframed(as_binary(model, half=True))
    kinds = [entry["dtype"] for entry in half[0]["arrays"]]
    assert kinds[:3] == ["float16", "float32", "float32"]
    for a, b, kind in zip(whole[1], half[1], kinds, strict=True):
        assert np.array_equal(a.astype(kind), b.astype(kind))
    assert len(as_binary(model, half=True)) < 0.7 * len(as_binary(model))


def test_half_precision_is_taken_only_where_it_does_not_show() -> None:
    x = samples((1, 8, 8), 20)
    model = build("sparse", (1, 8, 8), lambda_=(0.1, 1.0), hidden_sizes=(32,))
    assert half_suffices(model, x)
    with torch.no_grad():
        model.encoder.steps[-1][0].weight *= 300  # codes of hundreds: rounding moves them
    assert not half_suffices(model, x)
    with torch.no_grad():
        model.encoder.steps[-1][0].weight *= 1e6  # float16 ends at 65504
    assert not half_suffices(model, x)


def test_half_precision_is_tried_over_the_whole_slider() -> None:
    """A gate that blows the code up at one end only is found out there."""
    x = samples((1, 8, 8), 20)
    model = build("sparse", (1, 8, 8), lambda_=(0.1, 1.0), hidden_sizes=(32,))
    with torch.no_grad():
        gate = model.encoder.steps[-1][0].gate
        assert gate is not None
        gate.coefficients[1, : model.latent_dim] = 7.0  # g(s) = exp(7 s): one in the middle
    assert not half_suffices(model, x)
    with torch.no_grad():
        gate.coefficients[1] = 0.0
    assert half_suffices(model, x)


def test_frames_of_any_dtype_stay_aligned() -> None:
    header, arrays = unframed(
        framed({"kind": "é"}, [np.arange(3, dtype=np.uint8), np.ones((2, 1), np.float32)])
    )
    assert header["kind"] == "é"
    assert [a.tolist() for a in arrays] == [[0, 1, 2], [[1.0], [1.0]]]


def test_weights_leave_as_they_are() -> None:
    """The plain export of an ungated model and its binary form hold the same numbers."""
    model = stir(build("undercomplete", (1, 8, 8), hidden_sizes=(5,)), by=0.1)
    header, arrays = unframed(as_binary(model))
    plain = plain_layers(model)
    assert np.array_equal(arrays[header["encoder"][0]["weight"]], plain.encoder[0].weight)
    assert json.loads(as_json(plain))["encoder"][0]["in_shape"] == header["encoder"][0]["in_shape"]
