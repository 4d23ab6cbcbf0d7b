"""Delays on the denoise page, while a digit is drawn and while the noise moves: part of
`python -m benchmarks.live`.
"""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Browser

from benchmarks.app_server import AppServer
from benchmarks.live_clock import SHADOW, TWO_FRAMES, Clock
from benchmarks.row import PATIENCE, Row

STEPS = 20  # of the level

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


def bench_rows(browser: Browser, server: AppServer) -> Iterator[Row]:
    """Every figure of the denoise page, on MNIST."""
    yield from draw_rows(browser, server)
    for kind in ("gaussian", "salt_pepper"):
        yield from noise_rows(browser, server, kind)


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
