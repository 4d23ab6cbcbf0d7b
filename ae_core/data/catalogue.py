"""Every data set by name, and what can be asked of a name: load, download, is it here."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ae_core.data.dataset import DataSet, Kind
from ae_core.data.download import fetch_set
from ae_core.data.embedded import digits, patches
from ae_core.data.idx_sets import (
    FASHION_MNIST,
    KMNIST,
    MNIST,
    IdxSet,
    load_idx_set,
    locate,
)
from ae_core.data.points import PointSet, points
from ae_core.data.series import cbf
from ae_core.data.shapes import shapes
from ae_core.data.transport import Patience, Progress
from ae_core.errors import DataUnavailable
from ae_core.folders import user_data

GENERATED = "Generated here from a fixed seed"


@dataclass(frozen=True)
class DataSetInfo:
    """What is known of a data set before it is loaded."""

    kind: Kind
    title: str
    description: str  # one sentence
    source: str  # who made it, and its licence
    loader: Callable[[Path | None], DataSet]  # takes data_dir
    files: IdxSet | None = None  # what a download brings; None: always here

    @property
    def downloadable(self) -> bool:
        return self.files is not None


def _plane(name: PointSet, title: str, description: str) -> DataSetInfo:
    return DataSetInfo("points", title, description, GENERATED, lambda _: points(name))


def _idx(files: IdxSet, title: str, description: str, source: str) -> DataSetInfo:
    return DataSetInfo("image", title, description, source, partial(load_idx_set, files), files)


# In the order of the app's menu.
DATASETS: dict[str, DataSetInfo] = {
    "digits": DataSetInfo(
        "image",
        "Digits",
        "1,797 real handwritten digits of 8×8 pixels.",
        "E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0; in scikit-learn",
        lambda _: digits(),
    ),
    "shapes": DataSetInfo(
        "image",
        "Shapes",
        "Squares, ellipses and triangles whose position, size and rotation are known.",
        GENERATED,
        lambda _: shapes(),
    ),
    "patches": DataSetInfo(
        "image",
        "Photo patches",
        "Small grey pieces of two photographs, brought to the same contrast.",
        "Photographs on Flickr by danielbuechele and vultilion, CC BY 2.0; in scikit-learn",
        lambda _: patches(),
    ),
    "rings": _plane("rings", "Rings", "Points on two circles, one inside the other."),
    "moons": _plane("moons", "Moons", "Points on two interlocked half circles."),
    "spiral": _plane("spiral", "Spiral", "Points on one spiral of two turns."),
    "s_curve": _plane("s_curve", "S curve", "Points along the letter S."),
    "cbf": DataSetInfo(
        "series",
        "Cylinder, bell, funnel",
        "Noisy time series of 128 steps: a plateau, a rising ramp or a falling ramp.",
        f"{GENERATED} by the formulas of N. Saito, PhD thesis, Yale University, 1994",
        lambda _: cbf(),
    ),
    "mnist": _idx(
        MNIST,
        "MNIST",
        "70,000 handwritten digits of 28×28 pixels.",
        "Y. LeCun, C. Cortes and C. Burges, from NIST's databases, CC BY-SA 3.0",
    ),
    "fashion_mnist": _idx(
        FASHION_MNIST,
        "Fashion-MNIST",
        "70,000 pictures of clothes of 28×28 pixels.",
        "H. Xiao, K. Rasul and R. Vollgraf, Zalando Research, MIT licence",
    ),
    "kmnist": _idx(
        KMNIST,
        "Kuzushiji-MNIST",
        "70,000 handwritten Japanese characters of 28×28 pixels, in ten classes.",
        "KMNIST dataset, created by CODH from the Kuzushiji dataset of NIJL and others, "
        "doi:10.20676/00000341, CC BY-SA 4.0",
    ),
}


def load_dataset(name: str, data_dir: str | Path | None = None) -> DataSet:
    """The data set of that name; a new one at every call, nothing is kept.

    The downloadable ones are looked for in `data_dir`, AE_DATA_DIR, the user's data folder
    (BOTTLENECK_HOME/data) and ../shared/data beside the repository, each as `<folder>/<name>/` and
    as the folder itself, plain or gzip. Nothing is downloaded here.

    Raises DataUnavailable for an unknown name (it lists the names), for files that are not there
    (it says where it looked and how to download) and for files that fail their check.
    """
    info = _info(name)
    return replace(info.loader(_path(data_dir)), source=info.source)


def is_available(name: str, data_dir: str | Path | None = None) -> bool:
    """Whether load_dataset would find the data, by looking for files only."""
    info = _info(name)
    return info.files is None or locate(info.files, _path(data_dir)) is not None


def download_dataset(
    name: str,
    data_dir: str | Path | None = None,
    mirrors: Sequence[str] | None = None,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Path:
    """Download a set into `<data_dir>/<name>/` and return that folder; intact files are kept.

    data_dir: default AE_DATA_DIR, else the user's data folder. mirrors: base URLs to try in turn
    instead of the known ones. progress: called with (file, bytes so far, bytes in all or None).
    Raises DataUnavailable; then nothing half-done lies there.
    """
    info = _info(name)
    if info.files is None:
        raise DataUnavailable(f"data set {name!r} comes with the program, nothing to download")
    root = _path(data_dir) or _path(os.environ.get("AE_DATA_DIR")) or user_data()
    folder = root / name
    fetch_set(info.files, folder, mirrors, progress, patience)
    return folder


def _info(name: str) -> DataSetInfo:
    if name not in DATASETS:
        raise DataUnavailable(f"unknown data set {name!r}; choose one of {', '.join(DATASETS)}")
    return DATASETS[name]


def _path(folder: str | Path | None) -> Path | None:
    return Path(folder).expanduser() if folder else None
