"""work: train the runs that wait; the app and the command line start this by themselves."""

import argparse
import os
from typing import Any

from ae_core import jobs
from ae_core.cli.output import complain
from ae_core.errors import InvalidConfig
from ae_core.folders import runs_folder
from ae_core.runs.files import Lock
from ae_core.runs.limits import Limits
from ae_core.runs.queue import WORKERS, Place, choice, free_place

NICE = 10  # pages come first


def register(commands: Any) -> None:
    parser = commands.add_parser(
        "work", help="train the runs that wait in the queue",
        description="Train the runs that wait, in this process, one after another (a race side "
        "by side). Needed by hand only on a machine that is to train for others.",
    )  # fmt: skip
    parser.add_argument(
        "--idle", type=float, default=jobs.IDLE, metavar="S",
        help=f"leave after so many seconds without work (default {jobs.IDLE:g})",
    )  # fmt: skip
    parser.add_argument("--place", help=argparse.SUPPRESS)  # "number:handle", from the parent
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    if not args.idle >= 0:
        raise InvalidConfig(f"--idle must be 0 or more seconds, got {args.idle:g}")
    limits, root = Limits.from_environment(), runs_folder()
    if args.place:
        number, handle = map(int, args.place.split(":"))
        os.set_inheritable(handle, False)
        place: Place | None = Place(root, number, Lock(root / WORKERS / str(number), handle))
    else:
        with choice(root):
            place = free_place(root, limits)
    if place is None:
        raise InvalidConfig(f"{limits.runs} workers are at work already (AE_MAX_RUNS)")
    os.nice(NICE)
    place.tell(idle=True)
    done = jobs.work(place, limits, args.idle)
    if not args.place:
        complain(f"nothing left to train; {done} runs done")
    return 0
