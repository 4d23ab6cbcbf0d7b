"""Which models are here, and a codec for every choice a visitor can make."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from ae_core import PCACodec, load_model
from ae_core.base import Codec
from ae_core.config import Config, hyper_of
from ae_core.errors import ModelFileError
from ae_core.folders import SHIPPED_MODELS
from ae_core.store import model_digest
from ae_core.variants import VARIANTS
from app.services.cache import remembered
from app.services.data import data_info, dataset
from app.services.shelf import Key, Shelved, kept_name, opened_file, shelf

# Small networks gain nothing from threads that wait for each other: with other work on two cores
# PSNR over the noise level took 5 s with two threads, 0.25 s with one.
torch.set_num_threads(1)

PCA = PCACodec.name


@dataclass(frozen=True)
class CodecRef:
    """The id of a codec: everything that decides its numbers. Hashable; caches are keyed by it."""

    data: str
    variant: str
    latent_dim: int
    weight: float | None = None  # None where the codec has no knob
    corruption: str = ""  # of a denoising codec
    digest: str = ""  # of the file it comes from; a new file is a new id
    model: str = ""  # the run it was opened from; "" for the one that everybody sees

    @property
    def key(self) -> Key:
        return self.data, self.variant, self.latent_dim, self.corruption


@dataclass(frozen=True)
class CodecInfo:
    """What a page shows of a codec: its knob, its formula, its past."""

    ref: CodecRef
    formula: str
    reference: str
    symbol: str  # of the knob, "" where there is none
    weight_name: str  # the config field behind the knob
    weight_range: tuple[float, float] | None  # None: the knob is fixed for this model
    weight_start: float  # where its slider stands at first
    log: bool
    reconstruction: str
    seed: int
    digest: str  # of the weights in use
    test_figures: tuple[tuple[str, float], ...]


def code_sizes(name: str) -> tuple[int, ...]:
    """Code sizes for which at least one trained model is here, ascending."""
    return tuple(sorted({d for (data, _, d, _) in shelf() if data == name}))


def full_sizes(name: str) -> tuple[int, ...]:
    """Code sizes at which every variant has a model."""
    keys = shelf()
    sizes = {
        d: {v for (data, v, d_, _) in keys if data == name and d_ == d} for d in code_sizes(name)
    }
    return tuple(d for d, variants in sizes.items() if variants == set(VARIANTS))


def ref(
    data: str,
    variant: str,
    latent_dim: int,
    weight: float | None = None,
    corruption: str = "",
    model: str = "",
) -> CodecRef | None:
    """The codec of a choice, its weight brought into the model's range; None: no model is here.

    model: the run whose model is wanted; one of other data, size or noise is left aside.
    """
    if variant == PCA:
        most = min(int(np.prod(data_info(data).sample_shape)), data_info(data).sizes[0])
        return CodecRef(data, PCA, min(latent_dim, most), digest=data_info(data).digest[:12])
    if variant != "denoising":
        corruption = ""
    found = opened_file(model) if model else None
    if found is None or found.key != (data, variant, latent_dim, corruption or found.key[3]):
        model = ""
        corruption = corruption or ("gaussian" if variant == "denoising" else "")
        found = shelf().get((data, variant, latent_dim, corruption))
    if found is None:
        return None
    config = found.config
    if not isinstance(config.weight, tuple):
        weight = config.weight if config.weight_field else None
    elif weight is None:
        weight = _start(config)
    else:
        weight = min(max(weight, config.weight[0]), config.weight[1])
    digest = f"{found.path.name}@{found.stamp}"
    return CodecRef(data, variant, latent_dim, weight, found.key[3], digest, model)


@remembered(256)
def codec_info(which: CodecRef) -> CodecInfo:
    """Everything a page shows about a codec."""
    model = codec(which)
    if which.variant == PCA:
        return CodecInfo(
            which, model.formula, model.reference, "", "", None, 0.0, False, "squared", 0,
            model_digest(model), (),
        )  # fmt: skip
    found = _file(which)
    card, config = found.card, found.config
    name = config.weight_field or ""
    knob = hyper_of(type(config).__dataclass_fields__[name]) if name else None
    return CodecInfo(
        which, model.formula, model.reference, knob.symbol if knob else "", name,
        config.weight if isinstance(config.weight, tuple) else None, _start(config),
        config.log_scale, config.reconstruction, int(card.recipe.get("init_seed", 0)),
        model_digest(model), tuple(card.test_figures.items()),
    )  # fmt: skip


def model_bytes(which: CodecRef) -> bytes:
    """The file behind a codec, for a download; PCA has none."""
    return _file(which).path.read_bytes()


def model_path(which: CodecRef) -> str | None:
    """How a reader names the file behind a codec: shipped ones relative to the repository."""
    if which.variant == PCA:
        return None
    path = _file(which).path
    if path.is_relative_to(SHIPPED_MODELS):
        return path.relative_to(SHIPPED_MODELS.parent.parent).as_posix()
    return _name_of(which)


def config_of(which: CodecRef) -> Config | None:
    """The configuration a codec was trained with, its range of weights included; None for PCA."""
    return None if which.variant == PCA else _file(which).config


def epochs_of(which: CodecRef) -> int:
    """How many epochs a codec's network was trained; 0 for PCA."""
    history = () if which.variant == PCA else _file(which).card.history
    return history[-1].epoch if history else 0


@remembered(256)
def codec(which: CodecRef) -> Codec:
    """The codec itself, folded at its weight; for services only."""
    if which.variant == PCA:
        return PCACodec(which.latent_dim).fit(dataset(which.data).train)
    model = _network(replace(which, weight=None))
    plain: Codec = model.at(which.weight) if model.conditioned else model
    return plain


def network(which: CodecRef) -> Codec:
    """The codec as its file holds it, for every weight at once; for services only."""
    if which.variant == PCA:
        return codec(which)
    conditioned: Codec = _network(replace(which, weight=None))
    return conditioned


def _start(config: Config) -> float:
    """Where a slider starts: the middle of the range as the slider shows it, rounded."""
    middle = config.middle_weight
    return float(f"{middle:.2g}") if isinstance(config.weight, tuple) else middle


@remembered(128)
def _network(which: CodecRef) -> Any:
    return load_model(_file(which).path)


def _name_of(which: CodecRef) -> str:
    if which.model:
        return kept_name(which.data, which.variant, which.latent_dim, which.model)
    return _file(which).path.name


def _file(which: CodecRef) -> Shelved:
    found = opened_file(which.model) if which.model else shelf().get(which.key)
    if found is None:
        raise ModelFileError(
            f"there is no {which.variant} model for {which.data} with d = {which.latent_dim}"
            + (f" of run {which.model}" if which.model else "")
            + "; train one on the Train page or with python -m ae_core train"
        )
    return found
