"""The idx parser against hand-made bytes, and files on disk against the places they lie in."""

import gzip
import hashlib
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_core.data import DATASETS, DataSetInfo, idx_sets, is_available, load_dataset
from ae_core.data.idx import idx_header, idx_sha256, read_idx
from ae_core.data.idx_sets import KMNIST, MNIST, IdxFile, IdxSet, load_idx_set, locate
from ae_core.errors import DataUnavailable

# Two 2 x 3 images, byte by byte as the format's page describes them.
HEADER = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3])
PIXELS = bytes(range(12))
SHAPE = (2, 2, 3)


def written(folder: Path, content: bytes, name: str = "tiny-idx3-ubyte") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_hand_made_bytes_are_read(tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    array = read_idx(written(tmp_path, pack(HEADER + PIXELS)), SHAPE)
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, np.arange(12).reshape(SHAPE))


def test_a_gzip_of_several_members_is_one_file(tmp_path: Path) -> None:
    raw = HEADER + PIXELS
    packed = gzip.compress(raw[:20]) + gzip.compress(raw[20:])
    np.testing.assert_array_equal(
        read_idx(written(tmp_path, packed), SHAPE), np.arange(12).reshape(SHAPE)
    )


def test_header_and_digest_are_those_of_the_file() -> None:
    assert idx_header(SHAPE) == HEADER
    array = np.arange(12, dtype=np.uint8).reshape(SHAPE)
    assert idx_sha256(array) == hashlib.sha256(HEADER + PIXELS).hexdigest()


