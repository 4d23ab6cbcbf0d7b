"""Visitors who each move one control a second: a real server, real WebSockets, loopback only.

    python -m benchmarks.load [--visitors 60] [--seconds 600] [--page reconstruct] [--training 0]

Every visitor opens the page, then moves its first slider inside a fragment once a second. Latency
is from sending the move to the end of the fragment's run. A first visitor alone gives the row for
one; memory per visitor is what the process holds at the end over what it held with that one. Who
has no answer when the time is over is counted as waiting, so a server that cannot follow still gets
its rows. The server's own log is read as well: an exception there is a finding. With `--training N`
the app's workers train N networks all the while.
"""

import argparse
import asyncio
import itertools
import os
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from websockets.asyncio.client import ClientConnection, connect

from ae_core.jobs import submit
from ae_core.runs.folder import RunFolder
from ae_core.runs.limits import Limits
from ae_core.runs.making import create_runs
from ae_core.runs.queue import busy_places
from ae_core.runs.spec import RunSpec
from benchmarks.app_server import AppServer, app_server, machine_load

LARGEST = 50 * 2**20  # bytes of one message; the server's own limit
MOST_VISITORS, MOST_SECONDS = 500, 3600
WARM = 20  # seconds until the server has imported all it ever will
ALONE = 30  # seconds of the first visitor by itself
ENDLESS = 1_000_000  # epochs of a network that trains beside
OPENING = 60  # seconds beyond the moves' that opening pages may take
A_SECOND = 10  # visitors who come in one


