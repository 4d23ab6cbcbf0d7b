"""The command line as a process: downloads, terminals, pipes."""

import http.server
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ae_core
from ae_core.store import load_state, read_card

Output = tuple[int, str, str]


@pytest.fixture
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server that has nothing of what is asked for."""
    folder = tmp_path_factory.mktemp("web")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_download_that_fails_names_every_mirror(
    cli: Callable[..., Output], mirror: str, tmp_path: Path
) -> None:
    code, _, stderr = cli("data", "mnist", "--dir", tmp_path / "sets", "--mirror", f"{mirror}/one",
                          "--mirror", f"{mirror}/two")  # fmt: skip
    assert code == 2
    assert stderr.count("\n") == 1
    assert "/one/" in stderr
    assert "/two/" in stderr
    assert "404" in stderr
    assert not any(p.is_file() for p in tmp_path.rglob("*"))


def child(*argv: object, **settings: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ae_core", *(os.fsencode(str(a)) for a in argv)]
    return subprocess.Popen(command, cwd=Path(ae_core.__file__).parents[1], **settings)


def test_a_process_takes_any_file_name_and_keeps_stdout_pure(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 [bold]\n.safetensors")
    process = child(
        "train", "pca", "--data", "digits", "--out", name, "--json",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUTF8": "0"},
    )  # fmt: skip
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(stdout)["variant"] == "pca"
    assert stderr.count(b"\n") == 1
    assert read_card(name).variant == "pca"


def test_ctrl_c_in_a_terminal_keeps_the_run(tmp_path: Path) -> None:
    run, (terminal, end) = tmp_path / "run", pty.openpty()
    process = child(
        "train", "sparse", "--data", "rings", "--epochs", 100_000, "--hidden-sizes", 8,
        "--save-state", run, "--out", tmp_path / "m", stdout=subprocess.PIPE, stderr=end,
    )  # fmt: skip
    os.close(end)
    seen = read_until(terminal, rb" (?:[3-9]|\d\d+)/100000 epochs")
    assert b" valid " in seen  # the bar is drawn while it runs
    process.send_signal(signal.SIGINT)
    rest = read_until(terminal, rb"--resume \S+")
    stdout, _ = process.communicate(timeout=30)
    os.close(terminal)
    assert (process.returncode, stdout) == (130, b"")
    assert b"interrupted after epoch" in rest
    assert load_state(run)[1].epoch >= 3
    assert not (tmp_path / "m").exists()


def read_until(terminal: int, pattern: bytes, seconds: float = 60) -> bytes:
    """What a terminal shows until the pattern has appeared."""
    seen, end = b"", time.monotonic() + seconds
    while not re.search(pattern, re.sub(rb"\x1b\[[0-9;?]*\w|[\r\n]", b"", seen)):
        assert time.monotonic() < end, seen[-2000:]
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
    return re.sub(rb"\x1b\[[0-9;?]*\w|[\r\n]", b"", seen)


def test_a_reader_that_leaves_early_is_no_error() -> None:
    process = child("list", "--data", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1
