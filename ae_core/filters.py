"""Classical repairs of a damaged image: what a denoising network has to beat."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from ae_core.corruption import CORRUPTIONS, LEVEL_FIELD
from ae_core.errors import InvalidConfig, InvalidInput


def median(x: Tensor, size: int = 3) -> Tensor:
    """The median of each pixel's size × size neighbours: (B, C, H, W) -> the same; edges mirrored.

    A series (B, T) uses size neighbours in time. `size` is odd, so a median is one of the values.
    """
    if x.dim() not in (2, 4):
        raise InvalidInput(
            f"median needs images (B, C, H, W) or series (B, T), got {tuple(x.shape)}"
        )
    edge = size // 2
    if size % 2 == 0 or size < 1 or min(x.shape[-(x.dim() // 2) :]) <= edge:
        raise InvalidInput(
            f"size must be odd, at least 1 and less than twice the side of {tuple(x.shape)}, "
            f"got {size}"
        )
    if x.dim() == 2:
        windows = functional.pad(x[:, None], (edge, edge), "reflect")[:, 0].unfold(1, size, 1)
    else:
        padded = functional.pad(x, (edge, edge, edge, edge), "reflect")
        windows = padded.unfold(2, size, 1).unfold(3, size, 1).flatten(-2)
    return windows.median(-1).values


Moments = Callable[[Tensor], tuple[Tensor, Tensor]]


def noise_moments(kind: str, level: float, clip: bool = False) -> Moments:
    """x -> (E[x_tilde], E[x_tilde²]) per value, in closed form, for one kind and level of noise.

    clip: x_tilde is clamped to [0, 1] after the noise, and x lies there.
    InvalidConfig for an unknown kind, a negative level, or a share above 1.
    """
    if kind not in CORRUPTIONS:
        raise InvalidConfig(
            f"the moments of {kind!r} are not known; allowed: {', '.join(CORRUPTIONS)}"
        )
    _check_level(LEVEL_FIELD[kind], level, math.inf if kind == "gaussian" else 1)
    if kind == "masking":
        return lambda x: ((1 - level) * x, (1 - level) * x * x)
    if kind == "salt_pepper":
        return lambda x: ((1 - level) * x + level / 2, (1 - level) * x * x + level / 2)
    if clip and level > 0:
        return lambda x: _clipped_gaussian(x, level)
    return lambda x: (x, x * x + level**2)


def _clipped_gaussian(x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """The same for min(max(x + σ ε, 0), 1): integrals over the part inside, then the part above."""
    a, b = -x / sigma, (1 - x) / sigma
    inside = _phi_below(b) - _phi_below(a)
    above = 1 - _phi_below(b)
    bell_a, bell_b = _bell(a), _bell(b)
    drift = sigma * (bell_a - bell_b)
    mean = x * inside + drift + above
    square = (x * x + sigma**2) * inside + 2 * x * drift + sigma**2 * (a * bell_a - b * bell_b)
    return mean, square + above


def _phi_below(u: Tensor) -> Tensor:
    """Φ(u), the standard normal's share below u; by erf, which is much faster than ndtr."""
    return 0.5 * (1 + torch.erf(u / math.sqrt(2)))


def _bell(u: Tensor) -> Tensor:
    return torch.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)


class LinearDenoiser:
    """The linear map with the least squared error from damaged to clean: x_hat = A x_tilde + b.

    The Wiener filter of the training data for noise that is independent per value, given by its
    moments. The expectation over the noise is exact, as from infinitely many damaged copies: on
    6,000 MNIST digits at σ = 0.5 that is worth 0.27 dB over two sampled copies. The ridge, a
    share of the mean variance, keeps pixels that never change (or were erased) from dividing by 0.
    """

    def __init__(self, clean: Tensor, moments: Moments, ridge: float = 1e-3) -> None:
        self.sample_shape = tuple(clean.shape[1:])
        mean, square = (m.flatten(1) for m in moments(clean))  # (N, D) each
        y, n = clean.flatten(1), len(clean)
        self.input_mean, self.target_mean = mean.double().mean(0), y.double().mean(0)
        second = (mean.t() @ mean).double() / n  # E[x_tilde x_tildeᵀ] off the diagonal
        second.diagonal().copy_(square.double().mean(0))
        covariance = second - torch.outer(self.input_mean, self.input_mean)
        cross = (mean.t() @ y).double() / n - torch.outer(self.input_mean, self.target_mean)
        covariance.diagonal().add_(ridge * covariance.diagonal().mean().clamp_min(1e-12))
        self.matrix = torch.linalg.solve(covariance, cross)

    def __call__(self, x_tilde: Tensor) -> Tensor:
        """Repaired samples: (B, *sample_shape) -> the same shape; not clipped."""
        _check_shape(x_tilde, self.sample_shape)
        rows = x_tilde.flatten(1).double() - self.input_mean
        repaired: Tensor = rows @ self.matrix + self.target_mean
        return repaired.to(x_tilde).reshape(x_tilde.shape)


