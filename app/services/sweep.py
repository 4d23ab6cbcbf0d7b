"""A sweep: one variant at several weights and seeds, each run a point between its two terms.

Points lie where the valid split puts them, which is there to choose by; the test split is scored
once, when a run is over, and stands beside them.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from ae_core.errors import AECoreError
from ae_core.records import Terms
from ae_core.runs.folder import RunFolder
from ae_core.runs.spec import Status
from ae_core.variants import VARIANTS
from app.services.cache import remembered
from app.services.catalogue import CodecRef, code_sizes, config_of, epochs_of, ref
from app.services.race import Race, find_race, spec_of, state_of, statuses
from app.services.race_settings import hyper, own_fields

POINTS = (2, 15)  # weights in one sweep
STOPS = 17  # of the one network's curve
FRESH = 0.3  # seconds
AROUND = 30.0  # times the default, and below it, where no network says what is useful
DIGITS = 3  # that a weight of a sweep has


@dataclass(frozen=True)
class Point:
    """One run of a sweep."""

    run: str
    weight: float
    seed: int
    status: Status
    place: tuple[float, float] | None  # penalty or noise level, and reconstruction, on valid
    weighted: float  # weight · penalty there
    shot: int  # the epoch of its newest snapshot, 0 for none

    @property
    def told(self) -> dict[str, Any]:
        """As the live plot reads it."""
        return {
            "id": self.run, "state": self.status.state, "epoch": self.status.epoch,
            "reason": self.status.reason if self.status.state == "failed" else "",
            "place": list(self.place) if self.place else None,
            "weighted": self.weighted, "shot": self.shot,
            "test": self.status.figures,
        }  # fmt: skip


def sweep_weights(low: float, high: float, count: int, *, log: bool) -> tuple[float, ...]:
    """Weights from low to high, at equal ratios or equally far apart; the ends are exact."""
    if count < 2 or high <= low:
        return (low,)
    spaced = np.geomspace if log and low > 0 else np.linspace
    between = [float(f"{value:.{DIGITS}g}") for value in spaced(low, high, count)[1:-1]]
    return tuple(dict.fromkeys((low, *between, high)))


def known_range(data: str, variant: str, name: str) -> tuple[float, float]:
    """The range of a weight worth sweeping: that of a network which is here, else around the
    default.
    """
    for size in code_sizes(data):
        which = ref(data, variant, size)
        config = config_of(which) if which else None
        if config and config.weight_field == name and isinstance(config.weight, tuple):
            return config.weight
    default: Any = VARIANTS[variant].Config.__dataclass_fields__[name].default
    h = hyper(variant, name)
    if not h.log:
        return 0.0, min(2 * default, h.maximum or math.inf)
    return default / AROUND, default * AROUND


def sweep_points(race: Race) -> list[Point]:
    """Every run of a sweep, in the order they are trained."""
    return [_point(run, s) for run, s in zip(race.runs, statuses(race), strict=True)]


def sweep_news(name: str) -> dict[str, Any] | None:
    """Where a sweep stands, for its live plot."""
    race = find_race(name)
    if race is None or not race.varied:
        return None
    try:
        points = sweep_points(race)
    except (AECoreError, OSError):  # deleted meanwhile
        return None
    found = [point.status for point in points]
    return {
        "state": state_of(found, alone=True),
        "position": max((s.position for s in found), default=0),
        "runs": [point.told for point in points],
    }


def shared_news(name: str) -> dict[str, Any] | None:
    """The same, read once for all who look within FRESH seconds: a class looks at one sweep."""
    return _news(name, int(time.monotonic() / FRESH))


@remembered(64)
def _news(name: str, moment: int) -> dict[str, Any] | None:
    return sweep_news(name)


def sweep_figures(race: Race) -> dict[float, list[dict[str, float]]]:
    """Figures of the test split by weight, one mapping per seed that has finished."""
    found: dict[float, list[dict[str, float]]] = {}
    for point in sorted(sweep_points(race), key=lambda p: p.weight):
        if point.status.state == "finished":
            found.setdefault(point.weight, []).append(point.status.figures)
    return found


def sweep_columns(race: Race) -> dict[str, list[Any]]:
    """A row per run: where it lies on valid, and its figures on test."""
    points = sweep_points(race)
    names = sorted({name for point in points for name in point.status.figures})
    places = [point.place or (None, None) for point in points]
    across = "valid_noise_level" if is_noise(race) else "valid_penalty"
    return {
        "run": [point.run for point in points],
        race.varied: [point.weight for point in points],
        "seed": [point.seed for point in points],
        "state": [point.status.state for point in points],
        "epochs": [point.status.epoch for point in points],
        across: [x for x, _ in places],
        "valid_reconstruction": [y for _, y in places],
        **{f"test_{n}": [point.status.figures.get(n) for point in points] for n in names},
    }


def is_noise(race: Race) -> bool:
    """Whether what varies is a noise level, which is no part of the objective."""
    return race.variants == ("denoising",)


def sweep_reference(race: Race) -> CodecRef | None:
    """The one network for all weights that everybody sees, where it has the same objective."""
    spec = race.specs[0]
    wanted = spec.config
    corruption = str(wanted.get("corruption", ""))
    which = ref(race.data, spec.variant, race.latent_dim, None, corruption)
    config = config_of(which) if which else None
    if config is None or config.weight_field != race.varied or not isinstance(config.weight, tuple):
        return None
    same = {"reconstruction", *own_fields(spec.variant)} - {race.varied, "jacobian", "probes"}
    return which if all(getattr(config, name) == wanted[name] for name in same) else None


def made_with(which: CodecRef) -> tuple[tuple[int, ...], int]:
    """Hidden sizes and epochs of a codec's network."""
    config = config_of(which)
    return (config.sizes if config else ()), epochs_of(which)


def reference_weights(race: Race, which: CodecRef) -> tuple[float, ...]:
    """Where its curve is looked at: the part of its range that the sweep covers; () for none."""
    config, weights = config_of(which), [weight_of(run) for run in race.runs]
    if config is None or not isinstance(config.weight, tuple):
        return ()
    low, high = max(min(weights), config.weight[0]), min(max(weights), config.weight[1])
    return sweep_weights(low, high, STOPS, log=config.log_scale) if low < high else ()


def weight_of(run: RunFolder) -> float:
    """What a run of a sweep has in the varied field."""
    spec = spec_of(run)
    return float(spec.config[spec.varied])


def _point(run: RunFolder, status: Status) -> Point:
    weight, spec = weight_of(run), spec_of(run)
    valid, shot = _after(run, status.epoch, status.state) if status.epoch else (None, 0)
    place = None
    if valid is not None:
        across = weight if spec.variant == "denoising" else valid.penalty
        place = (across, valid.reconstruction)
    weighted = valid.weighted_penalty if valid else 0.0
    return Point(run.id, weight, spec.seed, status, place, weighted, shot)


@remembered(4096)
def _after(run: RunFolder, epoch: int, state: str) -> tuple[Terms | None, int]:
    """The terms on valid after an epoch, and the newest snapshot: neither changes any more."""
    history, shots = run.history(), run.snapshots()
    valid = history[min(epoch, len(history)) - 1].record.valid if history else None
    return valid, (shots[-1] if shots else 0)
