"""What a run's folder is made of: JSON files replaced whole, lines that grow, locks that die
with their holder. Nothing here waits for a reader, and no reader writes.
"""

import fcntl
import json
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from ae_core.errors import ModelFileError
from ae_core.safefile import parse_json, write_atomically

MAX_PENDING = 32  # writes that may wait for the disk
PATIENCE = 40  # tries to get a lock that a reader may be looking at this instant


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file, whole or not at all."""
    write_atomically(path, json.dumps(value, allow_nan=False).encode())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; ModelFileError where there is none."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    value = parse_json(path.name, "the file", text)
    if not isinstance(value, dict):
        raise ModelFileError(f"{path}: expected a JSON object, found {str(value)[:60]!r}")
    return value


def append_line(path: Path, value: Any) -> None:
    """One more line of JSON, in one call: what a kill leaves of it, the reader ignores."""
    line = json.dumps(value, allow_nan=False).encode() + b"\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a growing file; what follows the first torn one does not count."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for line in raw.split(b"\n")[:-1]:  # after the last newline: nothing, or a torn line
        try:
            value = parse_json(path.name, "a line", line)
        except ModelFileError:
            break
        if not isinstance(value, dict):
            break
        found.append(value)
    return found


def mend_lines(path: Path) -> None:
    """Cut off a torn end, so that the next line starts on its own."""
    whole = b"".join(json.dumps(v).encode() + b"\n" for v in read_lines(path))
    if path.exists() and path.read_bytes() != whole:
        write_atomically(path, whole)


class Lock:
    """An exclusive lock on a file, freed by the kernel when its holder ends, however it ends."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self.handle = path, handle

    @classmethod
    def take(cls, path: Path, *, wait: bool = False) -> "Lock | None":
        """The lock, or None where another process (or another handle of this one) has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        for turn in range(1 if wait else PATIENCE):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                return cls(path, handle)
            except BlockingIOError:
                if turn == 0 and not _only_looked_at(handle):
                    break
                time.sleep(0.001)
        os.close(handle)
        return None

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock; asks with a shared one, which changes nothing."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _only_looked_at(handle: int) -> bool:
    """Whether those in the way are readers: a shared lock can be had beside theirs."""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return True


class Pen:
    """Writes in the background, in the order given: a disk that takes its time holds up nobody."""

    def __init__(self) -> None:
        self.hand = ThreadPoolExecutor(1)
        self.pending: deque[Future[Any]] = deque()

    def write(self, function: Callable[..., Any], *args: Any) -> None:
        """Call it after everything before it; an earlier one's failure is raised here."""
        self.pending.append(self.hand.submit(function, *args))
        while self.pending and (len(self.pending) > MAX_PENDING or self.pending[0].done()):
            self.pending.popleft().result()

    def close(self) -> None:
        """Wait until everything is on disk."""
        try:
            while self.pending:
                self.pending.popleft().result()
        finally:
            self.hand.shutdown()
