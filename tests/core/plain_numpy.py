"""Plain layers computed by NumPy alone: what another program makes of an exported codec."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Layer = dict[str, Any]

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda a: a,
    "relu": lambda a: np.maximum(a, 0),
    "tanh": np.tanh,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "silu": lambda a: a / (1 + np.exp(-a)),
}


def conv(x: Array, layer: Layer) -> Array:
    """Every output pixel is the sum over its window: (B, C, H, W) -> (B, *out_shape)."""
    w, s, p = layer["weight"], layer["stride"], layer["padding"]
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    k = w.shape[-1]
    y = np.empty((len(x), *layer["out_shape"]))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = x[:, :, s * i : s * i + k, s * j : s * j + k]
            y[:, :, i, j] = np.einsum("bchw,ochw->bo", window, w)
    return y + layer["bias"][:, None, None]


def upconv(x: Array, layer: Layer) -> Array:
    """Every input pixel adds its weights to a window of the output: its transpose."""
    w, s, p = layer["weight"], layer["stride"], layer["padding"]
    k = w.shape[-1]
    height, width = layer["out_shape"][1:]
    canvas = np.zeros((len(x), w.shape[1], height + 2 * p + k, width + 2 * p + k))
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            canvas[:, :, s * i : s * i + k, s * j : s * j + k] += np.einsum(
                "bc,cohw->bohw", x[:, :, i, j], w
            )
    assert layer["output_padding"] == [
        size - ((n - 1) * s - 2 * p + k)
        for size, n in zip((height, width), x.shape[2:], strict=True)
    ]
    return canvas[:, :, p : p + height, p : p + width] + layer["bias"][:, None, None]


def forward(layers: list[Layer], x: Array) -> Array:
    for layer in layers:
        x = x.reshape(len(x), *layer["in_shape"])
        if layer["kind"] == "dense":
            a = x @ layer["weight"].T + layer["bias"]
        else:
            a = {"conv": conv, "residual": conv, "upconv": upconv}[layer["kind"]](x, layer)
        assert a.shape[1:] == tuple(layer["out_shape"])
        y = ACTIVATIONS[layer["activation"]](a)
        x = x + y if layer["kind"] == "residual" else y
    return x.reshape(len(x), -1)
