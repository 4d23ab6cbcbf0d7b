"""A file is the old one or the new one, whole, whatever interrupts the saving."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from ae_core import ModelFileError, build, load_model, save_model
from ae_core import safefile as module


def models():
    """Two of one architecture, told apart by every weight and by their recipes."""
    pair = []
    for value in (1.0, 2.0):
        model = build("undercomplete", (4,), hidden_sizes=(8,))
        with torch.no_grad():
            for p in model.parameters():
                p.fill_(value)
        pair.append(model)
    return pair


def distinct(model):
    return {value for p in model.parameters() for value in p.detach().unique().tolist()}


def fail(*_, **__):
    raise OSError(28, "No space left on device")


def interrupt(*_, **__):
    raise KeyboardInterrupt


class Torn:
    """A file that takes half of what it is given, then fails."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, payload):
        self.file.write(payload[: len(payload) // 2])
        self.file.flush()
        fail()


STAGES = {
    "temporary": (module.tempfile, "mkstemp", fail),
    "half written": (module.os, "fdopen", None),
    "fsync": (module.os, "fsync", fail),
    "chmod": (module.os, "chmod", fail),
    "rename": (module.os, "replace", fail),
    "Ctrl-C in fsync": (module.os, "fsync", interrupt),
    "Ctrl-C before rename": (module.os, "replace", interrupt),
}


@pytest.mark.parametrize(("where", "name", "action"), STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("fresh", [False, True], ids=["over an old file", "fresh"])
def test_a_failure_at_any_stage(where, name, action, fresh, tmp_path, monkeypatch):
    old, new = models()
    path = tmp_path / "m.safetensors"
    before = None if fresh else save_model(old, path).read_bytes()
    if action is None:
        original = os.fdopen
        monkeypatch.setattr(where, name, lambda *a, **k: Torn(original(*a, **k)))
    else:
        monkeypatch.setattr(where, name, action)
    expected = KeyboardInterrupt if action is interrupt else ModelFileError
    with pytest.raises(expected) as caught:
        save_model(new, path)
    if expected is ModelFileError:
        assert "No space left on device" in str(caught.value)
        assert "m.safetensors" in str(caught.value)
    monkeypatch.undo()
    left = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert left == ({} if fresh else {path.name: before})  # no litter
    save_model(new, path)
    assert load_model(path).encoder.layers[0].weight[0, 0] == 2


def test_the_new_file_is_whole_before_it_has_the_name(tmp_path, monkeypatch):
    """fsync of the file, then the rename, then fsync of the folder; in one folder."""
    events, original = [], {n: getattr(os, n) for n in ("fsync", "replace")}
    path = tmp_path / "m.safetensors"

    def fsync(descriptor):
        kind = "folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file"
        events.append((kind, os.fstat(descriptor).st_size if kind == "file" else None))
        original["fsync"](descriptor)

    def replace(source, target):
        assert Path(source).parent == Path(target).parent == tmp_path
        events.append(("rename", Path(source).stat().st_size))
        original["replace"](source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    save_model(models()[0], path)
    size = path.stat().st_size
    assert events == [("file", size), ("rename", size), ("folder", None)]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_name_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.safetensors").mkdir()
    for path in (tmp_path / "file" / "m.safetensors", tmp_path / "folder.safetensors",
                 tmp_path / ("x" * 300 + ".safetensors")):  # fmt: skip
        with pytest.raises(ModelFileError, match="cannot be written"):
            save_model(models()[0], path)
    assert {p.name for p in tmp_path.iterdir()} == {"file", "folder.safetensors"}


def test_card_and_weights_come_from_one_file(tmp_path, monkeypatch):
    """Saved over while being read: a clear refusal, never the old card with new weights."""
    path = tmp_path / "m.safetensors"
    for model, text in zip(models(), "ab", strict=True):
        save_model(model, tmp_path / f"{text}.safetensors", recipe={"which": text})
    os.link(tmp_path / "a.safetensors", path)
    original = module.parse_json
    swapped = []

    def swap_after_header(name, what, text):
        if not swapped:
            swapped.append(what)
            os.replace(tmp_path / "b.safetensors", path)
        return original(name, what, text)

    monkeypatch.setattr(module, "parse_json", swap_after_header)
    with pytest.raises(ModelFileError, match="another file was saved in its place"):
        load_model(path)
    assert load_model(path).recipe["which"] == "b"


def test_readers_and_writers_at_once(tmp_path):
    """Threads save and load one name: every load sees one whole model or says to try again."""
    path = tmp_path / "m.safetensors"
    pair = models()
    for i, model in enumerate(pair):
        model.seed = i + 1
    save_model(pair[0], path, recipe={"value": 1})
    stop = threading.Event()

    def write():
        i = 0
        while not stop.is_set():
            i += 1
            save_model(pair[i % 2], path, recipe={"value": i % 2 + 1})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = set()
        for _ in range(80):
            try:
                model = load_model(path)
            except ModelFileError as error:
                if "load it again" not in str(error):
                    raise
                continue
            values = distinct(model)
            assert values == {float(model.recipe["value"])}
            seen |= values
    finally:
        stop.set()
        writer.join()
    assert seen == {1.0, 2.0}


SAVER = """
import os, sys
import torch
from ae_core import build, save_model

pair = []
for value in (1.0, 2.0):
    model = build("undercomplete", (64,), hidden_sizes=(256,))
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(value)
    pair.append(model)
save_model(pair[0], sys.argv[1], recipe={"value": 1})
print("ready", flush=True)
while sys.stdin.readline():  # one import of torch serves all: a child per kill does the saving
    child = os.fork()
    if child == 0:
        turn = os.getpid()
        while True:
            turn += 1
            save_model(pair[turn % 2], sys.argv[1], recipe={"value": turn % 2 + 1})
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


def test_a_killed_process_leaves_a_whole_file(tmp_path):
    """kill -9 at twenty random moments of one long series of saves."""
    path, clock = tmp_path / "m.safetensors", random.Random(0)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(path)], cwd=root, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "ready\n"
        seen = []
        for _ in range(20):
            process.stdin.write("go\n")
            process.stdin.flush()
            child = int(process.stdout.readline())
            threading.Event().wait(clock.uniform(0.002, 0.08))
            os.kill(child, signal.SIGKILL)
            assert process.stdout.readline() == "dead\n"
            model = load_model(path)
            values = distinct(model)
            assert values == {float(model.recipe["value"])}
            seen.append(values.pop())
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()
    assert set(seen) == {1.0, 2.0}
    assert process.returncode == 0
    litter = [p for p in tmp_path.iterdir() if p != path]
    assert all(p.name.startswith(".") and p.name.endswith(".tmp") for p in litter)
