"""Adam (Kingma & Ba 2015, algorithm 1): torch's fused arithmetic without its bookkeeping."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam

SETTINGS: dict[str, Any] = {
    "beta1": 0.9, "eps": 1e-8, "weight_decay": 0.0, "amsgrad": False, "maximize": False,
}  # fmt: skip


class Adam:
    """The moments of named parameters; `descend` takes one step.

    The numbers are torch.optim.Adam's, which spends several times longer than the arithmetic of a
    small network on its bookkeeping (docs/speed.md).
    """

    def __init__(self, parameters: Mapping[str, Tensor], beta2: float = 0.999) -> None:
        self.settings = SETTINGS | {"beta2": beta2}
        self.names, self.values = list(parameters), list(parameters.values())
        self.first = [torch.zeros_like(p) for p in self.values]
        self.second = [torch.zeros_like(p) for p in self.values]
        self.silent = [True] * len(self.values)  # no gradient so far: Adam's step would be 0
        device = self.values[0].device
        self.fused = device.type in ("cpu", "cuda")
        self.steps = torch.zeros((), device=device if self.fused else "cpu")
        self.rate = 0.0  # of the latest step

    def descend(self, goal: Tensor, rate: float, steepness: Tensor | None = None) -> None:
        """One step down the gradient of a scalar, or of several goals, each times its steepness."""
        if steepness is not None:  # given to `grad`, it would cost two seconds of imports, once
            goal = (goal * steepness).sum()
        found = torch.autograd.grad(goal, self.values, allow_unused=True)
        self.rate = rate
        self.silent = [was and g is None for was, g in zip(self.silent, found, strict=True)]
        heard = [i for i, silent in enumerate(self.silent) if not silent]
        p, m, v = ([t[i] for i in heard] for t in (self.values, self.first, self.second))
        own = [_laid_out(found[i], self.values[i]) for i in heard]
        with torch.no_grad():
            if self.fused:
                self.steps += 1
                torch._fused_adam_(
                    p, own, m, v, [], [self.steps] * len(p), lr=rate, **self.settings
                )
            else:
                adam(p, own, m, v, [], [self.steps.clone() for _ in p], lr=rate, **self.settings)
                self.steps += 1

    def moments(self) -> dict[str, Tensor]:
        """Copies of everything, by "kind:parameter", named as torch.optim.Adam names them."""
        found: dict[str, Tensor] = {}
        for name, first, second in zip(self.names, self.first, self.second, strict=True):
            kinds = {"step": self.steps, "exp_avg": first, "exp_avg_sq": second}
            found |= {f"{kind}:{name}": t.clone() for kind, t in kinds.items()}
        return found

    def load(self, moments: Mapping[str, Tensor]) -> None:
        """Take up where `moments()` was written."""
        for name, first, second in zip(self.names, self.first, self.second, strict=True):
            if f"step:{name}" in moments:
                self.steps.copy_(moments[f"step:{name}"])
                first.copy_(moments[f"exp_avg:{name}"])
                second.copy_(moments[f"exp_avg_sq:{name}"])
        moved = zip(self.first, self.second, strict=True)
        self.silent = [not bool(m.any() or v.any()) for m, v in moved]


def _laid_out(gradient: Tensor | None, like: Tensor) -> Tensor:
    """A parameter's gradient as the parameter lies in memory; zeros for None.

    The fused kernel walks through memory. A gradient lies row by row only until somebody transposes
    it or asks for channels_last.
    """
    if gradient is None:
        return torch.zeros_like(like)
    same = gradient.stride() == like.stride()
    return gradient if same else torch.empty_like(like).copy_(gradient)
