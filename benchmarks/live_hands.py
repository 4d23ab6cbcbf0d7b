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
from benchmarks.row import PATIENCE, Row

STEPS = 20  # of a weight
FRAMES = 240  # of a drag: four seconds
TWO_FRAMES = 33.4  # ms: 33, to the 0.1 ms of Chromium's clock
MANY = 10_000  # MNIST test samples
FEW_KNOBS, ALL_KNOBS = ["variational"], ["sparse", "contractive", "denoising", "variational"]

SHADOW = """const canvas = [...document.querySelectorAll('.stMain *')]
  .find(e => e.shadowRoot?.querySelector('.bnc')).shadowRoot;
const shown = () => new Promise(done => requestAnimationFrame(() => {
  const port = new MessageChannel(); port.port1.onmessage = () => done(performance.now());
  port.port2.postMessage(0); }));
"""

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

# The level of the noise is moved, each time once the samples below the bench follow the last one
# -> delays until the bench shows it, until they do, and frames, in ms.
NOISE = (
    "async ({ steps }) => {"
    + SHADOW
    + """
  const input = canvas.querySelector(".bnc-level input"), strips = canvas.querySelector(".bnc-lineup");
  const bench = [], all = [], lengths = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    input.value = 0.2 + 0.02 * (i + 1);
    input.dispatchEvent(new Event("input"));
    let before = start;
    do {
      const now = await shown();
      lengths.push(now - before);
      if (before === start) bench.push(now - start);
      before = now;
    } while (Number(strips.dataset.level) !== Number(input.value) && before - start < 5000);
    all.push(before - start);
    await new Promise(done => setTimeout(done, 120));
  }
  return { bench, all, lengths };
}"""  # noqa: E501
)

# Listens to a stroke on the pad -> the delay of each of its moves.
LISTEN = (
    "() => {"
    + SHADOW
    + """
  const pad = canvas.querySelector(".bnc-pad");
  window.delays = [];
  pad.addEventListener("pointermove", async () => {
    const start = performance.now();
    window.delays.push(await shown() - start);
  });
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
    yield from draw_rows(browser, server)
    for kind in ("gaussian", "salt_pepper"):
        yield from noise_rows(browser, server, kind)
    yield from manifold_rows(browser, server)


class Clock:
    """Processor time of a page's main thread."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.start = self.now()

    def now(self) -> float:
        """In ms, since the page was made."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")

    def per(self, count: int, what: str) -> Row:
        return Row(f"{what}: processor time", (self.now() - self.start) / count, "ms")


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


def draw_rows(browser: Browser, server: AppServer) -> list[Row]:
    """A digit drawn on the bench of the denoise page; every repair follows each move."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server.url + "/denoise?data=mnist")
    page.locator(".bnc-repairs .bnc-number", has_text="dB").nth(8).wait_for(timeout=PATIENCE)
    page.get_by_role("radio", name="draw").click()
    page.evaluate(LISTEN)
    clock = Clock(page)
    box = page.locator(".bnc-pad").bounding_box() or {"x": 0, "y": 0, "width": 1, "height": 1}
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    for i in range(60):
        x, y = 0.3 + 0.4 * (i % 20) / 20, 0.2 + 0.6 * i / 60
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(20)
    page.mouse.up()
    delays = page.evaluate("window.delays")
    what = "a digit is drawn, six codecs and three filters follow: delay"
    rows = [
        Row(f"{what}, median", statistics.median(delays), "ms", 33),
        Row(f"{what}, worst", max(delays), "ms"),
        clock.per(len(delays), what + ", a move"),
    ]
    page.close()
    return rows


def noise_rows(browser: Browser, server: AppServer, kind: str) -> list[Row]:
    """The noise of the denoise page moves: a sample on the bench, and six below it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}/denoise?data=mnist&corruption={kind}")
    page.locator(".bnc-levels[data-drawn='9']").wait_for(state="attached", timeout=PATIENCE)
    page.wait_for_timeout(15_000)  # the curves over the level are measured without a hand
    clock = Clock(page)
    found = page.evaluate(NOISE, {"steps": STEPS})
    what = f"the noise ({kind}) moves, nine repairs"
    rows = [
        Row(f"{what} of one sample: delay, median", statistics.median(found["bench"]), "ms", 33),
        Row(f"{what} of six more: delay, median", statistics.median(found["all"]), "ms"),
        Row(f"{what}: worst frame", max(found["lengths"]), "ms", TWO_FRAMES),
        clock.per(STEPS, what),
    ]
    page.close()
    return rows


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
