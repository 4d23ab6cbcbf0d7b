"""The data sets of this process's runs: read once, not once per run."""

from functools import lru_cache

from ae_core.data import load_dataset
from ae_core.data.dataset import DataSet


@lru_cache(maxsize=2)
def data_of(name: str, data_dir: str | None = None) -> DataSet:
    """The data set, kept for the next run on it."""
    return load_dataset(name, data_dir)
