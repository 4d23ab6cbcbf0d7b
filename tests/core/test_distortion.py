"""Errors, PSNR, SSIM and anomaly scores against scipy's filter, plain loops and hand counts."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from ae_core import metrics
from ae_core.errors import InvalidInput
from ae_core.pca import PCACodec
from tests.core.draws import normal, uniform


def test_errors_sum_over_an_image_and_average_over_pixels() -> None:
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    x_hat = torch.tensor([[[[0.0, 2.0], [5.0, 4.0]]], [[[0.0, 3.0], [0.0, -1.0]]]])
    assert metrics.squared_error_per_image(x, x_hat).tolist() == [5, 10]
    assert metrics.absolute_error_per_image(x, x_hat).tolist() == [3, 4]
    assert metrics.mse_per_pixel(x, x_hat) == 15 / 8
    assert metrics.mean_absolute_error_per_pixel(x, x_hat) == 7 / 8


def test_psnr_is_that_of_the_mean_mse_not_the_mean_of_psnrs() -> None:
    x = torch.zeros(2, 1, 4, 4)
    x_hat = torch.stack([torch.full((1, 4, 4), 0.1), torch.full((1, 4, 4), 0.5)])  # MSE .01, .25
    assert metrics.psnr_db(x, x_hat) == pytest.approx(-10 * math.log10(0.13), abs=1e-5)
    assert metrics.psnr_db(x, x_hat, peak=255) == pytest.approx(
        20 * math.log10(255) - 10 * math.log10(0.13), abs=1e-5
    )
    assert metrics.psnr_db(x, x) == math.inf


def test_what_is_not_a_number_is_no_perfect_copy_and_a_peak_is_above_zero() -> None:
    x = uniform(2, 1, 8, 8)
    assert math.isnan(metrics.psnr_db(x, x * math.nan))
    assert metrics.psnr_db_of_mse(math.inf) == -math.inf
    assert bool(metrics.ssim(x, x * math.nan).isnan().all())
    for peak in (0.0, -1.0, math.nan, math.inf):
        for measure in (metrics.psnr_db, metrics.ssim):
            with pytest.raises(InvalidInput, match=f"peak must be .* got {peak:g}"):
                measure(x, x, peak)


def test_a_shape_that_would_broadcast_is_refused() -> None:
    for measure in (metrics.squared_error_per_image, metrics.psnr_db, metrics.ssim):
        with pytest.raises(InvalidInput, match=r"same shape, got \(4, 1, 8, 8\) and \(1, 1, 8, 8"):
            measure(torch.zeros(4, 1, 8, 8), torch.zeros(1, 1, 8, 8))
    with pytest.raises(InvalidInput, match="at least one sample"):
        metrics.mse_per_pixel(torch.zeros(0, 3), torch.zeros(0, 3))


def ssim_by_filtering(a: np.ndarray, b: np.ndarray, peak: float) -> float:
    """One channel, by scipy's gaussian filter with the border that it invents cut off."""

    def local(image: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(image, 1.5, radius=5)[5:-5, 5:-5]

    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    va, vb = local(a * a) - local(a) ** 2, local(b * b) - local(b) ** 2
    cov = local(a * b) - local(a) * local(b)
    top = (2 * local(a) * local(b) + c1) * (2 * cov + c2)
    return float(np.mean(top / ((local(a) ** 2 + local(b) ** 2 + c1) * (va + vb + c2))))


def ssim_by_loops(a: np.ndarray, b: np.ndarray, size: int) -> float:
    """One channel, window by window, with weighted covariance matrices from numpy."""
    axis = np.arange(size) - size // 2
    weights = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * 1.5**2)).ravel()
    values = []
    for i in range(a.shape[0] - size + 1):
        for j in range(a.shape[1] - size + 1):
            pair = np.stack([p[i : i + size, j : j + size].ravel() for p in (a, b)])
            (ma, mb), cov = (
                np.average(pair, 1, weights),
                np.cov(pair, ddof=0, aweights=weights),
            )
            light = (2 * ma * mb + 1e-4) / (ma**2 + mb**2 + 1e-4)
            shape = (2 * cov[0, 1] + 9e-4) / (cov[0, 0] + cov[1, 1] + 9e-4)
            values.append(light * shape)
    return float(np.mean(values))


@pytest.mark.parametrize("peak", [1.0, 2.5])
def test_ssim_equals_gaussian_filtering_per_channel(peak: float) -> None:
    x = uniform(3, 2, 28, 20)
    x_hat = (x + 0.3 * uniform(3, 2, 28, 20, seed=1)).clamp(0, 1)
    expected = [
        np.mean([ssim_by_filtering(a, b, peak) for a, b in zip(p, q, strict=True)])
        for p, q in zip(x.double().numpy(), x_hat.double().numpy(), strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim(x, x_hat, peak).numpy(), expected, atol=1e-9)


@pytest.mark.parametrize(("height", "width", "window"), [(8, 8, 7), (14, 8, 7), (12, 11, 11)])
def test_ssim_of_small_images_uses_the_largest_odd_window(
    height: int, width: int, window: int
) -> None:
    x, x_hat = uniform(2, 1, height, width), uniform(2, 1, height, width, seed=1)
    expected = [
        ssim_by_loops(a, b, window)
        for a, b in zip(x[:, 0].double().numpy(), x_hat[:, 0].double().numpy(), strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim(x, x_hat).numpy(), expected, atol=1e-9)


def test_ssim_is_one_for_a_copy_and_needs_images() -> None:
    x = uniform(2, 1, 16, 16)
    torch.testing.assert_close(metrics.ssim(x, x), torch.ones(2, dtype=torch.float64))
    assert (metrics.ssim(x, 1 - x) < 0).all()
    with pytest.raises(InvalidInput, match="ssim needs images"):
        metrics.ssim(torch.zeros(3, 5), torch.zeros(3, 5))


def test_anomaly_score_is_the_squared_error_and_auroc_ranks_by_it() -> None:
    x = normal(60, 6) @ normal(6, 6, seed=1)
    pca = PCACodec(3).fit(x)
    strange = normal(30, 6, seed=2) * 4
    scores, strange_scores = metrics.anomaly_score(pca, x), metrics.anomaly_score(pca, strange)
    torch.testing.assert_close(scores, (x - pca.reconstruct(x)).square().sum(1))
    wins = (strange_scores[:, None] > scores[None, :]).double()
    assert metrics.auroc(scores, strange_scores) == pytest.approx(float(wins.mean()))
    ties = metrics.auroc(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 3.0]))
    assert ties == pytest.approx(3.5 / 4)
    with pytest.raises(InvalidInput, match="2 normal and 0 anomalous"):
        metrics.auroc(torch.zeros(2), torch.zeros(0))
