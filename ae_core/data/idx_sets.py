"""MNIST, Fashion-MNIST and KMNIST: where their files lie and how they are told from fakes.

MNIST is checked by the SHA-256 of the *unpacked* bytes, so a recompressed archive verifies too.
For the other two only digests of the published .gz archives are known (their authors' MD5 and
matching SHA-256): a download must be that very archive, and a file found on disk is checked for
its exact structure and gzip checksum, not for its content.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_core.data.dataset import DataSet
from ae_core.data.idx import idx_sha256, read_idx
from ae_core.data.splits import stratified
from ae_core.errors import DataUnavailable
from ae_core.folders import user_data

VALID_SIZE = 5000


@dataclass(frozen=True)
class IdxFile:
    """One idx file: its name without .gz, its shape, and the digests that are published."""

    name: str
    shape: tuple[int, ...]
    sha256: str | None = None  # of the unpacked bytes
    archive_sha256: str | None = None  # of the .gz as its authors published it


@dataclass(frozen=True)
class IdxSet:
    """Four idx files, where they can be had, and what the labels mean."""

    name: str
    train_images: IdxFile
    train_labels: IdxFile
    test_images: IdxFile
    test_labels: IdxFile
    mirrors: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[IdxFile, ...]:
        """Small files first: a dead mirror shows before the large ones."""
        return (self.test_labels, self.train_labels, self.test_images, self.train_images)


def _mnist_like(
    name: str,
    mirrors: tuple[str, ...],
    label_names: tuple[str, ...],
    sha256: tuple[str, ...] | None = None,
    archive_sha256: tuple[str, ...] | None = None,
) -> IdxSet:
    unpacked, archives = sha256 or (None,) * 4, archive_sha256 or (None,) * 4
    return IdxSet(
        name,
        IdxFile("train-images-idx3-ubyte", (60000, 28, 28), unpacked[0], archives[0]),
        IdxFile("train-labels-idx1-ubyte", (60000,), unpacked[1], archives[1]),
        IdxFile("t10k-images-idx3-ubyte", (10000, 28, 28), unpacked[2], archives[2]),
        IdxFile("t10k-labels-idx1-ubyte", (10000,), unpacked[3], archives[3]),
        mirrors,
        label_names,
    )


MNIST = _mnist_like(
    "mnist",
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    ),
    tuple("0123456789"),
    sha256=(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
FASHION_MNIST = _mnist_like(
    "fashion_mnist",
    (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    archive_sha256=(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
)
KMNIST = _mnist_like(
    "kmnist",
    (  # one host, two doors: its authors publish these archives nowhere else
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    archive_sha256=(
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
)


def load_idx_set(idx_set: IdxSet, data_dir: Path | None) -> DataSet:
    """The set from disk: images (N, 1, H, W) in [0, 1], the official test set, fixed valid set.

    The valid split is a stratified draw from the official training images; 55,000 / 5,000 / 10,000
    for the MNIST family.
    """
    folder = locate(idx_set, data_dir)
    if folder is None:
        looked = ", ".join(dict.fromkeys(str(place) for place, _ in _places(idx_set, data_dir)))
        raise DataUnavailable(
            f"data set {idx_set.name!r} is not on this machine; looked in {looked}. "
            f"Download it with: python -m ae_core data {idx_set.name}"
        )
    y, y_test = (_labels(folder, file) for file in (idx_set.train_labels, idx_set.test_labels))
    images = check_file(_present(folder, idx_set.train_images), idx_set.train_images)
    test = check_file(_present(folder, idx_set.test_images), idx_set.test_images)
    valid, train = stratified(y, (VALID_SIZE * len(y) // 60000,), seed=0)
    return DataSet(
        name=idx_set.name,
        kind="image",
        train=_pixels(images[train]),
        valid=_pixels(images[valid]),
        test=_pixels(test.copy()),
        train_labels=torch.from_numpy(y[train]).long(),
        valid_labels=torch.from_numpy(y[valid]).long(),
        test_labels=torch.from_numpy(y_test.copy()).long(),
        label_names=idx_set.label_names,
    )


def locate(idx_set: IdxSet, data_dir: Path | None) -> Path | None:
    """The first folder that holds all four files, plain or .gz; reads no pixels."""
    for place, named in _places(idx_set, data_dir):
        if all(_found(place, file) for file in idx_set.files) and (named or _is(idx_set, place)):
            return place
    return None


def check_file(path: Path, file: IdxFile) -> NDArray[np.uint8]:
    """The array in an idx file, after every check that can be made on it."""
    array = read_idx(path, file.shape)
    if file.sha256 is not None and (found := idx_sha256(array)) != file.sha256:
        raise DataUnavailable(
            f"{path.name}: the unpacked bytes have SHA-256 {found}, expected {file.sha256}"
        )
    return array


def _places(idx_set: IdxSet, data_dir: Path | None) -> Iterator[tuple[Path, bool]]:
    """Folders to look in, in order, and whether the folder's name vouches for the set."""
    roots = [] if data_dir is None else [data_dir]
    if named := os.environ.get("AE_DATA_DIR"):
        roots.append(Path(named).expanduser())
    roots.append(user_data())
    repository = Path(__file__).resolve().parents[2]
    if (repository / "pyproject.toml").is_file():
        roots.append(repository.parent / "shared" / "data")
    for root in roots:
        yield root / idx_set.name, True
        yield root, root.name == idx_set.name


def _is(idx_set: IdxSet, folder: Path) -> bool:
    """Whether files that lie loose in a folder can be this set: all three use the same names.

    The small label file tells. Where its digest is not known: anything but MNIST's.
    """
    try:
        labels = read_idx(_present(folder, idx_set.test_labels), idx_set.test_labels.shape)
    except DataUnavailable:
        return False
    found = idx_sha256(labels)
    return found == (idx_set.test_labels.sha256 or found) and (
        idx_set is MNIST or found != MNIST.test_labels.sha256
    )


def _found(folder: Path, file: IdxFile) -> Path | None:
    for path in (folder / file.name, folder / f"{file.name}.gz"):
        try:
            if path.is_file():
                return path
        except OSError:  # an unreadable folder holds nothing for us
            return None
    return None


def _present(folder: Path, file: IdxFile) -> Path:
    return _found(folder, file) or folder / file.name


def _labels(folder: Path, file: IdxFile) -> NDArray[np.uint8]:
    labels = check_file(_present(folder, file), file)
    if labels.max() > 9:
        raise DataUnavailable(f"{file.name}: labels must be 0 to 9, found {labels.max()}")
    return labels


def _pixels(images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(images).unsqueeze(1).float().div_(255)
