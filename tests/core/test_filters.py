"""The classical repairs against SciPy-free references and against what they must beat."""

import numpy as np
import pytest
import torch

from ae_core import load_dataset
from ae_core.corruption import CORRUPTIONS
from ae_core.data import is_available
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.filters import LinearDenoiser, median, noise_moments
from ae_core.metrics import psnr_db


def test_median_of_an_image_is_numpys_over_mirrored_windows():
    x = torch.rand(3, 1, 6, 7, generator=torch.Generator().manual_seed(0))
    padded = np.pad(x[:, 0].numpy(), ((0, 0), (1, 1), (1, 1)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    torch.testing.assert_close(median(x)[:, 0], torch.from_numpy(np.median(windows, axis=(3, 4))))


def test_median_of_a_series_runs_along_time_only():
    x = torch.tensor([[0.0, 9.0, 0.0, 0.0, 1.0], [5.0, 5.0, 5.0, 5.0, 5.0]])
    assert median(x).tolist() == [[9.0, 0.0, 0.0, 0.0, 0.0], [5.0] * 5]


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("level", [0.0, 0.05, 0.5, 0.9])
@pytest.mark.parametrize("kind", list(CORRUPTIONS))
def test_moments_in_closed_form_are_the_means_over_many_draws(kind, level, clip):
    x = torch.linspace(0, 1, 6)
    draws = CORRUPTIONS[kind](x.repeat(200_000, 1), level, torch.Generator().manual_seed(3))
    draws = (draws.clamp(0, 1) if clip else draws).double()
    mean, square = noise_moments(kind, level, clip)(x.double())
    torch.testing.assert_close(mean, draws.mean(0), atol=0.008, rtol=0)
    torch.testing.assert_close(square, draws.square().mean(0), atol=0.012, rtol=0)


def test_linear_denoiser_is_the_wiener_filter_of_a_gaussian():
    """For x ~ N(m, C) and noise variance s², the best map is C (C + s² I)⁻¹ around m."""
    generator = torch.Generator().manual_seed(1)
    mix = torch.tensor([[1.0, 0.0], [0.8, 0.3]])
    mean = torch.tensor([2.0, -1.0])
    x = torch.randn(40_000, 2, generator=generator) @ mix.t() + mean
    learned = LinearDenoiser(x, noise_moments("gaussian", 0.5), ridge=0.0)
    covariance = (mix @ mix.t()).double()
    wiener = torch.linalg.solve(covariance + 0.25 * torch.eye(2, dtype=torch.float64), covariance)
    torch.testing.assert_close(learned.matrix, wiener, atol=0.02, rtol=0)
    at = torch.tensor([[2.0, -1.0]])
    torch.testing.assert_close(learned(at), at, atol=0.02, rtol=0)


@pytest.mark.parametrize(("kind", "level"), [("gaussian", 0.5), ("salt_pepper", 0.25)])
def test_exact_moments_give_what_least_squares_finds_on_very_many_copies(all_digits, kind, level):
    clean = all_digits[:300]
    generator = torch.Generator().manual_seed(4)
    copies = clean.repeat(300, 1, 1, 1)
    x = CORRUPTIONS[kind](copies, level, generator).clamp(0, 1).flatten(1).double()
    rows = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    found = torch.linalg.lstsq(rows, copies.flatten(1).double(), driver="gelsd").solution
    fresh = CORRUPTIONS[kind](clean, level, generator).clamp(0, 1)
    least = torch.cat([fresh.flatten(1).double(), torch.ones(300, 1).double()], dim=1) @ found
    exact = LinearDenoiser(clean, noise_moments(kind, level, clip=True), ridge=1e-9)(fresh)
    assert float((exact.flatten(1) - least).abs().max()) < 0.05
    assert float((exact.flatten(1) - least).square().mean()) < 5e-5


def test_linear_denoiser_survives_pixels_that_never_change():
    x = torch.zeros(50, 1, 2, 2)
    x[:, 0, 0, 0] = torch.linspace(0, 1, 50)
    repaired = LinearDenoiser(x, lambda c: (c, c * c))(x)
    assert bool(repaired.isfinite().all())
    torch.testing.assert_close(repaired, x, atol=1e-2, rtol=0)
    still = torch.full((5, 3), 0.25)
    torch.testing.assert_close(LinearDenoiser(still, lambda c: (c, c * c))(still), still)


@pytest.mark.mnist
@pytest.mark.parametrize(
    ("kind", "level", "by_median", "by_line"),
    [("gaussian", 0.5, 14.14, 17.56), ("salt_pepper", 0.25, 16.84, 18.05),
     ("masking", 0.5, None, 17.64)],
)  # fmt: skip
def test_repairs_of_the_first_500_digits_reach_the_known_figures(kind, level, by_median, by_line):
    """Figures measured apart from this code; repairs are clipped to [0, 1] like the pictures."""
    if not is_available("mnist"):
        pytest.skip("mnist is not on this machine (AE_DATA_DIR or ../shared/data)")
    data = load_dataset("mnist")
    clean = data.test[:500]
    damaged = CORRUPTIONS[kind](clean, level, torch.Generator().manual_seed(0)).clamp(0, 1)
    repair = LinearDenoiser(data.train[:6000], noise_moments(kind, level, clip=True))
    assert psnr_db(clean, repair(damaged).clamp(0, 1)) == pytest.approx(by_line, abs=0.15)
    if by_median:
        assert psnr_db(clean, median(damaged)) == pytest.approx(by_median, abs=0.05)


def test_wrong_shapes_name_themselves():
    with pytest.raises(InvalidInput, match=r"\(2, 3, 4\)"):
        median(torch.zeros(2, 3, 4))
    for size in (2, 0, -3, 9):
        with pytest.raises(InvalidInput, match=f"got {size}"):
            median(torch.zeros(1, 1, 4, 6), size)
    denoise = LinearDenoiser(torch.rand(9, 2), noise_moments("gaussian", 0.1))
    with pytest.raises(InvalidInput, match=r"\(B, 2\).*\(4, 3\)"):
        denoise(torch.zeros(4, 3))
    with pytest.raises(InvalidConfig, match=r"'blur'.*gaussian, salt_pepper, masking"):
        noise_moments("blur", 0.5)
