"""history and list --runs: a run's epochs for people and programs, and all runs there are."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ae_core.cli.following import named_run
from ae_core.cli.output import cells, complain, one_line, show, table_of, writable, write_json
from ae_core.errors import AECoreError
from ae_core.folders import runs_folder
from ae_core.runs.export import rows, write_csv, write_events
from ae_core.runs.folder import RunFolder, list_runs
from ae_core.variants import variant_class

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
        changed = _changes(found)
        more = ["changed"] if changed else []
        table = table_of([name.replace("_", " ") for name in SHOWN] + more, 0)
        for row in rows(found):
            words = [changed.get(row["epoch"], "") for _ in more]
            table.add_row(*cells(*(row[name] for name in SHOWN), *words))
        show(f"run {found.id}: {found.status().state}", table)
    return 0


def show_runs(root: Path | None, as_json: bool) -> int:
    """Every run of this machine, or below a folder: where it stands, and its latest figures."""
    found = [_run_row(each) for each in list_runs(root)]
    if as_json:
        write_json({"folder": root or runs_folder(), "runs": found})
        return 0
    if not found:
        complain(f"no runs in {root or runs_folder()}; start one with python -m ae_core train")
        return 0
    names = ["run", "variant", "weight", "data", "state", "epoch", "valid total",
             "squared error (test)"]  # fmt: skip
    table = table_of(names, 5)
    for row in found:
        if "error" in row:
            table.add_row(*cells(row["run"], f"cannot be read: {row['error']}", *[""] * 6))
            continue
        state = row["state"] + (f" ({row['position']}.)" if row["position"] else "")
        table.add_row(*cells(
            row["run"], row["variant"], _weight(row), row["data"], state,
            f"{row['epoch']}/{row['epochs']}", row["valid"].get("total"),
            row["test"].get("squared_error_per_image"),
        ))  # fmt: skip
    show("runs", table)
    for row in found:
        if row.get("reason"):
            complain(f"{row['run']} {row['state']}: {row['reason']}")
    return 0


def _weight(row: dict[str, Any]) -> str | None:
    """The knob of a run, a range as its ends, then what it was changed to; None for none."""
    config = variant_class(row["variant"]).Config.from_mapping(row["config"])
    name = config.weight_field
    if name is None:
        return None
    ends = config.weight if isinstance(config.weight, tuple) else (config.weight,)
    later = [c["value"] for c in row["changes"] if c["field"] == name]
    began = " to ".join(f"{end:g}" for end in ends)
    return f"{name.rstrip('_')} " + " → ".join([began, *(f"{value:g}" for value in later)])


def _changes(run: RunFolder) -> dict[int, str]:
    """By epoch, what was changed in it."""
    steps = run.status().steps_per_epoch
    found: dict[int, list[str]] = {}
    for c in run.changes() if steps else ():
        words = f"{c['field'].rstrip('_').replace('_', ' ')} {c['value']:g}"
        found.setdefault(c["step"] // steps + 1, []).append(words)
    return {epoch: ", ".join(words) for epoch, words in found.items()}


def _run_row(each: RunFolder) -> dict[str, Any]:
    """What `list --runs` tells of one run."""
    try:
        spec, status, entries = each.spec(), each.status(), each.history()
    except AECoreError as error:
        return {"run": each.id, "error": one_line(error)}
    valid = entries[-1].record.valid if entries else None
    return {
        "run": each.id, "folder": each.path, "variant": spec.variant, "data": spec.data,
        "group": spec.group, "varied": spec.varied, "state": status.state, "reason": status.reason,
        "position": status.position, "epoch": status.epoch, "epochs": spec.fit.epochs,
        "step": status.step, "valid": {**asdict(valid), "total": valid.total} if valid else {},
        "test": status.figures, "config": spec.config, "recipe": spec.recipe,
        "changes": [c for c in each.changes() if c["step"] <= status.step],
    }  # fmt: skip
