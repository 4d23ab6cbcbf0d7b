"""One decomposition for every level of a noise, against least squares and the map of each level."""

import math

import numpy as np
import pytest
import torch

from ae_core.corruption import CORRUPTIONS
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.filters import LinearDenoiser, noise_moments
from ae_core.linear_family import LinearFamily
from ae_core.metrics import psnr_db


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("level", [0.08, 0.37, 0.85])
@pytest.mark.parametrize("kind", list(CORRUPTIONS))
def test_one_decomposition_gives_the_best_linear_map_at_every_level(
    all_digits, kind, level, clip
):  # fmt: skip
    """Against numpy's least squares on many simulated copies, scored on samples of neither."""
    clean, fresh = all_digits[:300], all_digits[300:1100]
    generator = torch.Generator().manual_seed(4)

    def damaged(x):
        x_tilde = CORRUPTIONS[kind](x, level, generator)
        return x_tilde.clamp(0, 1) if clip else x_tilde

    copies = clean.repeat(150, 1, 1, 1)
    rows = np.pad(damaged(copies).flatten(1).numpy(), ((0, 0), (0, 1)), constant_values=1)
    least = np.linalg.lstsq(rows, copies.flatten(1).numpy(), rcond=None)[0]
    x_tilde = damaged(fresh)
    found = LinearFamily(clean, kind, 0.9, clip)(x_tilde, level)
    by_copies = np.pad(x_tilde.flatten(1).numpy(), ((0, 0), (0, 1)), constant_values=1) @ least
    best = psnr_db(fresh, torch.from_numpy(by_copies).reshape(fresh.shape))
    allowed = 0.12 if clip and kind == "gaussian" else 0.02  # clamped noise bends E[x_tilde | x]
    assert psnr_db(fresh, found) > best - allowed


@pytest.mark.parametrize("kind", list(CORRUPTIONS))
def test_the_family_is_the_linear_denoiser_of_each_level(all_digits, kind):
    busy = all_digits[..., 1:7, 2:6]  # elsewhere the two differ by their ridges
    clean, fresh = busy[:600], busy[600:900]
    family = LinearFamily(clean, kind, 0.9)
    for level in (0.1, 0.45, 0.6, 0.9):  # on the table's levels and between them
        x_tilde = CORRUPTIONS[kind](fresh, level, torch.Generator().manual_seed(5))
        exact = LinearDenoiser(clean, noise_moments(kind, level))(x_tilde)
        assert float((family(x_tilde, level) - exact).abs().max()) < 0.02
        ours, theirs = (psnr_db(fresh, r) for r in (family(x_tilde, level), exact))
        assert ours == pytest.approx(theirs, abs=0.01)
    assert family(x_tilde, 0.0) is x_tilde
    with pytest.raises(InvalidInput, match=r"\(B, 1, 6, 4\)"):
        family(torch.zeros(2, 64), 0.5)


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", list(CORRUPTIONS))
def test_the_family_has_no_hole_at_faint_noise_nor_where_nothing_is_left(all_digits, kind, clip):
    busy = all_digits[..., 1:7, 2:6]  # elsewhere the two differ by their ridges
    clean, fresh = busy[:300], busy[300:500]
    family = LinearFamily(clean, kind, 1.0, clip)
    for level in (1e-9, 1e-6, 1e-4, 4e-4, 8e-4, 9e-4, 2e-3, 0.999, 0.999999, 1.0):
        x_tilde = CORRUPTIONS[kind](fresh, level, torch.Generator().manual_seed(5))
        x_tilde = x_tilde.clamp(0, 1) if clip else x_tilde
        exact = LinearDenoiser(clean, noise_moments(kind, level, clip))(x_tilde)
        ours, theirs = (float((r - fresh).square().mean()) for r in (family(x_tilde, level), exact))
        assert ours < theirs * 1.02 + 1e-6, level
    if kind == "masking":
        erased = family(torch.zeros_like(fresh), 1.0)
        torch.testing.assert_close(erased, clean.mean(0).expand_as(fresh))
    x_tilde = fresh * 255 + torch.randn(fresh.shape, generator=torch.Generator().manual_seed(6))
    found = LinearFamily(clean * 255, "gaussian", 1.0)(x_tilde, 0.001)  # faint beside the signal
    torch.testing.assert_close(found, x_tilde)


