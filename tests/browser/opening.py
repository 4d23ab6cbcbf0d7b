"""What tests of the live canvas do first: open a page, take other data."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from app import services
from app.canvas.modules import modules


def open_canvas(visitor, path, wanted="="):
    """The visitor, once the last number of the canvas says what it should."""
    visitor.open(path)
    expect(visitor.page.locator(".bnc-number").last).to_contain_text(wanted, timeout=60_000)
    visitor.page.wait_for_timeout(1000)
    return visitor


def take_data(page, name):
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=services.title(name), exact=True).click()


def hold_knob(page, codec, to, symbol, wait=800):
    """Drag a codec's weight to a share of its slider and keep it in the hand: the weight there."""
    knob = page.locator(f"[data-codec={codec}] .bnc-knob input")
    knob.scroll_into_view_if_needed()
    box = knob.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + to * box["width"], box["y"] + 10, steps=6)
    page.wait_for_timeout(wait)
    return float(knob.get_attribute("aria-valuetext").removeprefix(f"{symbol} = "))


@contextmanager
def bare_page(browser: Browser) -> Iterator[Page]:
    """A page of nothing that can import the canvas's modules."""
    page = browser.new_page()

    def serve(route):
        name = route.request.url.rsplit("/", 1)[1]
        kind = "text/javascript" if name else "text/html"
        route.fulfill(body=modules().get(name, b"<!doctype html>"), content_type=kind)

    page.route("http://canvas.test/**", serve)
    page.goto("http://canvas.test/")
    yield page
    page.close()
