"""Real HTTP servers on loopback that hold a tiny data set, kind and unkind ones."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from ae_core.data import Patience, Progress
from ae_core.data.download import fetch_set
from ae_core.data.idx import idx_header, idx_sha256
from ae_core.data.idx_sets import IdxFile, IdxSet

HASTE = Patience(attempts=3, backoff_seconds=0.01, connect_seconds=5, stall_seconds=10)
# Only for servers that stall: on a busy machine a kind one may need longer than this.
NERVOUS = replace(HASTE, stall_seconds=0.4)


class Handler(BaseHTTPRequestHandler):
    """GET with Range support; a mirror's `behave` may spoil it."""

    protocol_version = "HTTP/1.1"
    mirror: "Mirror"

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        body = self.mirror.files.get(name)
        self.mirror.requests.append((name, self.headers.get("Range")))
        self.close_connection = True
        if body is None:
            self.send_error(404)
        else:
            self.mirror.behave(self, body)

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def start(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


def kind(handler: Handler, body: bytes, stop: int | None = None) -> None:
    """Serve the file, or the asked range of it; `stop` hangs up after that many bytes of it."""
    asked = handler.headers.get("Range")
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    if asked and start >= len(body):
        handler.start(416, 0)
    elif asked:
        content_range = f"bytes {start}-{len(body) - 1}/{len(body)}"
        handler.start(206, len(body) - start, Content_Range=content_range)
    else:
        handler.start(200, len(body))
    handler.wfile.write(body[start:stop])


def forgetful(handler: Handler, body: bytes) -> None:
    """No Range support: always the whole file."""
    handler.start(200, len(body))
    handler.wfile.write(body)


def truncating(handler: Handler, body: bytes) -> None:
    """Announces everything, hangs up half-way, each time."""
    handler.start(200, len(body))
    handler.wfile.write(body[: len(body) // 2])


def hanging_up(handler: Handler, body: bytes) -> None:
    """Hangs up after another third of the file at every request."""
    asked = handler.headers.get("Range", "bytes=0-")
    kind(handler, body, stop=int(asked[6:-1]) + len(body) // 3 + 1)


def closing_early(handler: Handler, body: bytes) -> None:
    """Announces no length, so that only the file itself can show that it is cut."""
    handler.start(200, None, Connection="close")
    handler.wfile.write(body[: len(body) // 2])


def corrupting(handler: Handler, body: bytes) -> None:
    spoiled = bytearray(body)
    spoiled[len(body) // 2] ^= 0xFF
    kind(handler, bytes(spoiled))


def other_pixels(handler: Handler, body: bytes) -> None:
    """A faultless gzip of a faultless idx file with one changed byte."""
    raw = bytearray(gzip.decompress(body))
    raw[-1] ^= 1
    kind(handler, gzip.compress(bytes(raw)))


def recompressed(handler: Handler, body: bytes) -> None:
    kind(handler, gzip.compress(gzip.decompress(body), compresslevel=1, mtime=1))


def unpacked(handler: Handler, body: bytes) -> None:
    kind(handler, gzip.decompress(body))


def stalling(handler: Handler, body: bytes) -> None:
    handler.start(200, len(body))
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.mirror.closing.wait(20)


def dripping(handler: Handler, body: bytes) -> None:
    """Never silent for long, never done."""
    handler.start(200, len(body))
    for byte in body:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if handler.mirror.closing.wait(0.02):
            return


def endless(handler: Handler, body: bytes) -> None:
    handler.start(200, None, Connection="close")
    while not handler.mirror.closing.is_set():
        handler.wfile.write(body)


def boastful(handler: Handler, body: bytes) -> None:
    handler.start(200, 1 << 40)


def busy(handler: Handler, body: bytes) -> None:
    handler.start(503, 0)


def web_page(handler: Handler, body: bytes) -> None:
    """A captive portal: 200, and HTML."""
    page = b"<html>Please log in</html>"
    handler.start(200, len(page), Content_Type="text/html")
    handler.wfile.write(page)


Behaviour = Callable[[Handler, bytes], None]


@dataclass
class Mirror:
    """A server of files on 127.0.0.1; remembers what was asked."""

    files: dict[str, bytes]
    behave: Behaviour = kind
    url: str = ""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    handler = type("Bound", (Handler,), {"mirror": mirror})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # a client that hangs up is no news
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        mirror.url = f"http://127.0.0.1:{server.server_port}/data"
        try:
            yield mirror
        finally:
            mirror.closing.set()
            server.shutdown()
            thread.join()


def pixels() -> dict[str, np.ndarray]:
    rng = np.random.RandomState(0)
    return {
        "train-images-idx3-ubyte": rng.randint(0, 256, (120, 28, 28)).astype(np.uint8),
        "train-labels-idx1-ubyte": np.arange(120, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte": rng.randint(0, 256, (20, 28, 28)).astype(np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(20, dtype=np.uint8) % 10,
    }


RAW = {name: idx_header(array.shape) + array.tobytes() for name, array in pixels().items()}
PACKED = {f"{name}.gz": gzip.compress(raw, mtime=0) for name, raw in RAW.items()}
TINY = IdxSet(
    "tiny", *(IdxFile(name, array.shape, idx_sha256(array)) for name, array in pixels().items())
)
IMAGES = "train-images-idx3-ubyte.gz"


def fetch(
    folder: Path,
    *mirrors: Mirror,
    idx_set: IdxSet = TINY,
    patience: Patience = HASTE,
    progress: Progress | None = None,
) -> None:
    fetch_set(idx_set, folder, [mirror.url for mirror in mirrors], progress, patience)


def patience_with(behave: Behaviour) -> Patience:
    return NERVOUS if behave in (stalling, dripping) else HASTE


def lying_in(folder: Path) -> dict[str, bytes]:
    """Every file, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
