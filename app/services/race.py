"""A race: runs of one group that start from the same weights and see the same batches.

Another process trains them (`ae_core.jobs`); here they are asked for, told what to do, and found by
an id. Nothing is held in between: a reload, another browser or a new server sees the same folders.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from ae_core import jobs
from ae_core.config import hyper_of
from ae_core.errors import AECoreError, InvalidInput
from ae_core.folders import runs_folder
from ae_core.records import Recipe
from ae_core.runs.commands import changeable
from ae_core.runs.folder import ID, RunFolder, find_run, list_runs, queue_of
from ae_core.runs.limits import Limits
from ae_core.runs.making import create_runs
from ae_core.runs.spec import RunSpec, Status
from ae_core.variants import variant_class
from app.services.cache import remembered
from app.services.race_settings import RaceSettings, check_race

RECENT = 12  # races that are offered again


@dataclass(frozen=True)
class Race:
    """Runs that belong together, in the order they were asked for; equal ones are the same race."""

    id: str
    runs: tuple[RunFolder, ...]

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        return tuple(spec_of(run) for run in self.runs)

    @property
    def data(self) -> str:
        return self.specs[0].data

    @property
    def recipe(self) -> Recipe:
        return self.specs[0].fit

    @property
    def latent_dim(self) -> int:
        return int(self.specs[0].config["latent_dim"])

    @property
    def variants(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(spec.variant for spec in self.specs))

    @property
    def varied(self) -> str:
        """The config field in which a sweep's runs differ; "" for a race or a single run."""
        first = self.specs[0]
        return first.varied if first.group == self.id else ""

    @property
    def sweep(self) -> str:
        """The id of the sweep of which this single run is a point; "" for all else."""
        first = self.specs[0]
        return first.group if first.varied and first.group != self.id else ""

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(spec.seed for spec in self.specs))

    def named(self, run: str) -> RunFolder:
        """The run of this race with that id."""
        found = next((r for r in self.runs if r.id == run), None)
        if found is None:
            raise InvalidInput(f"{run[:60]!r} is no run of this race")
        return found


@remembered(2048)
def spec_of(run: RunFolder) -> RunSpec:
    """What was asked for; it never changes."""
    return run.spec()


def start_race(settings: RaceSettings, owner: str) -> str:
    """Have a race or a sweep trained; its id. Raises for what engine or limits refuse."""
    check_race(settings)
    group = secrets.token_hex(6)
    alone = bool(settings.varied)  # a sweep's runs come one after the other, and nobody rewinds
    specs = [
        RunSpec(
            variant, settings.data, dict(items),
            {**asdict(settings.recipe), "seed": settings.seed + i},
            group=group, side_by_side=not alone, owner=owner, rewindable=not alone,
            varied=settings.varied,
        )
        for i in range(settings.seeds)
        for variant, items in settings.configs
    ]  # fmt: skip
    jobs.submit(create_runs(specs, Limits.from_environment()))
    return group


def find_race(name: str) -> Race | None:
    """The race of that id, or of a single run's; None where there is none (any more)."""
    try:
        paths = _members(name, str(runs_folder()))
    except AECoreError:
        return None
    runs = tuple(run for path in paths if _whole(run := RunFolder(path)))
    return Race(name, runs) if runs else None


def _whole(run: RunFolder) -> bool:
    """Whether it can be read: one that was deleted leaves the others of its race or sweep."""
    try:
        return bool(run.written() and run.spec())
    except AECoreError:
        return False


@remembered(512)
def _members(name: str, root: str) -> tuple[str, ...]:
    """Paths of a race's runs: all are made before anybody knows its id."""
    if ID.fullmatch(name):
        return (str(find_run(name).path),)
    found = tuple(str(r.path) for r in list_runs() if spec_of(r).group == name)
    if not name or not found:
        raise InvalidInput(f"{name[:60]!r}: no such race")
    return found


def recent_races() -> list[Race]:
    """The newest races and single runs of this machine, the newest first."""
    names: dict[str, None] = {}
    for run in reversed(list_runs()):
        try:
            spec = spec_of(run)
        except AECoreError:
            continue
        names[spec.group if spec.side_by_side or spec.varied else run.id] = None
        if len(names) == RECENT:
            break
    return [race for name in names if (race := find_race(name)) is not None]


def warm_up() -> None:
    """See that a worker has torch in hand before anybody presses the button."""
    jobs.start_workers(runs_folder(), warm=1)


def state_of(statuses: Sequence[Status], *, alone: bool = False) -> str:
    """One of the engine's states for a whole race: what most wants to be known comes first.

    alone: of a sweep, whose runs may wait for a worker that is gone with one of them in hand.
    """
    states = Counter(status.state for status in statuses)
    first = ("interrupted", "queued") if alone else ("queued", "interrupted")
    for state in ("running", *first, "paused", "cancelled", "finished"):
        if states[state]:
            return state
    return "failed"


def statuses(race: Race) -> list[Status]:
    """Where each run stands. A long queue is looked at once: only the first that waits in it has
    its position told.
    """
    waiting, found = set(queue_of(race.runs[0].path.parent)), list[Status]()
    for run in race.runs:
        written = run.written()
        if written.state != "queued" or run.id not in waiting:
            found.append(run.status())
        elif any(status.state == "queued" for status in found):
            found.append(written)
        else:
            found.append(replace(written, position=run.position()))
    return found


def race_state(race: Race) -> str:
    return state_of(statuses(race), alone=bool(race.varied))


def race_over(race: Race) -> bool:
    """Whether nothing of it will go on."""
    return all(run.written().over for run in race.runs)


def knob_of(spec: RunSpec) -> tuple[str, str, float]:
    """Field, symbol and value of the weight that may change in a run; ("", "", 0) for none."""
    cls = variant_class(spec.variant).Config
    config = cls.from_mapping(spec.config)
    name = config.weight_field
    if name is None or name not in changeable(spec) or isinstance(config.weight, tuple):
        return "", "", 0.0
    return name, hyper_of(cls.__dataclass_fields__[name]).symbol, config.weight
