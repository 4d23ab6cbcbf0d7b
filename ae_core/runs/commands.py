"""What may be asked of a run while it trains: one small file per wish, obeyed between batches."""

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ae_core.config import hyper_of
from ae_core.errors import AECoreError, InvalidConfig, ModelFileError
from ae_core.records import Recipe
from ae_core.runs.files import read_json
from ae_core.runs.folder import RunFolder
from ae_core.runs.spec import RunSpec
from ae_core.variants import variant_class

ACTIONS = ("play", "pause", "step", "cancel", "change")
UNITS = ("batch", "epoch")


@dataclass(frozen=True)
class Command:
    """One wish.

    play: train on to the end. pause: stand still after this batch. step: `count` more batches or
    epochs (to the end of that epoch), then stand still. cancel: stop for good. change: `field`, a
    number of the variant's config or the learning rate, is `value` from the next batch on.
    """

    action: str
    unit: str = "batch"
    count: int = 1
    field: str = ""
    value: float = 0.0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise InvalidConfig(
                f"action must be one of {', '.join(ACTIONS)}, got {self.action!r:.60}"
            )
        if self.unit not in UNITS:
            raise InvalidConfig(f"unit must be one of {', '.join(UNITS)}, got {self.unit!r:.60}")
        if type(self.count) is not int or not 1 <= self.count <= 10**9:
            raise InvalidConfig(f"count must be a whole number, at least 1, got {self.count!r:.60}")


def check_change(spec: RunSpec, field: str, value: float) -> None:
    """InvalidConfig unless this number may be set while the run trains."""
    allowed = changeable(spec)
    if field not in allowed:
        raise InvalidConfig(
            f"{field!r:.60} cannot change while a {spec.variant} run trains; "
            f"allowed here: {', '.join(allowed)}"
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidConfig(f"{field} must be one number, got {value!r:.60}")
    if field == "learning_rate":
        Recipe(**{**spec.recipe, field: value})
    else:
        variant_class(spec.variant).Config.from_mapping({**spec.config, field: value})


def changeable(spec: RunSpec) -> list[str]:
    """Fields that may change while the run trains: numbers that are not `fixed`, no ranges."""
    known = {f.name: hyper_of(f) for f in fields(variant_class(spec.variant).Config)}
    numbers = [name for name, h in known.items() if h.kind == "float" and not h.fixed]
    ranges = (list, tuple)
    return ["learning_rate", *(n for n in numbers if not isinstance(spec.config.get(n), ranges))]


def post(run: RunFolder, command: Command) -> None:
    """Leave a wish for whoever trains the run, now or later; two at once do not meet."""
    if command.action == "change":
        check_change(run.spec(), command.field, command.value)
    path = run.path / "commands" / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json"
    making = path.with_suffix(".tmp")  # whole or not at all, but nothing to keep for ever
    making.write_text(json.dumps(asdict(command)), encoding="utf-8")
    os.replace(making, path)


def waiting(folder: Path) -> list[tuple[Path, Command]]:
    """The wishes in a run's folder, oldest first; what is not a wish is taken away."""
    try:
        names = sorted(n for n in os.listdir(folder / "commands") if n.endswith(".json"))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        path = folder / "commands" / name
        try:
            found.append((path, Command(**read_json(path))))
        except (AECoreError, TypeError):
            path.unlink(missing_ok=True)
    return found


def settle(change: dict[str, Any], apply: Callable[[str, float], None]) -> None:
    """Apply one line of a run's changes; ModelFileError where the line is no change."""
    try:
        apply(str(change["field"]), float(change["value"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"changes.jsonl: a line is no change: {error}") from error
