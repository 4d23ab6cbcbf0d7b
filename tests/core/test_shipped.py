"""The models that ship: each is in the manifest, loads, and scores what the manifest says."""

import json
import shlex

import pytest

from ae_core import load_dataset, load_model
from ae_core.data import DATASETS, is_available
from ae_core.folders import SHIPPED_MODELS
from ae_core.scoring import plain_codec, score
from ae_core.variants import VARIANTS

MANIFEST = json.loads((SHIPPED_MODELS / "manifest.json").read_text(encoding="utf-8"))
SETS = ("digits", "shapes", "patches", "rings", "moons", "spiral", "s_curve", "cbf")


def data_of(model):
    """The data set behind a model; weights for MNIST ship, its images do not."""
    name = model.card.dataset
    if not is_available(name):
        pytest.skip(f"{name} is not on this machine (AE_DATA_DIR or ../shared/data)")
    return load_dataset(name)


def test_manifest_names_exactly_the_files():
    files = {
        p.relative_to(SHIPPED_MODELS).as_posix() for p in SHIPPED_MODELS.rglob("*.safetensors")
    }
    assert set(MANIFEST) == files


def test_every_embedded_data_set_has_every_variant():
    found = {tuple(name.split("-")[0].split("/")) for name in MANIFEST}
    assert found >= {(data, variant) for data in SETS for variant in VARIANTS}
    assert set(SETS) == {name for name, info in DATASETS.items() if not info.downloadable}


def test_mnist_has_weights_of_every_variant_at_both_sizes():
    wanted = {f"mnist/{variant}-d{d}.safetensors" for variant in VARIANTS for d in (2, 32)}
    assert wanted <= set(MANIFEST)


def test_the_digits_have_every_code_size():
    sizes = (1, 2, 3, 4, 8, 16, 32, 64)
    assert {f"digits/undercomplete-d{d}.safetensors" for d in sizes} <= set(MANIFEST)


def test_all_together_stay_small():
    assert sum(p.stat().st_size for p in SHIPPED_MODELS.rglob("*.safetensors")) < 25_000_000


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_model_is_what_its_command_says(name):
    words = shlex.split(MANIFEST[name]["command"])
    option = dict(zip(words[5::2], words[6::2], strict=False))
    model = load_model(SHIPPED_MODELS / name)
    assert words[:5] == ["python", "-m", "ae_core", "train", model.name]
    assert option["--data"] == model.card.dataset
    assert int(option["--latent-dim"]) == model.latent_dim
    assert int(option["--seed"]) == MANIFEST[name]["seed"] == model.recipe["seed"]
    assert int(option["--epochs"]) == model.recipe["epochs"] == len(model.history)
    assert model.test_figures == pytest.approx(MANIFEST[name]["test_figures"])
    assert model.card.dataset_digest == data_of(model).digest


@pytest.mark.parametrize("name", [n for n in sorted(MANIFEST) if "shapes" not in n][::6])
def test_figures_are_scored_again_from_the_file(name):
    model = load_model(SHIPPED_MODELS / name)
    plain = plain_codec(model)
    again = score(plain, data_of(model), "test", damage=plain)
    for key, value in MANIFEST[name]["test_figures"].items():
        if key in again and key.endswith(("per_image", "per_pixel", "accuracy")):
            assert again[key] == pytest.approx(value, rel=1e-3), key
