"""Published figures on real MNIST and ours beside them, a row per reference.

    python -m benchmarks.fidelity [ROW ...] [--seeds 3] [--quick] [--device auto] [--out FILE]
    python -m benchmarks.fidelity --from FILE                 the table of stored results

Trained on 55,000 images, chosen on 5,000, and the official 10,000 scored once, at the end. Ours is
the median over the seeds; training seconds are processor time (wall time with several --threads or
on a GPU). --out writes every result as it comes and, given again, goes on where it stopped;
--models keeps the models. --quick is one seed and at most ten epochs a row, two of convolutions.
On a CPU every core measures a row of its own (--jobs). How to add a row: see `row.py`.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.fidelity import table
from benchmarks.fidelity.measuring import measured
from benchmarks.fidelity.results import Results
from benchmarks.fidelity.row import Row
from benchmarks.fidelity.rows import ROWS


def measure(rows: list[Row], seeds: int, args: argparse.Namespace, results: Results) -> None:
    """Every row with the first seed, then with the second, and so on; what is stored is kept."""
    todo = [
        (row, seed)
        for seed in range(seeds)
        for row in rows
        if not results.of(row, [seed], args.quick)
    ]
    for record in measured(todo, args):
        results.add(record)
        figures = [(f, record.figures[f.name]) for f in ROWS[record.row].figures]
        told = ", ".join(f"{f.name} {value:.{f.digits}f}" for f, value in figures)
        print(f"{record.row}, seed {record.seed}: {told}; {record.seconds:.0f} s", file=sys.stderr)


def chosen(names: list[str], parser: argparse.ArgumentParser) -> list[Row]:
    """The rows of these names, all of them by default."""
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        parser.error(f"unknown row {', '.join(unknown)}; choose from {', '.join(ROWS)}")
    return [ROWS[name] for name in names or ROWS]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("rows", nargs="*", metavar="ROW", help=f"default all: {', '.join(ROWS)}")
    made.add_argument("--seeds", type=int, default=3, metavar="N", help="0 to N − 1 (default 3)")
    made.add_argument("--quick", action="store_true", help="one seed, ten epochs")
    made.add_argument("--device", default="auto", help="auto, cpu, cuda, ... (default auto)")
    made.add_argument("--threads", type=int, default=1, metavar="N", help="of torch (default 1)")
    made.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="processes at once (default: what the CPU has room for)",
    )
    made.add_argument("--data-dir", metavar="DIR", help="where MNIST lies")
    made.add_argument("--out", type=Path, metavar="FILE", help="store results here as they come")
    made.add_argument("--models", type=Path, metavar="DIR", help="keep trained models here")
    made.add_argument("--from", type=Path, dest="source", metavar="FILE", help="train nothing")
    made.add_argument("--markdown", action="store_true", help="the table for a document")
    return made


def main(argv: list[str] | None = None) -> None:
    made = parser()
    args = made.parse_args(argv)
    rows, seeds = chosen(args.rows, made), 1 if args.quick else args.seeds
    if args.source is not None and not args.source.is_file():
        made.error(f"--from needs a file that --out wrote, got {args.source}")
    results = Results(args.source or args.out)
    if args.source is None:
        measure(rows, seeds, args, results)
    found = [(row, results.of(row, range(seeds), args.quick)) for row in rows]
    found = [(row, records) for row, records in found if records]
    print("\n".join((table.markdown if args.markdown else table.lines)(found)))
    print()
    print("\n".join(table.notes(found, args.quick)))


if __name__ == "__main__":
    main()
