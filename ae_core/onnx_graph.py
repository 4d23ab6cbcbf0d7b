"""Plain layers as an ONNX graph: x (batch, *sample_shape) -> z (batch, d), x_hat (as x)."""

from importlib import import_module
from typing import Any

import numpy as np

from ae_core.errors import AECoreError
from ae_core.export import PlainCodec, PlainLayer

OPSET, IR_VERSION = 17, 8  # old enough for every runtime in use
OPERATORS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}


class OnnxMissing(AECoreError, ImportError):
    """The optional package onnx is not installed."""


def onnx_bytes(codec: PlainCodec) -> bytes:
    """The serialised, checked model."""
    try:
        onnx = import_module("onnx")
    except ImportError as error:
        raise OnnxMissing(
            "export to onnx needs the package onnx; install it with: pip install onnx"
        ) from error
    graph = _Graph(onnx)
    code = graph.stack("encoder", codec.encoder, "x", "code")
    z = graph.reshape(code, (codec.latent_dim,), "z")
    flat = graph.stack("decoder", codec.decoder, z, "pixels")
    graph.reshape(flat, codec.sample_shape, "x_hat")
    shapes = {"x": codec.sample_shape, "z": (codec.latent_dim,), "x_hat": codec.sample_shape}
    x, *outputs = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", *shape])
        for name, shape in shapes.items()
    )
    body = onnx.helper.make_graph(graph.nodes, codec.variant, [x], outputs, graph.constants)
    opsets = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(
        body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="bottleneck"
    )
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


class _Graph:
    """Nodes and constants as they are added; every method returns the name of its output."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def stack(self, side: str, layers: tuple[PlainLayer, ...], x: str, last: str) -> str:
        for i, layer in enumerate(layers):
            name = f"{side}.{i}"
            h = self.reshape(x, layer.in_shape, f"{name}.in")
            x = self._activation(self._affine(h, layer, name), layer.activation, name)
            if layer.kind == "residual":
                x = self._add("Add", [h, x], f"{name}.sum")
        return self._add("Identity", [x], last)

    def reshape(self, x: str, shape: tuple[int, ...], out: str) -> str:
        target = self._constant(f"{out}.shape", np.array([-1, *shape], dtype=np.int64))
        return self._add("Reshape", [x, target], out)

    def _affine(self, x: str, layer: PlainLayer, name: str) -> str:
        weight = self._constant(f"{name}.weight", layer.weight)
        bias = self._constant(f"{name}.bias", layer.bias)
        if layer.kind == "dense":
            return self._add("Gemm", [x, weight, bias], f"{name}.affine", transB=1)
        settings: dict[str, Any] = {
            "strides": [layer.stride] * 2,
            "pads": [layer.padding] * 4,
            "kernel_shape": list(layer.weight.shape[2:]),
        }
        if layer.kind == "upconv":
            settings["output_padding"] = list(layer.output_padding)
        operator = "ConvTranspose" if layer.kind == "upconv" else "Conv"
        return self._add(operator, [x, weight, bias], f"{name}.affine", **settings)

    def _activation(self, a: str, kind: str, name: str) -> str:
        if kind == "linear":
            return a
        if kind == "silu":
            gate = self._add("Sigmoid", [a], f"{name}.gate")
            return self._add("Mul", [a, gate], f"{name}.out")
        return self._add(OPERATORS[kind], [a], f"{name}.out")

    def _add(self, operator: str, inputs: list[str], out: str, **attributes: Any) -> str:
        self.nodes.append(
            self.onnx.helper.make_node(operator, inputs, [out], name=out, **attributes)
        )
        return out

    def _constant(self, name: str, array: Any) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name
