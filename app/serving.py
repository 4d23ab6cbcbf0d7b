"""What the server does beside pages: our own files by HTTP, one door, and a warm start."""

import gc
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.address import address, serve
from app.canvas.modules import module
from app.frugal import remember_settings

# An address names its content: a browser may keep it for ever. Nobody else's page may load it.
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
FIRST = ("app.services",)  # what the first page waits for
LATER = ("plotly.graph_objects", "pandas", "sklearn.neighbors")  # what pages may ask for after it
LONGEST_ORDER = 1000  # bytes
PATIENCE, GRACE = 10.0, 5.0  # s: for a first visitor; for the rest of what that one fetches
_visited = threading.Event()  # a codec was sent: the first page is there


def _file(content: bytes | None, media_type: str, headers: dict[str, str]) -> Response:
    if content is None:
        return Response("Not found", 404, {"Cache-Control": "no-store"}, "text/plain")
    return Response(content, 200, {**HEADERS, **headers}, media_type)


def send_asset(request: Request) -> Response:
    """A codec or samples; a plain function, so Starlette runs it in a thread of its own."""
    from app.services import asset  # here: it brings torch, which pages wait for, not the server

    content = asset(request.path_params["digest"])
    _visited.set()
    # Weights hardly shrink, and packing them again for every visitor costs more than sending them.
    return _file(content, "application/octet-stream", {"Content-Encoding": "identity"})


def send_module(request: Request) -> Response:
    """A module of the canvas."""
    wanted, name = request.path_params["digest"], request.path_params["name"]
    return _file(module(wanted, name), "text/javascript", {})


def send_film(request: Request) -> Response:
    """Snapshots of a run; a finished epoch's never change, the one of this moment does."""
    from app.services import film, live_film

    name, first = request.path_params["run"], request.path_params.get("first")
    headers = {"Content-Encoding": "identity"}
    if first is None:
        headers["Cache-Control"] = "no-store"
        return _file(live_film(name), "application/octet-stream", headers)
    content = film(name, first, request.path_params["last"])
    return _file(content, "application/octet-stream", headers)


def send_race(request: Request) -> Response:
    """Where a race stands."""
    from app.services import race_news

    return _news(race_news(request.path_params["race"], request.path_params["known"]))


def send_sweep(request: Request) -> Response:
    """Where the runs of a sweep lie."""
    from app.services import shared_news

    return _news(shared_news(request.path_params["sweep"]))


async def take_order(request: Request) -> Response:
    """Something asked of a race. JSON alone is heard: a stranger's page may not send it unasked."""
    told = {"Cache-Control": "no-store"}
    length = request.headers.get("content-length", "")
    if request.headers.get("content-type") != "application/json":
        return Response("JSON is expected", 415, told, "text/plain")
    if not length.isdecimal() or int(length) > LONGEST_ORDER:
        return Response("The order is too long", 413, told, "text/plain")
    try:
        order = json.loads(await request.body())
    except (ValueError, RecursionError):
        order = None
    if not isinstance(order, dict):
        return Response("An object is expected", 400, told, "text/plain")
    return await run_in_threadpool(_pass_on, request.path_params["race"], order)


def _pass_on(race: str, order: dict[str, Any]) -> Response:
    from app.services import order_race

    refused = order_race(race, order)
    return _news(None if refused is None else {"refused": refused})


def _news(found: dict[str, Any] | None) -> Response:
    content = None if found is None else json.dumps(found, separators=(",", ":")).encode()
    return _file(content, "application/json", {"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Everything below /_bottleneck/; what these do not name is not found either."""
    return [
        Route(address("codec", "{digest}.bin"), send_asset, methods=["GET"]),
        Route(address("data", "{digest}.bin"), send_asset, methods=["GET"]),
        Route(address("race", "{race}", "{known}.json"), send_race, methods=["GET"]),
        Route(address("race", "{race}", "orders"), take_order, methods=["POST"]),
        Route(address("sweep", "{sweep}.json"), send_sweep, methods=["GET"]),
        Route(address("film", "{run}", "live.bin"), send_film, methods=["GET"]),
        Route(address("film", "{run}", "{first:int}-{last:int}.bin"), send_film, methods=["GET"]),
        Route(address("js", "{digest}", "{name}"), send_module, methods=["GET"]),
        Route(address("{rest:path}"), lambda request: _file(None, "", {})),
    ]


def door() -> list[Middleware]:
    """Refuse foreign host names everywhere: Streamlit asks for them at the WebSocket only.

    A stranger's page that rebinds its name to this machine could read our files otherwise.
    """
    hosts = [str(host) for host in st.get_option("server.allowedHosts") or ["*"]]
    return [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]


@asynccontextmanager
async def warm(_: object) -> AsyncIterator[None]:
    """Import what is heavy while the first browser is still fetching Streamlit's own files."""
    serve()
    remember_settings()
    threading.Thread(target=_import_heavy, name="warm", daemon=True).start()
    yield


def _import_heavy() -> None:
    """Once per process; afterwards no collection looks at those modules again.

    A full one costs 110 to 190 ms with torch loaded, and comes when a page has made enough objects.
    Two threads that import take turns: what the first page does without waits until it is there.
    """
    for name in FIRST:
        import_module(name)
    from ae_core.late import late  # it brings torch, which the services have brought

    if _visited.wait(PATIENCE):
        time.sleep(GRACE)
    for name in LATER:
        late(name)
    gc.collect()
    gc.freeze()
