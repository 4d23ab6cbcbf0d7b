"""How far a reconstruction is from its original, in units that do not depend on the codec.

Nothing is clipped here: a codec that leaves [0, 1] pays for it.
"""

import math

import torch
from torch import Tensor

from ae_core import losses
from ae_core.base import Codec
from ae_core.batches import in_batches
from ae_core.errors import InvalidInput

SSIM_WINDOW, SSIM_SIGMA, SSIM_K1, SSIM_K2 = 11, 1.5, 0.01, 0.03  # Wang et al. 2004, section III-C


def squared_error_per_image(x: Tensor, x_hat: Tensor) -> Tensor:
    """‖x − x̂‖², summed over all values of a sample: (B, *), (B, *) -> (B,)."""
    _check_pair(x, x_hat)
    return losses.squared(x, x_hat)


def absolute_error_per_image(x: Tensor, x_hat: Tensor) -> Tensor:
    """‖x − x̂‖₁, summed over all values of a sample: (B, *), (B, *) -> (B,)."""
    _check_pair(x, x_hat)
    return losses.absolute(x, x_hat)


def mse_per_pixel(x: Tensor, x_hat: Tensor) -> float:
    """The mean squared error over every value of every sample."""
    return float(squared_error_per_image(x, x_hat).double().mean()) / x[0].numel()


def mean_absolute_error_per_pixel(x: Tensor, x_hat: Tensor) -> float:
    """The mean absolute error over every value of every sample."""
    return float(absolute_error_per_image(x, x_hat).double().mean()) / x[0].numel()


def psnr_db(x: Tensor, x_hat: Tensor, peak: float = 1.0) -> float:
    """PSNR of the mean MSE, 10 log₁₀(peak² / MSE) in dB; infinite for a perfect copy.

    The mean of the images' own PSNRs is larger (Jensen) and is not what this gives.
    """
    return psnr_db_of_mse(mse_per_pixel(x, x_hat), peak)


def psnr_db_of_mse(mse: float, peak: float = 1.0) -> float:
    """10 log₁₀(peak² / MSE) in dB, for an MSE per pixel that is already known; of NaN it is NaN."""
    _check_peak(peak)
    if mse < 0:
        raise InvalidInput(f"a mean squared error cannot be negative, got {mse:g}")
    if mse in (0, math.inf):
        return math.inf if mse == 0 else -math.inf
    return 20 * math.log10(peak) - 10 * math.log10(mse)


def ssim(x: Tensor, x_hat: Tensor, peak: float = 1.0) -> Tensor:
    """Structural similarity (Wang et al. 2004, eq. 13): (B, C, H, W), (B, C, H, W) -> (B,).

    Gaussian window of 11×11, σ = 1.5, averaged over the positions where it lies inside the image
    and over the channels; scikit-image's gaussian variant with population covariances gives the
    same numbers. An image smaller than the window gets the largest odd window that fits
    (7×7 for 8×8), same σ: such values compare only with values of equally sized images.
    """
    _check_pair(x, x_hat)
    _check_peak(peak)
    if x.dim() != 4:
        raise InvalidInput(f"ssim needs images (B, C, H, W), got shape {tuple(x.shape)}")
    x, x_hat = x.double(), x_hat.double()  # variances below are differences of close numbers
    fit = min(*x.shape[2:], SSIM_WINDOW)
    window = _gaussian_window(fit - (fit + 1) % 2, x.device)
    rows, columns = (_sliding(window, size) for size in x.shape[2:])

    def local_mean(image: Tensor) -> Tensor:
        return rows @ image @ columns.t()  # (B, C, H, W) -> (B, C, H − window + 1, ...)

    mean, mean_hat = local_mean(x), local_mean(x_hat)
    variance = local_mean(x * x) - mean * mean
    variance_hat = local_mean(x_hat * x_hat) - mean_hat * mean_hat
    covariance = local_mean(x * x_hat) - mean * mean_hat
    c1, c2 = (SSIM_K1 * peak) ** 2, (SSIM_K2 * peak) ** 2
    luminance = (2 * mean * mean_hat + c1) / (mean * mean + mean_hat * mean_hat + c1)
    structure = (2 * covariance + c2) / (variance + variance_hat + c2)
    return (luminance * structure).flatten(1).mean(1)


def anomaly_score(codec: Codec, x: Tensor) -> Tensor:
    """‖x − r(x)‖²: high where the codec has never seen the like, (B, *) -> (B,)."""
    return in_batches(lambda batch: squared_error_per_image(batch, codec.reconstruct(batch)), x)


def _gaussian_window(size: int, device: torch.device) -> Tensor:
    offset = torch.arange(size, dtype=torch.float64, device=device) - (size - 1) / 2
    weight = (-0.5 * (offset / SSIM_SIGMA) ** 2).exp()
    return weight / weight.sum()


def _sliding(window: Tensor, size: int) -> Tensor:
    """The matrix that slides a window over a line: (w,) -> (size − w + 1, size)."""
    positions = size - len(window) + 1
    matrix = window.new_zeros(positions, size)
    for i in range(positions):
        matrix[i, i : i + len(window)] = window
    return matrix


def _check_peak(peak: float) -> None:
    if not 0 < peak < math.inf:
        raise InvalidInput(
            f"peak must be a finite number above 0, got {peak:g}; give the data's range"
        )


def _check_pair(x: Tensor, x_hat: Tensor) -> None:
    # Broadcasting would turn a wrong shape into a plausible number.
    if x.shape != x_hat.shape:
        raise InvalidInput(
            f"x and x_hat must have the same shape, got {tuple(x.shape)} and {tuple(x_hat.shape)}"
        )
    if not (x.is_floating_point() and x_hat.is_floating_point()):
        raise InvalidInput(
            f"x and x_hat must hold floating-point numbers, got {x.dtype} and {x_hat.dtype}; "
            "convert with .float(), and divide bytes by 255"
        )
    if x.dim() < 2 or x.numel() == 0:
        raise InvalidInput(f"expected at least one sample (B, ...), got shape {tuple(x.shape)}")
