"""Visitors who each move one control a second: a real server, real WebSockets, loopback only.

    python -m benchmarks.load [--visitors 60] [--seconds 600] [--page reconstruct]

Every visitor opens the page, then moves its first slider inside a fragment once a second. Latency
is from sending the move to the end of the fragment's run. A first visitor alone gives the row for
one; memory per visitor is what the process holds at the end over what it held with that one.
"""

import argparse
import asyncio
import itertools
import statistics
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.app_server import AppServer, app_server, machine_load

LARGEST = 50 * 2**20  # bytes of one message; the server's own limit
TIMEOUT = 60  # seconds for one answer
MOST_VISITORS, MOST_SECONDS = 500, 3600
ALONE = 30  # moves of the first visitor by itself


@dataclass
class Control:
    """A slider inside a fragment, and where it stands."""

    id: str
    fragment: str
    low: float
    high: float
    step: float


@dataclass
class Tally:
    """What a run of visitors measured."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Visitor:
    """One WebSocket: opens a page, moves its control."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.control = socket, None
        self.widgets: dict[str, Any] = {}
        self.page_hash = ""

    async def open(self, page: str) -> None:
        """The page's first run; remembers its first slider inside a fragment."""
        message = BackMsg()
        message.rerun_script.page_name = page
        await self._run(message)
        if self.control is None:
            raise RuntimeError(f"page {page!r} has no slider inside a fragment")

    async def move(self, value: float) -> float:
        """One move; seconds until the fragment has run."""
        assert self.control is not None
        message = BackMsg()
        state = message.rerun_script
        state.page_script_hash, state.fragment_id = self.page_hash, self.control.fragment
        widget = state.widget_states.widgets.add(id=self.control.id)
        widget.double_array_value.data[:] = [value]
        return await self._run(message)

    async def _run(self, message: BackMsg) -> float:
        clock = asyncio.get_running_loop().time
        start = clock()
        await self.socket.send(message.SerializeToString())
        while True:
            raw = await asyncio.wait_for(self.socket.recv(decode=False), TIMEOUT)
            answer = ForwardMsg.FromString(bytes(raw))
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
        if element.WhichOneof("type") == "exception":
            raise RuntimeError(f"the page shows {element.exception.type}")
        if element.WhichOneof("type") == "slider" and delta.fragment_id and not self.control:
            found = element.slider
            self.control = Control(found.id, delta.fragment_id, found.min, found.max, found.step)


def places(control: Control) -> "itertools.cycle[float]":
    """Up and down over twenty places of the slider."""
    count = min(20, round((control.high - control.low) / control.step) + 1)
    stride = control.step * max(1, round((control.high - control.low) / control.step) // count)
    up = [control.low + i * stride for i in range(count)]
    return itertools.cycle([*up, *reversed(up)])


async def visit(server: AppServer, page: str, moves: int, wait: float, tally: Tally) -> None:
    """One visitor: open, then a move a second; what goes wrong is an error, not the end."""
    clock = asyncio.get_running_loop().time
    try:
        await asyncio.sleep(wait)
        url = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        async with connect(url, subprotocols=["streamlit"], max_size=LARGEST) as socket:  # type: ignore[list-item]
            visitor = Visitor(socket)
            await visitor.open(page)
            assert visitor.control is not None
            due = clock()
            for value, _ in zip(places(visitor.control), range(moves), strict=False):
                await asyncio.sleep(max(0.0, due - clock()))
                tally.latencies.append(await visitor.move(value))
                due = max(due + 1, clock())
    except Exception as error:  # any failure of one visitor is a finding
        tally.errors.append(f"{type(error).__name__}: {error}")


async def measure(server: AppServer, visitors: int, seconds: int, page: str) -> None:
    """One visitor alone, then all of them; prints the rows."""
    await visit(server, page, 5, 0, Tally())  # fills the caches that every later visitor shares
    alone, before = Tally(), server.cpu_seconds()
    await visit(server, page, ALONE, 0, alone)
    cpu = (server.cpu_seconds() - before) / max(1, len(alone.latencies))
    print(row("server control in a fragment, one visitor", alone, f"{1e3 * cpu:.0f} ms CPU a move"))
    crowd, held = Tally(), server.megabytes()
    spread = visitors / 10  # opened ten a second
    waits = (spread * i / visitors for i in range(visitors))
    await asyncio.gather(*(visit(server, page, seconds, wait, crowd) for wait in waits))
    grown = (server.megabytes() - held) / visitors
    print(row(f"{visitors} visitors, {seconds} moves each", crowd, f"{grown:.1f} MB a visitor"))


def row(what: str, tally: Tally, more: str) -> str:
    """A line of the table: p50, p95, the worst, errors."""
    for error in sorted(set(tally.errors))[:5]:
        print(f"  {tally.errors.count(error)} × {error}")
    if len(tally.latencies) < 2:
        return f"{what}: no answers, {len(tally.errors)} errors ({machine_load()})"
    cuts = statistics.quantiles(tally.latencies, n=20)
    p50, p95, worst = (1e3 * v for v in (cuts[9], cuts[18], max(tally.latencies)))
    return (
        f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, worst {worst:.0f} ms, "
        f"{len(tally.errors)} errors, {more} ({machine_load()})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--visitors", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--page", default="reconstruct")
    args = parser.parse_args()
    visitors = min(max(args.visitors, 1), MOST_VISITORS)
    with app_server() as server:
        asyncio.run(measure(server, visitors, min(args.seconds, MOST_SECONDS), args.page))


if __name__ == "__main__":
    main()
