"""Arrays of another type are refused in the family's words; numbers of another type are taken."""

import numpy as np
import pytest
import torch

from ae_core import InvalidInput, TrainingState, build, fit, load_state, save_state
from ae_core.records import Recipe

SHAPES = {"mlp": (6,), "conv": (1, 8, 8)}
OTHERS = {
    "double": torch.Tensor.double, "half": torch.Tensor.half, "long": torch.Tensor.long,
    "numpy": torch.Tensor.numpy, "list": torch.Tensor.tolist,
}  # fmt: skip


@pytest.mark.parametrize("architecture", SHAPES)
@pytest.mark.parametrize("other", OTHERS)
def test_another_type_is_refused_everywhere(variant, architecture, other):
    shape = SHAPES[architecture]
    settings = {"hidden_sizes": (3,)} if architecture == "conv" else {}
    model = build(variant, shape, architecture=architecture, **settings)
    x, z = OTHERS[other](torch.ones(4, *shape)), OTHERS[other](torch.ones(4, 2))
    calls = [lambda: model.decode(z)] + [
        lambda name=name: getattr(model, name)(x)
        for name in ("encode", "reconstruct", "objective", "posterior", "corrupt")
        if hasattr(model, name)
    ]
    advice = r"got torch\..*computes in torch.float32; convert with x\.to\(torch\.float32\)"
    if other in ("numpy", "list"):
        advice = r"expected a tensor, got (ndarray|list); convert with torch\.as_tensor\("
    for call in calls:
        with pytest.raises(InvalidInput, match=advice):
            call()


def test_the_advice_works(variant):
    model = build(variant, (6,))
    rows = np.ones((4, 6))
    assert model.encode(torch.as_tensor(rows, dtype=torch.float32)).shape == (4, 2)
    assert model.double().encode(torch.as_tensor(rows)).dtype == torch.float64


def test_autocast_may_mix_types(variant):
    model, x = build(variant, (6,)), torch.ones(4, 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model.reconstruct(x).shape == (4, 6)


def test_only_samples_are_damaged():
    with pytest.raises(InvalidInput, match=r"samples must have shape \(B, 6\), got \(3, 7\)"):
        build("denoising", (6,)).corrupt(torch.ones(3, 7))


def test_numbers_of_numpy_are_numbers(digits, tmp_path):
    whole = {"epochs": 1, "batch_size": 64, "seed": 2, "patience": 3, "pretrain_epochs": 1}
    real = {"learning_rate": 0.5, "deform": 0.25}  # the same in float32
    shape, state = (1, 8, 8), TrainingState()
    plain = build("sparse", shape, hidden_sizes=(4,))
    list(fit(plain, digits, **whole, **real, threads=1, device="cpu"))
    model = build("sparse", tuple(np.array(shape)), hidden_sizes=(4,))
    settings = {k: np.int64(v) for k, v in whole.items()}
    settings |= {k: np.float32(v) for k, v in real.items()}
    list(fit(model, digits, **settings, threads=np.int64(1), device="cpu", state=state))
    assert state.recipe == Recipe(**whole, **real)
    twin, loaded = load_state(save_state(model, state, tmp_path / "run.safetensors"))
    assert (loaded.recipe, twin.sample_shape) == (state.recipe, shape)
    assert all(
        torch.equal(a, b) for a, b in zip(plain.parameters(), twin.parameters(), strict=True)
    )
