"""What tests of the live canvas do first: open a page, take other data."""

from playwright.sync_api import expect

from app import services


def open_canvas(visitor, path, wanted="="):
    """The visitor, once the last number of the canvas says what it should."""
    visitor.open(path)
    expect(visitor.page.locator(".bnc-number").last).to_contain_text(wanted, timeout=60_000)
    visitor.page.wait_for_timeout(1000)
    return visitor


def take_data(page, name):
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=services.title(name), exact=True).click()
