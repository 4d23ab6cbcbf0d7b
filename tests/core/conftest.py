"""Small real data and the few helpers that every test of the core needs."""

import dataclasses
import functools
import json
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from ae_core import (
    VARIANTS,
    Autoencoder,
    DataSet,
    ModelFileError,
    TrainingState,
    build,
    fit,
    load_model,
    save_model,
)
from ae_core.config import hyper_of
from tests.core.mirrors import PACKED, Mirror, kind, serving


@functools.cache
def _pixels() -> Tensor:
    return torch.tensor(load_digits().images, dtype=torch.float32)[:, None] / 16  # (1797, 1, 8, 8)


@pytest.fixture(autouse=True)
def _same_threads() -> Iterator[None]:
    """No test may leave the process with other threads than it found."""
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == before


@pytest.fixture
def digits() -> DataSet:
    """200 / 60 / 60 digits: enough to train on, small enough to do it often."""
    x = _pixels()
    return DataSet("digits", "image", x[:200].clone(), x[200:260].clone(), x[260:320].clone())


@pytest.fixture
def images() -> Tensor:
    """Twelve digits in float64, for comparisons to many places: (12, 1, 8, 8)."""
    return _pixels()[:12].double()


@pytest.fixture
def all_digits() -> Tensor:
    return _pixels().clone()


@pytest.fixture
def seeded() -> Callable[[int], torch.Generator]:
    return lambda seed: torch.Generator().manual_seed(seed)


@pytest.fixture
def small() -> Callable[..., Autoencoder]:
    """A small model of any variant on 8×8 images; every setting can be given."""

    def make(variant: str, **settings: Any) -> Autoencoder:
        conv = settings.get("architecture") == "conv"
        defaults = {"hidden_sizes": (3, 4) if conv else (16, 8), "latent_dim": 3}
        return build(variant, (1, 8, 8), **{**defaults, **settings})

    return make


def set_knob(variant: str, value: float | tuple[float, float]) -> dict[str, Any]:
    """The setting that gives a variant's weight this value; nothing where it has no weight."""
    name = VARIANTS[variant].Config().weight_field
    return {name: value} if name else {}


def ranged_variants() -> dict[str, tuple[float, float]]:
    """Every variant with a weight that may be a range, and a range for it."""
    found = {}
    for variant, cls in VARIANTS.items():
        name = cls.Config().weight_field
        if name is None:
            continue
        knob = hyper_of(next(f for f in dataclasses.fields(cls.Config) if f.name == name))
        found[variant] = (0.1, 10.0) if knob.log else (0.0, 1.0)
    return found


@pytest.fixture
def knob() -> Callable[[str, float | tuple[float, float]], dict[str, Any]]:
    return set_knob


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`variant` runs over VARIANTS, `ranged` over those whose weight may be a range."""
    if "variant" in metafunc.fixturenames and "variant" not in _parametrised(metafunc):
        metafunc.parametrize("variant", list(VARIANTS))
    if "ranged" in metafunc.fixturenames:
        metafunc.parametrize("ranged", list(ranged_variants().items()), ids=lambda pair: pair[0])


def _parametrised(metafunc: pytest.Metafunc) -> set[str]:
    """Names that a test parametrises by its own marks."""
    names: set[str] = set()
    for mark in metafunc.definition.iter_markers("parametrize"):
        given = mark.args[0]
        names |= set(given.split(",") if isinstance(given, str) else given)
    return {n.strip() for n in names}


@pytest.fixture
def saved(small, digits, tmp_path):
    """A trained model's file."""
    model, state = small("sparse"), TrainingState()
    list(fit(model, digits, epochs=1, state=state, device="cpu"))
    return save_model(model, tmp_path / "m.safetensors", dataset=digits, state=state)


@pytest.fixture
def parts() -> Callable[[Path], tuple[dict[str, Any], bytes]]:
    """Header and payload of a file."""

    def split(path: Path) -> tuple[dict[str, Any], bytes]:
        raw = path.read_bytes()
        (length,) = struct.unpack("<Q", raw[:8])
        return json.loads(raw[8 : 8 + length]), raw[8 + length :]

    return split


@pytest.fixture
def write() -> Callable[..., Path]:
    """A file with this header, which may be raw bytes, and this payload."""

    def join(path: Path, header: Any, payload: bytes) -> Path:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + payload)
        return path

    return join


@pytest.fixture
def refused() -> Callable[..., str]:
    """Loading fails with the family's error, which names the file and these words."""

    def check(path: Path, *words: str, load: Callable[[Path], Any] = load_model) -> str:
        with pytest.raises(ModelFileError) as caught:
            load(path)
        text = str(caught.value)
        assert path.name in text
        assert len(text) < 800
        text.encode()  # can be printed
        for word in words:
            assert word in text
        return text

    return check


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are kept in this test."""
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def start() -> Iterator[Callable[..., Mirror]]:
    """start(behave, files): a mirror on loopback, gone after the test."""
    with ExitStack() as stack:
        yield lambda behave=kind, files=PACKED: stack.enter_context(serving(Mirror(files, behave)))
