"""Whatever is wrong with a file, the answer is a ModelFileError, soon and in little memory."""

import io
import json
import os
import pickle
import struct
import zipfile

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save as serialise

from ae_core import ModelFileError, TrainingState, fit, load_model, load_state, save_state
from ae_core.store import list_models, read_card

MODEL_KEYS = [
    "format", "format_version", "variant", "sample_shape", "config", "dataset", "recipe",
    "history", "test_figures", "versions",
]  # fmt: skip
VALUES = [
    "", "null", "[]", "{}", "0", "-1", '"text"', "NaN", "Infinity", "1e999", "[[[]]]", '{"a": 1}',
    "true", "9" * 5000, '{"a": NaN}', "[1, 2", "\x00", "{" * 3000, "[" * 100_000,
    '{"x": 1, "x": 2}',
    "[1, 8, -8]", "[1, 8, 8.0]", "[1, 8, 1e3]", "[true, 8, 8]", "[1048577]", "[1024, 1024, 1024]",
    "[0]", "[1, 1, 1, 1, 1]", "bottleneck-run", "variational", "pca", "1.0", "2", "١",
    '{"epoch": [1]}', '{"epoch": "12"}', '{"name": {"deep": []}, "sha256": 3}',
]  # fmt: skip


def test_other_formats(tmp_path, refused):
    image, archive = io.BytesIO(), io.BytesIO()
    Image.new("L", (60, 60)).save(image, "png")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "x" * 99)
    contents = {
        "png": image.getvalue(), "zip": archive.getvalue(), "empty": b"", "one": b"\x00",
        "pickle": pickle.dumps({"weights": list(range(99))}), "text": b"hello, model\n" * 9,
        "zeros": bytes(4096), "ones": b"\xff" * 4096, "json": b'{"a": 1}', "nine": bytes(9),
        "npy": b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }",
    }  # fmt: skip
    for name, content in contents.items():
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(content)
        for load in (load_model, load_state, read_card):
            refused(path, load=load)
    assert len(list_models(tmp_path)) == len(contents)


def test_not_a_file(tmp_path, refused):
    refused(tmp_path / "missing.safetensors", "no such file")
    (tmp_path / "folder.safetensors").mkdir()
    refused(tmp_path / "folder.safetensors", "not a file")
    os.mkfifo(tmp_path / "pipe.safetensors")
    refused(tmp_path / "pipe.safetensors", "not a file")
    (tmp_path / "loop.safetensors").symlink_to("loop.safetensors")
    refused(tmp_path / "loop.safetensors")
    with pytest.raises(ModelFileError):
        load_model("nul\x00.safetensors")


def test_a_pickle_is_never_run(tmp_path, refused):
    class Boom:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "executed"),))

    path = tmp_path / "evil.safetensors"
    for content in (pickle.dumps(Boom()), struct.pack("<Q", 40) + pickle.dumps(Boom())):
        path.write_bytes(content)
        refused(path)
    torch.save({"w": Boom()}, path)
    refused(path)
    assert not (tmp_path / "executed").exists()


def test_truncated_anywhere(saved, refused):
    raw = saved.read_bytes()
    header_end = 8 + struct.unpack("<Q", raw[:8])[0]
    cuts = {*range(64), *range(64, header_end, 41), *range(header_end, len(raw), 331)}
    for cut in sorted(cuts | {header_end - 1, header_end, header_end + 1, len(raw) - 1}):
        saved.write_bytes(raw[:cut])
        refused(saved)
    for extra in (b"\x00", b"tail" * 9):
        saved.write_bytes(raw + extra)
        refused(saved, "truncated or padded")


def test_flipped_bits_in_the_header(saved):
    """Either refused, or still a whole model: never another kind of exception."""
    raw = saved.read_bytes()
    header_end = 8 + struct.unpack("<Q", raw[:8])[0]
    count = 0
    for position in [*range(8), *range(8, header_end, 5)]:
        flipped = bytearray(raw)
        flipped[position] ^= 1 << (position % 8)
        saved.write_bytes(flipped)
        try:
            load_model(saved)
        except ModelFileError:
            count += 1
    assert count > 100


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_damage(saved, data):
    raw = bytearray(saved.read_bytes())
    keep = bytes(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(raw), 4000)))
        raw[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=12))
    try:
        saved.write_bytes(raw)
        load_model(saved)
    except ModelFileError:
        pass
    finally:
        saved.write_bytes(keep)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200), st.booleans())
