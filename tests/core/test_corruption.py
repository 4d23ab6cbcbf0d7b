"""Damage is exactly as asked: kind, share, balance, and nothing else touched."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ae_core import build
from ae_core.corruption import CORRUPTIONS, LEVEL_FIELD, gaussian, masking, salt_pepper

SHAPES = st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple)
SEEDS = st.integers(0, 2**31)
LEVELS = st.floats(0, 1)
KINDS = st.sampled_from(sorted(CORRUPTIONS))


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def grey(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Values strictly between 0 and 1: touched ones can be told from untouched ones."""
    return 0.1 + 0.8 * torch.rand(shape, generator=generator(seed))


def share_is_right(touched: torch.Tensor, level: float) -> bool:
    """Within five standard deviations of a binomial share."""
    n = touched.numel()
    deviation = (level * (1 - level) / n) ** 0.5
    return abs(touched.double().mean().item() - level) <= 5 * deviation + 1e-12


@given(KINDS, SHAPES, SEEDS, LEVELS)
def test_shape_dtype_and_the_original_are_kept(kind, shape, seed, level):
    x = grey(shape, seed)
    before = x.clone()
    y = CORRUPTIONS[kind](x, level, generator(seed))
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert torch.equal(x, before)
    assert CORRUPTIONS[kind](x.double(), level, generator(seed)).dtype == torch.float64


@given(KINDS, SHAPES, SEEDS)
def test_level_zero_is_the_identity(kind, shape, seed):
    x = grey(shape, seed)
    assert torch.equal(CORRUPTIONS[kind](x, 0.0, generator(seed)), x)


@given(KINDS, SHAPES, SEEDS, LEVELS)
def test_the_generator_alone_decides(kind, shape, seed, level):
    x = grey(shape, 0)
    first = CORRUPTIONS[kind](x, level, generator(seed))
    torch.manual_seed(seed + 1)
    state = torch.get_rng_state()
    assert torch.equal(first, CORRUPTIONS[kind](x, level, generator(seed)))
    assert torch.equal(torch.get_rng_state(), state)


@given(st.sampled_from(["salt_pepper", "masking"]), SHAPES, SEEDS, LEVELS)
def test_untouched_values_are_bit_identical(kind, shape, seed, level):
    x = grey(shape, seed)
    y = CORRUPTIONS[kind](x, level, generator(seed + 1))
    same = y == x
    allowed = (0.0, 1.0) if kind == "salt_pepper" else (0.0,)
    assert all(value in allowed for value in y[~same].tolist())


@given(st.sampled_from(["salt_pepper", "masking"]), SEEDS, LEVELS)
def test_the_share_of_touched_values(kind, seed, level):
    x = grey((40, 10, 25), 3)
    y = CORRUPTIONS[kind](x, level, generator(seed))
    assert share_is_right(y != x, level)


@given(SEEDS, st.floats(0.05, 1))
def test_salt_and_pepper_balance(seed, level):
    y = salt_pepper(grey((40, 10, 25), 3), level, generator(seed))
    touched = (y == 0) | (y == 1)
    assert share_is_right((y == 1)[touched], 0.5)


@given(SEEDS, st.floats(0.01, 50))
def test_gaussian_noise_has_its_deviation(seed, noise_std):
    x = grey((40, 10, 25), 3)
    noise = (gaussian(x.double(), noise_std, generator(seed)) - x) / noise_std
    assert abs(noise.mean().item()) < 5 / 100
    assert abs(noise.std().item() - 1) < 5 / (2 * 10_000) ** 0.5


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_level_one_touches_everything_or_follows_the_formula(kind):
    x = grey((5, 20), 1)
    y = CORRUPTIONS[kind](x, 1.0, generator(7))
    if kind == "gaussian":
        assert torch.equal(y, x + torch.randn(5, 20, generator=generator(7)))
    else:
        assert set(y.unique().tolist()) == ({0.0, 1.0} if kind == "salt_pepper" else {0.0})


def test_values_are_damaged_independently():
    """Neither rows, nor columns, nor images share their mask."""
    y = masking(torch.ones(60, 60), 0.5, generator(0))
    for axis in (0, 1):
        shares = y.mean(axis)
        assert shares.std().item() == pytest.approx(0.5 / 60**0.5, rel=0.4)
        neighbours = (y[1:] * y[:-1]) if axis == 0 else (y[:, 1:] * y[:, :-1])
        assert neighbours.mean().item() == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_clip_is_off_by_default_and_clamps_the_damaged_image(kind):
    x, level = grey((30, 4), 2), {LEVEL_FIELD[kind]: 0.9}
    loose = build("denoising", (4,), corruption=kind, **level)
    tight = build("denoising", (4,), corruption=kind, clip=True, **level)
    assert loose.config.clip is False
    a, b = loose.corrupt(x, generator(0)), tight.corrupt(x, generator(0))
    assert torch.equal(b, a.clamp(0, 1))
    assert (a.min() < 0 and a.max() > 1) == (kind == "gaussian")


def test_one_network_for_a_range_of_noise_follows_the_drawn_level():
    """x_tilde is made at the level that the gates are told, in one batch as in another."""
    settings = {"corruption": "masking", "mask_fraction": (0.0, 1.0), "hidden_sizes": (8,)}
    model = build("denoising", (50,), **settings)
    x = grey((200, 50), 5)
    for level in (0.0, 0.2, 0.9, 1.0):
        y = model.corrupt(x, generator(1), level)
        assert share_is_right(y == 0, level)
    shares = {
        round((model.corrupt(x, generator(i)) == 0).float().mean().item(), 2) for i in range(9)
    }
    assert len(shares) > 5
    for seed in range(4):
        source = generator(seed)
        objective = model.objective(x, source)
        again = generator(seed)
        level = model.draw_weight(again)
        assert objective.weight == level
        x_tilde = masking(x, level, again)
        expected = (model.reconstruct(x_tilde, level) - x).square().sum(1).mean()
        torch.testing.assert_close(objective.reconstruction, expected)
