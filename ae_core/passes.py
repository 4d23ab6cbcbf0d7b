"""What an epoch shows: which images, and to a conditioned network at which weights."""

import math
from collections.abc import Sequence

import torch

from ae_core.base import Autoencoder
from ae_core.objective import Weights

PARTS = 4  # weights in one batch of a conditioned network
# Over the split in a conditioned network's epoch; each costs 1.2 to 2.2 plain ones. With ramps the
# first of them, at the slider's low end alone, cost no more than plain ones; a network with
# `more_steps` learns the more slowly and is the cheaper.
PASSES, RAMPED_PASSES, MORE_PASSES = 1.4, 1.6, 1.8


class Passes:
    """Images and weights of each step of a run's epochs."""

    def __init__(self, model: Autoencoder, split: int, batch: int, epochs: int) -> None:
        self.model, self.split, self.batch = model, split, batch
        self.images = split
        if model.conditioned:  # whole batches, so that all have as many parts
            passes = RAMPED_PASSES if model.ramped else PASSES
            if model.more_steps:
                passes = MORE_PASSES
            self.images = math.ceil(passes * split / batch) * batch
        self.steps = -(-self.images // batch)
        self.opening = round(model.opening * epochs * self.steps) if model.ramped else 0

    def order(self, generator: torch.Generator) -> torch.Tensor:
        """Which images an epoch sees: every one before any again, the last pass perhaps in part."""
        count = -(-self.images // self.split)
        passes = [torch.randperm(self.split, generator=generator) for _ in range(count)]
        return torch.cat(passes)[: self.images]

    def weights(self, done: int, noise: torch.Generator) -> Sequence[Weights | None]:
        """Of each step of an epoch, after so many epochs: for a conditioned network several.

        Each acts on its part of a batch; in a run's opening one, the low end, on all of it. All in
        one draw: on small networks the calls of a step cost more than its arithmetic.
        """
        if not self.model.conditioned:
            return [None] * self.steps
        drawn = self.model.draw_weights(self.steps, math.gcd(PARTS, self.batch), noise)
        left = min(max(self.opening - done * self.steps, 0), self.steps)
        return [self.model.low_end] * left + list(drawn[left:])