KNOTS = 257  # of the histograms: every byte has its own
RIDGE = 5e-3  # of the mean noise, for values that hardly ever change
FAINT = 1e-4  # directions whose signal is weaker than this share of the noise are left out
LOST = 1e-6  # of the gain: below it x_tilde says nothing about x
NEGLIGIBLE = 1e-6  # of the strongest signal: noise that float32 can no longer tell from none
STEPS, CLOSE = 12, 1e-4  # of conjugate gradients: at most, and the residual's share that is enough


class LinearFamily:
    """The best linear maps from damaged to clean at every level of a noise, by one decomposition.

    With C = Cov(x) all three kinds have Cov(x, x_tilde) = b C and Cov(x_tilde) = b² C + diag(n),
    b and n known in closed form, so x_hat = μ + C (C + diag(n) / b²)⁻¹ (x_tilde − E[x_tilde]) / b.
    Clamped noise has no straight E[x_tilde | x]: there b is its slope by least squares, and what
    that costs beside `LinearDenoiser` was at most 0.05 dB on MNIST (σ = 0.05; 0.01 at 0.5).

    With s² = n / b² in the middle of the levels, C / (s sᵀ) = U Λ Uᵀ. Where n / b² is r s² with one
    r for all values (Gaussian, masking) this is x_hat = μ + s ⊙ U Λ (Λ + r)⁻¹ Uᵀ y, with
    y = (x_tilde − E[x_tilde]) / (b s); elsewhere it preconditions a few conjugate gradients.

    levels (L), gain b (L), centre E[x_tilde] (L, D), noise n (L, D), mean μ (D), scale s (D),
    basis Uᵀ (K, D), power Λ (K): all float32. Between levels b, centre and noise are parabolas,
    which is what they are for noise that is not clamped. Where nothing is to be learnt from x_tilde
    (all of it erased, or data that never changes) x_hat is μ; where noise is negligible, x_tilde.
    """

    def __init__(
        self, clean: Tensor, kind: str, highest: float, clip: bool = False, levels: int = 17
    ) -> None:
        if not highest > 0:
            raise InvalidConfig(f"highest, the strongest noise, must be above 0, got {highest:g}")
        self.sample_shape, y = tuple(clean.shape[1:]), clean.flatten(1)
        self.highest, self.levels = highest, torch.linspace(0, highest, levels)
        low, high = float(y.min()), float(y.max())
        knots = torch.linspace(low, high + (1e-6 if high > low else 1), KNOTS)
        share = _histograms(y, knots).double()
        x = knots.double()
        mean = share @ x
        spread = share @ (x * x) - mean * mean
        found = []
        for level in self.levels.tolist():
            first, second = noise_moments(kind, level, clip)(x)
            centre = share @ first
            covariance = (share @ (x * first) - mean * centre).sum()
            slope = float(covariance / spread.sum()) if high > low else 1.0
            noise = (share @ second - centre * centre - slope**2 * spread).clamp_min(0)
            found.append((slope, centre, noise + RIDGE * noise.mean()))
        self.gain = torch.tensor([b for b, _, _ in found])
        self.centre = torch.stack([c for _, c, _ in found]).float()
        self.noise = torch.stack([n for _, _, n in found]).float()
        self.mean = y.mean(0)
        self._decompose(y - self.mean, levels // 2)

    def _decompose(self, centred: Tensor, middle: int) -> None:
        # Black samples have no noise by masking, and still must not divide by it.
        self.scale = (self.noise[middle].sqrt() / self.gain[middle]).clamp_min(1e-12)
        rows = centred / self.scale
        power, directions = torch.linalg.eigh((rows.t() @ rows).double() / len(rows))
        kept = power > FAINT
        self.power, self.basis = power[kept].float(), directions[:, kept].t().float().contiguous()

    def at(self, level: float) -> tuple[float, Tensor, Tensor]:
        """b, E[x_tilde] (D) and n (D) at one level, from 0 to `highest`."""
        _check_level("level", level, self.highest)
        step = float(self.levels[1])
        first = 2 * min(int(level / step) // 2, (len(self.levels) - 3) // 2)
        u = level / step - first
        parts = torch.tensor([(u - 1) * (u - 2) / 2, u * (2 - u), u * (u - 1) / 2])
        gain, centre, noise = (
            torch.tensordot(parts, table[first : first + 3], 1)
            for table in (self.gain, self.centre, self.noise)
        )
        return float(gain), centre, noise

    def __call__(self, x_tilde: Tensor, level: float) -> Tensor:
        """Repaired samples: (B, *sample_shape) -> the same shape; not clipped."""
        _check_shape(x_tilde, self.sample_shape)
        if level == 0:
            return x_tilde
        gain, centre, noise = self.at(level)
        if gain < LOST or not len(self.power):
            return self.mean.expand(len(x_tilde), -1).reshape(x_tilde.shape)
        weight = noise / (gain * self.scale) ** 2  # of the noise, in units of `scale`
        if float(weight.mean()) < NEGLIGIBLE * float(self.power[-1]):
            return x_tilde
        left = (x_tilde.flatten(1) - centre) / (gain * self.scale)
        base, enough = float(weight.mean()), CLOSE * left.norm(dim=1)
        signal, squared = torch.zeros_like(left), torch.ones(len(left), 1)
        step = shown = torch.zeros_like(left)
        for _ in range(STEPS):  # (M + diag(weight)) w = left, M = Uᵀ Λ U; signal is M w
            z, seen = self._precondition(left, base)
            before, squared = squared, (left * z).sum(1, keepdim=True)
            turn = squared / before.clamp_min(1e-30)
            step, shown = z + turn * step, seen + turn * shown
            image = shown + weight * step
            length = squared / (step * image).sum(1, keepdim=True).clamp_min(1e-30)
            signal, left = signal + length * shown, left - length * image
            if bool((left.norm(dim=1) <= enough).all()):
                break
        return (self.mean + self.scale * signal).reshape(x_tilde.shape)

    def _precondition(self, left: Tensor, base: float) -> tuple[Tensor, Tensor]:
        """z = (M + base)⁻¹ left, and M z."""
        seen = (left @ self.basis.t() * (self.power / (self.power + base))) @ self.basis
        return (left - seen) / base, seen


def _histograms(y: Tensor, knots: Tensor) -> Tensor:
    """How often each value is near each knot, shared between the two beside it: (D, knots)."""
    place = (y - knots[0]) / (knots[1] - knots[0])
    below = place.floor().clamp(0, len(knots) - 2)
    share = (place - below).t()
    counts = torch.zeros(y.shape[1], len(knots))
    at = below.long().t()
    counts.scatter_add_(1, at, 1 - share)
    counts.scatter_add_(1, at + 1, share)
    return counts / len(y)


def _check_level(name: str, level: float, highest: float) -> None:
    if not 0 <= level <= highest or math.isinf(level):
        allowed = f"from 0 to {highest:g}" if highest < math.inf else "a finite number from 0"
        raise InvalidConfig(f"{name} must be {allowed}, got {level:g}")


def _check_shape(x_tilde: Tensor, sample_shape: tuple[int, ...]) -> None:
    if tuple(x_tilde.shape[1:]) != sample_shape:
        raise InvalidInput(
            f"samples must have shape (B, {', '.join(map(str, sample_shape))}), "
            f"got {tuple(x_tilde.shape)}"
        )
