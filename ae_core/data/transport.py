"""One HTTP download into a partial file: resumable, bounded, and never waiting for ever."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int | None], None]  # file, bytes so far, bytes in all if known

CHUNK = 1 << 16
MIN_BYTES_PER_SECOND = 512  # slower than this over the whole stall window counts as a stall
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
LONGEST_PAUSE = 30.0  # seconds; a server's Retry-After is honoured up to here


class Interrupted(Exception):
    """The transfer broke off, or the server is busy: worth another attempt."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause  # seconds the server asks for


class Refused(Exception):
    """This address will not give the file, however often it is asked."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a mirror before the next one is tried."""

    attempts: int = 3
    backoff_seconds: float = 0.5  # doubled after every attempt
    connect_seconds: float = 10.0
    stall_seconds: float = 20.0


def download(
    url: str, part: Path, *, limit: int, name: str, progress: Progress, patience: Patience
) -> None:
    """Complete `part` from `url` in a few attempts; delete it when they all fail.

    Anything else that ends the download (Ctrl-C, a kill, an error in `progress`) leaves `part` to
    be resumed. Raises Interrupted or Refused.
    """
    for attempt in range(1, patience.attempts + 1):
        try:
            _attempt(url, part, limit, name, progress, patience)
            return
        except Refused:
            part.unlink(missing_ok=True)
            raise
        except Interrupted as error:
            if attempt >= patience.attempts:
                part.unlink(missing_ok=True)
                raise Interrupted(f"{error} ({attempt} attempts)") from error
            time.sleep(max(patience.backoff_seconds * 2 ** (attempt - 1), error.pause))


def _attempt(
    url: str, part: Path, limit: int, name: str, progress: Progress, patience: Patience
) -> None:
    import requests
    import urllib3

    have = part.stat().st_size if part.exists() else 0
    # "identity": what arrives are the file's own bytes, and a Range counts in them.
    headers = {"Accept-Encoding": "identity", "User-Agent": "bottleneck"}
    if have:
        headers["Range"] = f"bytes={have}-"
    waits = (patience.connect_seconds, patience.stall_seconds)
    try:
        with requests.get(url, headers=headers, stream=True, timeout=waits) as response:
            start = _start(response, have, part)
            length = response.headers.get("Content-Length", "")
            total = start + int(length) if length.isdigit() else None
            if total is not None and total > limit:
                raise Refused(f"offers {total} bytes, at most {limit} can be right")
            with part.open("r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                _receive(response.raw, file, start, total, limit, name, progress, patience)
    except ValueError as error:  # requests' errors about the address itself
        raise Refused(f"not a usable address: {error}") from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise Interrupted("no answer in time") from error
    except urllib3.exceptions.ProtocolError as error:  # also a body shorter than announced
        got = part.stat().st_size if part.exists() else 0
        raise Interrupted(f"the connection broke after {got} bytes") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Interrupted(f"the connection failed ({type(error).__name__})") from error


def _start(response: Any, have: int, part: Path) -> int:
    """Where the body that comes belongs in the partial file: its end, or 0."""
    status = response.status_code
    if status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        return have
    if status == 200:  # no Range support, or nothing to resume
        return 0
    if status in (206, 416):  # the leftover does not fit what the server has now
        part.unlink(missing_ok=True)
        raise Interrupted(f"the server could not resume at byte {have}")
    reason = f"the server answered {status} {response.reason}"
    if status in BUSY:
        asked = response.headers.get("Retry-After", "")
        raise Interrupted(reason, min(float(asked), LONGEST_PAUSE) if asked.isdigit() else 0.0)
    raise Refused(reason)


def _receive(
    raw: Any,
    file: Any,
    done: int,
    total: int | None,
    limit: int,
    name: str,
    progress: Progress,
    patience: Patience,
) -> None:
    since, seen = time.monotonic(), done
    while chunk := raw.read1(CHUNK, decode_content=False):  # whatever is there, so drips show
        file.write(chunk)
        done += len(chunk)
        if done > limit:
            raise Refused(f"sends more than {limit} bytes, it cannot be the right file")
        progress(name, done, total)
        if (waited := time.monotonic() - since) > patience.stall_seconds:
            if done - seen < MIN_BYTES_PER_SECOND * waited:
                raise Interrupted(f"stalled: {done - seen} bytes in {waited:.0f} s")
            since, seen = time.monotonic(), done
