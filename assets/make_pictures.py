"""Take the README's pictures again: python assets/make_pictures.py (needs Chromium).

Starts the app on a free port of this machine, drives it with Playwright, writes screenshots/*.png
and one short recording, screenshots/hand.gif: a hand moves over a plane, then along two weights.
"""

import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "assets" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SIZE = {"width": 1440, "height": 900}
STILLS = {
    "home": "/",
    "reconstruct": "/reconstruct?pick=worst",
    "latent": "/latent?data=moons&latent_dim=1",
    "denoise": "/denoise",
}
FRAME_MS, GIF_WIDTH = 90, 880


@contextmanager
def serving() -> Iterator[str]:
    """The address of a freshly started app with an empty home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        command = ["-m", "streamlit", "run", "app", "--server.port", str(port)]
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env={**environ, "BOTTLENECK_HOME": home}
        )
        try:
            _wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


def visit(page: Page, address: str) -> None:
    """Open a page and wait until it is drawn and at rest."""
    page.goto(address, timeout=120_000)
    page.locator(".bnc-number, .stPlotlyChart").first.wait_for(timeout=120_000)
    page.wait_for_timeout(4000)


def frame(page: Page) -> Image.Image:
    """What the window shows, at the recording's width."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    height = round(shot.height * GIF_WIDTH / shot.width)
    return shot.resize((GIF_WIDTH, height), Image.Resampling.LANCZOS).convert("RGB")


def over_plane(page: Page, plane: Locator) -> Iterator[Image.Image]:
    """The hand walks across a plane."""
    box = plane.bounding_box()
    assert box is not None
    for i in range(24):
        u = i / 23
        page.mouse.move(
            box["x"] + (0.15 + 0.7 * u) * box["width"],
            box["y"] + (0.75 - 0.5 * abs(1 - 2 * u)) * box["height"],
        )
        page.wait_for_timeout(60)
        yield frame(page)


def along(page: Page, slider: Locator) -> Iterator[Image.Image]:
    """The hand drags a weight from end to end."""
    slider.focus()
    for key in ["Home", *["PageUp"] * 10]:
        slider.press(key)
        page.wait_for_timeout(60)
        yield frame(page)


def record(page: Page) -> None:
    """screenshots/hand.gif from the home page."""
    frames = list(over_plane(page, page.locator(".bnc-card[data-codec=variational] .bnc-front")))
    for codec in ("contractive", "variational"):
        card = page.locator(f".bnc-card[data-codec={codec}]")
        frames += along(page, card.locator("input[type=range]").last)
    palette = [f.quantize(255, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE) for f in frames]
    palette[0].save(
        PICTURES / "hand.gif", save_all=True, append_images=palette[1:], duration=FRAME_MS, loop=0
    )


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium on this machine: apt-get install chromium")
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport=SIZE)
        for name, path in STILLS.items():
            visit(page, address + path)
            page.screenshot(path=PICTURES / f"{name}.png")
        visit(page, address)
        record(page)
        browser.close()


if __name__ == "__main__":
    main()
