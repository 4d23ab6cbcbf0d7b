"""What the commands write: tables and JSON on stdout, bars and notes on stderr."""

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from ae_core.errors import AECoreError, InvalidInput

PIPE_WIDTH = 140  # columns where no terminal says how many it has


def one_line(text: object) -> str:
    """A text as one printable line: no line breaks, control characters or lone surrogates."""
    flat = " ".join(str(text).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in flat)


def complain(text: object) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{one_line(text)}\n")


def write_json(value: Mapping[str, Any]) -> None:
    """One JSON object on stdout; what is not a finite number becomes null."""
    sys.stdout.write(as_json(value))


def as_json(value: Any) -> str:
    return json.dumps(_plain(value), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return one_line(value) if isinstance(value, (str, Path)) else value


def show(title: str, table: Table) -> None:
    """A table under its title on stdout."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH)
    # As rich's own title it would be broken to the table's width.
    console.print(Text(one_line(title), style="bold"))
    console.print(table)


def table_of(columns: list[str], numeric: int = 1) -> Table:
    """An empty table; columns from `numeric` on are right-aligned."""
    table = Table()
    for i, name in enumerate(columns):
        justify: Any = "right" if i >= numeric else "left"
        table.add_column(Text(name), justify=justify, overflow="fold")
    return table


def cells(*values: object) -> list[Text]:
    """A row, with nothing read as markup."""
    return [Text(_cell(v)) for v in values]


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"
    return one_line(value)


@contextmanager
def bar(what: str, total: int, unit: str) -> Iterator[Callable[[int, str], None]]:
    """A progress bar on stderr, only where someone can watch it; call with (done, note)."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} " + unit),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # The last drawing is wiped: what stays on the screen is the table, or one line of error.
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(one_line(what), total=total, note="")
        yield lambda done, note: progress.update(task, completed=done, note=note, refresh=True)


@contextmanager
def download_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """One bar per file on stderr, where someone can watch; call with (file, bytes, of bytes)."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(),
        TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def step(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(one_line(file), total=total)
            progress.update(tasks[file], completed=done, total=total)

        yield step


def writable(path: str | Path) -> Path:
    """The path, after making sure that a file can be written there: before hours of work."""
    target = Path(path).expanduser()
    shown = one_line(target)
    try:
        if target.is_dir() or str(path).endswith("/"):
            raise InvalidInput(f"{shown}: is a folder; name a file to write")
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            raise InvalidInput(f"{shown}: exists and is not a plain file; choose another name")
        with TemporaryFile(dir=target.parent, prefix=f".{target.name}."):
            pass
    except OSError as error:
        if isinstance(error, AECoreError):
            raise
        raise InvalidInput(f"{shown}: cannot be written: {error.strerror or error}") from error
    return target
