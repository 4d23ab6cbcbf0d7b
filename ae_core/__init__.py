"""Autoencoders to learn from: five variants and PCA behind one protocol.

Symbols, here once: B batch, C, H, W image, D = C·H·W values per sample, d = latent_dim;
x (B, *sample_shape) float32, x_hat its reconstruction, x_tilde its damaged copy, z (B, d) its code.
Image pixels lie in [0, 1]. Every term of an objective is per image, see `losses`.
"""

from ae_core.base import Autoencoder, Codec, Corrupting, Generative
from ae_core.data import load_dataset
from ae_core.data.dataset import DataSet
from ae_core.errors import (
    AECoreError,
    DataUnavailable,
    InvalidConfig,
    InvalidInput,
    ModelFileError,
    RunFailed,
    TrainingDiverged,
    UnknownVariant,
)
from ae_core.objective import Objective
from ae_core.pca import PCACodec
from ae_core.presets import PRESETS, Preset
from ae_core.records import EpochRecord, TrainingState
from ae_core.store import load_model, load_state, save_model, save_state
from ae_core.training import fit
from ae_core.variants import VARIANTS, build

__version__ = "0.1.0"

__all__ = [
    "PRESETS",
    "VARIANTS",
    "AECoreError",
    "Autoencoder",
    "Codec",
    "Corrupting",
    "DataSet",
    "DataUnavailable",
    "EpochRecord",
    "Generative",
    "InvalidConfig",
    "InvalidInput",
    "ModelFileError",
    "Objective",
    "PCACodec",
    "Preset",
    "RunFailed",
    "TrainingDiverged",
    "TrainingState",
    "UnknownVariant",
    "build",
    "fit",
    "load_dataset",
    "load_model",
    "load_state",
    "save_model",
    "save_state",
]
