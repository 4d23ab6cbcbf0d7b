"""Our training step against the machine's matrix products, and against other people's trainers.

    python -m benchmarks.speed [ROW ...] [--rounds 5] [--steps 60] [--warm 600]

A ROW is any part of a row's name. All contenders train the 784-512-256-d mirror (SiLU, batch 128,
Adam; sigmoid output and squared error, or logits and cross-entropy with KL) on the same pixels.
Each is first trained for `--warm` steps: compilers compile, and denormal numbers, which slow some
libraries down, can only appear as training goes on. Then both sides of a row alternate; the ratio
is the median of the rounds' ratios, in processor time with one thread, in wall time with two.
`floor` is our side over the matrix products alone; penalties, conditioning and two threads have
none yet. Peers that are not installed (benchmarks/requirements.txt) are skipped by name.
"""

import argparse
import os
import statistics
import subprocess
import sys

ONE = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
HEAD = ("step, batch 128", "ratio", "range", "at most", "met", "ms", "floor")
WIDTHS = (46, 6, 13, 8, 4, 7, 6)


def line(*cells: str) -> None:
    print(" ".join(c.ljust(w) for c, w in zip(cells, WIDTHS, strict=True)).rstrip(), flush=True)


def measure(names: list[str], threads: int, rounds: int, steps: int, warm: int) -> None:
    """Print the rows whose names hold one of `names`."""
    import torch

    from benchmarks.speed import rows as table
    from benchmarks.speed.contender import BATCH, CLOCKS, Contender, pixels, products

    torch.set_num_threads(threads)
    x, clock = pixels(steps * BATCH), CLOCKS[threads]
    made: dict[str, Contender] = {}

    def ready(key: str, make: table.Make) -> Contender:
        if key not in made:
            made.clear() if len(made) > 3 else None
            made[key] = make(x)
            made[key].run(max(1, warm // steps))
        return made[key]

    rows = table.two_thread_rows() if threads > 1 else table.peer_rows() + table.own_rows()
    for row in rows:
        if names and not any(name in row.name for name in names):
            continue
        try:
            above, below = ready(row.name.split(" / ")[0], row.above), ready(row.name, row.below)
        except ImportError as error:
            line(row.name, f"skipped: {error.name} is not installed", *[""] * 5)
            continue
        spent = [(above.seconds(1, clock), below.seconds(1, clock)) for _ in range(rounds)]
        floor = "-"
        if row.floor:
            alone = products(*row.floor, steps)
            pairs = [(above.seconds(1, clock), alone.seconds(1, clock)) for _ in range(rounds)]
            floor = f"{statistics.median(a / b for a, b in pairs):.2f}"
        ratios = [a / b for a, b in spent]
        ratio = statistics.median(ratios)
        met = "-" if row.limit is None else "yes" if ratio <= row.limit else "NO"
        limit = "-" if row.limit is None else f"{row.limit:.2f}"
        own = 1e3 * statistics.median(a for a, _ in spent) / steps
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        line(row.name, f"{ratio:.2f}", spread, limit, met, f"{own:.2f}", floor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="part of a row's name; default all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warm", type=int, default=600)
    parser.add_argument("--threads", type=int, choices=(1, 2), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.threads:
        measure(args.rows, args.threads, args.rounds, args.steps, args.warm)
        return
    line(*HEAD)
    for threads in (1, 2):  # a library reads its number of threads when it is imported
        flags = {"OMP_NUM_THREADS": str(threads), "XLA_FLAGS": ONE if threads == 1 else ""}
        command = [sys.executable, "-m", "benchmarks.speed", "--threads", str(threads)]
        settings = [f"--{k}={getattr(args, k)}" for k in ("rounds", "steps", "warm")]
        subprocess.run([*command, *settings, *args.rows], env={**os.environ, **flags}, check=True)


if __name__ == "__main__":
    main()
