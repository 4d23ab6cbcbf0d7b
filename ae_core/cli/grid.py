"""The axes of a sweep, read from the command line."""

import argparse
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ae_core.cli import options
from ae_core.config import hyper_of
from ae_core.errors import InvalidConfig
from ae_core.records import Recipe
from ae_core.variants import variant_class

MAX_POINTS = 10_000


def seeds_of(text: str) -> list[int]:
    """Different seeds from 0,1,2."""
    try:
        seeds = [options.whole_seed(t) for t in text.split(",")]
    except argparse.ArgumentTypeError as error:
        raise InvalidConfig(f"each of seeds {error}") from error
    return _different("seeds", seeds)


def grid_of(args: argparse.Namespace, settings: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Field -> its values, in the order given; the variant's weight last."""
    config = variant_class(args.variant).Config
    texts: dict[str, str] = {}
    for axis in args.grid:
        name, _, values = axis.partition("=")
        _add(texts, _field(name, args.variant), values)
    if args.weights is not None:
        knob = config.from_mapping(settings).weight_field
        if knob is None:
            raise InvalidConfig(f"{args.variant} has no weight; use --grid latent-dim=2,4,8 or so")
        if "corruption" in texts:
            raise InvalidConfig(
                "weights of different corruptions are different things; use --grid noise-std=..."
            )
        _add(texts, knob, args.weights)
    grid = {
        name: _different(name, [_value(name, t, args.variant) for t in text.split(",")])
        for name, text in texts.items()
    }
    if (runs := math.prod(map(len, grid.values()))) > MAX_POINTS:
        raise InvalidConfig(f"a grid may hold at most {MAX_POINTS} points, got {runs}")
    return grid


def _add(texts: dict[str, str], name: str, values: str) -> None:
    if name in texts:
        raise InvalidConfig(f"{name} is given twice; name each axis of the grid once")
    texts[name] = values


def _field(name: str, variant: str) -> str:
    """The field that an option's name stands for."""
    config = {f.name for f in fields(variant_class(variant).Config)}
    known = {options.flag(n)[2:]: n for n in (*config, *(f.name for f in fields(Recipe)))}
    del known["seed"]
    key = name.strip().rstrip("_").replace("_", "-")
    if key not in known:
        raise InvalidConfig(f"unknown grid field {name!r}; choose from {', '.join(sorted(known))}")
    return known[key]


def _value(name: str, text: str, variant: str) -> Any:
    for f in fields(variant_class(variant).Config):
        if f.name == name:
            knob = hyper_of(f)
            text = text.replace("x", ",") if knob.kind == "sizes" else text
            return options.parse_setting(name, knob, text.strip())
    return options.parse_recipe_value(name, text.strip())


def _different(name: str, values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise InvalidConfig(f"each of {name} may stand once, got {','.join(map(str, values))}")
    return values
