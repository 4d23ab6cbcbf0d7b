"""A codec as one binary file for the browser: its gates kept, so that the weight can move there.

Little endian: uint32 length of the header, the header (JSON, utf-8), zeros up to a multiple of 4,
then every array of header["arrays"] in order, row-major, each padded to a multiple of 4 bytes.

The header: {"format": "bottleneck-codec", "version": 1, "variant", "sample_shape", "latent_dim",
"range": [low, high] or null, "log_scale", "weight": where the slider starts or null, "config",
"encoder": [layers], "decoder": [layers], "log_var": layer or null, "arrays": [{"shape", "dtype"}]}.
A layer is that of `ae_core.export`, y = φ(g(s) ⊙ (W x + b) + c(s)), except that its `weight` and
`bias` are places in "arrays", and so is `gate`, the coefficients of `ae_core.gate.Gate`, (4, 2 n):
log g and c are cubic in s, n of each; null means g = 1, c = 0. `ramps` is null or {"weight",
"bias", "rise"}, the places of what `ae_core.ramps.Ramps` adds to W and b as s rises, (3, rows,
columns) and (3, rows, 1): the k-th times rise · max(0, min(1, 3 (s + 1) / 2 − k)), k = 0, 1, 2.
s is the place of the weight on the slider, −1 to 1, of its logarithm where `log_scale`. Unlike in
`ae_core.export` the last decoder layer of a `bernoulli` model is linear: its objective reads
logits, its pixels are their sigmoid.
"""

import copy
import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_core.affine import Affine
from ae_core.base import Autoencoder, Codec
from ae_core.config import hyper_of
from ae_core.errors import ModelFileError
from ae_core.export import (
    EMPTY,
    PlainCodec,
    PlainLayer,
    plain_layer,
    plain_layers,
    plain_stack,
)
from ae_core.half import round_matrices
from ae_core.scoring import acting_weight

FORMAT, VERSION = "bottleneck-codec", 1
SIDES = ("encoder", "decoder")
PLACES = 9  # weights over the slider at which half precision is tried
STEP = 1 / 255  # of a pixel: what half precision may cost at most
HALF = float(np.finfo(np.float16).max)
Array = NDArray[Any]


def framed(header: Mapping[str, Any], arrays: Sequence[Array]) -> bytes:
    """Header and arrays as one file; "arrays" is added to the header."""
    listed = [{"shape": a.shape, "dtype": a.dtype.name} for a in arrays]
    text = json.dumps({**header, "arrays": listed}, allow_nan=False).encode()
    parts = [struct.pack("<I", len(text)), text, bytes(-len(text) % 4)]
    for array in arrays:
        raw = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        parts += [raw, bytes(-len(raw) % 4)]
    return b"".join(parts)


def as_binary(codec: Codec, half: bool = False) -> bytes:
    """The codec's file; `half`: weights as float16, biases and gates stay float32."""
    arrays: list[Array] = []

    def keep(array: Array, dtype: str = "float32") -> int:
        if dtype == "float16" and float(np.abs(array).max(initial=0)) > HALF:
            raise ModelFileError(
                f"a weight reaches {float(np.abs(array).max()):.4g}, 16-bit numbers end at "
                f"{HALF:.0f}; write it without half"
            )
        arrays.append(array.astype(dtype))
        return len(arrays) - 1

    def layer(one: PlainLayer, affine: Affine | None) -> dict[str, Any]:
        wide = "float16" if half else "float32"
        gate = affine.gate if affine else None
        more = None if affine is None else ramps.get(affine)  # of W, of b, and the rise
        places = {
            "weight": keep(one.weight, wide),
            "bias": keep(one.bias),
            "gate": keep(_numbers(gate.coefficients)) if gate else None,
            "ramps": more
            and {
                "weight": None if more[0] is None else keep(_numbers(more[0]), wide),
                "bias": keep(_numbers(more[1])),
                "rise": more[2],
            },
        }
        return {**asdict(replace(one, weight=EMPTY, bias=EMPTY)), **places}

    plain, affines = _listed(codec)
    ramps = _ramps(codec)
    header = _header(codec, plain)
    for side in SIDES:
        pairs = zip(getattr(plain, side), affines[side], strict=True)
        header[side] = [layer(one, affine) for one, affine in pairs]
    header["log_var"] = layer(plain.log_var, affines["log_var"][0]) if plain.log_var else None
    return framed(header, arrays)


