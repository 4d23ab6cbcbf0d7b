"""Data that scikit-learn's package carries: handwritten digits and two photographs.

The files are read directly. Importing `sklearn.datasets` for them costs 1.4 s, which is the wait
before the first picture; a test compares both ways.
"""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ae_core.data.dataset import DataSet
from ae_core.data.splits import stratified
from ae_core.errors import DataUnavailable

PHOTOGRAPHS = ("china", "flower")
PATCH = 12  # pixels on a side
TILE = 106  # a photograph of 427 x 640 holds 4 x 6 of them
SIZES = {"train": 6000, "valid": 1000, "test": 1000}
CANDIDATES = 600  # places tried per tile
LEAST_CONTRAST = 10.0  # grey levels of standard deviation; below are sky and blur, mostly noise
NOISE_FLOOR = 10.0  # added to a patch's variance, in grey levels squared


def digits() -> DataSet:
    """1,797 digits (N, 1, 8, 8), counts 0..16 scaled to [0, 1]; stratified 1257 / 270 / 270."""
    with gzip.open(_packaged("data/digits.csv.gz")) as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    x = torch.from_numpy(table[:, :-1]).float().div(16).reshape(-1, 1, 8, 8)
    y = torch.from_numpy(table[:, -1]).long()
    test, valid, train = (
        torch.from_numpy(part) for part in stratified(table[:, -1], (270, 270), seed=0)
    )
    return DataSet(
        name="digits",
        kind="image",
        train=x[train],
        valid=x[valid],
        test=x[test],
        train_labels=y[train],
        valid_labels=y[valid],
        test_labels=y[test],
        label_names=tuple("0123456789"),
    )


def patches() -> DataSet:
    """Grey patches (N, 1, 12, 12) in [0.1, 0.9], mid-grey 0.5; 6000 / 1000 / 1000.

    Each photograph is cut into tiles and every tile belongs to one split, so no pixel is in two.
    Patches almost without contrast are left out: after normalisation they would be noise.
    A patch p becomes z = (p − mean) / sqrt(variance + 10) (Coates, Lee & Ng 2011, p in 0..255),
    clipped to ±3 and mapped to [0.1, 0.9] (Ng, CS294A): the local contrast is what is left.
    Labels name the photograph; factors are it, the row and the column of the patch's corner.
    """
    photographs = np.stack([_grey(f"images/{name}.jpg") for name in PHOTOGRAPHS])
    windows = np.lib.stride_tricks.sliding_window_view(photographs, (PATCH, PATCH), axis=(1, 2))
    rng = np.random.RandomState(1)
    corners, x = {}, {}
    for split, tiles in _tiles(rng).items():
        where = _corners(tiles, rng)
        p = windows[tuple(where.T)]  # (N, 12, 12)
        contrasty = (p.std(axis=(1, 2)) >= LEAST_CONTRAST).nonzero()[0][: SIZES[split]]
        corners[split], x[split] = where[contrasty], _normalised(p[contrasty])
    factors = {split: torch.from_numpy(where).float() for split, where in corners.items()}
    return DataSet(
        name="patches",
        kind="image",
        train=x["train"],
        valid=x["valid"],
        test=x["test"],
        train_labels=factors["train"][:, 0].long(),
        valid_labels=factors["valid"][:, 0].long(),
        test_labels=factors["test"][:, 0].long(),
        label_names=PHOTOGRAPHS,
        train_factors=factors["train"],
        valid_factors=factors["valid"],
        test_factors=factors["test"],
        factor_names=("photograph", "row", "column"),
    )


def _tiles(rng: np.random.RandomState) -> dict[str, NDArray[np.int64]]:
    """Tiles (photograph, top, left) of each split: 16 / 4 / 4 of the 24 of each photograph."""
    chosen: dict[str, list[tuple[int, int, int]]] = {"train": [], "valid": [], "test": []}
    for photograph in range(len(PHOTOGRAPHS)):
        for place, tile in enumerate(rng.permutation(24)):
            split = "train" if place < 16 else "valid" if place < 20 else "test"
            chosen[split].append((photograph, tile // 6 * TILE, tile % 6 * TILE))
    return {split: np.array(tiles) for split, tiles in chosen.items()}


def _corners(tiles: NDArray[np.int64], rng: np.random.RandomState) -> NDArray[np.int64]:
    """Corners (N, 3) of distinct patches that lie wholly inside their tiles, in random order."""
    reach = TILE - PATCH + 1
    found = []
    for photograph, top, left in tiles:
        place = rng.choice(reach * reach, CANDIDATES, replace=False)
        whose = np.full_like(place, photograph)
        found.append(np.stack([whose, top + place // reach, left + place % reach], axis=1))
    return rng.permutation(np.concatenate(found))


def _normalised(p: NDArray[np.float64]) -> torch.Tensor:
    """Grey levels (N, 12, 12) to (N, 1, 12, 12) in [0.1, 0.9]."""
    mean = p.mean(axis=(1, 2), keepdims=True)
    z = (p - mean) / np.sqrt(p.var(axis=(1, 2), keepdims=True) + NOISE_FLOOR)
    return torch.from_numpy(0.5 + 0.4 * np.clip(z / 3, -1, 1)).float().unsqueeze(1)


def _grey(file: str) -> NDArray[np.float64]:
    """Luma (H, W) in 0..255, ITU-R BT.601."""
    from PIL import Image

    with Image.open(_packaged(file)) as image:
        rgb = np.asarray(image.convert("RGB"), dtype=np.float64)
    return 0.299 * rgb[..., 0] + 0.587 * rgb[..., 1] + 0.114 * rgb[..., 2]


def _packaged(file: str) -> Path:
    spec = find_spec("sklearn")  # locates the package without importing it
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder, "datasets", file)
        if path.is_file():
            return path
    raise DataUnavailable(
        f"scikit-learn's datasets/{file} is missing; reinstall it: pip install scikit-learn"
    )