def test_random_bytes(refused, tmp_path, content, honest):
    path = tmp_path / "r.safetensors"
    path.write_bytes((struct.pack("<Q", len(content)) if honest else b"") + content)
    refused(path)


def test_a_newer_version(saved, parts, write, refused):
    header, payload = parts(saved)
    header["__metadata__"]["format_version"] = "2"
    refused(write(saved, header, payload), "expected format version 1", "'2'", "newer")


@pytest.mark.parametrize("key", MODEL_KEYS)
def test_every_metadata_field_with_every_wrong_value(key, saved, parts, write, refused):
    header, payload = parts(saved)
    original, told = header["__metadata__"], []
    for value in VALUES:
        header["__metadata__"] = {**original, key: value}
        write(saved, header, payload)
        try:
            load_model(saved)
        except ModelFileError as error:
            told.append(len(str(error)))
        else:
            assert key in ("config", "dataset", "recipe", "test_figures", "versions"), value
    assert max(told) < 800
    header["__metadata__"] = {k: v for k, v in original.items() if k != key}
    refused(write(saved, header, payload))


def rewritten(parts, path, change):
    header, payload = parts(path)
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            flat = torch.frombuffer(bytearray(payload[start:stop]), dtype=torch.float32)
            tensors[name] = flat.reshape(entry["shape"])
    change(tensors)
    path.write_bytes(serialise(tensors, metadata=header["__metadata__"]))
    return path


FIRST = "encoder.layers.0.weight"


def test_tensors_that_the_architecture_does_not_predict(saved, parts, refused):
    raw = saved.read_bytes()
    cases = {
        "found none": lambda t: t.pop(FIRST),
        "(16, 63)": lambda t: t.update({FIRST: torch.zeros(16, 63)}),
        "(64, 16)": lambda t: t.update({FIRST: t[FIRST].t().contiguous()}),
        "expected none": lambda t: t.update({"stowaway": torch.zeros(2)}),
        "U8": lambda t: t.update({FIRST: torch.zeros(16, 64, dtype=torch.uint8)}),
    }
    for found, change in cases.items():
        saved.write_bytes(raw)
        text = refused(rewritten(parts, saved, change), found, "expected", "found")
        assert FIRST in text or "stowaway" in text
    for value in (float("nan"), float("inf"), float("-inf")):
        saved.write_bytes(raw)
        path = rewritten(parts, saved, lambda t, v=value: t[FIRST].view(-1)[100].fill_(v))
        refused(path, FIRST, "expected finite", "NaN or infinity")


def test_hostile_runs(small, digits, tmp_path, parts, write, refused):
    model, state = small("sparse"), TrainingState()
    next(fit(model, digits, state=state, epochs=2, patience=2, device="cpu"))
    path = save_state(model, state, tmp_path / "run.safetensors")
    header, payload = parts(path)
    for key in ("progress", "recipe", "history", "config", "dataset", "variant"):
        for value in VALUES:
            if key == "dataset" and value.startswith("{"):
                continue  # a name and a digest: fit compares it with the data it is given
            metadata = {**header["__metadata__"], key: value}
            refused(write(path, {**header, "__metadata__": metadata}, payload), load=load_state)
    for name, wrong in (("epoch", 10**400), ("epoch", [1]), ("best_total", "x"), ("epoch", -1),
                        ("epoch", 7), ("best_epoch", 1e999), ("finished", "no")):  # fmt: skip
        progress = {**json.loads(header["__metadata__"]["progress"]), name: wrong}
        metadata = {**header["__metadata__"], "progress": json.dumps(progress)}
        refused(write(path, {**header, "__metadata__": metadata}, payload), load=load_state)
    for name, wrong in (("epochs", -1), ("seed", "a"), ("patience", []), ("schedule", {})):
        recipe = {**json.loads(header["__metadata__"]["recipe"]), name: wrong}
        metadata = {**header["__metadata__"], "recipe": json.dumps(recipe)}
        refused(write(path, {**header, "__metadata__": metadata}, payload), load=load_state)
