"""Which weights a conditioned network trains at: from u, even in [0, 1), to places on the slider.

A place is 0 at the slider's low end and 1 at its high end. What was tried: docs/one-network.md.
"""

from torch import Tensor

OVERHANG = 1.4  # how much longer than the slider the interval is from which `evenly` draws
LEAN = 4


def evenly(u: Tensor) -> Tensor:
    """Over the slider and beyond; a draw beyond an end counts as that end.

    Only one side could teach an end else.
    """
    return (OVERHANG * (u - 0.5) + 0.5).clamp(0, 1)


def mostly_low(u: Tensor) -> Tensor:
    """u⁴, half of all draws in the slider's lowest sixteenth: for the weight of a penalty.

    What a penalty wants, a smaller or calmer code, the gates make from the network of a low weight;
    fine detail is learned at low weights alone. So these draws serve high weights, too.
    """
    return u**LEAN
