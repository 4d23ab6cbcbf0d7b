"""The file of a model that was given none: its name says everything that was set."""

import hashlib
from pathlib import Path
from typing import Any

from ae_core.base import Autoencoder, Codec
from ae_core.cli.options import flag
from ae_core.data.dataset import DataSet
from ae_core.folders import user_models
from ae_core.records import Recipe
from ae_core.store import SUFFIX

LONGEST = 100  # characters that may tell of settings: a file system has 255 for the whole name


def default_file(model: Codec, dataset: DataSet, recipe: Recipe | None = None) -> Path:
    """Among the user's models: the same command the same file, another command another one."""
    name = f"{model.name}-{dataset.name}-d{model.latent_dim}"
    if isinstance(model, Autoencoder) and recipe is not None:
        if knob := model.config.weight_field:
            name += f"-{knob.split('_')[0]}{_text(model.config.weight)}"
        details = "".join(_part(k, v) for k, v in _unusual(model, dataset, recipe).items())
        if len(details) > LONGEST:
            details = "-" + hashlib.sha256(details.encode()).hexdigest()[:8]
        name += f"{details}-seed{recipe.seed}"
    return user_models() / f"{name}{SUFFIX}"


def _unusual(model: Autoencoder, dataset: DataSet, recipe: Recipe) -> dict[str, Any]:
    """What was set otherwise than by default, but for what every name says."""
    config = model.config
    plain = type(config)()
    own = type(config)(architecture=config.architecture, linear=config.linear)  # for its sizes
    usual = {
        **vars(own), "architecture": plain.architecture, "linear": plain.linear,
        **dataset.suggested_config, **vars(Recipe()),
    }  # fmt: skip
    said = ("latent_dim", config.weight_field, "seed")
    chosen = {**vars(config), **vars(recipe)}
    return {k: v for k, v in chosen.items() if k not in said and v != usual[k]}


def _part(name: str, value: Any) -> str:
    option = flag(name)[2:]
    if isinstance(value, bool):
        return f"-{option}" if value else f"-no-{option}"
    return f"-{option}-{value}" if isinstance(value, str) else f"-{option}{_text(value)}"


def _text(value: Any) -> str:
    if not isinstance(value, tuple):
        return f"{value:.12g}"
    # A range of weights, or the sizes of layers.
    ranged = any(isinstance(v, float) for v in value)
    return ("to" if ranged else "x").join(map(_text, value)) or "-none"
