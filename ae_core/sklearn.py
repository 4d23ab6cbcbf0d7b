"""Every variant as a scikit-learn transformer: codes as features, errors as outlier scores."""

import math
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from ae_core.base import Autoencoder
from ae_core.batches import in_batches
from ae_core.config import Weight
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.losses import squared
from ae_core.records import EpochRecord, Recipe
from ae_core.training import fit as train
from ae_core.variants import VARIANTS, build, variant_class

FLOATS = (np.float64, np.float32)
LARGEST = math.sqrt(float(np.finfo(np.float32).max))  # beyond it a squared error is infinite
Rows = NDArray[np.floating[Any]]


# A dataclass because scikit-learn wants a constructor that only stores: this writes it.
@dataclass(eq=False, repr=False)
class AutoencoderTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """An autoencoder that reads tables: X (n_samples, n_features) -> codes (n_samples, d).

    X is used as it is. Columns of unlike scale need scaling first, as with PCA:
    ``make_pipeline(StandardScaler(), AutoencoderTransformer("sparse", lambda_=0.01))``.

    Parameters
    ----------
    variant: a key of `ae_core.VARIANTS`. The settings after it are its `Config`'s, with the same
        defaults; one that the variant does not have must stay at its default.
    sample_shape: (C, H, W) to read each row as an image (for "conv" and "fully_conv"), C-ordered.
    epochs, batch_size, learning_rate, schedule, pretrain_epochs, binarise, deform, layout_images,
    neighbours: see `ae_core.fit`. A table has few rows, so epochs are more and batches smaller.
    patience: stop after so many epochs without a lower objective on held-out rows, keep the best;
        None trains on every row for all epochs.
    validation_fraction: the share of rows held out where patience is set; the training rows judge
        themselves where this is less than one row.
    device: where to train. The fitted `model_` is on the CPU, in float64, whatever was chosen.
    random_state: a whole number is the seed of `ae_core.build` and `ae_core.fit`.

    Attributes
    ----------
    model_: the `Autoencoder`; history_: its `EpochRecord`s; n_epochs_: how many; n_features_in_,
    feature_names_in_ (where X had names).
    """

    variant: str = "undercomplete"
    latent_dim: int = 2
    _: KW_ONLY
    architecture: str = "mlp"
    hidden_sizes: tuple[int, ...] | None = None
    residual_layers: int = 0
    activation: str = "silu"
    code_activation: str = "linear"
    tied: bool = False
    linear: bool = False
    reconstruction: str = "squared"
    output: str = "linear"
    lambda_: Weight = 0.1  # sparse, contractive
    penalty: str = "l1"  # sparse
    rho: float = 0.05
    bend: float = 0.0  # sparse, denoising
    jacobian: str = "exact"  # contractive
    probes: int = 1
    code_bias: float = 0.0
    code_gain: float = 1.0
    corruption: str = "gaussian"  # denoising
    noise_std: Weight = 0.5
    flip_fraction: Weight = 0.25
    mask_fraction: Weight = 0.5
    clip: bool = False
    beta: Weight = 1.0  # variational
    sample_shape: tuple[int, ...] | None = None
    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 2e-3
    schedule: str = "cosine"
    patience: int | None = None
    validation_fraction: float = 0.1
    pretrain_epochs: int = 0
    binarise: bool = False
    deform: float = 0.0
    layout_images: int = 0
    neighbours: float = 0.0
    device: str | torch.device = "cpu"
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Train on X (n_samples, n_features); y is ignored.

        Raises
        ------
        UnknownVariant, InvalidConfig, InvalidInput, TrainingDiverged, or scikit-learn's ValueError
        for what is no finite, dense, real table.
        """
        rows: Rows = validate_data(self, X, dtype=FLOATS)
        settings, shape, seed = self._settings(), self._shape(rows.shape[1]), self._seed()
        model = build(self.variant, shape, seed=seed, **settings)
        names = [f.name for f in fields(Recipe) if f.name != "seed"]
        recipe = {name: _plain(getattr(self, name)) for name in names}
        records = train(
            model, self._split(rows, shape, seed), **recipe, seed=seed, device=self.device
        )
        self.history_: list[EpochRecord] = list(records)
        self.n_epochs_ = len(self.history_)
        # In float64 a row's code does not depend, to 1e-12 or so, on the rows computed beside it.
        self.model_: Autoencoder = model.cpu().double()
        return self

    def transform(self, X: ArrayLike) -> Rows:
        """Codes of X: (n_samples, n_features) -> (n_samples, latent_dim), in X's precision."""
        rows = self._rows(X)
        return _array(in_batches(self.model_.encode, self._samples(rows)), rows.dtype)

    def inverse_transform(self, X: ArrayLike) -> Rows:
        """Rows from codes: (n_samples, latent_dim) -> (n_samples, n_features)."""
        check_is_fitted(self)
        codes: Rows = check_array(X, dtype=FLOATS, input_name="codes")
        return _array(in_batches(self.model_.decode, _tensor(codes)).flatten(1), codes.dtype)

    def score_samples(self, X: ArrayLike) -> Rows:
        """−‖x − x_hat‖² of each row, higher is more normal: (n_samples,).

        Squared error whatever `reconstruction` was trained with, so that settings compare.
        """
        samples = self._samples(self._rows(X))
        return _array(in_batches(self._negative_error, samples), np.float64)

    def score(self, X: ArrayLike, y: object = None) -> float:
        """The mean of `score_samples`: what GridSearchCV maximises. y is ignored."""
        return float(self.score_samples(X).mean())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        # scikit-learn's own guess, any attribute that ends in "_", would be misled by lambda_.
        return hasattr(self, "model_")

    @property
    def _n_features_out(self) -> int:
        return self.model_.latent_dim

    def _settings(self) -> dict[str, Any]:
        """The variant's config fields; one that only others have must be at its default."""
        variant_class(self.variant)
        settings = {}
        for f in fields(self):
            value = getattr(self, f.name)
            homes = [key for key, c in VARIANTS.items() if f.name in c.Config.__dataclass_fields__]
            if self.variant in homes:
                settings[f.name] = _plain(value)
            elif homes and not _same(value, f.default):
                raise InvalidConfig(
                    f"variant {self.variant!r} has no {f.name}, got {value!r}; leave it at "
                    f"{f.default!r} or choose variant {' or '.join(homes)}"
                )
        return settings

    def _shape(self, n_features: int) -> tuple[int, ...]:
        if self.sample_shape is None:
            if self.architecture != "mlp":
                raise InvalidConfig(
                    f"architecture {self.architecture!r} reads images: give sample_shape=(C, H, W) "
                    f"with C·H·W = {n_features}, or use architecture 'mlp'"
                )
            return (n_features,)
        if not isinstance(self.sample_shape, (tuple, list)):
            raise InvalidConfig(
                f"sample_shape must be a tuple such as (1, 8, 8), got {self.sample_shape!r}"
            )
        shape = tuple(_plain(n) for n in self.sample_shape)
        if math.prod(shape) != n_features:
            raise InvalidConfig(
                f"sample_shape must hold as many values as X has features, {n_features}, "
                f"got {shape}"
            )
        return shape

    def _seed(self) -> int:
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)  # `build` says which it takes
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _split(self, rows: Rows, shape: tuple[int, ...], seed: int) -> DataSet:
        """Rows to learn from and rows to judge by; `test` is never read."""
        share = _plain(self.validation_fraction)
        if not isinstance(share, (int, float)) or not 0 < share < 1:
            raise InvalidConfig(f"validation_fraction must be in (0, 1), got {share!r}")
        if max(rows.max(), -rows.min()) > LARGEST:
            raise InvalidInput(
                f"X must lie within ±{LARGEST:.2g}, got {max(rows.max(), -rows.min()):.2g}; scale "
                "it, for instance with StandardScaler in a Pipeline"
            )
        x = _tensor(rows).float().reshape(-1, *shape)
        held_out = int(len(x) * share) if self.patience is not None else 0
        if held_out:
            order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
            x, valid = x[order[held_out:]], x[order[:held_out]]
        else:
            valid = x
        return DataSet("X", "points", x, valid, valid)

    def _rows(self, X: ArrayLike) -> Rows:
        check_is_fitted(self)
        rows: Rows = validate_data(self, X, dtype=FLOATS, reset=False)
        return rows

    def _samples(self, rows: Rows) -> Tensor:
        return _tensor(rows).reshape(-1, *self.model_.sample_shape)

    def _negative_error(self, x: Tensor) -> Tensor:
        return -squared(x, self.model_.reconstruct(x))


def _tensor(rows: Rows) -> Tensor:
    """A float64 copy: X may be read-only, or laid out in any order."""
    return torch.from_numpy(np.array(rows, dtype=np.float64, order="C"))


def _array(values: Tensor, dtype: Any) -> Rows:
    return values.numpy().astype(dtype)


def _same(value: Any, default: Any) -> bool:
    """Whether a setting is its default; an array never is."""
    return not isinstance(value, np.ndarray) and bool(value == default)


def _plain(value: Any) -> Any:
    """NumPy's scalars, which a grid made by NumPy holds, as Python's."""
    return value.item() if isinstance(value, np.generic) else value
