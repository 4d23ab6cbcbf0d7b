"""Data sets behind one signature: load_dataset(name) -> DataSet."""

from ae_core.data.catalogue import (
    DATASETS,
    DataSetInfo,
    download_dataset,
    is_available,
    load_dataset,
)
from ae_core.data.dataset import DataSet
from ae_core.data.transport import Patience, Progress

__all__ = [
    "DATASETS",
    "DataSet",
    "DataSetInfo",
    "Patience",
    "Progress",
    "download_dataset",
    "is_available",
    "load_dataset",
]
