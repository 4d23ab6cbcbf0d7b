"""Every data set keeps one contract, and each generator does what its formula says."""

import dataclasses
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ae_core.data import DATASETS, DataSet, is_available, load_dataset
from ae_core.data.splits import stratified
from ae_core.errors import DataUnavailable

SHAPES = {
    "digits": ("image", (1, 8, 8), (1257, 270, 270), 10),
    "shapes": ("image", (1, 28, 28), (6000, 1000, 1000), 3),
    "patches": ("image", (1, 12, 12), (6000, 1000, 1000), 2),
    "rings": ("points", (2,), (2000, 500, 500), 2),
    "moons": ("points", (2,), (2000, 500, 500), 2),
    "spiral": ("points", (2,), (2000, 500, 500), 4),
    "s_curve": ("points", (2,), (2000, 500, 500), 4),
    "cbf": ("series", (128,), (3000, 600, 600), 3),
    "mnist": ("image", (1, 28, 28), (55000, 5000, 10000), 10),
    "fashion_mnist": ("image", (1, 28, 28), (55000, 5000, 10000), 10),
    "kmnist": ("image", (1, 28, 28), (55000, 5000, 10000), 10),
}
PRESENT = [name for name in DATASETS if not DATASETS[name].downloadable]
# Sums of magnitudes over 100 train samples: another seed or split would void the shipped models.
GOLDEN = {
    "digits": 1926.0,
    "shapes": 7459.657,
    "patches": 7196.611,
    "rings": 169.593,
    "moons": 168.822,
    "spiral": 167.805,
    "s_curve": 166.914,
    "cbf": 10746.599,
}


@cache
def data(name: str) -> DataSet:
    """One load per session; nobody writes into these tensors."""
    if not is_available(name):
        pytest.skip(f"{name} is not on this machine (AE_DATA_DIR or ../shared/data)")
    return load_dataset(name)


def splits(d: DataSet) -> tuple[Tensor, Tensor, Tensor]:
    return d.train, d.valid, d.test


@pytest.fixture(
    params=[pytest.param(n, marks=[pytest.mark.mnist] * (n == "mnist")) for n in DATASETS]
)
def dataset(request: pytest.FixtureRequest) -> DataSet:
    return data(request.param)


def test_every_name_of_the_design_is_here() -> None:
    assert set(DATASETS) == set(SHAPES)
    assert next(iter(DATASETS)) == "digits"
    assert {name for name, info in DATASETS.items() if info.downloadable} == {
        "mnist",
        "fashion_mnist",
        "kmnist",
    }
    for info in DATASETS.values():
        assert info.title
        assert info.source
        assert info.description.endswith(".")
        assert ". " not in info.description


def test_shapes_types_and_ranges(dataset: DataSet) -> None:
    kind, shape, sizes, _ = SHAPES[dataset.name]
    assert (dataset.kind, dataset.sample_shape) == (kind, shape)
    assert dataset.kind == DATASETS[dataset.name].kind
    assert dataset.source == DATASETS[dataset.name].source
    for split, size in zip(splits(dataset), sizes, strict=True):
        assert split.shape == (size, *shape)
        assert split.dtype == torch.float32
        assert split.is_contiguous()
        assert bool(split.isfinite().all())
    assert dataset.unit_range == (kind == "image")
    if kind != "image":  # standardised on the train split
        assert abs(float(dataset.train.mean())) < 1e-3
        assert float(
            dataset.train.var(dim=0).mean() if kind == "points" else dataset.train.var()
        ) == pytest.approx(1, abs=1e-3)


def test_labels_and_factors_stand_beside_their_samples(dataset: DataSet) -> None:
    classes = SHAPES[dataset.name][3]
    assert len(dataset.label_names) == classes
    assert len(set(dataset.label_names)) == classes
    labels = (dataset.train_labels, dataset.valid_labels, dataset.test_labels)
    factors = (dataset.train_factors, dataset.valid_factors, dataset.test_factors)
    for split, label, factor in zip(splits(dataset), labels, factors, strict=True):
        assert label is not None
        assert label.dtype == torch.int64
        assert label.shape == (len(split),)
        assert label.unique().tolist() == list(range(classes))
        assert (factor is not None) == bool(dataset.factor_names)
        if factor is not None:
            assert factor.dtype == torch.float32
            assert factor.shape == (len(split), len(dataset.factor_names))
            assert bool(factor.isfinite().all())


def test_no_sample_is_in_two_splits(dataset: DataSet) -> None:
    seen = [{row.tobytes() for row in split.flatten(1).numpy()} for split in splits(dataset)]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


@pytest.mark.parametrize("name", PRESENT)
def test_two_fresh_generations_are_equal(name: str) -> None:
    first, second = data(name), load_dataset(name)
    assert first.train.data_ptr() != second.train.data_ptr()  # nothing is shared
    assert first.digest == second.digest
    for field in dataclasses.fields(first):
        one, two = getattr(first, field.name), getattr(second, field.name)
        assert torch.equal(one, two) if isinstance(one, Tensor) else one == two


@pytest.mark.parametrize("name", GOLDEN)
def test_the_seeds_have_not_moved(name: str) -> None:
    assert float(data(name).train[:100].double().abs().sum()) == pytest.approx(
        GOLDEN[name], rel=1e-4
    )


def test_digits_are_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    d, ours = load_digits(), data("digits")
    mine = torch.cat(splits(ours)).flatten(1).mul(16).long().numpy()
    assert ours.train_labels is not None
    assert ours.valid_labels is not None
    assert ours.test_labels is not None
    y = torch.cat([ours.train_labels, ours.valid_labels, ours.test_labels]).numpy()
    theirs = {
        (row.tobytes(), label) for row, label in zip(d.data.astype(int), d.target, strict=True)
    }
    assert {(row.tobytes(), label) for row, label in zip(mine, y, strict=True)} == theirs


def test_digits_are_stratified() -> None:
    d = data("digits")
    labels = [x for x in (d.train_labels, d.valid_labels, d.test_labels) if x is not None]
    total = torch.bincount(torch.cat(labels))
    for part in labels:
        expected = total * (len(part) / 1797)
        assert float((torch.bincount(part) - expected).abs().max()) < 2


@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    share=st.floats(0.01, 0.9),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_stratified_is_exact_disjoint_and_proportional(
    counts: list[int], share: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    size = int(share * len(labels))
    taken, rest = stratified(labels, (size,), seed)
    assert len(taken) == size
    assert sorted([*taken, *rest]) == list(range(len(labels)))
    assert np.all(np.diff(taken) > 0)
    for label, count in enumerate(counts):
        assert abs((labels[taken] == label).sum() - count * size / len(labels)) < 1


# Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [load_dataset, is_available])
@pytest.mark.parametrize("name", ["cifar", "", "MNIST", "../mnist"])
def test_an_unknown_name_lists_the_known_ones(call, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataUnavailable) as caught:
        call(name)
    assert repr(name) in str(caught.value)
    assert all(known in str(caught.value) for known in DATASETS)


@pytest.mark.mnist
def test_mnist_is_split_as_promised() -> None:
    d = data("mnist")
    assert d.train_labels is not None
    assert d.valid_labels is not None
    assert d.test_labels is not None
    assert d.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]  # the official test set
    whole = torch.bincount(torch.cat([d.train_labels, d.valid_labels]))
    assert whole.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert float((torch.bincount(d.valid_labels) - whole / 12).abs().max()) < 1
    assert float(d.test.mean()) == pytest.approx(0.1325, abs=1e-4)