@dataclass(frozen=True)
class Control:
    """A slider inside a fragment, and up to twenty places of it from low to high."""

    id: str
    fragment: str
    places: tuple[float, ...] | tuple[str, ...]

    @classmethod
    def of(cls, slider: Any, fragment: str) -> "Control":
        """A slider of numbers answers with numbers, one of options with their texts."""
        steps = round((slider.max - slider.min) / slider.step)
        kept = range(0, steps + 1, max(1, steps // 20))
        if slider.type == Slider.SELECT_SLIDER:
            return cls(slider.id, fragment, tuple(slider.options[i] for i in kept))
        return cls(slider.id, fragment, tuple(slider.min + i * slider.step for i in kept))

    def move(self, place: float | str, page_hash: str) -> BackMsg:
        """What a browser sends when the slider is let go at `place`."""
        message = BackMsg()
        state = message.rerun_script
        state.page_script_hash, state.fragment_id = page_hash, self.fragment
        widget = state.widget_states.widgets.add(id=self.id)
        if isinstance(place, str):
            widget.string_array_value.data[:] = [place]
        else:
            widget.double_array_value.data[:] = [place]
        return message


@dataclass
class Tally:
    """What a run of visitors measured."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    waiting: int = 0  # visitors without an answer when the time was over
    opened: float = 0.0  # CPU seconds of the server when the last page stood


class Visitor:
    """One WebSocket: opens a page, moves its control."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.control: Control | None = None
        self.page_hash = ""

    async def open(self, page: str) -> Control:
        """The page's first run; its first slider inside a fragment."""
        message = BackMsg()
        message.rerun_script.page_name = page
        await self._run(message)
        if self.control is None:
            raise RuntimeError(f"page {page!r} has no slider inside a fragment")
        return self.control

    async def move(self, control: Control, place: float | str) -> float:
        """One move; seconds until the fragment has run."""
        return await self._run(control.move(place, self.page_hash))

    async def _run(self, message: BackMsg) -> float:
        clock = asyncio.get_running_loop().time
        start = clock()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(bytes(await self.socket.recv(decode=False)))
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.page_hash = answer.new_session.page_script_hash
            elif kind == "delta":
                self._look_at(answer.delta)
            elif kind == "script_finished":
                if answer.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise RuntimeError("the script does not compile")
                return clock() - start

    def _look_at(self, delta: Any) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(f"the page shows an error {element.exception.type}".strip())
        if kind == "slider" and delta.fragment_id and not self.control:
            self.control = Control.of(element.slider, delta.fragment_id)


async def visit(server: AppServer, page: str, seconds: float, tally: Tally) -> None:
    """One visitor: open, then a move a second; what goes wrong is an error, not the end."""
    clock = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(seconds + OPENING):
            url = f"ws://127.0.0.1:{server.port}/_stcore/stream"
            async with connect(url, subprotocols=["streamlit"], max_size=LARGEST) as socket:  # type: ignore[list-item]
                visitor = Visitor(socket)
                control = await visitor.open(page)
                tally.opened = server.cpu_seconds()
                due, end = clock(), clock() + seconds
                for place in itertools.cycle([*control.places, *reversed(control.places)]):
                    await asyncio.sleep(max(0.0, due - clock()))
                    if clock() >= end:
                        return
                    tally.latencies.append(await visitor.move(control, place))
                    due = max(due + 1, clock())
    except TimeoutError:
        tally.waiting += 1
    except Exception as error:  # any failure of one visitor is a finding
        tally.errors.append(f"{type(error).__name__}: {error}")


async def crowd(server: AppServer, page: str, visitors: int, seconds: float) -> Tally:
    """Visitors who come one after the other, ten a second."""
    tally = Tally()

    async def late(wait: float) -> None:
        await asyncio.sleep(wait)
        await visit(server, page, seconds, tally)

    await asyncio.gather(*(late(i / A_SECOND) for i in range(visitors)))
    return tally


@contextmanager
def training(root: Path, count: int) -> Iterator[list[RunFolder]]:
    """So many runs, each long enough and in a process of its own, until the block is left."""
    if not count:
        yield []
        return
    fit = {"epochs": ENDLESS, "batch_size": 64, "learning_rate": 1e-3}
    specs = [
        RunSpec("variational", "digits", {}, {**fit, "seed": i}, owner=str(i)) for i in range(count)
    ]
    runs = create_runs(specs, root=root)
    tasks = submit(runs, limits=Limits(runs=count))
    try:
        while not all(task.running() for task in tasks):
            time.sleep(0.1)
        yield runs
    finally:
        for task in tasks:
            task.cancel()
        for place in busy_places(root):
            os.kill(place["pid"], signal.SIGTERM)


async def measure(server: AppServer, visitors: int, seconds: int, page: str) -> None:
    """One visitor alone, then all of them; prints the rows."""
    await crowd(server, page, 1, WARM)  # fills the caches that every later visitor shares
    alone = await crowd(server, page, 1, min(seconds, ALONE))
    cpu, held = server.cpu_seconds() - alone.opened, server.megabytes()
    print(row("server control in a fragment, one visitor", alone, cpu), flush=True)
    before = server.cpu_seconds()
    many = await crowd(server, page, visitors, seconds)
    cpu, grown = server.cpu_seconds() - before, (server.megabytes() - held) / visitors
    what = f"{visitors} visitors, one move a second each for {seconds} s (CPU with their openings)"
    print(row(what, many, cpu) + f", {grown:.1f} MB a visitor", flush=True)
    for error in server.logged_errors():
        print(f"  in the server's log: {error}")


def row(what: str, tally: Tally, cpu: float) -> str:
    """A line of the table, its errors above it; `cpu` is what the server spent, in seconds."""
    for error in sorted(set(tally.errors))[:5]:
        print(f"  {tally.errors.count(error)} × {error}")
    found = f"{len(tally.errors)} errors, {tally.waiting} waiting ({machine_load()})"
    if len(tally.latencies) < 2:
        return f"{what}: no answers, {found}"
    cuts = statistics.quantiles(tally.latencies, n=20, method="inclusive")
    p50, p95, worst = (1e3 * v for v in (cuts[9], cuts[18], max(tally.latencies)))
    return (
        f"{what}: {len(tally.latencies)} moves, p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
        f"worst {worst:.0f} ms, {1e3 * cpu / len(tally.latencies):.0f} ms CPU a move, {found}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--visitors", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--page", default="reconstruct")
    parser.add_argument("--training", type=int, default=0, help="networks that train meanwhile")
    args = parser.parse_args()
    visitors = min(max(args.visitors, 1), MOST_VISITORS)
    seconds = min(max(args.seconds, 1), MOST_SECONDS)
    with app_server() as server, training(server.home / "runs", args.training) as runs:
        before = [run.status().step for run in runs]
        asyncio.run(measure(server, visitors, seconds, args.page))
        steps = [run.status().step - past for run, past in zip(runs, before, strict=True)]
        if runs:
            print(f"meanwhile {len(runs)} networks trained {steps} steps")


if __name__ == "__main__":
    main()
