"""Named recipes: the settings behind the published-figure table, for Python, command line and app.

`python -m benchmarks.fidelity` measures them; how they were found stands in docs/recipes.md.
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
RESIDUAL: dict[str, Any] = {
    "architecture": "fully_conv", "hidden_sizes": (48,), "residual_layers": 2, "latent_dim": 4704,
    "code_activation": "silu", "reconstruction": "bernoulli",
}  # fmt: skip

PRESETS: dict[str, Preset] = {
    "paper-30d": Preset(
        "30 numbers an image, after Hinton & Salakhutdinov 2006",
        "undercomplete",
        {**MIRROR, "latent_dim": 30},
        {"epochs": 150, "batch_size": 128, "learning_rate": 3e-3, "deform": 0.5},
    ),
    "paper-2d": Preset(
        "2 numbers an image: a map to look at",
        "undercomplete",
        {"hidden_sizes": (512, 256, 128), "latent_dim": 2, "output": "sigmoid"},
        {
            "epochs": 100,
            "batch_size": 128,
            "learning_rate": 2e-3,
            "deform": 0.2,
            "layout_images": 10_000,
            "neighbours": 150.0,
        },
    ),
    "paper-linear": Preset(
        "no nonlinearity, no hidden layer: ends in PCA's plane",
        "undercomplete",
        {"linear": True, "latent_dim": 2},
        {"epochs": 30, "batch_size": 128, "learning_rate": 2e-3},
    ),
    "paper-denoise-gaussian": Preset(
        "repairs Gaussian noise of standard deviation .5, clipped",
        "denoising",
        {**RESIDUAL, "corruption": "gaussian", "noise_std": 0.5, "clip": True},
        {"epochs": 24, "batch_size": 128, "learning_rate": 3e-3},
    ),
    "paper-denoise-masking": Preset(
        "fills in images with half of their pixels missing",
        "denoising",
        {**RESIDUAL, "corruption": "masking", "mask_fraction": 0.5},
        {"epochs": 20, "batch_size": 128, "learning_rate": 3e-3},
    ),
    "paper-denoise-salt": Preset(
        "repairs salt and pepper on a quarter of the pixels",
        "denoising",
        {**RESIDUAL, "corruption": "salt_pepper", "flip_fraction": 0.25},
        {"epochs": 20, "batch_size": 128, "learning_rate": 3e-3},
    ),
    "paper-neighbours-16d": Preset(
        "16 numbers an image whose neighbourhoods tell the digit",
        "undercomplete",
        {**MIRROR, "latent_dim": 16},
        {"epochs": 40, "batch_size": 128, "learning_rate": 3e-3, "deform": 1.0},
    ),
    "paper-neighbours-32d": Preset(
        "32 numbers an image whose neighbourhoods tell the digit: it straightens what was bent",
        "denoising",
        {
            "hidden_sizes": (1024, 512),
            "latent_dim": 32,
            "output": "sigmoid",
            "noise_std": 0.0,
            "bend": 1.25,
        },
        {"epochs": 60, "batch_size": 128, "learning_rate": 3e-3},
    ),
    "paper-vae-example": Preset(
        "the variational example of PyTorch, its protocol unchanged",
        "variational",
        {
            "latent_dim": 20,
            "hidden_sizes": (400,),
            "activation": "relu",
            "reconstruction": "bernoulli",
        },
        {"epochs": 10, "batch_size": 128, "learning_rate": 1e-3, "schedule": "constant"},
    ),
    "paper-vae-20d": Preset(
        "20 numbers with a prior to draw from",
        "variational",
        {"latent_dim": 20, "hidden_sizes": (512, 256), "reconstruction": "bernoulli"},
        {"epochs": 60, "batch_size": 128, "learning_rate": 2e-3, "deform": 0.1},
    ),
    "paper-vae-2d": Preset(
        "2 numbers with a prior to draw from: a map without holes",
        "variational",
        {"latent_dim": 2, "hidden_sizes": (512, 256, 128), "reconstruction": "bernoulli"},
        {"epochs": 40, "batch_size": 128, "learning_rate": 2e-3, "deform": 0.1},
    ),
    "paper-vae-binarised": Preset(
        "50 numbers for black and white pixels drawn anew every batch, after Burda et al. 2016",
        "variational",
        {"latent_dim": 50, "hidden_sizes": (512, 256), "reconstruction": "bernoulli"},
        {
            "epochs": 300,
            "batch_size": 128,
            "learning_rate": 2e-3,
            "binarise": True,
            "deform": 0.2,
        },
    ),
    "paper-one-digit": Preset(
        "few numbers, for one kind of sample alone: whatever else comes is rebuilt badly",
        "undercomplete",
        {"latent_dim": 12, "hidden_sizes": (256, 128), "output": "sigmoid"},
        {"epochs": 20, "batch_size": 64, "learning_rate": 2e-3},
    ),
    "paper-sparse-features": Preset(
        "1,000 units of which few speak at a time, to classify by: it straightens what was bent",
        "sparse",
        {
            "hidden_sizes": (1024,),
            "latent_dim": 1000,
            "output": "sigmoid",
            "penalty": "kl",
            "rho": 0.02,
            "lambda_": 0.3,
            "bend": 1.25,
        },
        {"epochs": 40, "batch_size": 128, "learning_rate": 3e-3},
    ),
    "paper-contractive": Preset(
        "1,000 tied sigmoid units that hardly move with the image, after Rifai et al. 2011",
        "contractive",
        {
            "hidden_sizes": (),
            "latent_dim": 1000,
            "tied": True,
            "code_activation": "sigmoid",
            "code_bias": -5.0,
            "code_gain": 4.0,
            "lambda_": 15.0,
        },
        {"epochs": 8, "batch_size": 128, "learning_rate": 4e-3},
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
