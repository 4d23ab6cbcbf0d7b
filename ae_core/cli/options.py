"""Options made from the config dataclasses: one declaration, the same names as in Python."""

import argparse
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, get_args

from ae_core.config import Config, Hyper, hyper_of
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig, UnknownVariant
from ae_core.pca import PCACodec
from ae_core.records import LARGEST, Recipe
from ae_core.variants import VARIANTS, variant_class

RECIPE_HELP = {
    "epochs": "passes over the training split",
    "batch_size": "samples per step",
    "learning_rate": "Adam's step size at the start",
    "schedule": "cosine (to zero over the epochs) or constant",
    "patience": "stop after so many epochs without a lower valid total and keep the best weights",
    "pretrain_epochs": "greedy layer-wise pre-training first, so many epochs per layer",
    "binarise": "draw black and white pixels anew from every batch's grey values",
    "layout_images": "first learn where t-SNE puts so many training samples (code up to 3)",
    "neighbours": "weight at the start of a pull between the codes of neighbours, falling to 0",
    "deform": "share of every batch's images shown bent and stretched, each time anew",
}

TRUTH = {"true": True, "false": False}


class Parser(argparse.ArgumentParser):
    """argparse, but an error is one line that ends with where help is."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> Any:
        raise InvalidConfig(f"{message}; see {self.prog} --help")

    def refuse(self, extra: Sequence[str]) -> None:
        """Complain about arguments that no option took, with the nearest option's name."""
        near = difflib.get_close_matches(extra[0].partition("=")[0], self._option_string_actions, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        self.error(f"unknown argument {extra[0]!r}{hint}")


def flag(name: str) -> str:
    """The option of a field: lambda_ -> --lambda."""
    return "--" + name.rstrip("_").replace("_", "-")


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """One option per config field: the shared ones, then those of single variants."""
    shared = {f.name for f in fields(Config)}
    common = parser.add_argument_group("model (all variants)")
    for name, owners in _owners().items():
        group = common
        if name not in shared:
            group = _group(parser, f"model ({', '.join(owners)})")
        _add(group, name, hyper_of(next(iter(owners.values()))), owners)


def add_recipe_options(parser: argparse.ArgumentParser, *, seed: bool = True) -> None:
    """Epochs, batch size and so on; absent means the recipe's default (or the resumed run's)."""
    group = parser.add_argument_group("training")
    for f in fields(Recipe):
        if f.name == "seed":
            continue
        kind = _kind(f)
        shown: dict[str, Any] = {"type": kind, "metavar": "KIND" if kind is str else "N"}
        if kind is bool:
            shown = {"action": argparse.BooleanOptionalAction}
        group.add_argument(
            flag(f.name), dest=f"recipe.{f.name}", default=argparse.SUPPRESS, **shown,
            help=RECIPE_HELP[f.name] + (f" (default {f.default})" if f.default is not None else ""),
        )  # fmt: skip
    if seed:
        group.add_argument(
            "--seed", dest="recipe.seed", type=whole_seed, default=argparse.SUPPRESS, metavar="N",
            help="of the first weights, the batch order and the noise (default 0)",
        )  # fmt: skip


def add_run_options(parser: argparse.ArgumentParser, *, data_required: bool = True) -> None:
    """Where the data lies and what computes."""
    add_data_options(parser, required=data_required)
    group = _group(parser, "machine")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, mps, ... (default auto)")
    group.add_argument(
        "--threads", type=thread_count, default=1, metavar="N", help="torch threads (default 1)"
    )


def add_data_options(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--data", metavar="NAME", required=required, help="data set, see list")
    parser.add_argument("--data-dir", metavar="DIR", help="where downloaded data sets lie")


def given_settings(args: argparse.Namespace, variant: str) -> dict[str, Any]:
    """The config fields that were given, as Python values checked by the variant's config."""
    raw = {k[7:]: v for k, v in vars(args).items() if k.startswith("config.")}
    return parsed_settings(raw, variant)


def parsed_settings(raw: Mapping[str, Any], variant: str) -> dict[str, Any]:
    """Config values from option texts; unknown names and bad values raise InvalidConfig."""
    config = variant_class(variant).Config
    known = {f.name: hyper_of(f) for f in fields(config)}
    settings = {
        name: parse_setting(name, known[name], value) if name in known else value
        for name, value in raw.items()
    }
    config.from_mapping(settings)
    return settings


def suited_settings(settings: dict[str, Any], variant: str, dataset: DataSet) -> dict[str, Any]:
    """The settings, with what suits the data's range where they leave that open."""
    suited = {**dataset.suggested_config, **settings}
    try:
        variant_class(variant).Config.from_mapping(suited)
    except InvalidConfig:  # say, a linear network has no room for a sigmoid
        return settings
    return suited


def given_recipe(args: argparse.Namespace) -> dict[str, Any]:
    """The recipe fields that were given."""
    return {k[7:]: v for k, v in vars(args).items() if k.startswith("recipe.")}


def parse_recipe_value(name: str, text: str) -> Any:
    """A recipe field's text as its value."""
    kind = _kind(next(f for f in fields(Recipe) if f.name == name))
    if kind is bool:
        return TRUTH.get(text.lower(), text)
    return text if kind is str else _number(name, kind, text)


def check_variant(name: str, *, pca: bool = False) -> None:
    """UnknownVariant unless `name` is a key of VARIANTS (or pca, where that is allowed)."""
    allowed = (*VARIANTS, PCACodec.name) if pca else tuple(VARIANTS)
    if name not in allowed:
        raise UnknownVariant(f"unknown variant {name!r}; choose one of {', '.join(allowed)}")


def parse_setting(name: str, h: Hyper, value: Any) -> Any:
    """An option's text as the value Python would be given; bounds are the config's to check."""
    if not isinstance(value, str) or h.kind == "choice":
        return value
    if h.kind == "bool":
        return TRUTH.get(value.lower(), value)
    if h.kind == "sizes":
        text = value.strip()
        return (
            ()
            if text in ("", "none")
            else tuple(_number(f"each of {name}", int, t) for t in text.split(","))
        )
    if h.kind == "int":
        return _number(name, int, value)
    if h.ranged and ":" in value:
        return tuple(_number(name, float, part) for part in value.split(":"))
    return _number(name, float, value)


def whole_seed(text: str) -> int:
    """A seed: a whole number from 0."""
    seed = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
    if not 0 <= seed <= LARGEST:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 0 to {LARGEST}, got {text!r}"
        )
    return seed


def thread_count(text: str) -> int:
    """1 to 256."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 256):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 256, got {text!r}")
    return int(text)


def _kind(f: "Field[Any]") -> Any:
    """int, float, bool or str: what a recipe field's text is read as."""
    if int in (f.type, *get_args(f.type)):
        return int
    return f.type if f.type in (float, bool) else str


def _number(name: str, kind: type[int] | type[float], text: str) -> int | float:
    try:
        return kind(text)
    except ValueError as error:
        what = "a whole number" if kind is int else "a number"
        raise InvalidConfig(f"{name} must be {what}, got {text!r}") from error


def _owners() -> dict[str, dict[str, "Field[Any]"]]:
    """Every config field's name -> the variants that have it, in menu order."""
    found: dict[str, dict[str, Field[Any]]] = {}
    for variant, cls in VARIANTS.items():
        for f in fields(cls.Config):
            found.setdefault(f.name, {})[variant] = f
    return found


def _group(parser: argparse.ArgumentParser, title: str) -> Any:
    for group in parser._action_groups:
        if group.title == title:
            return group
    return parser.add_argument_group(title)


def _add(group: Any, name: str, h: Hyper, owners: dict[str, "Field[Any]"]) -> None:
    texts = {hyper_of(f).help: variant for variant, f in owners.items()}
    default = next(iter(owners.values())).default
    help_text = next(iter(texts))
    if len(texts) > 1:
        help_text = " ".join(f"{variant}: {text}" for text, variant in texts.items())
    if h.ranged:
        help_text += " LOW:HIGH trains one network for the whole range."
    if h.kind != "sizes":
        help_text += f" (default {default})"
    shown: dict[str, Any] = {"metavar": "{" + ",".join(h.choices) + "}" if h.choices else "N"}
    if h.kind == "bool":
        shown = {"action": argparse.BooleanOptionalAction}
    elif h.kind == "sizes":
        shown = {"metavar": "N,N,..."}
    group.add_argument(
        flag(name), dest=f"config.{name}", default=argparse.SUPPRESS,
        help=help_text.replace("%", "%%"), **shown,
    )  # fmt: skip
