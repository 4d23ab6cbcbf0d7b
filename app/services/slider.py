"""How far one network for a whole slider is from networks trained separately: assets/slider.json.

`python -m benchmarks.slider --out` writes the file; where it is missing, nothing was measured.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ae_core.config import Config
from ae_core.folders import SHIPPED_MODELS
from app.services.cache import remembered
from app.services.catalogue import CodecRef, config_of

SLIDER_FILE = SHIPPED_MODELS.parent / "slider.json"


@dataclass(frozen=True)
class Gap:
    """One weight: objectives on test, per image, and the gap in %, median and range of seeds."""

    weight: float
    separate: float
    conditioned: float
    gap: float
    least: float
    largest: float


@dataclass(frozen=True)
class SliderFigures:
    """A row of the table: how it was measured, and the gap at every weight."""

    latent_dim: int
    hidden: tuple[int, ...]
    epochs: int
    seeds: int
    weights: tuple[Gap, ...]


def slider_figures(which: CodecRef) -> SliderFigures | None:
    """What was measured for this data set and objective, at this code size if there is a choice.

    None: the codec has no range of weights, or nothing was measured, or it is somebody's own.
    """
    config = config_of(which)
    if which.model or config is None or not isinstance(config.weight, tuple):
        return None
    return _nearest(which, config, _stamp(SLIDER_FILE))


@remembered(256)
def _nearest(which: CodecRef, config: Config, stamp: tuple[Path, int]) -> SliderFigures | None:
    """The row of the nearest code size."""
    rows = [row for row in _rows(stamp) if _is_of(row, which, config)]
    rows.sort(key=lambda row: abs(int(row["latent_dim"]) - which.latent_dim))
    return _figures(rows[0]) if rows else None


def _is_of(row: Mapping[str, Any], which: CodecRef, config: Config) -> bool:
    # A row without a corruption is of the default one, and so for every setting.
    wanted = {"corruption": "gaussian"} if which.variant == "denoising" else {}
    wanted |= row["settings"]
    return (row["data"], row["variant"]) == (which.data, which.variant) and all(
        getattr(config, name, None) == value for name, value in wanted.items()
    )


def _figures(row: Mapping[str, Any]) -> SliderFigures:
    gaps = tuple(Gap(**{n: float(w[n]) for n in Gap.__dataclass_fields__}) for w in row["weights"])
    return SliderFigures(
        int(row["latent_dim"]), tuple(row["hidden"]), int(row["epochs"]), int(row["seeds"]), gaps
    )


def _stamp(path: Path) -> tuple[Path, int]:
    """Changes when the file does; 0 where there is none."""
    return path, path.stat().st_mtime_ns if path.is_file() else 0


@remembered(2)
def _rows(stamp: tuple[Path, int]) -> tuple[Mapping[str, Any], ...]:
    path, written = stamp
    if not written:
        return ()
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8"))["rows"])
    except (OSError, ValueError, KeyError) as error:
        logging.getLogger(__name__).log(logging.WARNING, "%s: %s", path.name, error)
        return ()
