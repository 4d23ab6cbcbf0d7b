"""What a race is asked for: where settings start, which belong to whom, and what is too much."""

from dataclasses import asdict, dataclass, fields
from math import prod
from typing import Any

import torch

from ae_core.affine import Affine
from ae_core.base import Autoencoder
from ae_core.config import Config, Hyper, hyper_of
from ae_core.errors import InvalidConfig
from ae_core.presets import Preset, find_preset, presets_of
from ae_core.records import Recipe
from ae_core.runs.limits import Limits
from ae_core.training import check_fits
from ae_core.variants import VARIANTS
from app.services.cache import remembered
from app.services.catalogue import code_sizes, codec_info, config_of, epochs_of, ref
from app.services.data import dataset

# What one visitor may ask of a machine that others use too, beside the engine's own Limits.
MAX_SEEDS = 5
MAX_WORK = 3e11  # multiplications that all samples take through the network once
MAX_LATENT = 1024
MAX_JACOBIAN = 64  # code size where a deep encoder's Jacobian is exact: batch × d × width numbers
BATCHES = (16, 256)
IMAGES = 60_000  # how many each runner sees in a race that starts with the suggestion
SWEPT = 200_000  # the same for a run of a sweep
SMALL = {"hidden_sizes": (64, 32), "batch_size": 64, "learning_rate": 0.003}  # seconds on digits


@dataclass(frozen=True)
class RaceSettings:
    """What all runners share, and each runner's own config."""

    data: str
    configs: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]  # (variant, config items)
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    seeds: int = 1  # so many of each, from `seed` on
    further: tuple[tuple[str, Any], ...] = ()  # of the recipe: schedule, deform, ...
    varied: str = ""  # of a sweep: the config field in which its runs differ

    @property
    def recipe(self) -> Recipe:
        """How each is trained, with the first seed."""
        return Recipe(
            self.epochs, self.batch_size, self.learning_rate, self.seed, **dict(self.further)
        )


def suggestion(data: str) -> dict[str, Any]:
    """Config and training settings that show something in seconds on this data set."""
    found = dataset(data)
    pixels = found.train[0].numel()
    images = IMAGES * (2 if found.kind == "points" else 1)  # small, and slow to unfold
    epochs = max(5, min(60, round(images / len(found.train) / 5) * 5))
    return {
        **SMALL,
        **found.suggested_config,
        "latent_dim": min(2, max(1, pixels - 1)),  # a code as wide as the data squeezes nothing
        "epochs": min(epochs, most_epochs()),
        "seeds": 1,
    }


def race_presets(data: str) -> tuple[str, ...]:
    """Names of the recipes for this data set whose code a race can show."""
    found = presets_of(data=data)
    return tuple(n for n in found if find_preset(n).config["latent_dim"] <= MAX_LATENT)


def preset(name: str) -> Preset:
    """A named recipe; InvalidConfig for an unknown name."""
    return find_preset(name)


