"""All rows, in the table's order."""

from benchmarks.fidelity import (
    codes,
    contraction,
    denoising,
    features,
    linear,
    undercomplete,
    variational,
)
from benchmarks.fidelity.row import Row

GROUPS: tuple[tuple[Row, ...], ...] = (
    undercomplete.ROWS,
    linear.ROWS,
    variational.ROWS,
    contraction.ROWS,
    denoising.ROWS,
    features.ROWS,
    codes.ROWS,
)

ROWS: dict[str, Row] = {row.name: row for group in GROUPS for row in group}
