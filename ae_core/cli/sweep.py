"""sweep: a grid of weights (or any settings) times seeds, over local processes or Dask."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ae_core.base import Corrupting
from ae_core.cli import options
from ae_core.cli.grid import grid_of, seeds_of
from ae_core.cli.output import as_json, bar, cells, complain, show, table_of, writable, write_json
from ae_core.cli.tables import higher_is_better
from ae_core.data import load_dataset
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.jobs import check_engine, executor
from ae_core.records import Recipe
from ae_core.safefile import write_atomically
from ae_core.scoring import pca_of, plain_codec, score, scored_data
from ae_core.sweep import (
    Spread,
    SweepPoint,
    SweepResult,
    SweepTask,
    build_task,
    grid_tasks,
    summarise,
    sweep,
)
from ae_core.training import check_fits, resolve_device
from ae_core.variants import variant_class

MAX_JOBS = 256
FEW = 64  # samples that are enough to learn which figures there are
DEFAULT_FIGURE = "squared_error_per_image"


def register(commands: Any) -> None:
    parser = commands.add_parser(
        "sweep", help="a grid of settings times seeds",
        description="Train every point of a grid with every seed; show median (low to high) over "
        "seeds. The best point is chosen on valid, and its test figures are read, not chosen.",
    )  # fmt: skip
    parser.add_argument("variant", metavar="VARIANT", help="undercomplete, sparse, ...")
    options.add_run_options(parser)
    grid = parser.add_argument_group("grid")
    grid.add_argument("--weights", metavar="W,W,...", help="values of the variant's own weight")
    grid.add_argument(
        "--grid", action="append", default=[], metavar="FIELD=V,V,...",
        help="values of any model or training option; repeat for more axes "
        "(hidden-sizes=512x256,128)",
    )  # fmt: skip
    grid.add_argument("--seeds", default="0", metavar="N,N,...", help="(default 0)")
    grid.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default 1)")
    grid.add_argument(
        "--engine", metavar="ENGINE",
        help="local (default, or AE_ENGINE), or dask://host:port: a Dask scheduler, whose workers "
        "see the same data and the same version of this program; --jobs then says nothing",
    )  # fmt: skip
    grid.add_argument("--figure", default=DEFAULT_FIGURE, help=f"to show ({DEFAULT_FIGURE})")
    parser.add_argument("--out", metavar="FILE", help="write all results here, as JSON")
    parser.add_argument("--json", action="store_true", help="all results as JSON on stdout")
    options.add_recipe_options(parser, seed=False)
    options.add_config_options(parser)
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    options.check_variant(args.variant)
    out = writable(args.out) if args.out else None
    dataset = load_dataset(args.data, args.data_dir)
    tasks = _tasks(args, dataset)
    _check(tasks, dataset, args.figure)
    pca = _baselines(tasks, dataset)  # before the runs: what can fail fails while nothing is lost
    results = _run_all(tasks, args.jobs, args.engine)
    points = summarise(tasks, results)
    best = _best(points, args.figure)
    report = {
        "variant": args.variant, "data": args.data, "data_sha256": dataset.digest,
        "chosen_by": f"median valid {args.figure}", "best": best.point if best else None,
        "points": [{**asdict(p), "pca": b} for p, b in zip(points, pca, strict=True)],
        "runs": [asdict(r) for r in _in_order(tasks, results)],
    }  # fmt: skip
    if out:
        _write(out, as_json(report))
    if args.json:
        write_json(report)
    else:
        _show(args, points, pca, best)
    return 0 if best else 1


def _tasks(args: argparse.Namespace, dataset: DataSet) -> list[SweepTask]:
    """Every run that is asked for, each checked before the first one starts."""
    settings = options.given_settings(args, args.variant)
    if not 1 <= args.jobs <= MAX_JOBS:
        raise InvalidConfig(f"jobs must be from 1 to {MAX_JOBS}, got {args.jobs}")
    resolve_device(args.device)
    check_engine(args.engine)
    tasks = grid_tasks(
        args.variant, args.data, grid_of(args, settings), seeds_of(args.seeds), settings,
        options.given_recipe(args), data_dir=args.data_dir, device=args.device,
    )  # fmt: skip
    for task in tasks:
        variant_class(args.variant).Config.from_mapping(task.settings)
        Recipe(**task.recipe)
    return [
        replace(
            t, settings=options.suited_settings(t.settings, t.variant, dataset),
            data_digest=dataset.digest,
        )
        for t in tasks
    ]  # fmt: skip


def _check(tasks: Sequence[SweepTask], dataset: DataSet, figure: str) -> None:
    """Refuse what no run could do, and a figure that a run will not have, before the first run."""
    points = {repr(t.point): t for t in tasks}.values()  # seeds change nothing of this
    few: dict[str, Any] = {
        f"{split}{part}": whole[:FEW]
        for split in ("train", "valid")
        for part in ("", "_labels")
        if (whole := getattr(dataset, f"{split}{part}")) is not None
    }
    sample, known = replace(dataset, **few), {}
    for task in points:  # one model at a time: together they may not fit the memory
        model = build_task(task, dataset)
        check_fits(model, dataset, Recipe(**task.recipe))
        if (key := repr(task.settings)) not in known:
            known[key] = score(plain_codec(model), sample, "valid")
    shared = [
        name for name in known[repr(tasks[0].settings)] if all(name in k for k in known.values())
    ]
    if figure not in shared:
        lack = [t for t in points if figure not in known[repr(t.settings)]]
        where = f", which {_where(lack[0])} lacks" if len(lack) < len(points) else ""
        raise InvalidConfig(f"figure must be one of {', '.join(shared)}, got {figure!r}{where}")


def _run_all(tasks: Sequence[SweepTask], jobs: int, engine: str | None) -> list[SweepResult]:
    results: list[SweepResult] = []
    count = min(jobs, len(tasks))
    with executor(engine, count) as pool, bar("sweep", len(tasks), "runs") as step:
        step(0, "")
        for result in sweep(tasks, pool):
            results.append(result)
            failed = sum(bool(r.error) for r in results)
            step(len(results), f"{failed} failed" if failed else "")
    return results


def _baselines(tasks: Sequence[SweepTask], dataset: DataSet) -> list[dict[str, dict[str, float]]]:
    """PCA's figures for every point of the grid: split -> figures, {} where there is no PCA."""
    known: dict[str, dict[str, dict[str, float]]] = {}
    points = {repr(t.point): t for t in tasks}
    keys = []
    for task in points.values():
        model = plain_codec(build_task(task, dataset))
        # PCA depends on the code size, the pixels, and the damage if there is any to repair.
        damaged, sharp = isinstance(model, Corrupting), bool(task.recipe.get("binarise"))
        keys.append(f"{model.latent_dim} {sharp} {task.settings if damaged else ''}")
        if keys[-1] not in known:
            scored = scored_data(dataset, sharp)
            pca = pca_of(scored, model.latent_dim)
            splits = ("valid", "test") if pca else ()
            known[keys[-1]] = {s: score(pca, scored, s, damage=model) for s in splits if pca}
    return [known[key] for key in keys]


