"""A real server and a real Chromium: what a visitor's machine does, on loopback only."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from ae_core.runs.queue import busy_places

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
# Opening a page by its address, Streamlit's own front end asks below it first and is told 404.
HARMLESS = ("/_stcore/health", "/_stcore/host-config")
PATIENCE = 60_000  # ms; two busy cores import torch in up to half a minute


def chromium() -> str | None:
    return next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a freshly started app with a home of its own."""
    if chromium() is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    home = tmp_path_factory.mktemp("home")
    with serving(home, free_port()) as address:
        yield address
    end_workers(home, signal.SIGTERM)


@contextmanager
def serving(home: Path, port: int) -> Iterator[str]:
    """The address of an app with this home; the workers that it starts outlive it."""
    log = home / "log.txt"
    with log.open("a") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app", "--server.port", str(port)],
            cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT,
            env={**os.environ, "BOTTLENECK_HOME": str(home)},
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address + "/_stcore/health", process, log)
            yield address
        finally:
            process.kill()  # as a power cut would: nothing is saved at the end that was not before
            process.wait(20)


def end_workers(home: Path, how: signal.Signals) -> int:
    """Send a signal to everyone who trains for this home; how many that were."""
    places = busy_places(home / "runs")
    for place in places:
        os.kill(place["pid"], how)
    return len(places)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


# Pictures of the page, then the small ones of a live canvas, which lives in a shadow root.
DRAWN = """kinds => {
    const found = [...document.querySelectorAll(kinds)]
        .map(e => e.currentSrc || e.getAttribute('src') || e.innerHTML);
    for (const host of document.querySelectorAll('.stMain *')) {
        if (!host.shadowRoot) continue;
        for (const e of host.shadowRoot.querySelectorAll('.bnc-picture')) found.push(e.toDataURL());
        for (const e of host.shadowRoot.querySelectorAll('.bnc-number')) found.push(e.textContent);
    }
    return found.join('\\n');
}"""


@pytest.fixture(scope="session")
def contexts():
    """Browser contexts that no visitor uses now: they know Streamlit's scripts already, which
    otherwise take a second of processor time to be fetched and compiled for every test.
    """
    return []


class Visitor:
    """A browser window of somebody new that remembers everything its console complained about."""

    def __init__(
        self, context: BrowserContext, server: str, size: tuple[int, int], theme: str
    ) -> None:
        self.server, self.context = server, context
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme=theme)
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not where.endswith(HARMLESS):
            self.complaints.append(f"{message.text} ({where})")

    def open(self, path: str) -> Page:
        self.page.goto(self.server + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page has been drawn and stays as it is for a second.

        Before its connection stands, Streamlit calls an empty page "notRunning" too: so a page
        at rest is one with something on it that three looks in a row find unchanged.
        """
        quiet = self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
        seen: list[str] = []
        for _ in range(PATIENCE // 400):
            self.page.wait_for_timeout(400)
            if not quiet.count() or self.page.locator('[data-stale="true"]').count():
                seen.clear()
                continue
            seen.append(self.page.evaluate("document.querySelector('.stMain')?.innerText.trim()"))
            if len(seen) >= 3 and seen[-1] and seen[-3:] == 3 * seen[-1:]:
                return
        raise AssertionError("the page never came to rest")

    def leave(self) -> BrowserContext:
        """Closes the window; whoever uses its context next is somebody else."""
        self.context.new_cdp_session(self.page).send(
            "Storage.clearDataForOrigin",
            {"origin": self.server, "storageTypes": "cookies,local_storage"},
        )
        self.page.close()
        return self.context

    def check(self) -> None:
        """No exception box, no error line, nothing in the console."""
        for what in ("stException", "stAlertContentError"):
            boxes = self.page.get_by_test_id(what)
            assert boxes.count() == 0, boxes.first.inner_text()
        assert not self.complaints, self.complaints

    def too_wide(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.querySelector('.stMain').scrollWidth - innerWidth"))

    def drawn(self) -> str:
        """The page's picture once it is there and three looks in a row find it the same."""
        seen = [""]
        for _ in range(PATIENCE // 500):
            seen.append(self.picture(plots=False))
            if seen[-1] and seen[-3:] == 3 * seen[-1:]:
                return seen[-1]
            self.page.wait_for_timeout(500)
        raise AssertionError("the page never drew a picture that stays")

    def wait_for_picture(self, expected: str, seconds: float = 30) -> None:
        """The page must come to show exactly this; a busy server may take a while."""
        end = time.monotonic() + seconds
        while (drawn := self.picture(plots=False)) != expected:
            if time.monotonic() > end:
                raise AssertionError(f"{len(drawn)} characters drawn, expected {len(expected)}")
            self.page.wait_for_timeout(250)

    def picture(self, plots: bool = True) -> str:
        """Everything the page draws, as text: sources of images, captions, numbers, plots.

        Plotly names its parts anew for every visitor, so two visitors compare without plots.
        """
        kinds = "img, figcaption, [data-testid=stMetric]" + ", svg.main-svg" * plots
        return str(self.page.evaluate(DRAWN, f".stMain :is({kinds})"))


@pytest.fixture
def phone(browser, server):
    """phone(path) -> a page under a finger; closed after the test."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )

    def open_(path: str) -> Page:
        page = context.new_page()
        page.goto(server + path)
        return page

    yield open_
    context.close()


@pytest.fixture
def visit(browser, contexts, server):
    """visit(size, theme) -> Visitor; leaves after the test."""
    made = []

    def make(size=(1440, 900), theme="light") -> Visitor:
        context = contexts.pop() if contexts else browser.new_context()
        made.append(Visitor(context, server, size, theme))
        return made[-1]

    yield make
    contexts.extend([visitor.leave() for visitor in made])
