"""Which models are here, and a codec for every choice a visitor can make."""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ae_core import PCACodec, load_model
from ae_core.base import Codec
from ae_core.card import ModelCard
from ae_core.config import Config, hyper_of
from ae_core.data import DATASETS
from ae_core.errors import InvalidConfig, ModelFileError
from ae_core.folders import SHIPPED_MODELS, model_folders
from ae_core.store import list_models, model_digest
from ae_core.variants import VARIANTS
from app.services.cache import remembered
from app.services.data import data_info, dataset

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
    return tuple(sorted({d for (data, _, d, _) in _shelf(_stamp()) if data == name}))


def full_sizes(name: str) -> tuple[int, ...]:
    """Code sizes at which every variant has a model."""
    shelf = _shelf(_stamp())
    sizes = {
        d: {v for (data, v, d_, _) in shelf if data == name and d_ == d} for d in code_sizes(name)
    }
    return tuple(d for d, variants in sizes.items() if variants == set(VARIANTS))


def ref(
    data: str, variant: str, latent_dim: int, weight: float | None = None, corruption: str = ""
) -> CodecRef | None:
    """The codec of a choice, its weight brought into the model's range; None: no model is here."""
    if variant == PCA:
        most = min(int(np.prod(data_info(data).sample_shape)), data_info(data).sizes[0])
        return CodecRef(data, PCA, min(latent_dim, most), digest=data_info(data).digest[:12])
    if variant != "denoising":
        corruption = ""
    elif not corruption:
        corruption = "gaussian"
    found = _shelf(_stamp()).get((data, variant, latent_dim, corruption))
    if found is None:
        return None
    path, _, config, stamp = found
    if not isinstance(config.weight, tuple):
        weight = config.weight if config.weight_field else None
    elif weight is None:
        weight = _start(config)
    else:
        weight = min(max(weight, config.weight[0]), config.weight[1])
    return CodecRef(data, variant, latent_dim, weight, corruption, f"{path.name}@{stamp}")


@remembered(256)
def codec_info(which: CodecRef) -> CodecInfo:
    """Everything a page shows about a codec."""
    model = codec(which)
    if which.variant == PCA:
        return CodecInfo(
            which, model.formula, model.reference, "", "", None, 0.0, False, "squared", 0,
            model_digest(model), (),
        )  # fmt: skip
    _, card, config, _ = _file(which)
    name = config.weight_field or ""
    knob = hyper_of(type(config).__dataclass_fields__[name]) if name else None
    return CodecInfo(
        which, model.formula, model.reference, knob.symbol if knob else "", name,
        config.weight if isinstance(config.weight, tuple) else None, _start(config),
        config.log_scale, config.reconstruction, int(card.recipe.get("init_seed", 0)),
        model_digest(model), tuple(card.test_figures.items()),
    )  # fmt: skip


def model_file(which: CodecRef) -> tuple[str, bytes] | None:
    """Name and bytes of the file behind a codec, for a download; None for PCA."""
    if which.variant == PCA:
        return None
    path = _file(which)[0]
    return path.name, path.read_bytes()


def model_path(which: CodecRef) -> str | None:
    """How a reader names the file behind a codec: shipped ones relative to the repository."""
    if which.variant == PCA:
        return None
    path = _file(which)[0]
    if path.is_relative_to(SHIPPED_MODELS):
        return path.relative_to(SHIPPED_MODELS.parent.parent).as_posix()
    return path.name


def config_of(which: CodecRef) -> Config | None:
    """The configuration a codec was trained with, its range of weights included; None for PCA."""
    return None if which.variant == PCA else _file(which)[2]


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


Shelved = tuple[Path, ModelCard, Config, int]  # the last: when the file was written
Shelf = dict[tuple[str, str, int, str], Shelved]
Stamp = tuple[tuple[str, int], ...]
FRESH = 0.02  # seconds
_seen: dict[tuple[Path, ...], tuple[float, Stamp]] = {}  # when the folders were looked at


@remembered(128)
def _network(which: CodecRef) -> Any:
    return load_model(_file(which)[0])


def _file(which: CodecRef) -> Shelved:
    key = (which.data, which.variant, which.latent_dim, which.corruption)
    found = _shelf(_stamp()).get(key)
    if found is None:
        raise ModelFileError(
            f"there is no {which.variant} model for {which.data} with d = {which.latent_dim}; "
            "train one on the Train page or with python -m ae_core train"
        )
    return found


def _stamp() -> Stamp:
    """Changes when a model comes or goes; a folder's own time says so.

    A page asks a dozen times in a run: within FRESH seconds the folders are not looked at again.
    """
    tops = tuple(model_folders())
    now = time.monotonic()
    looked, stamp = _seen.get(tops, (-FRESH, ()))
    if now - looked >= FRESH:
        stamp = tuple(
            (folder, os.stat(folder).st_mtime_ns)
            for top in tops
            if top.is_dir()
            for folder in (str(top), *sorted(p.path for p in os.scandir(top) if p.is_dir()))
        )
        _seen[tops] = now, stamp
    return stamp


def look_again() -> None:
    """A model has just come or gone by our own hand: the next question looks."""
    _seen.clear()


@remembered(4)
def _shelf(stamp: Stamp) -> Shelf:
    """Every usable model by (data, variant, d, corruption).

    The user's own come before shipped ones, and the newest before the older.
    """
    found: Shelf = {}
    for folder in reversed(model_folders()):
        models = list_models(folder).items()
        for path, card in sorted(models, key=lambda model: model[0].stat().st_mtime_ns):
            if (
                isinstance(card, ModelCard)
                and card.variant in VARIANTS
                and card.dataset in DATASETS
            ):
                try:
                    config = VARIANTS[card.variant].Config.from_mapping(card.config)
                except InvalidConfig:
                    continue
                corruption = str(card.config.get("corruption", ""))
                key = (card.dataset, card.variant, int(card.config["latent_dim"]), corruption)
                found[key] = (path, card, config, path.stat().st_mtime_ns)
    return found