def _best(points: Sequence[SweepPoint], figure: str) -> SweepPoint | None:
    """The point with the best median on valid; None where no run has the figure."""
    finished = [p for p in points if figure in p.valid]
    sign = -1 if higher_is_better(figure) else 1
    return min(finished, key=lambda p: sign * p.valid[figure].median, default=None)


def _in_order(tasks: Sequence[SweepTask], results: Sequence[SweepResult]) -> list[SweepResult]:
    place = {repr(task): i for i, task in enumerate(tasks)}
    return sorted(results, key=lambda r: place[repr(r.task)])


def _write(out: Path, text: str) -> None:
    try:
        write_atomically(out, text.encode())
    except OSError as error:
        raise InvalidInput(f"{out}: cannot be written: {error.strerror or error}") from error


def _show(
    args: argparse.Namespace,
    points: Sequence[SweepPoint],
    pca: Sequence[dict[str, dict[str, float]]],
    best: SweepPoint | None,
) -> None:
    axes = list(points[0].point)
    columns = [*axes, "runs", f"valid {args.figure}", "test", "pca test", ""]
    table = table_of(columns, 0)
    for point, baseline in zip(points, pca, strict=True):
        runs = f"{point.finished}" + (f", {len(point.errors)} failed" if point.errors else "")
        mark = "best on valid" if point is best else ""
        table.add_row(*cells(
            *(_setting(point.point[a]) for a in axes), runs,
            _spread(point.valid.get(args.figure)), _spread(point.test.get(args.figure)),
            baseline.get("test", {}).get(args.figure), mark,
        ))  # fmt: skip
    show(f"{args.variant} on {args.data}: median (low to high) over seeds", table)
    for point in points:
        for error in point.errors:
            where = _where(point)
            complain(f"failed: {where}; {error}" if where else f"failed: {error}")


def _where(place: SweepPoint | SweepTask) -> str:
    return ", ".join(f"{k} = {_setting(v)}" for k, v in place.point.items())


def _setting(value: Any) -> str:
    if isinstance(value, tuple):
        return "x".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _spread(spread: Spread | None) -> str | None:
    if spread is None:
        return None
    return f"{spread.median:.4g} ({spread.low:.4g} to {spread.high:.4g})"
