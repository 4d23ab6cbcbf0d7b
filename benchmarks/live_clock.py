"""How the pages of `python -m benchmarks.live` are timed: in the page, and by processor time."""

from playwright.sync_api import Page

from benchmarks.row import Row

TWO_FRAMES = 33.4  # ms: 33, to the 0.1 ms of Chromium's clock

SHADOW = """const canvas = [...document.querySelectorAll('.stMain *')]
  .find(e => e.shadowRoot?.querySelector('.bnc')).shadowRoot;
const shown = () => new Promise(done => requestAnimationFrame(() => {
  const port = new MessageChannel(); port.port1.onmessage = () => done(performance.now());
  port.port2.postMessage(0); }));
"""


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
