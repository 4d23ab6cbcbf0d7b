"""The bench of the denoise page in a real Chromium: noise, brush, pen and everybody's repair."""

import re
import time

import pytest
from playwright.sync_api import expect

from app import services
from app.palette import CODECS
from app.widgets.live import MOST_SAMPLES
from tests.browser.opening import open_canvas, take_data

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("data", ["digits", "shapes", "cbf"])
def test_the_bench_repairs_one_array_while_the_level_moves(visit, data):
    visitor, sent = visit(), []
    page = visitor.page
    page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    visitor.open(f"/denoise?data={data}")
    scores = page.locator(".bnc-repairs .bnc-number")
    expect(scores).to_have_count(len(CODECS) + 3, timeout=60_000)
    for score in scores.all():
        expect(score).to_contain_text("dB", timeout=60_000)
    level = page.locator(".bnc-level input")
    pictures = page.locator(".bnc-repairs .bnc-picture")
    expect(pictures).to_have_count(2 * (len(CODECS) + 3))  # each with its errors
    look = "all => all.map((c) => c.toDataURL())"
    box, before, heard = level.bounding_box(), pictures.evaluate_all(look), len(sent)
    told = scores.first.inner_text()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 10)
    expect(scores.first).not_to_have_text(told)
    page.wait_for_timeout(300)
    # Not the figures: a calm codec's error on one sample may stay the same to a tenth of a dB.
    for now, old in zip(pictures.evaluate_all(look), before, strict=True):
        assert now != old
    assert len(sent) == heard
    page.mouse.up()
    page.wait_for_url("**noise_level=*")
    visitor.check()


def test_a_drawing_is_centred_repaired_and_taken_back(visit):
    visitor = visit()
    page = visitor.open("/denoise?noise_level=0")
    expect(page.locator(".bnc-repairs .bnc-number").last).to_contain_text("dB", timeout=60_000)
    original = page.locator(".bnc-bench .bnc-holder .bnc-picture").first
    before = original.evaluate("c => c.toDataURL()")
    hint, undo = page.get_by_text("Draw here"), page.get_by_role("button", name="Undo")
    words = page.locator(".bnc-bench .bnc-duo .bnc-code").first
    expect(hint).to_be_hidden()
    expect(undo).to_be_disabled()
    page.get_by_role("radio", name="draw").click()
    expect(hint).to_be_visible()
    expect(words).to_have_text("nothing drawn yet")
    box = page.locator(".bnc-pad").bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.4 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_timeout(300)
    ink = """c => {
        const {data} = c.getContext('2d').getImageData(0, 0, 8, 8), columns = Array(8).fill(0);
        for (let i = 0; i < 64; i++) columns[i % 8] += data[4 * i];
        return columns }"""
    columns = original.evaluate(ink)  # drawn at the left, it stands in the middle
    assert columns.index(max(columns)) in (3, 4)
    assert columns[0] == columns[7] == 0
    expect(words).to_have_text("your drawing")
    undo.click()
    expect(hint).to_be_visible()
    page.wait_for_timeout(300)
    assert not any(original.evaluate(ink))
    page.get_by_role("radio", name="none").click()
    page.wait_for_timeout(300)
    assert original.evaluate("c => c.toDataURL()") == before
    visitor.check()


def test_a_bench_follows_the_last_data_that_was_asked_for(visit):
    visitor = open_canvas(visit(), "/denoise?data=digits", "dB")
    page = visitor.page
    page.get_by_role("radio", name="draw").click()
    expect(page.locator(".bnc-pad")).to_be_visible()
    slow = services.samples_url("shapes", limit=MOST_SAMPLES).rsplit("/", 1)[1]

    def late(route):
        time.sleep(4)
        route.continue_()

    page.route(f"**/{slow}", late)
    take_data(page, "shapes")
    page.wait_for_url("**data=shapes*")
    take_data(page, "cbf")
    page.wait_for_url("**data=cbf*")
    page.wait_for_timeout(5000)
    expect(page.locator(".bnc-pad")).to_be_hidden()
    assert page.locator(".bnc-series").count() == page.locator(".bnc-picture").count() > 0
    for score in page.locator(".bnc-repairs .bnc-number").all():
        expect(score).to_have_text(re.compile(r"\d dB"))
    visitor.check()


def test_a_digit_is_drawn_by_keys_and_by_one_finger_at_a_time(visit):
    visitor = open_canvas(visit(), "/denoise?data=digits&noise_level=0", "dB")
    page = visitor.page
    original = page.locator(".bnc-bench .bnc-holder .bnc-picture").first
    none = page.get_by_role("radio", name="none")
    none.focus()
    page.keyboard.press("ArrowRight")  # on to "draw"
    pad = page.locator(".bnc-pad")
    expect(pad).to_be_visible()
    page.wait_for_timeout(300)
    before = original.evaluate("c => c.toDataURL()")
    pad.focus()
    for key in (
        "Shift+ArrowUp",
        "Space",
        "ArrowDown",
        "Shift+ArrowDown",
        "Shift+ArrowDown",
        "Space",
    ):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    drawn = original.evaluate("c => c.toDataURL()")
    assert drawn != before
    page.keyboard.press("ArrowLeft")  # the pen is up
    page.wait_for_timeout(300)
    assert original.evaluate("c => c.toDataURL()") == drawn
    page.get_by_role("button", name="Undo").click()
    page.wait_for_timeout(300)
    assert original.evaluate("c => c.toDataURL()") == before
    touch, box = page.context.new_cdp_session(page), pad.bounding_box()
    spots = [(0.3, 0.3), (0.7, 0.7)]

    def fingers(kind, shares):
        at = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": k}
              for k, (x, y) in enumerate(shares)]  # fmt: skip
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    fingers("touchStart", spots[:1])
    fingers("touchStart", spots)
    fingers("touchMove", [(0.3, 0.5), (0.7, 0.4)])
    fingers("touchEnd", [])
    page.wait_for_timeout(300)
    assert original.evaluate("c => c.toDataURL()") != before
    page.get_by_role("button", name="Undo").click()  # it was one stroke
    page.wait_for_timeout(300)
    assert original.evaluate("c => c.toDataURL()") == before
    visitor.check()
