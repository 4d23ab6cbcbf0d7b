"""Frames and delays while a hand moves over the open pages: part of `python -m benchmarks.live`.

The moves are made in the page itself, one per frame, so that no driver stands between hand and
picture. A frame's length is the time between two of the display's; a delay runs from the move to
the end of the frame that shows it. On a busy machine both say more of the others: the page's own
processor time, of its main thread, stands beside them.
"""

import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from playwright.sync_api import Browser, Page

from app import services
from benchmarks.app_server import AppServer, stolen
from benchmarks.live_bench import bench_rows
from benchmarks.live_clock import SHADOW, TWO_FRAMES, Clock
from benchmarks.row import PATIENCE, Row

STEPS = 20  # of a weight
FRAMES = 240  # of a drag: four seconds
MANY = 10_000  # MNIST test samples
FEW_KNOBS, ALL_KNOBS = ["variational"], ["sparse", "contractive", "denoising", "variational"]

# Round and round over one plane, a move per frame -> the frames' lengths in ms.
DRAG = (
    "async ({ codec, frames }) => {"
    + SHADOW
    + """
  const plane = canvas.querySelector(`.bnc-card[data-codec=${codec}] .bnc-front`);
  const { left, top, width, height } = plane.getBoundingClientRect(), lengths = [];
  let before = await new Promise(requestAnimationFrame);
  for (let i = 0; i < frames; i++) {
    const turn = i / 20, reach = 0.15 + 0.25 * i / frames;
    plane.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse",
      clientX: left + width * (0.5 + reach * Math.cos(turn)),
      clientY: top + height * (0.5 + reach * Math.sin(turn)) }));
    const now = await new Promise(requestAnimationFrame);
    lengths.push(now - before);
    before = now;
  }
  return lengths;
}"""
)

# Weights are moved, each again once all that it moves, points or cells, is drawn at the last one
# -> delays and frames in ms.
TURN = (
    "async ({ codecs, steps, drawn }) => {"
    + SHADOW
    + """
  const cards = codecs.map(codec => canvas.querySelector(`.bnc-card[data-codec=${codec}]`));
  const inputs = cards.map(card => card.querySelector(".bnc-knob input"));
  const points = cards.map(card => card.querySelector(drawn));
  const delays = [], lengths = [];
  for (let i = 0; i < steps; i++) {
    const old = points.map(p => p.dataset.weight), start = performance.now();
    for (const input of inputs) {
      input.value = 300 + 400 * (i + 1) / steps;
      input.dispatchEvent(new Event("input"));
    }
    let before = start;
    do {
      const now = await shown();
      lengths.push(now - before);
      before = now;
    } while (points.some((p, k) => p.dataset.weight === old[k]) && before - start < 5000);
    delays.push(before - start);
    await new Promise(done => setTimeout(done, 120));
  }
  return { delays, lengths };
}"""
)


def hand_rows(browser: Browser, server: AppServer) -> Iterator[Row]:
    """Every figure of a moving hand, on MNIST with two numbers per code."""
    if "mnist" not in services.available_data():
        return
    for count in (2000, MANY):
        page, sent = opened(browser, server, count)
        yield from drag_rows(page, sent, count)
        if count == 2000:
            yield from weight_rows(page, FEW_KNOBS, 33)
            yield from weight_rows(page, ALL_KNOBS, 150)
        page.close()
    yield from bench_rows(browser, server)
    yield from manifold_rows(browser, server)


def slow_rows(browser: Browser, server: AppServer, times: int) -> Iterator[Row]:
    """Frames of a page whose processor is so many times slower: a student's old laptop."""
    if "mnist" not in services.available_data():
        return
    page, sent = opened(browser, server, 2000)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})
    for row in [*drag_rows(page, sent, 2000), *weight_rows(page, FEW_KNOBS, 33)]:
        most = None if row.unit else row.most  # times are bounded on a whole processor only
        yield replace(row, what=f"{times} × slower: {row.what}", most=most)
    page.close()


def opened(browser: Browser, server: AppServer, count: int) -> tuple[Page, list[Any]]:
    """The latent page at rest, its planes with `count` points, and a list of what it sends."""
    page, sent = browser.new_page(viewport={"width": 1440, "height": 900}), []
    page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    if count != 2000:
        url = services.samples_url("mnist", limit=count)
        body = services.asset(url.rsplit("/", 1)[1].removesuffix(".bin"))
        page.route("**/_bottleneck/data/*.bin", lambda route: route.fulfill(body=body))
    page.goto(server.url + "/latent?data=mnist")
    page.locator(".bnc-points[data-weight]").nth(5).wait_for(state="attached", timeout=PATIENCE)
    page.wait_for_timeout(4000)  # curves beside the weights are measured without a hand
    return page, sent


def drag_rows(page: Page, sent: list[Any], count: int) -> list[Row]:
    """The page's first drag, through code that the browser has yet to compile, and two more."""
    before, clock, lost = len(sent), Clock(page), stolen()
    first, *more = (
        page.evaluate(DRAG, {"codec": "variational", "frames": FRAMES}) for _ in range(3)
    )
    later = [length for drag in more for length in drag]
    what = f"drag over a plane, six codecs decode, {count:,} points"
    most = 16.7 if count == 2000 else 20.0  # 60 and 50 a second, to the 0.1 ms of Chromium's clock
    return [
        Row(f"{what}: a frame, median", round(statistics.median(first + later), 1), "ms", most),
        Row(f"{what}: worst frame of the first", max(first), "ms", TWO_FRAMES),
        Row(f"{what}: worst frame of two more", max(later), "ms", TWO_FRAMES),
        Row(f"{what}: the host's time for others meanwhile", stolen() - lost, "s"),
        clock.per(len(first + later), what + ", a frame"),
        Row(f"{what}: messages to the server", len(sent) - before, "", 0),
    ]


def weight_rows(
    page: Page, codecs: list[str], most: float | None, *, drawn: str = ".bnc-points",
    what: str = "planes, 2,000 points encoded and drawn",
) -> list[Row]:  # fmt: skip
    clock = Clock(page)
    found = page.evaluate(TURN, {"codecs": codecs, "steps": STEPS, "drawn": drawn})
    what = f"weights move in {len(codecs)} of 6 {what}"
    return [
        Row(f"{what}: delay, median", statistics.median(found["delays"]), "ms", most),
        Row(f"{what}: worst frame", max(found["lengths"]), "ms", TWO_FRAMES),
        clock.per(STEPS, what + ", with the glide"),
    ]


def manifold_rows(browser: Browser, server: AppServer) -> list[Row]:
    """The generate page's manifolds, 144 decoded cells each, beside the same planes."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server.url + "/generate?data=mnist&making=manifold")
    page.locator(".bnc-tiles[data-weight]").nth(5).wait_for(state="attached", timeout=PATIENCE)
    page.wait_for_timeout(4000)
    what = "manifolds, 144 cells decoded and drawn"
    rows = [
        row
        for knobs in (FEW_KNOBS, ALL_KNOBS)
        for row in weight_rows(page, knobs, None, drawn=".bnc-tiles", what=what)
    ]
    page.close()
    return rows
