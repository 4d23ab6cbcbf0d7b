"""Hostile headers cost little memory and end in a ModelFileError."""

import json
import os
import struct
import tracemalloc

import pytest

from ae_core import PCACodec
from ae_core.store import save_model


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latent_dim", 10**12), ("latent_dim", 10**400), ("latent_dim", -1), ("latent_dim", "3"),
        ("latent_dim", [3]), ("hidden_sizes", [8192] * 17), ("hidden_sizes", [10**9]),
        ("hidden_sizes", [[1]]), ("hidden_sizes", 3), ("architecture", "conv"), ("tied", True),
        ("architecture", []), ("activation", None), ("lambda_", [0.1, 10.0]), ("lambda_", "big"),
        ("lambda_", {"a": 1}), ("surprise", 1), ("linear", 1), ("reconstruction", "cubed"),
        ("hidden_sizes", [8192] * 16), ("latent_dim", 8192),
    ],
    ids=str,
)  # fmt: skip
def test_hostile_configs_for_models_and_pca(
    field, value, saved, digits, tmp_path, parts, write, refused
):
    pca = save_model(PCACodec(3).fit(digits.train), tmp_path / "pca.safetensors")
    for path in (saved, pca):
        header, payload = parts(path)
        config = {**json.loads(header["__metadata__"]["config"]), field: value}
        if path == pca and field != "latent_dim":
            continue
        header["__metadata__"]["config"] = json.dumps(config)
        write(path, header, payload)
        assert memory_of(lambda path=path: refused(path)) < 4 << 20


def memory_of(call):
    """Peak of Python's own allocations, after checking that torch's did not jump."""
    tracemalloc.start()
    before = _resident()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert _resident() - before < 64 << 20
    return peak


def _resident():
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10


TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HEADERS = {
    "not an object": [1, 2], "text": "hello", "no metadata": {"w": TENSOR},
    "metadata list": {"__metadata__": [1]}, "metadata number": {"__metadata__": {"format": 3}},
    "3,000 tensors": {str(i): {**TENSOR, "data_offsets": [0, 8]} for i in range(3000)},
    "overlap": {"a": TENSOR, "b": {**TENSOR, "data_offsets": [4, 12]}},
    "gap": {"a": TENSOR, "b": {**TENSOR, "data_offsets": [12, 20]}},
    "negative shape": {"a": {**TENSOR, "shape": [-2]}},
    "negative offset": {"a": {**TENSOR, "data_offsets": [-8, 0]}},
    "huge shape": {"a": {**TENSOR, "shape": [2**40, 2**40]}},
    "huge product": {"a": {**TENSOR, "shape": [2**47] * 8}},
    "huge offset": {"a": {**TENSOR, "data_offsets": [0, 2**62]}},
    "float shape": {"a": {**TENSOR, "shape": [2.0]}},
    "true shape": {"a": {**TENSOR, "shape": [True]}},
    "text shape": {"a": {**TENSOR, "shape": "2"}}, "no shape": {"a": {"dtype": "F32"}},
    "nine axes": {"a": {**TENSOR, "shape": [1] * 8 + [2]}},
    "other dtype": {"a": {**TENSOR, "dtype": "F64"}},
    "dtype list": {"a": {**TENSOR, "dtype": ["F32"]}},
    "entry text": {"a": "F32"}, "three offsets": {"a": {**TENSOR, "data_offsets": [0, 8, 8]}},
    "odd name": {"\ud800\x00\n": {**TENSOR, "dtype": "\ud800"}},
    "long name": {"n" * 100_000: {**TENSOR, "dtype": "x" * 100_000}},
    "huge number": {"a": {**TENSOR, "shape": [10**400]}},
}  # fmt: skip


# What the refusal must speak of: each header is stopped by its own check, not by a later one.
WORDS = {
    "not an object": "JSON object", "text": "JSON object", "no metadata": "format",
    "metadata list": "__metadata__", "metadata number": "__metadata__", "3,000 tensors": "at most",
    "overlap": "overlap", "gap": "gap", "odd name": "dtype", "long name": "dtype",
    "other dtype": "dtype", "dtype list": "dtype", "entry text": "dtype",
    "negative offset": "two offsets", "huge offset": "two offsets", "three offsets": "two offsets",
    "huge shape": "bytes for shape", "huge product": "bytes for shape",
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers(name, tmp_path, write, refused):
    size = 20 if name == "gap" else 12 if name == "overlap" else 8
    path = write(tmp_path / "h.safetensors", HEADERS[name], bytes(size))
    word = WORDS.get(name, "expected a shape")
    assert memory_of(lambda: refused(path, word)) < 8 << 20


RAW_HEADERS = {
    "bottomless lists": b"[" * 1_000_000, "bottomless objects": b'{"a":' * 200_000,
    "repeated key": b'{"a": {}, "a": {}}', "NaN": b'{"a": NaN}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "not utf-8": b'{"\xff\xfe\x00": 1}', "long number": b'{"a": ' + b"9" * 900_000 + b"}",
    "over the limit": b'{"a": "' + b"x" * (1 << 20) + b'"}', "spaces": b" " * 1000,
}  # fmt: skip


@pytest.mark.parametrize("name", RAW_HEADERS)
def test_hostile_json(name, tmp_path, write, refused):
    path = write(tmp_path / "h.safetensors", RAW_HEADERS[name], b"")
    word = {"repeated key": "twice", "NaN": "not a number", "over the limit": "at most",
            "utf-16": "dtype"}.get(name, "not valid JSON")  # fmt: skip
    assert memory_of(lambda: refused(path, word)) < 24 << 20


def test_every_depth_of_nesting(saved, parts, write, refused):
    """Near the interpreter's limit, parsing may succeed where printing then fails."""
    header, payload = parts(saved)
    for depth in range(1, 1100, 9):
        nested = "[" * depth + "]" * depth
        for key, text in (("config", f'{{"latent_dim": {nested}}}'), ("sample_shape", nested)):
            changed = {**header, "__metadata__": {**header["__metadata__"], key: text}}
            refused(write(saved, changed, payload))


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**32, (1 << 20) + 1, 10**6])
def test_header_lengths_that_lie(length, tmp_path, refused):
    path = tmp_path / "h.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b'{"a": 1}' * 50)
    assert memory_of(lambda: refused(path, str(length))) < 1 << 20


def test_a_sparse_file_of_many_gigabytes_is_not_read(tmp_path, write, refused):
    path = write(tmp_path / "h.safetensors", {"a": {**TENSOR, "data_offsets": [0, 1 << 40]}}, b"")
    os.truncate(path, 1 << 40)
    assert memory_of(lambda: refused(path)) < 1 << 20
