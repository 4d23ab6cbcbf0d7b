"""A codec as plain layers, for the browser and other programs: JSON, npz or ONNX, one file.

Gates are folded and tied weights written out: what is left is a list of layers for the encoder
and one for the decoder. A layer is y = φ(W x + b), with the shapes of one sample:

    kind        dense    W (out, in); its input is flattened, row-major
                conv     W (out, in, 4, 4), cross-correlation, stride 2, padding 1
                upconv   W (in, out, 4, 4), the transpose of conv: every input value adds
                         W · value at twice its position minus the padding; the result has
                         in_shape · 2 + output_padding rows and columns
                residual y = x + φ(W x + b); W (out, in, 3, 3), cross-correlation, stride 1,
                         padding 1
    in_shape, out_shape   (n,), or (C, H, W); the code is the last encoder layer's output,
                flattened, row-major
    activation  linear, relu, tanh, sigmoid or silu (a · sigmoid(a)), in data space: the last
                decoder layer of a `bernoulli` model ends in its sigmoid
    weight, bias

JSON: {"format": "bottleneck-plain", "version": 1, "variant", "sample_shape", "latent_dim",
"weight", "config", "encoder": [layers], "decoder": [layers], "log_var": layer or null}, arrays as
{"shape": [...], "float32": base64 of little-endian float32, row-major}. `log_var` (variational)
stands in the place of the last encoder layer. npz: arrays `encoder.0.weight`, `encoder.0.bias`,
..., and `layout`, the same JSON text with each array's name in its place; nothing is pickled.
"""

import base64
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae_core.affine import Affine
from ae_core.base import Autoencoder, Codec
from ae_core.convolution import PADDING, STRIDE, leftover
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.networks import Stack
from ae_core.pca import PCACodec
from ae_core.safefile import write_atomically
from ae_core.scoring import acting_weight, plain_codec
from ae_core.shapes import Shape

FORMAT, VERSION = "bottleneck-plain", 1
Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PlainLayer:
    """y = φ(W x + b) and everything needed to compute it elsewhere."""

    kind: str
    in_shape: Shape
    out_shape: Shape
    activation: str
    weight: Array
    bias: Array
    stride: int = 1
    padding: int = 0
    output_padding: tuple[int, int] = (0, 0)


@dataclass(frozen=True, eq=False)
class PlainCodec:
    """Both directions as layers; `log_var` replaces the last encoder layer for the posterior."""

    variant: str
    sample_shape: Shape
    latent_dim: int
    weight: float | None
    config: dict[str, Any]
    encoder: tuple[PlainLayer, ...]
    decoder: tuple[PlainLayer, ...]
    log_var: PlainLayer | None = None


def plain_layers(model: Codec, weight: float | None = None) -> PlainCodec:
    """The codec at one weight as plain layers; the middle of its range if none is asked for."""
    codec = plain_codec(model, weight)
    if isinstance(codec, Autoencoder):
        return _of_autoencoder(codec)
    if isinstance(codec, PCACodec):
        return _of_pca(codec)
    raise InvalidInput(f"only codecs of ae_core can be exported, got {type(model).__name__}")


def export_model(
    model: Codec, path: str | Path, format: str = "json", weight: float | None = None
) -> Path:
    """Write `model` at `weight` as one file, atomically; `format` is a key of FORMATS."""
    if format not in FORMATS:
        raise InvalidConfig(f"format must be one of {', '.join(FORMATS)}, got {format!r}")
    path = Path(path)
    payload = FORMATS[format](plain_layers(model, weight))
    try:
        write_atomically(path, payload)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def as_json(codec: PlainCodec) -> bytes:
    """The JSON file's bytes."""

    def pack(_: str, array: Array) -> Any:
        raw = array.astype("<f4").tobytes()
        return {"shape": array.shape, "float32": base64.b64encode(raw).decode("ascii")}

    return json.dumps(_layout(codec, pack), allow_nan=False).encode()


