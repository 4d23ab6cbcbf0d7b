"""A network's slider: which weights it serves, where they lie, which of them training draws."""

import math
from typing import ClassVar, TypeVar

import torch
from torch import Tensor

from ae_core.config import Config, Hyper, check_value
from ae_core.errors import InvalidConfig
from ae_core.gate import Place
from ae_core.objective import Weights
from ae_core.spread import after_opening, evenly, mostly_high

W = TypeVar("W", float, Tensor)
ROUNDING = 1e-6  # of a weight: what float32 may add to it


class Slider:
    """What a model does with the weight, or the range of weights, of its config."""

    name: ClassVar[str]
    config: Config
    ramped: bool  # matrices that move with the weight, not gates
    low_rank: bool  # those of some layers by matrices of low rank
    _latest: tuple[Tensor, tuple[float, ...], Place] | None = None

    @property
    def conditioned(self) -> bool:
        """Whether one network serves a whole range of weights."""
        return isinstance(self.config.weight, tuple)

    def draw_weight(
        self, generator: torch.Generator | None, weight: Weights | None = None
    ) -> Weights:
        """The weight of one batch: fixed, asked for, or drawn uniformly over the slider."""
        own = self.config.weight
        if isinstance(weight, Tensor) and weight.dim():
            return weight
        if weight is not None or not isinstance(own, tuple):
            return self._known(weight)
        device = generator.device if generator is not None else "cpu"
        return self._on_slider(float(torch.rand((), generator=generator, device=device)))

    def draw_weights(self, steps: int, parts: int, generator: torch.Generator) -> Tensor:
        """The weights of each step's G parts, the i-th from u in [i, i + 1) / G: (steps, G)."""
        u = torch.rand(steps, parts, generator=generator, device=generator.device)
        part = torch.arange(parts, device=generator.device)
        return self._on_slider(self.spread((part + u) / parts))

    def spread(self, u: Tensor) -> Tensor:
        """Where on the slider, 0 to 1, training draws, for u even in [0, 1)."""
        if not self.ramped:
            return evenly(u)
        return mostly_high(u) if self.low_rank else after_opening(u)

    @property
    def low_end(self) -> float:
        """The lowest weight that the network serves."""
        own = self.config.weight
        return own[0] if isinstance(own, tuple) else own

    def position(self, weight: Weights | None) -> Place | None:
        """Where a weight lies on the slider, −1 to 1, for the gates; None if not conditioned."""
        own = self.config.weight
        if not isinstance(own, tuple):
            self._known(weight)
            return None
        if not isinstance(weight, Tensor) or not weight.dim():
            return self._place(own, self._known(weight))
        # A step asks twice, for encoder and decoder, and a small network's step is its calls.
        known = self._latest
        if known is None or known[0] is not weight or known[1] != (weight._version, *own):
            place = self._place(own, self._served(weight))
            known = self._latest = weight, (weight._version, *own), place
        return known[2]

    def _place(self, own: tuple[float, float], value: Weights) -> Place:
        low, high = own
        if self.config.log_scale:
            low, high = math.log(low), math.log(high)
            value = value.log() if isinstance(value, Tensor) else math.log(value)
        return 2 * (value - low) / (high - low) - 1

    def _known(self, weight: Weights | None) -> float:
        """This weight if the network serves it, else InvalidConfig; None means the default."""
        own, name = self.config.weight, self.config.weight_field
        if weight is not None:
            weight = float(check_value(name or "weight", Hyper("float", "", ""), weight))
        if not isinstance(own, tuple):
            if name is None and weight:
                raise InvalidConfig(
                    f"the {self.name} network has no weight to move, got {weight:g}"
                )
            if weight is not None and weight != own:
                raise InvalidConfig(
                    f"this {self.name} network serves only {name} = {own:g}, got {weight:g}; "
                    f"build it with a range such as {name}=(0.1, 10.0) to move the weight"
                )
            return own
        if weight is None:
            return self.config.middle_weight
        if not own[0] * (1 - 1e-9) <= weight <= own[1] * (1 + 1e-9):
            raise InvalidConfig(
                f"{name} must lie in [{own[0]:g}, {own[1]:g}] for this network, got {weight:g}"
            )
        return min(max(weight, own[0]), own[1])

    def _served(self, weights: Tensor) -> Tensor:
        """These weights, one for each part of a batch, if the network serves all of them."""
        own, name = self.config.weight, self.config.weight_field
        assert isinstance(own, tuple)
        (low, high), (least, most) = own, (float(end) for end in weights.detach().aminmax())
        if not (low * (1 - ROUNDING) <= least and most <= high * (1 + ROUNDING)):
            raise InvalidConfig(
                f"{name} must lie in [{low:g}, {high:g}] for this network, "
                f"got {least:g} to {most:g}"
            )
        return weights

    def _on_slider(self, u: W) -> W:
        own = self.config.weight
        assert isinstance(own, tuple)
        low, high = own
        return low * (high / low) ** u if self.config.log_scale else low + (high - low) * u
