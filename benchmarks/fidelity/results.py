"""Results as they come, in one JSON file: a record per row, seed and mode."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ae_core.safefile import write_atomically
from benchmarks.fidelity.row import Row


@dataclass(frozen=True)
class Record:
    """What one measurement of a row gave."""

    row: str
    seed: int
    quick: bool
    recipe: str  # of the row when it was measured; another one makes the record stale
    figures: dict[str, float]
    seconds: float  # of training: processor time; wall time of several threads or a GPU
    device: str


class Results:
    """The records of a file; without a file they are only held."""

    def __init__(self, file: Path | None = None) -> None:
        self.file, self.records = file, list[Record]()
        if file is not None and file.is_file():
            stored = json.loads(file.read_text(encoding="utf-8"))["records"]
            self.records = [Record(**record) for record in stored]

    def add(self, record: Record) -> None:
        """Take a record in, in the place of an older one, and write the file."""
        same = (record.row, record.seed, record.quick)
        self.records = [r for r in self.records if (r.row, r.seed, r.quick) != same]
        self.records.append(record)
        if self.file is not None:
            text = json.dumps({"records": [asdict(r) for r in self.records]}, indent=1)
            write_atomically(self.file, text.encode())

    def of(self, row: Row, seeds: Iterable[int], quick: bool) -> list[Record]:
        """The records of a row as its recipe stands now."""
        wanted = set(seeds)
        return [
            r
            for r in self.records
            if (r.row, r.quick, r.recipe) == (row.name, quick, row.recipe()) and r.seed in wanted
        ]
