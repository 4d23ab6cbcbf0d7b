"""history: a run's epochs as a table, a CSV file or TensorBoard's event files."""

import argparse
from pathlib import Path
from typing import Any

from ae_core.cli.output import cells, complain, show, table_of, writable, write_json
from ae_core.runs.export import rows, write_csv, write_events
from ae_core.runs.folder import RunFolder, find_run

SHOWN = ("epoch", "train_reconstruction", "train_weighted_penalty", "train_total",
         "valid_reconstruction", "valid_weighted_penalty", "valid_total")  # fmt: skip


def register(commands: Any) -> None:
    parser = commands.add_parser(
        "history", help="the epochs of a run, also for TensorBoard",
        description="What a run's epochs were like; see list --runs for its name.",
    )  # fmt: skip
    parser.add_argument("name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--csv", metavar="FILE", help="write every number here")
    parser.add_argument("--tensorboard", metavar="DIR", help="write an event file below this folder"
                        " (needs the package tensorboard)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="every number as JSON on stdout")
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    found = named_run(args.name)
    if args.csv:
        write_csv(found, writable(args.csv))
        complain(f"wrote {args.csv}")
    if args.tensorboard:
        write_events(found, Path(args.tensorboard).expanduser())
        complain(f"wrote an event file below {args.tensorboard}/{found.id}")
    if args.json:
        write_json({"run": found.id, "epochs": rows(found)})
    elif not (args.csv or args.tensorboard):
        table = table_of([name.replace("_", " ") for name in SHOWN], 0)
        for row in rows(found):
            table.add_row(*cells(*(row[name] for name in SHOWN)))
        show(f"run {found.id}: {found.status().state}", table)
    return 0


def named_run(name: str) -> RunFolder:
    """A run by its id, or by its folder."""
    path = Path(name).expanduser()
    if (path / "recipe.json").is_file():
        return RunFolder(path.resolve())
    return find_run(name)
