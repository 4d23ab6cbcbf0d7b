"""Sliders of the live canvas in a real Chromium: under keys, and under a finger that scrolls."""

import pytest
from playwright.sync_api import expect

from tests.browser.opening import open_canvas

pytestmark = pytest.mark.browser


def test_an_arrow_key_always_moves_a_weight_and_its_number(visit):
    visitor = open_canvas(visit(), "/reconstruct?codecs=sparse&count=2", "mean")
    knob = visitor.page.locator(".bnc-shelf[data-codec=sparse] .bnc-knob input")
    value = visitor.page.locator(".bnc-shelf[data-codec=sparse] .bnc-knob .bnc-value")
    seen = [value.inner_text()]
    for key in 3 * ["ArrowRight"] + 3 * ["ArrowLeft"]:
        knob.press(key)
        seen.append(value.inner_text())
    numbers = [float(text.split()[-1]) for text in seen]
    assert numbers[0] < numbers[1] < numbers[2] < numbers[3]
    assert numbers[3] > numbers[4] > numbers[5] > numbers[6]
    for key, end in (("End", "max"), ("Home", "min")):
        knob.press(key)
        last = value.inner_text()
        assert knob.input_value() == knob.get_attribute(end)
        knob.press("ArrowLeft" if key == "End" else "ArrowRight")
        assert value.inner_text() != last
        knob.press("ArrowRight" if key == "End" else "ArrowLeft")
        assert value.inner_text() == last
    visitor.check()


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/?codecs=contractive", ".bnc-knob input"), ("/?codecs=pca", ".bnc-stepper input"),
        ("/denoise?codecs=pca", ".bnc-level input"), ("/generate?codecs=pca", ".bnc-stepper input"),
    ],
)  # fmt: skip
def test_a_finger_that_scrolls_over_a_slider_leaves_its_value(phone, path, what):
    page = phone(path)
    slider = page.locator(what).first
    slider.wait_for(timeout=60_000)
    page.wait_for_timeout(2500)
    slider.evaluate("e => e.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    box, before, where = slider.bounding_box(), slider.input_value(), page.url
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2
    top = page.locator(".stMain").evaluate("e => e.scrollTop")
    way = 1 if top > 200 else -1  # where the page has room
    for i in range(12):
        kind = "touchMove" if i else "touchStart"
        spots = [{"x": x, "y": y + 12 * i * way}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})
        page.wait_for_timeout(16)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(800)
    assert page.locator(".stMain").evaluate("e => e.scrollTop") != top, "it did not scroll"
    assert slider.input_value() == before
    assert page.url == where
    page.touchscreen.tap(*_place(slider, 0.9))  # a press is meant
    expect(slider).not_to_have_value(before)


def _place(slider, share):
    box = slider.bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2
