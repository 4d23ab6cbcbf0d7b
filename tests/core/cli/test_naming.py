"""The default names of model files: one per set of settings."""

from pathlib import Path
from typing import Any

import pytest

from ae_core import build, load_dataset
from ae_core.cli.naming import default_file
from ae_core.pca import PCACodec
from ae_core.presets import PRESETS
from ae_core.records import Recipe


def named(variant: str, recipe: dict[str, Any], **settings: Any) -> str:
    data = load_dataset("digits")
    settings = {**data.suggested_config, **settings}
    return default_file(build(variant, (1, 8, 8), **settings), data, Recipe(**recipe)).stem


@pytest.mark.parametrize(
    ("variant", "recipe", "settings", "name"),
    [
        ("sparse", {}, {}, "sparse-digits-d2-lambda0.1-seed0"),
        ("sparse", {"seed": 3}, {"hidden_sizes": (8,)},
         "sparse-digits-d2-lambda0.1-hidden-sizes8-seed3"),
        ("sparse", {}, {"penalty": "kl", "hidden_sizes": ()},
         "sparse-digits-d2-lambda0.1-hidden-sizes-none-penalty-kl-seed0"),
        ("variational", {"epochs": 5, "binarise": True}, {"beta": (0.1, 10.0)},
         "variational-digits-d2-beta0.1to10-epochs5-binarise-seed0"),
        ("undercomplete", {"patience": 3}, {"latent_dim": 8, "tied": True, "output": "linear"},
         "undercomplete-digits-d8-tied-output-linear-patience3-seed0"),
        ("undercomplete", {}, {"linear": True, "output": "linear"},
         "undercomplete-digits-d2-linear-output-linear-seed0"),
        ("undercomplete", {}, {"architecture": "conv"},
         "undercomplete-digits-d2-architecture-conv-seed0"),
    ],
)  # fmt: skip
def test_a_name_says_what_is_not_the_default(
    variant: str, recipe: dict[str, Any], settings: dict[str, Any], name: str
) -> None:
    assert named(variant, recipe, **settings) == name


def test_close_weights_and_long_recipes_have_names_of_their_own(tmp_path: Path) -> None:
    assert named("sparse", {}, lambda_=0.1234567) != named("sparse", {}, lambda_=0.1234568)
    many = {"hidden_sizes": (99,) * 16, "activation": "tanh", "reconstruction": "absolute"}
    names = {named("sparse", {"epochs": e}, **many) for e in (1, 2, 2)}
    assert len(names) == 2
    assert all(len(name) < 60 for name in names)
    data = load_dataset("digits")
    assert default_file(PCACodec(3).fit(data.train), data).stem == "pca-digits-d3"


def test_no_two_presets_share_a_name() -> None:
    presets = {n: p for n, p in PRESETS.items() if p.data == "mnist"}
    data = load_dataset("shapes")  # as large as MNIST, and always here
    files = {
        default_file(build(p.variant, (1, 28, 28), **p.config), data, Recipe(**p.fit))
        for p in presets.values()
    }
    assert len(files) == len(presets) > 3
