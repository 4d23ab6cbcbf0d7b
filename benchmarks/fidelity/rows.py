"""All rows, in the table's order."""

from benchmarks.fidelity import codes, denoising, linear, undercomplete
from benchmarks.fidelity.row import Row

GROUPS: tuple[tuple[Row, ...], ...] = (
    undercomplete.ROWS,
    linear.ROWS,
    denoising.ROWS,
    codes.ROWS,
)

ROWS: dict[str, Row] = {row.name: row for group in GROUPS for row in group}
