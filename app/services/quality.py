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
    neighbours: int  # of each; the vote has its own


@remembered(64)
def plane_quality(
    which: CodecRef, dims: tuple[int, int] = (0, 1), axes: str = "units", first: int | None = None
) -> PlaneQuality:
    """Trustworthiness@10, continuity@10 and 5-NN accuracy of a plane.

    On samples evenly spread over the `first` ones of the test split, which a live plane shows.
    """
    source = dataset(which.data)
    drawn = min(first or len(source.test), len(source.test))
    count = min(MOST, drawn)
    chosen = torch.arange(count) * drawn // count
    x = source.test[chosen]
    z = tensor(plane_codes(which, dims, axes=axes))[chosen]
    k = min(NEIGHBOURS, (count - 1) // 2)
    y = source.test_labels
    return PlaneQuality(
        trustworthiness(x, z, k),
        continuity(x, z, k),
        None if y is None else knn_accuracy_leave_one_out(z, y[chosen], VOTERS),
        count,
        k,
    )
