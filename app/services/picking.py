"""Which test samples a comparison shows, and how errors spread over classes and code sizes."""

import numpy as np

from app.services.arrays import Array
from app.services.cache import remembered
from app.services.catalogue import CodecRef, code_sizes, ref
from app.services.data import data_info, labels
from app.services.measure import errors
from app.services.shelf import opened_model


@remembered(256)
def members(data: str, label: int | None = None) -> tuple[int, ...]:
    """Test samples of a class, or all of them."""
    y = labels(data)
    if y is None or label is None:
        return tuple(range(data_info(data).sizes[2]))
    return tuple(int(i) for i in np.flatnonzero(y == label))


@remembered(256)
def pick(
    which: CodecRef, how: str, count: int, seed: int = 0, label: int | None = None
) -> tuple[int, ...]:
    """Up to `count` test samples, ordered by the codec's error: the smallest, the largest, or
    seeded random ones; for "classes" one seeded random sample of every class, in class order."""
    error, rng = errors(which), np.random.default_rng(seed)
    if how == "classes" and labels(which.data) is not None:
        groups = [members(which.data, k) for k in range(len(data_info(which.data).label_names))]
        return tuple(int(rng.choice(group)) for group in groups if group)
    found = np.array(members(which.data, label), dtype=np.int64)
    if how in ("best", "worst"):
        found = found[np.argsort(error[found], kind="stable")]
        return tuple(int(i) for i in (found[::-1] if how == "worst" else found)[:count])
    chosen = rng.permutation(found)[:count]
    return tuple(int(i) for i in chosen[np.argsort(error[chosen], kind="stable")])


@remembered(128)
def errors_by_class(which: CodecRef) -> Array | None:
    """Mean squared error per sample of every class: (classes,), NaN for a class without any."""
    y, names = labels(which.data), data_info(which.data).label_names
    if y is None or not names:
        return None
    error = errors(which)
    means = [error[y == k].mean() if (y == k).any() else np.nan for k in range(len(names))]
    return np.array(means)


def errors_by_size(
    data: str, codec: str, weight: float | None = None, model: str = ""
) -> tuple[tuple[int, float], ...]:
    """(d, mean squared error per sample) at every code size for which the codec is here.

    model: the run whose model takes its own size's place.
    """
    opened = opened_model(model) if model else None
    own = {opened.latent_dim} if opened and opened.data == data else set()
    found = {}
    for d in sorted({*code_sizes(data), *own}):
        which = ref(data, codec, d, weight, model=model)
        if which is not None:
            found[which.latent_dim] = float(errors(which).mean())
    return tuple(sorted(found.items()))
