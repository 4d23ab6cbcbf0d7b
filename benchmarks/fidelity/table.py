"""The table, from stored records: a line per figure, then how to get each row again."""

import statistics
from collections.abc import Sequence

from benchmarks.fidelity.results import Record
from benchmarks.fidelity.row import Figure, Row

HEAD = (
    "row", "figure", "published", "at least", "aim", "ours", "low to high", "seeds", "train s", "",
)  # fmt: skip


def line(row: Row, figure: Figure, records: Sequence[Record]) -> tuple[str, ...]:
    """One figure of one row: median over the seeds, the spread, and whether it is good enough."""
    values = sorted(r.figures[figure.name] for r in records)
    seconds = statistics.median(r.seconds for r in records)
    median = statistics.median(values)

    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.{figure.digits}f}"

    low, high = figure.inside or (None, None)
    asked = f"{shown(low)} to {shown(high)}" if figure.inside else shown(figure.at_least)
    met, aim = figure.met(median), figure.aim_met(median)
    verdict = "" if met is None else "MISS" if not met else "met, aim too" if aim else "met"
    return (
        row.name, figure.name, figure.published, asked, shown(figure.aim), shown(median),
        f"{shown(values[0])} to {shown(values[-1])}", str(len(values)), f"{seconds:.0f}", verdict,
    )  # fmt: skip


def lines(measured: Sequence[tuple[Row, Sequence[Record]]]) -> list[str]:
    """The whole table as text."""
    body = [line(row, f, records) for row, records in measured for f in row.figures]
    widths = [max(len(r[i]) for r in (HEAD, *body)) for i in range(len(HEAD))]
    return [
        "  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)).rstrip()
        for r in (HEAD, *body)
    ]


def markdown(measured: Sequence[tuple[Row, Sequence[Record]]]) -> list[str]:
    """The same for a document."""
    body = [line(row, f, records) for row, records in measured for f in row.figures]
    rows = (HEAD, ("---",) * len(HEAD), *body)
    return ["| " + " | ".join(cells) + " |" for cells in rows]


def notes(measured: Sequence[tuple[Row, Sequence[Record]]], quick: bool) -> list[str]:
    """Protocol, command and, where it is told, what was tried."""
    found = []
    for row, records in measured:
        seeds = max((r.seed for r in records), default=0) + 1
        mode = "--quick" if quick else f"--seeds {seeds}"
        found += [
            f"{row.name}: {row.protocol}",
            f"    python -m benchmarks.fidelity {row.name} {mode}",
            *(f"    python -m ae_core train --preset {p}" for p in row.presets),
        ]
        if row.tried:
            found.append(f"    tried: {row.tried}")
    return found
