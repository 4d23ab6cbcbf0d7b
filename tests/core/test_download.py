"""The downloader against real HTTP servers on loopback, kind and unkind ones."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ae_core.data import DATASETS, download_dataset, is_available, load_dataset
from ae_core.data.download import fetch_set
from ae_core.data.idx_sets import MNIST, locate
from ae_core.errors import DataUnavailable
from tests.core.mirrors import (
    HASTE,
    IMAGES,
    PACKED,
    RAW,
    TINY,
    Behaviour,
    Handler,
    Mirror,
    boastful,
    busy,
    closing_early,
    corrupting,
    dripping,
    endless,
    fetch,
    forgetful,
    hanging_up,
    kind,
    lying_in,
    other_pixels,
    patience_with,
    recompressed,
    stalling,
    truncating,
    unpacked,
    web_page,
)


def test_a_kind_mirror_delivers_every_file(tmp_path: Path, start: Callable[..., Mirror]) -> None:
    mirror, seen = start(), []
    fetch(tmp_path, mirror, progress=lambda *step: seen.append(step))
    assert lying_in(tmp_path) == PACKED
    assert sorted(name for name, _ in mirror.requests) == sorted(PACKED)
    for name, content in PACKED.items():
        steps = [done for file, done, total in seen if f"{file}.gz" == name]
        assert steps == sorted(steps)
        assert steps[-1] == len(content)
    assert {total for *_, total in seen} == {len(content) for content in PACKED.values()}
    assert (tmp_path / IMAGES).stat().st_mode & 0o444 == 0o444  # a class shares the folder


def test_intact_files_are_not_asked_for_again(tmp_path: Path, start: Callable[..., Mirror]) -> None:
    mirror = start()
    fetch(tmp_path, mirror)
    broken = tmp_path / IMAGES
    broken.write_bytes(broken.read_bytes()[:-100])
    mirror.requests.clear()
    fetch(tmp_path, mirror)
    assert mirror.requests == [(IMAGES, None)]
    assert lying_in(tmp_path) == PACKED


@pytest.mark.parametrize("behave", [recompressed, unpacked, forgetful])
def test_the_unpacked_bytes_are_what_counts(
    tmp_path: Path, start: Callable[..., Mirror], behave: Behaviour
) -> None:
    fetch(tmp_path, start(behave))
    found = lying_in(tmp_path)
    assert len(found) == 4
    for name, raw in RAW.items():
        assert (found[name] if behave is unpacked else gzip.decompress(found[f"{name}.gz"])) == raw


def test_a_broken_connection_is_resumed_where_it_broke(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    mirror = start(hanging_up)
    fetch(tmp_path, mirror)
    assert lying_in(tmp_path) == PACKED
    step = len(PACKED[IMAGES]) // 3 + 1
    asked = [wanted for name, wanted in mirror.requests if name == IMAGES]
    assert asked == [None, f"bytes={step}-", f"bytes={2 * step}-"]


def test_without_range_support_a_broken_download_starts_over(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    def once_truncating(handler: Handler, body: bytes) -> None:
        (truncating if handler.headers.get("Range") is None else forgetful)(handler, body)

    mirror = start(once_truncating)
    fetch(tmp_path, mirror)
    assert lying_in(tmp_path) == PACKED
    assert len(mirror.requests) == 8


def test_a_server_busy_for_a_moment_is_asked_again(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    def first_busy(handler: Handler, body: bytes) -> None:
        twice = [name for name, _ in handler.mirror.requests].count(handler.path[6:]) > 2
        (kind if twice else busy)(handler, body)

    mirror = start(first_busy)
    fetch(tmp_path, mirror)
    assert lying_in(tmp_path) == PACKED
    assert len(mirror.requests) == 12


UNKIND = {
    truncating: r"the connection broke after \d+ bytes \(3 attempts\)",
    closing_early: "damaged or cut short",
    corrupting: "not the right one",
    other_pixels: "SHA-256",
    stalling: "no answer in time",
    dripping: "stalled",
    endless: "sends more than",
    boastful: "offers 1099511627776 bytes",
    busy: r"503 Service Unavailable \(3 attempts\)",
    web_page: "found 3c68746d",
}


@pytest.mark.parametrize("behave", UNKIND, ids=lambda b: b.__name__)
def test_an_unkind_mirror_leaves_nothing_and_is_named(
    tmp_path: Path, start: Callable[..., Mirror], behave: Behaviour
) -> None:
    mirror = start(behave)
    began = time.monotonic()
    with pytest.raises(DataUnavailable, match=UNKIND[behave]) as caught:
        fetch(tmp_path / "tiny", mirror, patience=patience_with(behave))
    assert time.monotonic() - began < 30  # it ends, and soon; the margin is for busy machines
    assert lying_in(tmp_path / "tiny") == {}
    text = str(caught.value)
    assert f"{mirror.url}/t10k-labels-idx1-ubyte.gz" in text
    assert "\n" not in text


@pytest.mark.parametrize("behave", UNKIND, ids=lambda b: b.__name__)
def test_the_next_mirror_is_tried(
    tmp_path: Path, start: Callable[..., Mirror], behave: Behaviour
) -> None:
    """Only the large file is spoilt, so that what came before it stays."""

    def spoil_images(handler: Handler, body: bytes) -> None:
        (behave if IMAGES in handler.path else kind)(handler, body)

    first, second = start(spoil_images), start()
    fetch(tmp_path, first, second, patience=patience_with(behave))
    assert lying_in(tmp_path) == PACKED
    assert {name for name, _ in second.requests} == {IMAGES}


def test_addresses_that_lead_nowhere_are_all_named(
    tmp_path: Path, start: Callable[..., Mirror]
) -> None:
    empty = start(files={})
    urls = [empty.url, "http://127.0.0.1:9/data", "no address", "file:///etc"]
    with pytest.raises(DataUnavailable) as caught:
        fetch_set(TINY, tmp_path, urls, patience=HASTE)
    assert "404" in str(caught.value)
    assert "the connection failed" in str(caught.value)
    assert str(caught.value).count("not a usable address") == 2
    assert all(url in str(caught.value) for url in urls)
    assert lying_in(tmp_path) == {}


def test_no_mirror_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="at least one URL"):
        fetch_set(TINY, tmp_path, [])


def test_what_comes_with_the_program_is_not_downloaded() -> None:
    with pytest.raises(DataUnavailable, match="'digits' comes with the program"):
        download_dataset("digits")
    with pytest.raises(DataUnavailable, match="unknown data set 'cifar'"):
        download_dataset("cifar")


def test_every_downloadable_set_has_mirrors_and_a_digest_for_every_file() -> None:
    sets = [info.files for info in DATASETS.values() if info.files is not None]
    assert len(sets) == 3
    for idx_set in sets:
        assert len(idx_set.mirrors) >= 2
        assert all(url.startswith("http") and url.endswith("/") for url in idx_set.mirrors)
        digests = [file.sha256 or file.archive_sha256 or "" for file in idx_set.files]
        assert len(set(digests)) == 4
        assert all(len(digest) == 64 for digest in digests)


# The real files ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mnist_files() -> dict[str, bytes]:
    folder = locate(MNIST, None)
    if folder is None:
        pytest.skip("the MNIST files are neither in AE_DATA_DIR nor in ../shared/data")
    files = {}
    for file in MNIST.files:
        packed, plain = folder / f"{file.name}.gz", folder / file.name
        files[packed.name] = (
            packed.read_bytes() if packed.is_file() else gzip.compress(plain.read_bytes(), 1)
        )
    return files


@pytest.mark.mnist
@pytest.mark.parametrize("to", ["argument", "environment", "home"])
def test_the_real_mnist_comes_through_and_loads(
    tmp_path: Path,
    start: Callable[..., Mirror],
    mnist_files: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    to: str,
) -> None:
    """Past a dead, a spoilt and a breaking mirror, into each of the three places."""
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AE_DATA_DIR", raising=False)
    if to == "environment":
        monkeypatch.setenv("AE_DATA_DIR", str(tmp_path))
    data_dir = tmp_path if to == "argument" else None
    spoilt = start(corrupting, mnist_files)
    breaking = start(hanging_up, mnist_files)
    mirrors = ["http://127.0.0.1:9/", f"{spoilt.url}/", breaking.url]
    folder = download_dataset("mnist", data_dir, mirrors, patience=HASTE)
    assert folder == (tmp_path / "home" / "data" / "mnist" if to == "home" else tmp_path / "mnist")
    assert lying_in(folder) == mnist_files
    assert locate(MNIST, data_dir) == folder
    if to == "argument":
        assert is_available("mnist", data_dir)
        assert load_dataset("mnist", data_dir).train.shape == (55000, 1, 28, 28)
