"""How a run is asked for, what it reports, and what it needs to go on."""

import math
from dataclasses import asdict, dataclass, field, fields
from numbers import Integral, Real
from typing import Any

from torch import Tensor

from ae_core.config import Config, shown
from ae_core.errors import InvalidConfig

RISE = 400  # steps in which the rate of a laid-out network rises
MOST_PULL = 1e6  # of neighbours
LARGEST = 2**62  # a seed must fit the generators


def is_whole(value: object) -> bool:
    """Whether it is a whole number of Python's or NumPy's; true and false are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


@dataclass(frozen=True)
class Terms:
    """The objective's terms as numbers, per image."""

    reconstruction: float
    penalty: float
    weighted_penalty: float  # mean of weight · penalty: weights differ where they are drawn

    @property
    def total(self) -> float:
        return self.reconstruction + self.weighted_penalty


@dataclass(frozen=True)
class EpochRecord:
    """What one pass over the training split left behind; epochs count from 1."""

    epoch: int
    train: Terms
    valid: Terms
    learning_rate: float
    seconds: float
    images_per_second: float
    best_epoch: int  # of the lowest valid total so far

    def to_mapping(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; with the data and the config it determines the weights."""

    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 2e-3
    seed: int = 0
    schedule: str = "cosine"
    patience: int | None = None
    pretrain_epochs: int = 0
    binarise: bool = False
    deform: float = 0.0
    layout_images: int = 0
    neighbours: float = 0.0

    def __post_init__(self) -> None:
        counts = {"epochs": 1, "batch_size": 1, "seed": 0, "pretrain_epochs": 0, "layout_images": 0}
        for name, least in counts.items():
            value = getattr(self, name)
            if not is_whole(value) or not least <= value <= LARGEST:
                raise InvalidConfig(
                    f"{name} must be a whole number, {least} to {LARGEST}, got {shown(value)}"
                )
            object.__setattr__(self, name, int(value))
        if self.patience is not None:
            if not is_whole(self.patience) or self.patience < 1:
                raise InvalidConfig(
                    f"patience must be a whole number, at least 1, got {shown(self.patience)}"
                )
            object.__setattr__(self, "patience", int(self.patience))
        if not isinstance(self.binarise, bool):
            raise InvalidConfig(f"binarise must be true or false, got {shown(self.binarise)}")
        if not _is_real(self.deform) or not 0 <= self.deform <= 1:
            raise InvalidConfig(f"deform must be a share, 0 to 1, got {shown(self.deform)}")
        if not _is_real(self.neighbours) or not 0 <= self.neighbours <= MOST_PULL:
            raise InvalidConfig(
                f"neighbours must be a weight, 0 to {MOST_PULL:g}, got {shown(self.neighbours)}"
            )
        rate = self.learning_rate
        if not _is_real(rate) or not 0 < rate <= 10:
            raise InvalidConfig(f"learning_rate must be in (0, 10], got {shown(rate)}")
        for name in ("deform", "neighbours", "learning_rate"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.schedule not in ("cosine", "constant"):
            raise InvalidConfig(
                f"schedule must be one of cosine, constant, got {shown(self.schedule)}"
            )

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of one step of `steps`.

        From a layout it rises first: Adam's first strides, long while it knows no gradients' size,
        would fold the map again.
        """
        top = self.learning_rate * (min(1.0, (step + 1) / RISE) if self.layout_images else 1.0)
        if self.schedule == "constant":
            return top
        return top * 0.5 * (1 + math.cos(math.pi * step / steps))

    def pull(self, step: int, steps: int) -> float:
        """The weight of the neighbours' pull at one step of `steps`: it falls evenly to 0."""
        return self.neighbours * max(0.0, 1 - step / steps)


@dataclass
class TrainingState:
    """Everything a run needs to go on as if never interrupted; `fit` fills it every epoch."""

    recipe: Recipe | None = None
    data_digest: str = ""
    epoch: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)
    moments: dict[str, Tensor] = field(default_factory=dict)
    generators: dict[str, Tensor] = field(default_factory=dict)
    best_epoch: int = 0
    best_total: float = float("inf")
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    history: list[EpochRecord] = field(default_factory=list)
    finished: bool = False
    variant: str = ""  # of the model; with its config unknown where a state is made by hand
    config: dict[str, Any] = field(default_factory=dict)

    def differs(self, variant: str, config: Config) -> str:
        """In what the run's model differs from one of this config; "" where it does not.

        A single weight may be changed while a run lasts, a range not: it is built into the network.
        """
        if self.variant not in ("", variant):
            return f"it was {self.variant}"
        then = type(config).from_mapping(self.config) if self.variant else config
        for f in fields(config):
            a, b = getattr(then, f.name), getattr(config, f.name)
            single = not isinstance(a, tuple) and not isinstance(b, tuple)
            if a != b and not (single and f.name == config.weight_field):
                return f"its {f.name} was {a!r}, not {b!r}"
        return ""
