"""What is asked of a race: go on, stand still, another weight, a branch, an end."""

import secrets
from collections.abc import Mapping
from typing import Any

from ae_core import jobs
from ae_core.errors import AECoreError, InvalidInput
from ae_core.runs.commands import Command
from ae_core.runs.limits import Limits
from ae_core.runs.making import branch_runs, delete_run
from app.services.race import Race, find_race, race_over, race_state, statuses

TELLING = 300  # characters that say why an order was refused


def tell_race(
    race: Race, action: str, *, unit: str = "batch", field: str = "", value: float = 0.0,
    run: str = "",
) -> None:  # fmt: skip
    """Ask something of all runs that are not over, or of the one named."""
    wish = Command(action, unit, field=field, value=value)
    chosen = [race.named(run)] if run else list(race.runs)
    jobs.command([r for r in chosen if not r.written().over], wish)


def order_race(name: str, order: Mapping[str, Any]) -> str | None:
    """Pass on what a browser asks of a race or sweep: its own values, so each is checked.

    "" once it was passed on, else why it was not; None where there is no such race.
    """
    race = find_race(name)
    if race is None:
        return None
    try:
        if order.get("act") == "resume":
            go_on(race)
        else:
            tell_race(
                race, str(order.get("act", "")), unit=str(order.get("unit", "batch")),
                field=str(order.get("field", "")), value=float(order.get("value", 0.0)),
                run=str(order.get("run", "")),
            )  # fmt: skip
    except (AECoreError, ValueError, TypeError, OverflowError) as error:
        return str(error)[:TELLING]
    return ""


def go_on(race: Race) -> None:
    """Take interrupted runs up again, to the same weights; of a sweep those that rest, too."""
    states = ("interrupted", "paused") if race.varied else ("interrupted",)
    pairs = zip(race.runs, statuses(race), strict=True)
    jobs.command([run for run, status in pairs if status.state in states], Command("play"))


def branch_race(race: Race, epoch: int, *, replay: bool = False) -> str:
    """A race with this one's past up to an epoch, at rest there; its id. This one rests too: a
    visitor trains one race at a time.
    """
    group = secrets.token_hex(6)
    if race_state(race) == "running":
        tell_race(race, "pause")
    branch_runs(race.runs, epoch, group, replay=replay, limits=Limits.from_environment())
    return group


def delete_race(race: Race, owner: str) -> None:
    """Take a race away for good; InvalidInput for somebody else's, or one that is not over."""
    if any(spec.owner != owner for spec in race.specs):
        raise InvalidInput("this race is somebody else's; only who started it deletes it")
    if not race_over(race):
        raise InvalidInput("this race is not over; cancel it first")
    for run in race.runs:
        delete_run(run)
