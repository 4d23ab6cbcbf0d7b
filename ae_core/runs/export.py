"""A run's history for other programs: CSV, and TensorBoard's event files."""

import csv
import io
from pathlib import Path
from typing import Any

from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.runs.folder import RunFolder
from ae_core.safefile import write_atomically

TERMS = ("reconstruction", "penalty", "weighted_penalty", "total")
COLUMNS = (
    "epoch", "step", *(f"{split}_{term}" for split in ("train", "valid") for term in TERMS),
    "learning_rate", "seconds", "images_per_second", "best_epoch",
    "probe_squared_error_per_image", "time",
)  # fmt: skip


def rows(run: RunFolder) -> list[dict[str, Any]]:
    """One mapping per epoch, with the keys COLUMNS; terms are per image."""
    found = []
    for entry in run.history():
        record = entry.record
        row = {
            f"{split}_{term}": getattr(getattr(record, split), term)
            for split in ("train", "valid")
            for term in TERMS
        }
        plain = ("epoch", "learning_rate", "seconds", "images_per_second", "best_epoch")
        row |= {name: getattr(record, name) for name in plain}
        row |= {"step": entry.step, "probe_squared_error_per_image": entry.error}
        found.append({name: {**row, "time": entry.time}[name] for name in COLUMNS})
    return found


def csv_text(run: RunFolder) -> str:
    """The history as comma-separated values, every digit of every number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(run))
    return text.getvalue()


def write_csv(run: RunFolder, path: Path) -> None:
    """The history as a CSV file, whole or not at all."""
    try:
        write_atomically(path, csv_text(run).encode())
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror or error}") from error


def write_events(run: RunFolder, folder: Path) -> None:
    """The history as an event file below `folder/<id>`; needs the package tensorboard."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InvalidConfig(
            "event files need the package tensorboard: pip install tensorboard"
        ) from error
    spec = run.spec()
    with SummaryWriter(str(folder / run.id)) as writer:
        writer.add_text("run", f"{spec.variant} on {spec.data}: {spec.config} {spec.recipe}")
        for row in rows(run):
            for name, value in row.items():
                if name not in ("epoch", "step", "time") and value is not None:
                    writer.add_scalar(_tag(name), value, row["epoch"], walltime=row["time"])


def _tag(name: str) -> str:
    """train_total -> total/train: TensorBoard draws tags of one group side by side."""
    split, _, term = name.partition("_")
    return f"{term}/{split}" if split in ("train", "valid") else f"run/{name}"
