"""Our training step against the same step written by hand, and the contractive step against none.

    python -m benchmarks.speed [--rounds 9] [--steps 60]

Every round times both sides, one after the other, over the same number of steps in one thread;
the table gives the median of the per-round ratios with their range. Pixels are MNIST's where the
files are found, else random values with MNIST's share of zeros.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ae_core import DataSet, DataUnavailable, build, fit, load_dataset

BATCH = 128
SHAPE = (1, 28, 28)


def images(n: int) -> Tensor:
    """n training images: (n, 1, 28, 28)."""
    try:
        return load_dataset("mnist").train[:n].clone()
    except DataUnavailable:
        generator = torch.Generator().manual_seed(0)
        x = torch.rand(n, *SHAPE, generator=generator)
        return x * (torch.rand(x.shape, generator=generator) < 0.19)


def by_hand(x: Tensor) -> Callable[[], float]:
    """The step that a tutorial reader writes: nn.Sequential, Adam, tensors sliced beforehand."""
    torch.manual_seed(0)
    sizes = (784, 512, 256, 32)
    layers: list[nn.Module] = []
    for widths in (sizes, sizes[::-1]):
        for a, b in itertools.pairwise(widths):
            layers += [nn.Linear(a, b), nn.SiLU()]
        layers.pop()
    model = nn.Sequential(*layers)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = list(x.flatten(1).split(BATCH))

    def run() -> float:
        start = time.perf_counter()
        for batch in batches:
            optimiser.zero_grad()
            loss = F.mse_loss(model(batch), batch, reduction="sum") / len(batch)
            loss.backward()
            optimiser.step()
        return time.perf_counter() - start

    return run


def ours(x: Tensor, variant: str = "undercomplete", **config: Any) -> Callable[[], float]:
    """`fit` itself, one epoch a call, everything it does included but the look at valid."""
    config = {"latent_dim": 32, "hidden_sizes": (512, 256), **config}
    model = build(variant, SHAPE, **config)
    records = fit(
        model, DataSet("bench", "image", x, x[:1], x[:1]), epochs=10**6, batch_size=BATCH,
        learning_rate=1e-3, device="cpu",
    )  # fmt: skip
    return lambda: next(records).seconds


def pair(name: str, limit: float, a: Any, b: Any, rounds: int) -> list[str]:
    """One row: the ratio a / b over alternating rounds."""
    a(), b()
    times = [(a(), b()) for _ in range(rounds)]
    ratios = [x / y for x, y in times]
    median = statistics.median(ratios)
    return [
        name,
        f"{median:.2f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        f"{limit:.2f}",
        "yes" if median <= limit else "NO",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    x = images(arguments.steps * BATCH)
    contractive: list[tuple[str, tuple[int, ...], int, str]] = [
        ("one sigmoid layer of 64", (), 64, "sigmoid"),
        ("784-64-2", (64,), 2, "linear"),
        ("784-256-32", (256,), 32, "linear"),
        ("784-256-64-2", (256, 64), 2, "linear"),
        ("784-512-256-2", (512, 256), 2, "linear"),
    ]
    rows = []
    torch.set_num_threads(1)
    rows.append(pair("fit / by hand, 784-512-256-32", 1.15, ours(x), by_hand(x), arguments.rounds))
    for name, sizes, d, code in contractive:
        config = {"hidden_sizes": sizes, "latent_dim": d, "code_activation": code}
        with_penalty, without = ours(x, "contractive", **config), ours(x, **config)
        rows.append(
            pair(f"contractive / without, {name}", 3.0, with_penalty, without, arguments.rounds)
        )
    head = ["training step, batch 128, one thread", "median ratio", "range", "at most", "met"]
    widths = [max(len(r[i]) for r in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)))


if __name__ == "__main__":
    main()