def recipe_start(data: str, name: str = "", variant: str = "") -> dict[str, Any]:
    """Where the settings of a race start: the suggestion, or the named recipe as it stands.

    variant: of a sweep, which starts with the layers of the network it is compared with, and as
    far as that takes seconds, with its epochs.
    """
    if not name:
        start = suggestion(data)
        which = ref(data, variant, start["latent_dim"]) if variant else None
        config = config_of(which) if which else None
        if which and config:
            epochs = min(epochs_of(which), SWEPT // len(dataset(data).train), most_epochs())
            start |= {"hidden_sizes": config.sizes, "epochs": max(epochs, start["epochs"])}
        return start
    chosen = find_preset(name)
    trained = asdict(Recipe(**chosen.fit))
    shown = {key: trained[key] for key in ("epochs", "batch_size", "learning_rate")}
    shared = {f.name for f in fields(Config)}
    own = {key: value for key, value in chosen.config.items() if key in shared}
    return {"latent_dim": Config().latent_dim, **own, **shown, "seeds": 1}


def recipe_further(name: str = "") -> tuple[tuple[str, Any], ...]:
    """What a recipe says of training beside epochs, batch size and learning rate."""
    shown = ("epochs", "batch_size", "learning_rate", "seed")
    return tuple((k, v) for k, v in find_preset(name).fit.items() if k not in shown) if name else ()


def own_start(data: str, variant: str, name: str = "") -> dict[str, Any]:
    """Where a variant's own settings start, as far as not where they were declared."""
    if name and find_preset(name).variant == variant:
        own = own_fields(variant)
        return {key: value for key, value in find_preset(name).config.items() if key in own}
    return dict(suggested_weight(data, variant))


def most_epochs() -> int:
    """Epochs that a race may have on this machine."""
    return Limits.from_environment().epochs


def variant_configs(codecs: tuple[str, ...]) -> dict[str, type[Config]]:
    """The config classes of those codecs that are trained, in their order."""
    return {codec: VARIANTS[codec].Config for codec in codecs if codec in VARIANTS}


def own_fields(variant: str) -> tuple[str, ...]:
    """Config fields that not all variants have, as declared; those of several variants last."""
    config, shared = VARIANTS[variant].Config, {f.name for f in fields(Config)}
    found = [f.name for f in fields(config) if f.name not in shared]
    return tuple(sorted(found, key=lambda name: name not in config.__annotations__))


def knob(variant: str, settings: dict[str, Any] | None = None) -> str:
    """The config field that is a variant's weight under these settings of its own; "" for none."""
    own = {k: v for k, v in (settings or {}).items() if k in own_fields(variant)}
    return VARIANTS[variant].Config.from_mapping(own).weight_field or ""


def suggested_weight(data: str, variant: str) -> dict[str, float]:
    """Where the knob of a model that is here for this data starts; {} where there is none."""
    for size in code_sizes(data):
        which = ref(data, variant, size)
        if which is not None and which.weight is not None:
            return {codec_info(which).weight_name: which.weight}
    return {}


def without_weight(variant: str) -> dict[str, Any]:
    """A variant's own settings at which it is the plain autoencoder: as declared, weight 0."""
    name = knob(variant)
    return {name: 0.0} if name else {}


def hyper(variant: str, name: str) -> Hyper:
    """What a control needs to know of a variant's setting."""
    return hyper_of(VARIANTS[variant].Config.__dataclass_fields__[name])


def knob_symbol(variant: str) -> str:
    """The symbol of a variant's weight, "" where it has none."""
    name = knob(variant)
    return hyper(variant, name).symbol if name else ""


def check_race(settings: RaceSettings) -> None:
    """Raise for settings that the engine or this lab refuses; builds nothing, trains nothing."""
    _checked(settings, Limits.from_environment())


@remembered(256)
def _checked(settings: RaceSettings, limits: Limits) -> None:
    _within("epochs", settings.epochs, 1, limits.epochs)
    _within("seeds", settings.seeds, 1, MAX_SEEDS)
    _within("batch_size", settings.batch_size, *BATCHES)
    if not settings.configs:
        raise InvalidConfig("a race needs at least one codec that is trained; choose one")
    data = dataset(settings.data)
    count = len(settings.configs) * settings.seeds
    limits.check("waiting_per_visitor", count, "runs at once", "choose fewer")
    for variant, items in settings.configs:
        cls = VARIANTS[variant]
        config = cls.Config.from_mapping(dict(items))
        deep = getattr(config, "jacobian", "") == "exact" and config.sizes
        _within("latent_dim", config.latent_dim, 1, MAX_JACOBIAN if deep else MAX_LATENT)
        with torch.device("meta"):  # shapes without memory
            model = cls(data.sample_shape, config)
        check_fits(model, data, settings.recipe)
        _affordable(model, len(data.train), limits.parameters)


def _affordable(model: Autoencoder, samples: int, most: int) -> None:
    """Raise where the weights, or one epoch's work with them, are more than a visitor's share."""
    count = sum(p.numel() for p in model.parameters())
    if count > most:
        raise InvalidConfig(
            f"a model of {count:,} weights is too large to train here, at most "
            f"{most:,} are allowed; choose smaller hidden_sizes"
        )
    layers = [m for m in model.modules() if isinstance(m, Affine)]
    # A convolution's weights act at every place of its smaller side.
    places = [min(prod(m.in_shape[1:]), prod(m.out_shape[1:])) for m in layers]
    work = samples * sum(m.matrix.numel() * n for m, n in zip(layers, places, strict=True))
    if work > MAX_WORK:
        raise InvalidConfig(
            f"an epoch of {work:.1e} multiplications takes too long here, at most {MAX_WORK:.0e} "
            "are allowed; choose smaller hidden_sizes or a smaller data set"
        )


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidConfig(f"{name} must lie between {low} and {high} here, got {value}")
