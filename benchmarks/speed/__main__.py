"""Our training step against the machine's matrix products, and against other people's trainers.

    python -m benchmarks.speed [ROW ...] [--rounds 5] [--steps 40] [--warm 120]

A ROW is any part of a row's name. All contenders train the 784-512-256-d mirror (SiLU, batch 128,
Adam; sigmoid output and squared error, or logits and cross-entropy with KL) on the same pixels.
Each first trains for `--warm` steps, for compilers and allocators; more would not change plain
PyTorch's pace: 19.5, 20.5 and 21.4 ms a step after 600, 2,000 and 4,300 steps on all of MNIST
(load 3 rising to 9), and not one denormal number in its gradients and moments at any of them.
Then both sides of a row alternate; the ratio is the median of the rounds' ratios, in processor
time with one thread, in wall time with two. `floor` is our side over the network's matrix products
alone, by the faster of PyTorch's two libraries, measured once per network; convolutions have none.
Peers that are not installed (benchmarks/requirements.txt) are skipped by name.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch reads its number of threads when it is imported
    from benchmarks.speed.contender import Contender
    from benchmarks.speed.rows import Row

ONE = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
HEAD = ("batch 128", "ratio", "range", "at most", "met", "ms", "floor")
WIDTHS = (51, 8, 13, 8, 4, 8, 6)


def line(*cells: str) -> None:
    print(" ".join(c.ljust(w) for c, w in zip(cells, WIDTHS, strict=True)).rstrip(), flush=True)


class Table:
    """Measures row after row; what neighbouring rows share is made and warmed once."""

    def __init__(self, threads: int, rounds: int, steps: int, warm: int) -> None:
        from benchmarks.speed.contender import BATCH, CLOCKS, pixels

        self.x, self.clock = pixels(steps * BATCH), CLOCKS[threads]
        self.rounds, self.steps, self.epochs = rounds, steps, max(1, warm // steps)
        self.shared: tuple[str, Contender, str] | None = None  # name, our side, its floor

    def measure(self, row: "Row") -> None:
        """Print one row."""
        try:
            below = row.below and self._warm(row.below(self.x))
        except ImportError as error:
            line(row.name, f"skipped: {error.name} is not installed", *[""] * 5)
            return
        own, floor = self._ours(row)
        times = row.times or self.steps
        spent = [
            (own.seconds(1, self.clock), below.seconds(1, self.clock) if below else times / 1e3)
            for _ in range(self.rounds)
        ]
        ratios, ms = [a / b for a, b in spent], 1e3 * statistics.median(a for a, _ in spent) / times
        ratio, unit = statistics.median(ratios), "" if below else " ms"
        met = "-" if row.limit is None else "yes" if ratio <= row.limit else "NO"
        limit = "-" if row.limit is None else f"{row.limit:.2f}{unit}"
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        line(row.name, f"{ratio:.2f}{unit}", spread, limit, met, f"{ms:.2f}", floor)

    def _ours(self, row: "Row") -> "tuple[Contender, str]":
        name = row.name.split(" / ")[0]
        if self.shared is None or self.shared[0] != name:
            own, floor = self._warm(row.above(self.x)), "-"
            if row.floor:
                alone = self._warm(row.floor(self.x))
                pairs = [
                    [t.seconds(1, self.clock) for t in (own, alone)] for _ in range(self.rounds)
                ]
                floor = f"{statistics.median(a / b for a, b in pairs):.2f}"
            self.shared = name, own, floor
        return self.shared[1:]

    def _warm(self, contender: "Contender") -> "Contender":
        contender.run(self.epochs)
        return contender


def measure(names: list[str], threads: int, rounds: int, steps: int, warm: int) -> None:
    """Print the rows whose names hold one of `names`."""
    import torch

    from benchmarks.speed.rows import rows_with

    torch.set_num_threads(threads)
    table = Table(threads, rounds, steps, warm)
    for row in rows_with(threads):
        if not names or any(name in row.name for name in names):
            table.measure(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="part of a row's name; default all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--warm", type=int, default=120)
    parser.add_argument("--threads", type=int, choices=(1, 2), help="only the rows with so many")
    parser.add_argument("--under", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.under:
        measure(args.rows, args.threads, args.rounds, args.steps, args.warm)
        return
    start = time.perf_counter()
    for threads in (args.threads,) if args.threads else (1, 2):
        load = " ".join(f"{each:.1f}" for each in os.getloadavg()[:1])
        print(f"{threads} thread{'s' * (threads > 1)}, load {load} before the start")
        line(*HEAD)
        # A library reads its number of threads when it is imported: a process for each.
        flags = {"OMP_NUM_THREADS": str(threads), "XLA_FLAGS": ONE if threads == 1 else ""}
        command = [sys.executable, "-m", "benchmarks.speed", "--under", "--threads", str(threads)]
        settings = [f"--{k}={getattr(args, k)}" for k in ("rounds", "steps", "warm")]
        subprocess.run([*command, *settings, *args.rows], env={**os.environ, **flags}, check=True)
    print(f"{(time.perf_counter() - start) / 60:.0f} minutes, load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
