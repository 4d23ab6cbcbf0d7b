"""How soon a race on the page obeys: part of `python -m benchmarks.live`.

A weight is changed by its slider while five networks train; the delay runs until the plane shows a
step that was made with the new one. On a busy machine it says more of the others.
"""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from app import services
from benchmarks.app_server import AppServer
from benchmarks.row import PATIENCE, Row

CHANGES = 7
SETTINGS = {"digits": "epochs:200", "mnist": "epochs:20"}
BOUNDS = {"digits": 500, "mnist": 2000}  # ms

RACE = """const host = [...document.querySelectorAll('.stMain *')]
  .find(e => e.shadowRoot?.querySelector('.bnc-racebar')).shadowRoot;
const card = host.querySelector('.bnc-lanes .bnc-card[data-codec=variational]');
const plane = card.querySelector('.bnc-codes'), bar = host.querySelector('.bnc-racebar');
const pause = ms => new Promise(done => setTimeout(done, ms));
"""

# Moves the slider as a hand does -> ms until the plane shows what it did.
CHANGE = (
    "async ({ place, watch, before }) => {"
    + RACE
    + """
  const input = card.querySelector('.bnc-tuner input'), seen = [], start = performance.now();
  input.value = place;
  input.dispatchEvent(new Event('input', {bubbles: true}));
  input.dispatchEvent(new Event('change', {bubbles: true}));
  while (performance.now() - start < watch) {
    seen.push([performance.now() - start, Number(plane.dataset.step)]);
    await pause(10);
  }
  // Asked once, afterwards: a server that answers such questions answers the hand later.
  const news = `/_bottleneck/race/${new URLSearchParams(location.search).get('run')}/0.json`;
  const { runs } = await (await fetch(news, {cache: 'no-store'})).json();
  const steps = runs.flatMap(run => run.changes).map(change => change[0]);
  if (steps.length <= before) return watch; // not even heard of
  return (seen.find(([, shown]) => shown > Math.max(...steps)) ?? [watch])[0];
}"""
)

CANCEL = (
    "async () => {"
    + RACE
    + """
  const start = performance.now();
  bar.querySelector('[data-act=cancel]').click();
  while (bar.dataset.state !== 'cancelled') await pause(5);
  return performance.now() - start;
}"""
)


def race_rows(browser: Browser, server: AppServer) -> Iterator[Row]:
    """A race of five on each data set that is here."""
    for data in BOUNDS:
        if data not in services.available_data():
            continue
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/train?data={data}&race={SETTINGS[data]}")
        page.get_by_role("button", name="Start the race").click()
        page.locator(".bnc-racebar[data-state=running]").wait_for()
        page.locator(".bnc-lanes .bnc-codes[data-step]").nth(4).wait_for()
        yield from obeyed(page, data)
        page.close()


def obeyed(page: Page, data: str) -> Iterator[Row]:
    watch = 4 * BOUNDS[data]  # ms; what takes longer counts as this
    delays = [
        page.evaluate(CHANGE, {"place": str(300 + 60 * i), "watch": watch, "before": i})
        for i in range(CHANGES)
    ]
    what = f"a race of five on {data}: a weight is changed, its plane shows it"
    yield Row(f"{what}, median", statistics.median(delays), "ms", BOUNDS[data])
    yield Row(f"{what}, worst", max(delays), "ms")
    yield Row(f"a race of five on {data}: cancelled", page.evaluate(CANCEL), "ms", 1000)
