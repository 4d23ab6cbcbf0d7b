"""One safetensors file, written whole or not at all, read with every doubt.

The header is checked before a tensor is allocated: nothing in a file is trusted or executed.
Format: https://github.com/huggingface/safetensors (8-byte length, JSON header, raw tensors).
"""

import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as serialise
from torch import Tensor

from ae_core.errors import ModelFileError
from ae_core.half import halved

MAX_HEADER = 1 << 20
MAX_TENSORS = 2000
DTYPES = {"F32": 4, "F16": 2, "U8": 1}

Spec = tuple[str, tuple[int, ...]]  # dtype, shape


@dataclass(frozen=True)
class Header:
    """What a file says of itself: its metadata, each tensor's dtype and shape."""

    metadata: dict[str, str]
    tensors: dict[str, Spec]
    raw: bytes = b""  # as it stands in the file


def write_atomically(path: Path, payload: bytes) -> None:
    """Temporary name, fsync, rename, fsync of the folder: the old file or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], half: bool = False
) -> None:
    """Save tensors (moved to the CPU; `half`: matrices as float16) and metadata, atomically."""
    plain = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    for name, t in plain.items():
        if t.dtype not in (torch.float32, torch.uint8):
            raise ModelFileError(
                f"{path.name}: not saved, tensor {name!r} is {t.dtype}, files hold torch.float32; "
                "convert the model with .float()"
            )
        if t.is_floating_point() and not bool(t.isfinite().all()):
            raise ModelFileError(
                f"{path.name}: not saved, tensor {name!r} has NaN or infinite values"
            )
    try:
        plain = halved(plain) if half else plain
    except ModelFileError as error:
        raise ModelFileError(f"{path.name}: not saved, {error}") from None
    payload = serialise(plain, metadata=dict(metadata))
    if int.from_bytes(payload[:8], "little") > MAX_HEADER:
        raise ModelFileError(
            f"{path.name}: not saved, the header would exceed {MAX_HEADER} bytes; "
            "shorten the history"
        )
    try:
        write_atomically(path, payload)
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_header(path: Path) -> Header:
    """The checked header of a file; reads no tensor."""
    try:
        if not path.is_file():  # a pipe would make us wait for ever
            raise FileNotFoundError(0, "no such file" if not path.exists() else "not a file")
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            raw = file.read(length) if length <= min(size - 8, MAX_HEADER) else b""
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        text = getattr(error, "strerror", None) or error
        raise ModelFileError(f"{path}: cannot be read: {text}") from error
    if size < 10 or length > size - 8:
        raise ModelFileError(
            f"{path.name}: truncated or not a model file: its header should be {length} "
            f"bytes long, the file has {size}"
        )
    if length > MAX_HEADER:
        raise ModelFileError(
            f"{path.name}: header of {length} bytes, at most {MAX_HEADER} are accepted"
        )
    return _parsed(path.name, raw, size - 8 - length)


def read_tensors(path: Path, header: Header, expected: Mapping[str, Spec]) -> dict[str, Tensor]:
    """The tensors of a file whose header was read: exactly the expected ones, and finite.

    float16 becomes the float32 that is expected.
    """
    _match(path.name, header.tensors, expected)
    try:
        payload = path.read_bytes()
        if payload[8 : 8 + len(header.raw)] != header.raw:
            raise ModelFileError(f"{path.name}: another file was saved in its place; load it again")
        tensors = parse_tensors(payload)
    except ModelFileError:
        raise
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError(f"{path.name}: cannot be read: {error}") from error
    for name, t in tensors.items():
        if t.is_floating_point() and not bool(t.isfinite().all()):
            raise ModelFileError(
                f"{path.name}: tensor {name!r}: expected finite numbers, found NaN or infinity"
            )
    return {name: t.float() if t.dtype == torch.float16 else t for name, t in tensors.items()}


def parse_json(name: str, what: str, text: str | bytes) -> Any:
    """JSON without NaN, repeated keys or bottomless nesting; else ModelFileError."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{name}: {what} is not valid JSON: {error}") from error


def _parsed(name: str, raw: bytes, payload: int) -> Header:
    header = parse_json(name, "the header", raw)
    if not isinstance(header, dict):
        raise ModelFileError(f"{name}: not a model file: the header is no JSON object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ModelFileError(f"{name}: the header's __metadata__ must map texts to texts")
    if len(header) > MAX_TENSORS:
        raise ModelFileError(f"{name}: {len(header)} tensors, at most {MAX_TENSORS} are accepted")
    spans, specs = [], {}
    for tensor, entry in header.items():
        specs[tensor], span = _spec(name, tensor, entry)
        spans.append(span)
    end = 0
    for start, stop in sorted(spans):
        if start != end:
            raise ModelFileError(f"{name}: tensors overlap or leave a gap at byte {end}")
        end = stop
    if end != payload:
        raise ModelFileError(
            f"{name}: truncated or padded: tensors need {end} bytes, the file holds {payload}"
        )
    return Header(metadata, specs, raw)


def _spec(name: str, tensor: str, entry: Any) -> tuple[Spec, tuple[int, int]]:
    fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
    dtype, shape, span = (fields.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise ModelFileError(
            f"{name}: tensor {tensor!r:.80}: expected dtype {' or '.join(DTYPES)}, "
            f"found {dtype!r:.40}"
        )
    if not _naturals(shape) or len(shape) > 8:
        raise ModelFileError(
            f"{name}: tensor {tensor!r:.80}: expected a shape, found {shape!r:.80}"
        )
    if not _naturals(span) or len(span) != 2:
        raise ModelFileError(
            f"{name}: tensor {tensor!r:.80}: expected two offsets, found {span!r:.80}"
        )
    needed = math.prod(shape) * DTYPES[dtype]
    if span[1] - span[0] != needed:
        raise ModelFileError(
            f"{name}: tensor {tensor!r:.80}: expected {needed} bytes for shape {tuple(shape)}, "
            f"found {span[1] - span[0]}"
        )
    return (dtype, tuple(shape)), (span[0], span[1])


def _naturals(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 48 for n in value)


def _match(name: str, found: Mapping[str, Spec], expected: Mapping[str, Spec]) -> None:
    for tensor, spec in expected.items():
        if tensor not in found:
            raise ModelFileError(
                f"{name}: tensor {tensor!r:.80}: expected {_text(spec)}, found none"
            )
        halved_spec = ("F16", spec[1]) if spec[0] == "F32" else spec
        if found[tensor] not in (spec, halved_spec):
            raise ModelFileError(
                f"{name}: tensor {tensor!r:.80}: expected {_text(spec)}, "
                f"found {_text(found[tensor])}"
            )
    for tensor in found:
        if tensor not in expected:
            raise ModelFileError(
                f"{name}: tensor {tensor!r:.80}: expected none of that name for this architecture, "
                f"found {_text(found[tensor])}"
            )


def _text(spec: Spec) -> str:
    return f"{spec[0]} {spec[1]}"


def spec_of(t: Tensor) -> Spec:
    """dtype and shape as a header writes them."""
    return ("U8" if t.dtype == torch.uint8 else "F32", tuple(t.shape))
