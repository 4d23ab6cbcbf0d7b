"""Named recipes: the settings behind the published-figure table, for Python, command line and app.

`python -m benchmarks.fidelity` measures them; how they were found stands in docs/fidelity.md.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ae_core.base import Autoencoder
from ae_core.config import shown
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig
from ae_core.records import Recipe
from ae_core.variants import build, variant_class


@dataclass(frozen=True)
class Preset:
    """A variant, its config, how it is trained, and on what.

    config: fields of the variant's `Config`; fit: keywords of `fit` (those of `Recipe`).
    """

    help: str  # one line: what it is for
    variant: str
    config: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    data: str = "mnist"

    def __post_init__(self) -> None:
        variant_class(self.variant).Config.from_mapping(self.config)
        Recipe(**self.fit)

    def build(self, dataset: DataSet, *, seed: int = 0, **changes: Any) -> Autoencoder:
        """A fresh model for this data; `changes` go over the preset's config."""
        settings = {**self.config, **changes}
        return build(self.variant, dataset.sample_shape, seed=seed, **settings)


MIRROR: dict[str, Any] = {"hidden_sizes": (512, 256), "output": "sigmoid"}

PRESETS: dict[str, Preset] = {
    "paper-30d": Preset(
        "30 numbers an image, after Hinton & Salakhutdinov 2006",
        "undercomplete",
        {**MIRROR, "latent_dim": 30},
        {"epochs": 100, "batch_size": 128, "learning_rate": 3e-3},
    ),
    "paper-2d": Preset(
        "2 numbers an image: a map to look at",
        "undercomplete",
        {**MIRROR, "latent_dim": 2},
        {"epochs": 100, "batch_size": 128, "learning_rate": 3e-3},
    ),
}


def find_preset(name: str) -> Preset:
    """The preset of this name, or InvalidConfig with the nearest ones."""
    if isinstance(name, str) and name in PRESETS:
        return PRESETS[name]
    near = difflib.get_close_matches(str(name)[:80], PRESETS, n=1, cutoff=0.3)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise InvalidConfig(f"unknown preset {shown(name)}{hint}; choose one of {', '.join(PRESETS)}")


def presets_of(variant: str | None = None, data: str | None = None) -> Iterator[str]:
    """The names of the presets of a variant, on a data set, or of both."""
    for name, preset in PRESETS.items():
        if variant in (None, preset.variant) and data in (None, preset.data):
            yield name
