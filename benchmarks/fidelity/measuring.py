"""Rows measured one after the other, or in several processes at once."""

import os
from argparse import Namespace
from collections.abc import Iterator
from functools import cache, partial
from multiprocessing import get_context

import torch

from ae_core import Autoencoder, DataSet, load_dataset
from ae_core.training import resolve_device
from benchmarks.fidelity.job import Job
from benchmarks.fidelity.results import Record
from benchmarks.fidelity.row import Row

Unit = tuple[list[Row], int]  # rows that share their models, and a seed


def measured(todo: list[tuple[Row, int]], args: Namespace) -> Iterator[Record]:
    """A record for every row and seed, as they come; each in `args.threads` threads."""
    units: dict[tuple[object, ...], Unit] = {}
    for row, seed in todo:
        units.setdefault((row.presets, seed), ([], seed))[0].append(row)
    jobs = min(args.jobs or _room(args), len(units))
    if jobs <= 1:
        for unit in units.values():
            yield from _measure(unit, args)
        return
    with get_context("spawn").Pool(jobs) as pool:  # ended with whatever they do, should one fail
        for records in pool.imap_unordered(partial(_all, args=args), units.values()):
            yield from records


def _room(args: Namespace) -> int:
    """How many fit beside each other: on a GPU one."""
    on_cpu = resolve_device(args.device).type == "cpu"
    return (os.cpu_count() or 1) // args.threads if on_cpu else 1


def _all(unit: Unit, args: Namespace) -> list[Record]:
    return list(_measure(unit, args))


def _measure(unit: Unit, args: Namespace) -> Iterator[Record]:
    rows, seed = unit
    data, device = _mnist(args.data_dir), resolve_device(args.device).type
    before, trained = torch.get_num_threads(), dict[str, tuple[Autoencoder, float]]()
    torch.set_num_threads(args.threads)
    try:
        for row in rows:
            job = Job(
                data, seed, args.quick, args.device, args.threads, args.models, trained=trained
            )
            figures = row.measure(job)
            yield Record(row.name, seed, args.quick, row.recipe(), figures, job.seconds, device)
    finally:
        torch.set_num_threads(before)


@cache
def _mnist(folder: str | None) -> DataSet:
    return load_dataset("mnist", folder)