@pytest.mark.parametrize("value", [0.0, 0.5, 100.0])
@pytest.mark.parametrize("kind", list(CORRUPTIONS))
def test_of_data_that_never_changes_the_family_knows_the_mean(kind, value):
    family = LinearFamily(torch.full((20, 4), value), kind, 0.9)
    for level in (1e-4, 0.5, 0.9):
        x_tilde = CORRUPTIONS[kind](torch.full((3, 4), value), level)
        torch.testing.assert_close(family(x_tilde, level), torch.full((3, 4), value))
    still = torch.linspace(0, 1, 4).repeat(20, 1)  # values differ, samples do not
    torch.testing.assert_close(LinearFamily(still, kind, 0.9)(still * 0, 0.5), still)


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", list(CORRUPTIONS))
def test_what_is_erased_is_told_from_what_is_seen(all_digits, kind, clip):
    """Against the map that is solved for this very noise and block at each level."""
    clean, fresh = all_digits[:1200], all_digits[1200:1700]
    kept = torch.ones(1, 8, 8, dtype=torch.bool)
    kept[:, 2:5, 3:7] = False
    family = LinearFamily(clean, kind, 0.9, clip, kept=kept)
    for level in (0.0, 0.01, 0.1, 0.5, 0.9):
        moments = noise_moments(kind, level, clip)
        exact = LinearDenoiser(clean, lambda x, m=moments: tuple(part * kept for part in m(x)))
        x_tilde = CORRUPTIONS[kind](fresh, level, torch.Generator().manual_seed(5))
        x_tilde = (x_tilde.clamp(0, 1) if clip else x_tilde) * kept
        found = family(x_tilde, level)
        hidden = ~kept.expand_as(fresh)
        # Without noise even the faintest directions tell something; the family leaves them out.
        allowed, ratio = (0.1, 1.03) if level == 0 else (0.02, 1.01)
        assert psnr_db(fresh, found) > psnr_db(fresh, exact(x_tilde)) - allowed, level
        ours, theirs = ((r - fresh)[hidden].square().mean() for r in (found, exact(x_tilde)))
        assert float(ours) < ratio * float(theirs), level
        painted = x_tilde.masked_fill(~kept, 7.0)  # what lies there is not looked at
        torch.testing.assert_close(family(painted, level), found)


def test_few_samples_do_not_make_faint_directions_speak(all_digits):
    clean, fresh = all_digits[:40], all_digits[700:1200]
    kept = torch.ones(1, 8, 8, dtype=torch.bool)
    kept[:, 2:5, 3:7] = False
    hidden = ~kept.expand_as(fresh)
    for level in (0.0, 0.02):
        x_tilde = CORRUPTIONS["gaussian"](fresh, level, torch.Generator().manual_seed(5)) * kept
        moments = noise_moments("gaussian", level)
        exact = LinearDenoiser(clean, lambda x, m=moments: tuple(part * kept for part in m(x)))
        family = LinearFamily(clean, "gaussian", 0.9, kept=kept)
        found = (family(x_tilde, level), exact(x_tilde))
        ours, theirs = (float((r - fresh)[hidden].square().mean()) for r in found)
        assert ours < theirs, level


def test_where_all_is_erased_the_family_knows_the_mean(all_digits):
    nothing = torch.zeros(1, 8, 8, dtype=torch.bool)
    family = LinearFamily(all_digits[:300], "gaussian", 0.9, kept=nothing)
    for level in (0.0, 0.5):
        found = family(all_digits[300:303], level)
        torch.testing.assert_close(found, all_digits[:300].mean(0).expand_as(found))
    all_seen = LinearFamily(all_digits[:300], "gaussian", 0.9, kept=~nothing)
    same = LinearFamily(all_digits[:300], "gaussian", 0.9)
    torch.testing.assert_close(all_seen(all_digits[:9], 0.5), same(all_digits[:9], 0.5))
    with pytest.raises(InvalidInput, match=r"kept must be boolean .*\(1, 8, 8\).*float32 \(8, 8\)"):
        LinearFamily(all_digits[:9], "gaussian", 0.9, kept=torch.ones(8, 8))


def test_levels_outside_the_range_name_themselves():
    family = LinearFamily(torch.rand(20, 4), "masking", 0.5)
    for level in (-0.1, 0.51, math.nan):
        with pytest.raises(InvalidConfig, match=f"level must be from 0 to 0.5, got {level:g}"):
            family(torch.zeros(1, 4), level)
    with pytest.raises(InvalidConfig, match=r"highest.*got 0"):
        LinearFamily(torch.rand(20, 4), "masking", 0)
    for kind, level, name in (
        ("masking", 1.5, "mask_fraction"), ("salt_pepper", -0.1, "flip_fraction"),
        ("gaussian", -1, "noise_std"), ("gaussian", math.inf, "noise_std"),
    ):  # fmt: skip
        with pytest.raises(InvalidConfig, match=f"{name} must be .*, got {level}"):
            noise_moments(kind, level)


@pytest.mark.parametrize("highest", [20.0, 100.0])
def test_a_strong_end_takes_nothing_from_faint_noise(all_digits, highest):
    level = 0.05
    clean = all_digits[1000:1400]
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    family = LinearFamily(all_digits[:1000], "gaussian", highest)
    best = LinearDenoiser(all_digits[:1000], noise_moments("gaussian", level))
    off, least = (
        (repair - clean).square().mean()
        for repair in (family(clean + level * noise, level), best(clean + level * noise))
    )
    assert off < 1.05 * least