GOOD = HEADER + PIXELS
HOSTILE = {
    "empty": (b"", "found nothing"),
    "half a header": (HEADER[:9], "header"),
    "not idx": (b"<html>404</html>" + PIXELS, "header"),
    "signed bytes": (GOOD[:2] + b"\x09" + GOOD[3:], "header"),
    "one dimension less": (GOOD[:3] + b"\x02" + GOOD[4:], "header"),
    "announces 4 billion images": (GOOD[:4] + b"\xff" * 4 + GOOD[8:], "header"),
    "cut short": (GOOD[:-1], "cut short: 11 of the 12"),
    "header only": (HEADER, "cut short: 0 of the 12"),
    "trailing byte": (GOOD + b"\0", "more than the 12 bytes"),
    "gzip cut short": (gzip.compress(GOOD)[:-9], "damaged or cut short"),
    "gzip without its checksum": (gzip.compress(GOOD)[:-8], "damaged or cut short"),
    "gzip, wrong checksum": (gzip.compress(GOOD)[:-8] + b"\0" * 8, "damaged or cut short"),
    "gzip, garbage inside": (gzip.compress(GOOD)[:10] + b"\xff" * 30, "damaged or cut short"),
    "gzip, garbage after": (gzip.compress(GOOD) + b"junk", "damaged or cut short"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_not_exactly_right_is_refused(tmp_path: Path, case: str) -> None:
    content, reason = HOSTILE[case]
    path = written(tmp_path, content)
    with pytest.raises(DataUnavailable, match=reason) as caught:
        read_idx(path, SHAPE)
    assert path.name in str(caught.value)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = written(tmp_path, gzip.compress(GOOD + bytes(200_000_000), compresslevel=1))
    tracemalloc.start()
    try:
        with pytest.raises(DataUnavailable, match="more than the 12 bytes"):
            read_idx(bomb, SHAPE)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(DataUnavailable, match="cannot be read") as caught:
            read_idx(path, SHAPE)
        assert str(path) in str(caught.value)


# Places ------------------------------------------------------------------------------------------


def contents(labels_seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.RandomState(labels_seed)
    return {
        "train-images-idx3-ubyte": rng.randint(0, 256, (120, 4, 4)).astype(np.uint8),
        "train-labels-idx1-ubyte": np.arange(120, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte": rng.randint(0, 256, (20, 4, 4)).astype(np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(20, dtype=np.uint8) % 10,
    }


TINY = IdxSet(
    "tiny",
    *(IdxFile(name, array.shape, idx_sha256(array)) for name, array in contents().items()),
    label_names=tuple("0123456789"),
)


def fill(folder: Path, packed: bool = False) -> Path:
    folder.mkdir(parents=True)
    for name, array in contents().items():
        raw = idx_header(array.shape) + array.tobytes()
        (folder / (f"{name}.gz" if packed else name)).write_bytes(
            gzip.compress(raw) if packed else raw
        )
    return folder


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """AE_DATA_DIR and the user's folder point into tmp_path; `tiny` is a known data set."""
    monkeypatch.setenv("AE_DATA_DIR", str(tmp_path / "environment"))
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path / "home"))
    info = DataSetInfo("image", "Tiny", "Made up.", "us", lambda d: load_idx_set(TINY, d), TINY)
    monkeypatch.setitem(DATASETS, "tiny", info)
    return tmp_path


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("own", [True, False], ids=["own folder", "loose"])
@pytest.mark.parametrize("place", ["argument", "environment", "home/data"])
def test_files_are_found_in_every_place(places: Path, place: str, own: bool, packed: bool) -> None:
    root = places / place
    folder = fill(root / "tiny" if own else root, packed)
    data_dir = str(root) if place == "argument" else None
    assert locate(TINY, Path(data_dir) if data_dir else None) == folder
    assert is_available("tiny", data_dir)
    d = load_dataset("tiny", data_dir)
    np.testing.assert_array_equal(
        d.test[:, 0].mul(255).round().numpy(), contents()["t10k-images-idx3-ubyte"]
    )
    assert (len(d.train), len(d.valid)) == (110, 10)
    assert d.valid_labels is not None
    assert d.valid_labels.bincount().tolist() == [1] * 10  # stratified
    assert d.source == "us"


def test_every_label_stays_with_its_image(places: Path) -> None:
    fill(places / "home/data/tiny")
    d = load_dataset("tiny")
    assert d.train_labels is not None
    assert d.valid_labels is not None
    images, labels = contents()["train-images-idx3-ubyte"], contents()["train-labels-idx1-ubyte"]
    expected = {(i.tobytes(), int(k)) for i, k in zip(images, labels, strict=True)}
    x = torch.cat([d.train, d.valid]).mul(255).round().to(torch.uint8).numpy()
    y = torch.cat([d.train_labels, d.valid_labels]).tolist()
    assert {(i.tobytes(), k) for i, k in zip(x, y, strict=True)} == expected


def test_the_argument_comes_before_the_environment_before_home(places: Path) -> None:
    for place in ("home/data", "environment", "argument"):
        folder = fill(places / place / "tiny")
        assert locate(TINY, places / "argument") == folder


def test_absent_files_name_the_places_and_the_command(places: Path) -> None:
    fill(places / "home/data/tiny")
    (places / "home/data/tiny/t10k-labels-idx1-ubyte").unlink()
    assert not is_available("tiny", places / "argument")
    with pytest.raises(DataUnavailable) as caught:
        load_dataset("tiny", places / "argument")
    for place in ("argument", "environment", "home/data"):
        assert str(places / place) in str(caught.value)
    assert "python -m ae_core data tiny" in str(caught.value)


def test_a_changed_pixel_is_refused_where_the_digest_is_known(places: Path) -> None:
    path = fill(places / "home/data/tiny") / "t10k-images-idx3-ubyte"
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataUnavailable, match=r"t10k-images-idx3-ubyte.*SHA-256"):
        load_dataset("tiny")


def test_labels_beyond_nine_are_refused(places: Path) -> None:
    folder = fill(places / "home/data/tiny")
    path = folder / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x0a")
    unknown = replace(TINY, test_labels=IdxFile("t10k-labels-idx1-ubyte", (20,)))
    with pytest.raises(DataUnavailable, match="labels must be 0 to 9, found 10"):
        load_idx_set(unknown, None)


def test_loose_files_of_another_set_are_not_mistaken(places: Path) -> None:
    """MNIST, Fashion-MNIST and KMNIST share their file names."""
    fill(places / "environment")
    assert locate(TINY, None) == places / "environment"
    other = replace(TINY, name="other", test_labels=replace(TINY.test_labels, sha256="0" * 64))
    assert locate(other, None) is None


@pytest.mark.mnist
def test_mnist_lying_loose_is_not_fashion(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AE_DATA_DIR")
    folder = locate(MNIST, None)
    if folder is None:
        pytest.skip("the MNIST files are not in ../shared/data")
    loose = places / "loose"
    loose.symlink_to(folder)
    assert locate(MNIST, loose) == loose
    assert locate(KMNIST, loose) != loose


def test_asking_for_availability_reads_no_pixels(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(places / "environment/tiny")
    monkeypatch.setattr(idx_sets, "read_idx", None)
    assert is_available("tiny")
    assert all(is_available(name) for name, info in DATASETS.items() if not info.downloadable)