def as_npz(codec: PlainCodec) -> bytes:
    """The npz file's bytes."""
    arrays: dict[str, Any] = {}

    def keep(name: str, array: Array) -> str:
        arrays[name] = array.astype("<f4")
        return name

    arrays["layout"] = np.array(json.dumps(_layout(codec, keep), allow_nan=False))
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def as_onnx(codec: PlainCodec) -> bytes:
    """The ONNX file's bytes: x -> z, x_hat."""
    from ae_core.onnx_graph import onnx_bytes

    return onnx_bytes(codec)


FORMATS: dict[str, Callable[[PlainCodec], bytes]] = {
    "json": as_json,
    "npz": as_npz,
    "onnx": as_onnx,
}


def _layout(codec: PlainCodec, pack: Callable[[str, Array], Any]) -> dict[str, Any]:
    """The codec as JSON values, arrays replaced by what `pack(name, array)` makes of them."""

    def layer(name: str, one: PlainLayer) -> Mapping[str, Any]:
        arrays = {k: pack(f"{name}.{k}", getattr(one, k)) for k in ("weight", "bias")}
        return {**asdict(replace(one, weight=EMPTY, bias=EMPTY)), **arrays}

    stacks = {
        side: [layer(f"{side}.{i}", one) for i, one in enumerate(getattr(codec, side))]
        for side in ("encoder", "decoder")
    }
    return {
        "format": FORMAT, "version": VERSION, "variant": codec.variant,
        "sample_shape": codec.sample_shape, "latent_dim": codec.latent_dim,
        "weight": codec.weight, "config": codec.config, **stacks,
        "log_var": layer("log_var", codec.log_var) if codec.log_var else None,
    }  # fmt: skip


EMPTY: Array = np.zeros(0, dtype=np.float32)


def _of_autoencoder(model: Autoencoder) -> PlainCodec:
    encoder, decoder = plain_stack(model.encoder), plain_stack(model.decoder)
    if model.config.reconstruction == "bernoulli":  # layers give logits, files give pixels
        decoder = (*decoder[:-1], replace(decoder[-1], activation="sigmoid"))
    head = getattr(model, "log_var", None)
    log_var = plain_layer(head, "linear") if isinstance(head, Affine) else None
    return PlainCodec(
        model.name, model.sample_shape, model.latent_dim,
        acting_weight(model),
        model.config.to_mapping(), encoder, decoder, log_var,
    )  # fmt: skip


def _of_pca(codec: PCACodec) -> PlainCodec:
    """Wᵀ(x − m) is a dense layer with bias −Wᵀm."""
    components = codec.components.double().cpu().numpy()  # (d, D)
    mean = codec.mean.double().cpu().numpy()
    d = len(components)

    def dense(weight: NDArray[np.float64], bias: NDArray[np.float64]) -> PlainLayer:
        out, into = weight.shape
        return PlainLayer(
            "dense", (into,), (out,), "linear", np.ascontiguousarray(weight, dtype=np.float32),
            bias.astype(np.float32),
        )  # fmt: skip

    return PlainCodec(
        codec.name, codec.sample_shape, d, None, {"latent_dim": d},
        (dense(components, -components @ mean),), (dense(components.T, mean),),
    )  # fmt: skip


def plain_stack(stack: Stack) -> tuple[PlainLayer, ...]:
    pairs = zip(stack.steps, stack.activations, strict=True)
    return tuple(plain_layer(affine, name) for (affine, _), name in pairs)


def plain_layer(affine: Affine, activation: str) -> PlainLayer:
    weight, bias = (
        np.ascontiguousarray(t.detach().cpu().numpy(), dtype=np.float32)
        for t in (affine.same if affine.residual else affine.matrix, affine.bias)
    )
    if affine.dense:
        return PlainLayer("dense", affine.in_shape, affine.out_shape, activation, weight, bias)
    if affine.residual:
        return PlainLayer(
            "residual", affine.in_shape, affine.out_shape, activation, weight, bias, 1, 1
        )
    kind, extra = "conv", (0, 0)
    if affine.transposed:
        kind, extra = "upconv", leftover(affine.in_shape[1:], affine.out_shape[1:])
    return PlainLayer(
        kind, affine.in_shape, affine.out_shape, activation, weight, bias, STRIDE, PADDING, extra
    )
