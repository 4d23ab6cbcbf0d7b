"""The best linear maps from damaged to clean at every level of a noise, by one decomposition."""

import math

import torch
from torch import Tensor

from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.filters import check_level, check_shape, noise_moments

KNOTS = 257  # of the histograms: every byte has its own
RIDGE = 5e-3  # of the mean noise, for values that hardly ever change
FAINT = 1e-4  # directions whose signal is weaker than this share of the noise are left out
LEAN = 1e-3  # of the mean signal: how little the faint directions tell of what was erased
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

    kept (sample_shape, boolean): the values that are seen, None for all. The others were erased
    after the noise and say nothing; they are told from the directions that are seen, by `reach`.

    Of S values seen: levels (L), gain b (L), centre E[x_tilde] (L, S), noise n (L, S), scale s (S),
    basis Uᵀ (K, S), power Λ (K); of all D the mean μ, of the erased reach (K, D − S): all float32.
    Between levels b, centre and noise are parabolas, which is what they are for noise that is not
    clamped. Where nothing is to be learnt from x_tilde (all of it erased, or data that never
    changes) x_hat is μ; where noise is negligible, what is seen is x_tilde.
    """

    def __init__(
        self, clean: Tensor, kind: str, highest: float, clip: bool = False, levels: int = 17,
        kept: Tensor | None = None,
    ) -> None:  # fmt: skip
        if not highest > 0:
            raise InvalidConfig(f"highest, the strongest noise, must be above 0, got {highest:g}")
        if levels < 3 or levels % 2 == 0:
            raise InvalidConfig(f"levels must be odd and at least 3, got {levels}")
        self.sample_shape = tuple(clean.shape[1:])
        self.kept = _seen(kept, self.sample_shape)
        whole = clean.flatten(1).float()
        self.mean = whole.mean(0)
        self.highest, self.levels = highest, torch.linspace(0, highest, levels)
        self._measure(whole[:, self.kept], kind, clip)
        self._decompose(whole - self.mean, levels // 2)

    def _measure(self, y: Tensor, kind: str, clip: bool) -> None:
        """b, E[x_tilde] and n at every level."""
        low, high = (float(end) for end in y.aminmax()) if y.numel() else (0.0, 0.0)
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

    def _decompose(self, centred: Tensor, middle: int) -> None:
        # Black samples have no noise by masking, and still must not divide by it.
        self.scale = (self.noise[middle].sqrt() / self.gain[middle]).clamp_min(1e-12)
        rows = centred[:, self.kept] / self.scale
        power, directions = torch.linalg.eigh((rows.t() @ rows).double() / len(rows))
        # Of strong noise that at level 1/2 counts: low levels must not lose what they can tell.
        strong = power > FAINT / max(1.0, self.highest) ** 2
        self.power = power[strong].float()
        self.basis = directions[:, strong].t().float().contiguous()
        erased = centred[:, ~self.kept]
        lean = self.power + LEAN * self.power.sum() / max(1, rows.shape[1])
        self.reach = (rows @ self.basis.t() / lean).t() @ erased / len(rows)

    def at(self, level: float) -> tuple[float, Tensor, Tensor]:
        """b, E[x_tilde] (D) and n (D) at one level, from 0 to `highest`."""
        check_level("level", level, self.highest)
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
        """Repaired samples: (B, *sample_shape) -> the same shape, float32; not clipped."""
        check_shape(x_tilde, self.sample_shape)
        x_tilde = x_tilde.float()
        whole = bool(self.kept.all())
        if level == 0 and whole:
            return x_tilde
        gain, centre, noise = self.at(level)
        if gain < LOST or not len(self.power):
            return self.mean.expand(len(x_tilde), -1).reshape(x_tilde.shape)
        weight = noise / (gain * self.scale) ** 2  # of the noise, in units of `scale`
        signal = (x_tilde.flatten(1)[:, self.kept] - centre) / (gain * self.scale)
        if float(weight.mean()) >= NEGLIGIBLE * float(self.power[-1]):
            signal = self._signal(signal, weight)
        elif whole:
            return x_tilde
        found = self.mean.repeat(len(signal), 1)
        found[:, self.kept] += self.scale * signal
        found[:, ~self.kept] += signal @ self.basis.t() @ self.reach
        return found.reshape(x_tilde.shape)

    def _signal(self, left: Tensor, weight: Tensor) -> Tensor:
        """M (M + diag(weight))⁻¹ left, with M = Uᵀ Λ U, by conjugate gradients."""
        base, enough = float(weight.mean()), CLOSE * left.norm(dim=1)
        signal, squared = torch.zeros_like(left), torch.ones(len(left), 1)
        step = shown = torch.zeros_like(left)
        for _ in range(STEPS):  # (M + diag(weight)) w = left; signal is M w
            z, seen = self._precondition(left, base)
            before, squared = squared, (left * z).sum(1, keepdim=True)
            turn = squared / before.clamp_min(1e-30)
            step, shown = z + turn * step, seen + turn * shown
            image = shown + weight * step
            length = squared / (step * image).sum(1, keepdim=True).clamp_min(1e-30)
            signal, left = signal + length * shown, left - length * image
            if bool((left.norm(dim=1) <= enough).all()):
                break
        return signal

    def _precondition(self, left: Tensor, base: float) -> tuple[Tensor, Tensor]:
        """z = (M + base)⁻¹ left, and M z."""
        seen = (left @ self.basis.t() * (self.power / (self.power + base))) @ self.basis
        return (left - seen) / base, seen


def _seen(kept: Tensor | None, sample_shape: tuple[int, ...]) -> Tensor:
    """Which of the D values are seen."""
    if kept is None:
        return torch.ones(math.prod(sample_shape), dtype=torch.bool)
    if kept.dtype != torch.bool or tuple(kept.shape) != sample_shape:
        raise InvalidInput(
            f"kept must be boolean and of the samples' shape {sample_shape}, "
            f"got {kept.dtype} {tuple(kept.shape)}"
        )
    return kept.flatten()


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
