"""J = reconstruction + weight · penalty, as a value."""

from dataclasses import dataclass

from torch import Tensor

Weights = float | Tensor  # one weight, or a tensor (G,): one for each of G equal parts of a batch


def batch_mean(values: Tensor, weight: Weights) -> Tensor:
    """Mean over the batch, (B,) -> (); over each of its G equal parts, -> (G,), for G weights."""
    return values.view(len(weight), -1).mean(1) if isinstance(weight, Tensor) else values.mean()


@dataclass(frozen=True)
class Objective:
    """J = reconstruction + weight · penalty; terms are per image, mean over the batch.

    Asked for with G weights, all three are (G,): one for each of G equal parts of the batch.
    """

    reconstruction: Tensor  # ()
    penalty: Tensor  # ()
    weight: Weights

    @property
    def total(self) -> Tensor:
        """What is minimised: ()."""
        return self.reconstruction + self.weight * self.penalty

    def detach(self) -> "Objective":
        """The same numbers without their graph."""
        return Objective(self.reconstruction.detach(), self.penalty.detach(), self.weight)
