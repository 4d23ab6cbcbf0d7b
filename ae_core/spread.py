"""Which weights a conditioned network trains at: from u, even in [0, 1), to places on the slider.

A place is 0 at the slider's low end and 1 at its high end. What was tried: docs/one-network.md.
"""

from torch import Tensor


def evenly(u: Tensor, length: float = 1.4) -> Tensor:
    """Over an interval of this length around the slider; a draw beyond an end counts as that end.

    Only one side could teach an end else.
    """
    return (length * (u - 0.5) + 0.5).clamp(0, 1)


def after_opening(u: Tensor) -> Tensor:
    """Somewhat more in the upper half: ramps have learned the low end before."""
    return evenly(u, 1.2) ** 0.7


def mostly_high(u: Tensor, length: float = 1.35, power: float = 0.65) -> Tensor:
    """After an opening, too: still more in the upper half, and at its end.

    Matrices of low rank are slower, which the high end, where all add up, feels most.
    """
    return (length * u - 0.1).clamp(0, 1) ** power


def mostly_low(u: Tensor) -> Tensor:
    """Half of all draws in the slider's lowest sixtieth, for penalties that calm a code.

    What such a penalty wants, the gates make from the network of a low weight; fine detail is
    learned at low weights alone. So these draws serve high weights, too.
    """
    return evenly(u, 1.2) ** 6
