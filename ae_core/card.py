"""A model's card: what its file's header says of config, data, recipe, history and figures."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.metadata import version
from typing import Any

import numpy
import torch

from ae_core.errors import ModelFileError
from ae_core.records import EpochRecord, Terms
from ae_core.safefile import parse_json

FORMAT_VERSION = 1
MAX_VALUES = 1 << 20  # per sample


@dataclass(frozen=True)
class ModelCard:
    """Where a model comes from, as its file's header tells it."""

    variant: str
    sample_shape: tuple[int, ...]
    config: dict[str, Any]
    dataset: str = ""
    dataset_digest: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    history: tuple[EpochRecord, ...] = ()
    test_figures: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def metadata_of(kind: str, card: ModelCard) -> dict[str, str]:
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "scikit-learn": version("scikit-learn"),
    }
    columns = _columns(card.history)
    if kind == "model":  # a run's own state keeps every digit, to go on as if unbroken
        columns = {name: [_short(v) for v in values] for name, values in columns.items()}
    return {
        "format": f"bottleneck-{kind}",
        "format_version": str(FORMAT_VERSION),
        "variant": card.variant,
        "sample_shape": json.dumps(card.sample_shape),
        "config": json.dumps(card.config),
        "dataset": json.dumps({"name": card.dataset, "sha256": card.dataset_digest}),
        "recipe": json.dumps(card.recipe),
        "history": json.dumps(columns, separators=(",", ":")),
        "test_figures": json.dumps(card.test_figures),
        "versions": json.dumps(card.versions or versions),
    }


_TERMS = [f"{split}.{term.name}" for split in ("train", "valid") for term in fields(Terms)]
_PLAIN = ["epoch", "learning_rate", "seconds", "images_per_second", "best_epoch"]


def _short(value: float) -> float:
    """Six significant digits: what float32 sums are good for, in a third of the text."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _columns(history: Sequence[EpochRecord]) -> dict[str, list[float]]:
    columns = {name: [getattr(r, name) for r in history] for name in _PLAIN}
    for name in _TERMS:
        split, term = name.split(".")
        columns[name] = [getattr(getattr(r, split), term) for r in history]
    return columns


def _records(name: str, columns: Any) -> tuple[EpochRecord, ...]:
    try:
        rows = zip(*(columns[c] for c in (*_PLAIN, *_TERMS)), strict=True)
        return tuple(
            EpochRecord(
                int(r[0]), Terms(*map(float, r[5:8])), Terms(*map(float, r[8:11])),
                float(r[1]), float(r[2]), float(r[3]), int(r[4]),
            )
            for r in rows
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"{name}: the history in the header is damaged: {error}") from error


def parse_mapping(name: str, what: str, text: str) -> dict[str, Any]:
    value = parse_json(name, what, text)
    if not isinstance(value, dict):
        raise ModelFileError(f"{name}: {what}: expected a JSON object, found {str(value)[:60]!r}")
    return value


def parse_card(name: str, metadata: Mapping[str, str], kind: str) -> ModelCard:
    expected = f"bottleneck-{kind}"
    if metadata.get("format") != expected:
        raise ModelFileError(
            f"{name}: not a {kind} file of this program: expected format {expected!r}, "
            f"found {metadata.get('format')!r:.60}"
        )
    version = metadata.get("format_version", "")
    if version != str(FORMAT_VERSION):
        raise ModelFileError(
            f"{name}: expected format version {FORMAT_VERSION}, found {version!r:.40}; "
            "a newer program wrote it, or it is damaged"
        )
    shape = parse_json(name, "sample_shape", metadata.get("sample_shape", ""))
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= 4
        or not all(type(n) is int and 1 <= n <= MAX_VALUES for n in shape)
        or numpy.prod(shape, dtype=float) > MAX_VALUES
    ):
        raise ModelFileError(f"{name}: sample_shape: expected 1 to 4 sizes, found {shape!r:.60}")
    source, figures, versions, config, recipe, history = (
        parse_mapping(name, key, metadata.get(key, ""))
        for key in ("dataset", "test_figures", "versions", "config", "recipe", "history")
    )
    try:
        numbers = {str(k): float(v) for k, v in figures.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"{name}: test_figures must be numbers: {error}") from error
    return ModelCard(
        metadata.get("variant", ""), tuple(shape), config, str(source.get("name", "")),
        str(source.get("sha256", "")), recipe, _records(name, history), numbers,
        {str(k): str(v) for k, v in versions.items()},
    )  # fmt: skip
