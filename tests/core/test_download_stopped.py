"""Downloads that stop half-way, meet something else in their place, or each other."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ae_core.data.idx_sets import IdxFile
from ae_core.errors import DataUnavailable
from tests.core.mirrors import (
    IMAGES,
    PACKED,
    TINY,
    Handler,
    Mirror,
    fetch,
    kind,
    lying_in,
    recompressed,
)


def interrupt(name: str, done: int, total: int | None) -> None:
    if name == IMAGES.removesuffix(".gz") and done > 30_000:
        raise KeyboardInterrupt


def chunked(handler: Handler, body: bytes) -> None:
    """Slow enough for the reader to see it arrive in pieces."""
    handler.start(200, len(body))
    for at in range(0, len(body), 16_384):
        handler.wfile.write(body[at : at + 16_384])
        handler.wfile.flush()
        time.sleep(0.02)


def test_a_stopped_download_is_resumed_by_the_next(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    mirror = start(chunked)
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, mirror, progress=interrupt)
    (left,) = set(lying_in(tmp_path)) - set(PACKED)
    assert left.startswith(".")
    assert left.endswith(".part")
    size = (tmp_path / left).stat().st_size
    assert 30_000 < size < len(PACKED[IMAGES])
    mirror.requests.clear()
    mirror.behave = kind
    fetch(tmp_path, mirror)
    assert mirror.requests == [(IMAGES, f"bytes={size}-")]
    assert lying_in(tmp_path) == PACKED


@pytest.mark.parametrize("content", [b"x" * 500, b"x" * 10**6], ids=["wrong bytes", "too long"])
def test_a_leftover_of_something_else_is_thrown_away(
    tmp_path: Path, start: Callable[..., Mirror], content: bytes
) -> None:
    mirror = start(chunked)
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, mirror, progress=interrupt)
    (left,) = tmp_path.glob(".*.part")
    left.write_bytes(content)
    mirror.behave = kind
    fetch(tmp_path, mirror)
    assert lying_in(tmp_path) == PACKED


def test_without_an_unpacked_digest_only_the_published_archive_will_do(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    import hashlib

    def known_by_archive(file: IdxFile) -> IdxFile:
        digest = hashlib.sha256(PACKED[f"{file.name}.gz"]).hexdigest()
        return replace(file, sha256=None, archive_sha256=digest)

    train_images = known_by_archive(TINY.train_images)
    idx_set = replace(TINY, train_images=train_images)
    with pytest.raises(DataUnavailable, match="not the right one"):
        fetch(tmp_path / "a", start(recompressed), idx_set=idx_set)
    assert IMAGES not in lying_in(tmp_path / "a")
    fetch(tmp_path / "a", start(), idx_set=idx_set)
    assert lying_in(tmp_path / "a")[IMAGES] == PACKED[IMAGES]


@pytest.mark.skipif(os.name != "posix", reason="a read-only folder needs POSIX modes")
def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataUnavailable, match="AE_DATA_DIR") as caught:
        fetch(tmp_path / "file" / "tiny", start())
    assert str(tmp_path / "file" / "tiny") in str(caught.value)


def test_two_threads_that_want_the_same_set_share_one_download(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    mirror = start(chunked)
    threads = [threading.Thread(target=fetch, args=(tmp_path, mirror)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lying_in(tmp_path) == PACKED
    assert len(mirror.requests) == 4