def half_suffices(model: Autoencoder, x: Tensor) -> bool:
    """Whether float16 weights move codes of x, and pixels of all codes about there, by < 1/255.

    Tried at nine weights, with a margin of two and codes up to twice as far out as those of x.
    """
    rounded = copy.deepcopy(model)
    try:
        round_matrices(rounded)
    except ModelFileError:
        return False
    with torch.no_grad():
        return all(_apart(model, rounded, x, at) <= STEP / 2 for at in _weights(model))


def _apart(model: Autoencoder, other: Autoencoder, x: Tensor, at: float | None) -> float:
    """The largest distance between two models' codes of x, and their decodings of the same ones."""
    codes = model.encode(x, at)
    worst = float((codes - other.encode(x, at)).abs().max())
    middle = codes.mean(0)
    for reach in (1, 2):
        z = middle + reach * (codes - middle)
        worst = max(worst, float((model.decode(z, at) - other.decode(z, at)).abs().max()))
    return worst if math.isfinite(worst) else math.inf


def _weights(model: Autoencoder) -> list[float | None]:
    """Nine weights over a conditioned network's slider; the one of any other."""
    reach = model.config.weight
    if not isinstance(reach, tuple):
        return [None]
    space = np.geomspace if _log_scale(model) else np.linspace
    return [float(w) for w in space(*reach, PLACES)]


def _log_scale(codec: Codec) -> bool:
    config = codec.config if isinstance(codec, Autoencoder) else None
    if config is None or not config.weight_field:
        return False
    return hyper_of(type(config).__dataclass_fields__[config.weight_field]).log


def _header(codec: Codec, plain: PlainCodec) -> dict[str, Any]:
    reach = codec.config.weight if isinstance(codec, Autoencoder) else None
    return {
        "format": FORMAT, "version": VERSION, "variant": plain.variant,
        "sample_shape": plain.sample_shape, "latent_dim": plain.latent_dim,
        "range": reach if isinstance(reach, tuple) else None, "log_scale": _log_scale(codec),
        "weight": plain.weight, "config": plain.config,
    }  # fmt: skip


def _listed(codec: Codec) -> tuple[PlainCodec, dict[str, Sequence[Affine | None]]]:
    """The codec's layers as they are before folding, and what moves each of them."""
    if not isinstance(codec, Autoencoder):
        plain = plain_layers(codec)
        return plain, {side: [None] * len(getattr(plain, side)) for side in SIDES}
    head = getattr(codec, "log_var", None)
    heads = [head] if isinstance(head, Affine) else []
    plain = PlainCodec(
        codec.name, codec.sample_shape, codec.latent_dim, acting_weight(codec),
        codec.config.to_mapping(), plain_stack(codec.encoder), plain_stack(codec.decoder),
        plain_layer(heads[0], "linear") if heads else None,
    )  # fmt: skip
    affines: dict[str, Sequence[Affine | None]] = {
        "encoder": [affine for affine, _ in codec.encoder.steps],
        "decoder": [affine for affine, _ in codec.decoder.steps],
        "log_var": heads,
    }
    return plain, affines


def _ramps(codec: Codec) -> dict[Affine, tuple[Tensor | None, Tensor, float]]:
    """What ramps add to each layer."""
    ramps = codec.ramps if isinstance(codec, Autoencoder) else []
    return {layer: (*each.of(layer), each.rise) for each in ramps for layer in each.layers}


def _numbers(t: Tensor) -> Array:
    return t.detach().cpu().numpy()
