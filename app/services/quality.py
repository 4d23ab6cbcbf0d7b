"""How well a drawn plane keeps what was near in the data; computed only when asked for."""

from dataclasses import dataclass

import torch

from ae_core.metrics import continuity, knn_accuracy_leave_one_out, trustworthiness
from app.services.arrays import tensor
from app.services.cache import remembered
from app.services.catalogue import CodecRef
from app.services.data import dataset
from app.services.planes import plane_codes

MOST = 1000  # test samples that are compared with each other: the matrix of ranks grows with N²
NEIGHBOURS, VOTERS = 10, 5


@dataclass(frozen=True)
class PlaneQuality:
    """Shares in [0, 1], 1 is best, of the two numbers that are drawn, not of the whole code."""

    trustworthiness: float  # who is near here was near in the data
    continuity: float  # who was near in the data is near here
    accuracy: float | None  # of a vote of 5 neighbours, leave-one-out; None without classes
    count: int  # samples compared


@remembered(64)
def plane_quality(
    which: CodecRef, dims: tuple[int, int] = (0, 1), axes: str = "units", seed: int = 0
) -> PlaneQuality:
    """Trustworthiness@10, continuity@10 and 5-NN accuracy of a plane, on a seeded subset."""
    source = dataset(which.data)
    order = torch.randperm(len(source.test), generator=torch.Generator().manual_seed(seed))
    chosen = order[:MOST]
    x = source.test[chosen]
    z = tensor(plane_codes(which, dims, axes=axes))[chosen]
    k = min(NEIGHBOURS, (len(chosen) - 1) // 2)
    y = source.test_labels
    return PlaneQuality(
        trustworthiness(x, z, k),
        continuity(x, z, k),
        None if y is None else knn_accuracy_leave_one_out(z, y[chosen], VOTERS),
        len(chosen),
    )
