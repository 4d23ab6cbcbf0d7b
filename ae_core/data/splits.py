"""Fixed splits: the same samples on every machine and with every library version.

numpy's RandomState is used on purpose: its stream is frozen, which `Generator` does not promise.
"""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def stratified(labels: NDArray[np.integer], sizes: tuple[int, ...], seed: int) -> list[Indices]:
    """Disjoint index sets of the given sizes plus the rest, each with the labels' proportions.

    Every set is in ascending order, so samples keep the order of their source.
    """
    rng = np.random.RandomState(seed)
    left = rng.permutation(len(labels))
    parts = []
    for size in sizes:
        taken = np.concatenate(
            [
                left[labels[left] == label][:count]
                for label, count in _quota(labels[left], size).items()
            ]
        )
        parts.append(np.sort(taken))
        left = left[~np.isin(left, taken)]
    return [*parts, np.sort(left)]


def _quota(labels: NDArray[np.integer], size: int) -> dict[int, int]:
    """How many of each label make up `size` samples: proportional, by largest remainder."""
    values, counts = np.unique(labels, return_counts=True)
    exact = counts * (size / len(labels))
    quota = np.floor(exact).astype(int)
    short = size - quota.sum()
    quota[np.argsort(quota - exact, kind="stable")[:short]] += 1
    return dict(zip(values.tolist(), quota.tolist(), strict=True))
