"""Which data sets are here, and what is in them."""

from dataclasses import dataclass

import streamlit as st

from ae_core import load_dataset
from ae_core.data import DATASETS, is_available
from ae_core.data.dataset import DataSet
from app.services.arrays import Array, frozen
from app.services.cache import remembered


@dataclass(frozen=True)
class DataInfo:
    """What a page needs to know of a data set before it draws anything."""

    name: str
    title: str
    description: str
    source: str
    kind: str  # image, points or series
    sample_shape: tuple[int, ...]
    label_names: tuple[str, ...]
    sizes: tuple[int, int, int]  # train, valid, test
    unit_range: bool
    digest: str


@remembered(8)
def dataset(name: str) -> DataSet:
    """The data set itself, once per process; for services only."""
    return load_dataset(name)


@st.cache_resource(show_spinner=False, ttl=30)
def available_data() -> tuple[str, ...]:
    """Names of the data sets that can be opened here without a download, in menu order."""
    return tuple(name for name in DATASETS if is_available(name))


def title(name: str) -> str:
    """How a menu names a data set."""
    return DATASETS[name].title if name in DATASETS else name


@remembered(32)
def data_info(name: str) -> DataInfo:
    """What is known of a data set; raises DataUnavailable where it is not here."""
    data, entry = dataset(name), DATASETS[name]
    return DataInfo(
        name, entry.title, entry.description, entry.source, data.kind, data.sample_shape,
        data.label_names, (len(data.train), len(data.valid), len(data.test)), data.unit_range,
        data.digest,
    )  # fmt: skip


def samples(name: str, indices: tuple[int, ...] | None = None, split: str = "test") -> Array:
    """Samples of a split, (N, *sample_shape); all without `indices`."""
    x = getattr(dataset(name), split)
    return frozen(x if indices is None else x[list(indices)])


def labels(name: str, split: str = "test") -> Array | None:
    """Class numbers (N,) of a split, or None."""
    y = getattr(dataset(name), f"{split}_labels")
    return None if y is None else frozen(y)
