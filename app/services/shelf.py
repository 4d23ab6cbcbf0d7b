"""Which model files are here: those every page shows by itself, and those opened by a run's id.

The user's model folder and the shipped one make a shelf, of which everybody sees the newest of a
kind. Models of races are not on it: a visitor's view names one by its run, and nobody else's view
changes. Such a model is a kept one, or lies where it was trained.
"""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from ae_core.card import ModelCard
from ae_core.config import Config, hyper_of
from ae_core.data import DATASETS
from ae_core.errors import AECoreError, ModelFileError
from ae_core.folders import kept_models, model_folders
from ae_core.runs.folder import ID, find_run
from ae_core.store import SUFFIX, list_models, read_card
from ae_core.variants import VARIANTS
from app.services.cache import remembered

Key = tuple[str, str, int, str]  # data set, variant, code size, corruption
Stamp = tuple[tuple[str, int], ...]
FRESH = 0.02  # seconds
RUN = len("20260101-120000-0123456789")  # characters of a run's id
_seen: dict[str, tuple[float, Stamp]] = {}  # by home, when the folders were looked at


@dataclass(frozen=True, eq=False)
class Shelved:
    """A usable model file; `stamp` is when it was written."""

    path: Path
    card: ModelCard
    config: Config
    stamp: int

    @property
    def key(self) -> Key:
        """What a visitor chooses it by."""
        corruption = str(self.card.config.get("corruption", ""))
        return self.card.dataset, self.card.variant, self.config.latent_dim, corruption


@dataclass(frozen=True)
class OpenedModel:
    """What a page says of a model that a view may name."""

    run: str
    data: str
    variant: str
    latent_dim: int
    corruption: str
    symbol: str  # of its weight, "" where it has none
    weight: float
    seed: int
    epochs: int


def shelf() -> dict[Key, Shelved]:
    """Every model that is shown by itself.

    The user's own come before shipped ones, and the newest before the older.
    """
    return _shelf(_stamp())


def opened_file(run: str) -> Shelved | None:
    """The model of a run, kept or where it was trained; None where it is not here (any more)."""
    try:
        path = kept_file(run) or find_run(run).model_file
        return _usable(path, os.stat(path).st_mtime_ns)
    except (AECoreError, OSError):
        return None


def opened_model(run: str) -> OpenedModel | None:
    """What there is to say of it; None where it is not here (any more)."""
    found = opened_file(run)
    return None if found is None else _told(run, found)


def _told(run: str, found: Shelved) -> OpenedModel:
    data, variant, latent_dim, corruption = found.key
    config, card, name = found.config, found.card, found.config.weight_field
    symbol = hyper_of(type(config).__dataclass_fields__[name]).symbol if name else ""
    return OpenedModel(
        run, data, variant, latent_dim, corruption, symbol, config.middle_weight if name else 0.0,
        int(card.recipe.get("init_seed", 0)), card.history[-1].epoch if card.history else 0,
    )  # fmt: skip


def kept_name(data: str, variant: str, latent_dim: int, run: str) -> str:
    """A name that says what it is; the run's own id makes it unique."""
    return f"{data}-{variant}-d{latent_dim}-{run}{SUFFIX}"


def kept_file(run: str) -> Path | None:
    """Where a run's model is kept; None where it is not."""
    if not ID.fullmatch(run):
        return None
    return next(kept_models().glob(f"*-{run}{SUFFIX}"), None)


def kept_runs() -> list[OpenedModel]:
    """Every kept model, the newest run's first."""
    found = {}
    for path in kept_models().glob(f"*{SUFFIX}"):
        with contextlib.suppress(AECoreError, OSError):
            found[path.stem[-RUN:]] = _usable(path, path.stat().st_mtime_ns)
    runs = sorted((run for run in found if ID.fullmatch(run)), reverse=True)
    return [_told(run, found[run]) for run in runs]


@remembered(512)
def _usable(path: Path, stamp: int) -> Shelved:
    """The file, if a page can show it; ModelFileError for anything else."""
    return _shelved(path, read_card(path), stamp)


def _shelved(path: Path, card: ModelCard, stamp: int) -> Shelved:
    if card.variant not in VARIANTS or card.dataset not in DATASETS:
        raise ModelFileError(f"{path.name}: no codec and data set that pages show")
    return Shelved(path, card, VARIANTS[card.variant].Config.from_mapping(card.config), stamp)


def _stamp() -> Stamp:
    """Changes when a model comes or goes; a folder's own time says so.

    A page asks a dozen times in a run: within FRESH seconds the folders are not looked at again.
    """
    home, now = os.environ.get("BOTTLENECK_HOME", ""), time.monotonic()
    looked, stamp = _seen.get(home, (-FRESH, ()))
    if now - looked >= FRESH:
        stamp = tuple(
            (folder, os.stat(folder).st_mtime_ns)
            for top in model_folders()
            if top.is_dir()
            for folder in (str(top), *sorted(p.path for p in os.scandir(top) if p.is_dir()))
        )
        _seen[home] = now, stamp
    return stamp


@remembered(4)
def _shelf(stamp: Stamp) -> dict[Key, Shelved]:
    found: dict[Key, Shelved] = {}
    for folder in reversed(model_folders()):
        models = list_models(folder).items()
        for path, card in sorted(models, key=lambda model: model[0].stat().st_mtime_ns):
            try:
                if isinstance(card, ModelCard):
                    one = _shelved(path, card, path.stat().st_mtime_ns)
                    found[one.key] = one
            except AECoreError:
                continue  # other programs' models may lie here too
    return found
