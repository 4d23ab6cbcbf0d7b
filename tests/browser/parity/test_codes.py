"""The browser computes what PyTorch computes: every shipped model, and shapes that none has."""

import functools

import numpy as np
import pytest
import torch

from ae_core import PCACodec, load_dataset, load_model
from ae_core.batches import in_batches
from ae_core.binary import as_binary, half_suffices
from ae_core.data import is_available
from ae_core.folders import SHIPPED_MODELS
from tests.browser.parity.models import STRANGE, slider, strange

pytestmark = pytest.mark.browser

SHIPPED = sorted(p.relative_to(SHIPPED_MODELS) for p in SHIPPED_MODELS.rglob("*.safetensors"))
WHOLE, HALF = 1e-4, 1 / 255
SAMPLES = 1000


@pytest.fixture
def difference(pages, desk):
    """difference(model, x, weights): the largest, over codes, pixels and log-variances.

    Absolute, up to values of 50; beyond, in units of the largest value's fiftieth: 1e-4 of that
    is 2e-6 of the value, some sixteen roundings of float32.
    """

    def measure(model, x, weights, *, half=False, plain=False):
        expected, z = zip(*(answers(model, x, weight) for weight in weights), strict=True)
        desk.files |= {
            "m.bin": as_binary(model, half=half),
            "m.x": x.numpy().astype("<f4").tobytes(),
            "m.z": torch.cat(z).numpy().astype("<f4").tobytes(),
        }
        pages[plain].evaluate("([n, weights]) => run('m', n, weights)", [len(x), weights])
        worst = 0.0
        for i, wanted in enumerate(expected):
            seen = np.frombuffer(desk.answers.pop(f"m.{i}"), "<f4")
            assert seen.shape == wanted.shape
            # float32 has seven figures: PyTorch itself is 1e-4 from float64 at codes of 190, and
            # 6e-4 at codes of 1,600.
            scale = max(1.0, float(np.abs(wanted).max()) / 50)
            worst = max(worst, float(np.abs(seen - wanted).max()) / scale)
        return worst

    return measure


def answers(model, x, weight):
    """What PyTorch makes of x and of as many codes z, spread twice as wide as those of x; and z."""
    codec = model if weight is None else model.at(weight)
    codes = in_batches(codec.encode, x)
    noise = torch.randn(codes.shape, generator=torch.Generator().manual_seed(0))
    z = codes.mean(0) + 2 * codes.std(0) * noise
    found = [in_batches(codec.decode, z), codes]
    if hasattr(codec, "posterior"):
        found.append(in_batches(lambda x: codec.posterior(x)[1], x))
    return np.concatenate([t.flatten().numpy() for t in found]), z


@functools.cache
def samples(name):
    if not is_available(name):
        pytest.skip(f"{name} is not on this machine (AE_DATA_DIR or ../shared/data)")
    return load_dataset(name).train[:SAMPLES].contiguous()


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_every_shipped_model(difference, path):
    model, x = load_model(SHIPPED_MODELS / path), samples(path.parts[0])
    assert len(x) == SAMPLES
    assert difference(model, x, slider(model)) <= WHOLE


LIGHT = [p for p in SHIPPED if p.parts[0] in ("digits", "cbf", "moons")]


@pytest.mark.parametrize("path", LIGHT, ids=str)
def test_half_precision_holds_wherever_it_is_chosen(difference, path):
    model, x = load_model(SHIPPED_MODELS / path), samples(path.parts[0])
    if half_suffices(model, load_dataset(path.parts[0]).valid[:256]):
        assert difference(model, x[:300], slider(model, 3), half=True) <= HALF


@pytest.mark.parametrize("name", ["digits", "shapes", "cbf", "moons"])
def test_pca(difference, name):
    x = samples(name)
    assert difference(PCACodec(2).fit(x), x, [None]) <= WHOLE


@pytest.mark.parametrize("plain", [False, True], ids=["simd", "plain"])
@pytest.mark.parametrize("case", list(STRANGE))
def test_random_weights_and_shapes_that_nothing_shipped_has(difference, case, plain):
    model, x = strange(case)
    assert difference(model, x, slider(model, 5), plain=plain) <= WHOLE


def test_a_difference_would_be_seen(difference):
    """The comparison bites: half precision is not within the bound of whole precision."""
    model, x = strange("tanh, tied")
    assert difference(model, x, slider(model, 3), half=True) > WHOLE
