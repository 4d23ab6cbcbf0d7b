"""Hands that do what nobody expects: two acts at once, other buttons, a change of mind."""

import pytest
from playwright.sync_api import expect

from ae_core.data import is_available
from app import services
from app.widgets.live import MOST_SAMPLES
from tests.browser.opening import open_canvas, take_data

pytestmark = pytest.mark.browser

# The level is kept, then moves on under the hand while the server answers.
MOVE_ON = """input => {
    const [low, high] = [Number(input.min), Number(input.max)];
    for (const [share, type] of [[.9, 'input'], [.9, 'change'], [.2, 'input']]) {
        input.value = low + share * (high - low);
        input.dispatchEvent(new Event(type, {bubbles: true}));
    }
    return input.value;
}"""


def plane(page, codec):
    return page.locator(f".bnc-card[data-codec={codec}] .bnc-front")


def at(page, codec, across, down):
    box = plane(page, codec).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_what_one_press_chooses_and_pins_is_kept_whole_and_told_once(visit):
    visitor, sent = visit(), []
    page = visitor.page
    page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    open_canvas(visitor, "/latent?data=digits&sample=3")
    x, y = at(page, "sparse", 0.05, 0.05)
    for step in range(40):  # until the hand is on another sample
        page.mouse.move(x + 6 * step, y + 5 * step)
        page.wait_for_timeout(300)  # words follow a hand ten times a second
        name = page.locator(".bnc-name").inner_text()
        if name.startswith("sample") and not name.startswith("sample 3,"):
            break
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_url("**picked=*")
    visitor.settle()
    pinned = page.url.split("picked=")[1].split("&")[0]
    assert f"sample={pinned}" in page.url
    told = len(sent)
    page.locator(".bnc-card[data-codec=sparse] .bnc-knob input").press("PageUp")
    page.wait_for_url("**weights=*")
    later = [frame if isinstance(frame, bytes) else frame.encode() for frame in sent[told:]]
    assert any(b'"weights"' in frame for frame in later)
    assert not any(b'"pins"' in frame for frame in later), "what was answered is told again"
    visitor.check()


def test_only_a_click_chooses(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&sample=3")
    page = visitor.page
    page.mouse.move(*at(page, "pca", 0.5, 0.5))
    page.mouse.down(button="middle")
    page.mouse.up(button="middle")
    page.mouse.move(*at(page, "pca", 0.5, -0.5))  # pressed outside, let go over the plane
    page.mouse.down()
    page.mouse.move(*at(page, "pca", 0.5, 0.5))
    page.mouse.up()
    page.mouse.down()  # and the other way round
    page.mouse.move(*at(page, "pca", 0.5, -0.5))
    page.mouse.up()
    visitor.settle()
    assert "sample=3" in page.url
    assert "pointer=" not in page.url
    page.mouse.move(*at(page, "pca", 0.5, 0.5))
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("/sample=(?!3(&|$))|pointer=/.test(location.search)")
    visitor.check()


def test_arrows_go_on_from_where_another_plane_has_led(visit):
    visitor = open_canvas(visit(), "/latent?data=digits")
    page = visitor.page
    variational = page.locator(".bnc-card[data-codec=variational]")
    plane(page, "variational").focus()
    codes = []
    for places in ((), ((0.05, 0.05), (0.95, 0.95))):  # by keys alone, then after a mouse elsewhere
        for across, down in places:
            page.mouse.move(*at(page, "pca", across, down))
            page.wait_for_timeout(600)
        for _ in range(2):
            page.wait_for_timeout(600)
            words = variational.locator(".bnc-code").first.inner_text()
            codes.append([float(v) for v in words.replace("−", "-").split("=")[1].split(",")])
            page.keyboard.press("ArrowRight")
    _, walked, led, onwards = codes
    assert max(abs(a - b) for a, b in zip(walked, led, strict=True)) > 0.5
    assert max(abs(a - b) for a, b in zip(led, onwards, strict=True)) < 0.5
    visitor.check()


def test_a_plane_that_moved_without_a_scroll_is_found_again(visit):
    visitor = open_canvas(visit(), "/latent?data=digits")
    page, codes = visitor.page, []
    for push in (0, 70):
        page.evaluate(f"document.querySelector('.stMain').style.paddingTop = '{push}px'")
        for across in (0.5, 0.03):  # the second is on empty ground
            page.wait_for_timeout(600)
            page.mouse.move(*at(page, "pca", across, 0.03))
        page.wait_for_timeout(600)
        codes.append(page.locator(".bnc-card[data-codec=pca] .bnc-code").first.inner_text())
    assert codes[0] == codes[1]
    visitor.check()


def test_a_knob_goes_back_by_key_and_arrows_start_where_their_own_plane_is(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&weights=sparse:0.02")
    page = visitor.page
    knob = page.locator(".bnc-card[data-codec=sparse] .bnc-knob input")
    moved = knob.input_value()
    page.mouse.move(*at(page, "pca", 0.02, 0.02))  # far from what the other planes show
    page.wait_for_timeout(300)
    plane(page, "variational").focus()
    codes = []
    for _ in range(2):
        page.wait_for_timeout(500)
        words = page.locator(".bnc-card[data-codec=variational] .bnc-code").first.inner_text()
        codes.append([float(v) for v in words.replace("−", "-").split("=")[1].split(",")])
        page.keyboard.press("ArrowRight")
    assert max(abs(a - b) for a, b in zip(*codes, strict=True)) < 0.5
    knob.focus()
    page.keyboard.press("Delete")
    assert knob.input_value() != moved
    page.wait_for_function("!/weights=/.test(location.search)")
    visitor.check()


@pytest.mark.parametrize(("path", "name"), [
    ("/denoise?data=digits", ".bnc-level input"), ("/generate?data=moons", "Steps"),
])  # fmt: skip
def test_an_answer_leaves_a_slider_that_moved_on_alone(visit, path, name):
    visitor = open_canvas(visit(), path, "dB" if "denoise" in path else "=")
    page = visitor.page
    slider = page.locator(name) if name[0] == "." else page.get_by_role("slider", name=name)
    before = page.url
    value = slider.evaluate(MOVE_ON)
    page.wait_for_function("before => location.href !== before", arg=before)
    visitor.settle()
    assert slider.input_value() == value
    visitor.check()


def test_an_end_that_was_not_kept_goes_back(visit):
    visitor = open_canvas(visit(), "/generate?data=digits&anchors=3,9")
    page = visitor.page
    ends = [page.get_by_label(name, exact=True) for name in ("From sample", "To sample")]
    kept = [end.input_value() for end in ends]
    plane(page, "sparse").focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_timeout(300)
    assert [end.input_value() for end in ends] != kept
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert [end.input_value() for end in ends] == kept
    assert "anchors=3,9" in page.url.replace("%2C", ",")
    visitor.check()


def test_a_plane_whose_codec_is_late_takes_no_hand(visit):
    visitor = visit()
    page, waiting = visitor.page, []
    late = services.codec_url(services.ref("digits", "sparse", 2)).rsplit("/", 1)[1].split("?")[0]
    page.route(f"**/{late}*", lambda route: waiting.append(route))
    page.goto(visitor.server + "/latent?data=digits&lasso=1")
    number = page.locator(".bnc-card[data-codec=pca] .bnc-number")
    expect(number).to_contain_text("=", timeout=60_000)
    page.mouse.move(*at(page, "sparse", 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*at(page, "sparse", 0.6, 0.6), steps=4)
    page.mouse.up()
    plane(page, "sparse").focus()
    for key in ("ArrowLeft", "+", "Enter"):
        page.keyboard.press(key)
    assert waiting
    for route in waiting:
        route.continue_()
    expect(page.locator(".bnc-card[data-codec=sparse] .bnc-number")).to_contain_text("=")
    page.mouse.move(*at(page, "sparse", 0.5, 0.5), steps=4)
    visitor.settle()
    assert "picked=" not in page.url
    visitor.check()


def test_another_class_of_other_data_steps_back(visit):
    visitor = open_canvas(visit(), "/latent?data=digits")
    page = visitor.page
    page.locator(".bnc select").first.select_option("1")
    page.wait_for_url("**label=1*")
    take_data(page, "moons")
    page.wait_for_url("**data=moons*")
    visitor.settle()
    page.wait_for_timeout(1000)
    shown = "all => all.map(c => c.toDataURL())"
    switched = page.locator(".bnc-points").evaluate_all(shown)
    page.reload()
    visitor.settle()
    page.wait_for_timeout(2500)
    assert page.locator(".bnc-points").evaluate_all(shown) == switched
    visitor.check()


@pytest.mark.skipif(not is_available("mnist"), reason="the MNIST files are not here")
def test_a_sample_from_beyond_joins_the_others_and_leaves_the_hand_where_it_is(visit):
    visitor = open_canvas(visit(), "/generate?data=mnist&codecs=pca,variational")
    page = visitor.page
    first, second = (page.get_by_label(name, exact=True) for name in ("From sample", "To sample"))
    page.locator(".bnc-stepper input").evaluate(
        "input => { input.value = .25; input.dispatchEvent(new Event('input')); }"
    )
    pictures = "all => all.map(c => c.toDataURL())"
    drawn = page.locator(".bnc-card[data-codec] .bnc-picture:first-child")
    before = drawn.evaluate_all(pictures)
    first.fill(str(MOST_SAMPLES + 3000))
    first.press("Tab")
    second.focus()
    page.wait_for_url("**anchors=*")
    visitor.settle()
    page.wait_for_timeout(1000)
    assert first.input_value() == str(MOST_SAMPLES + 3000)
    assert second.evaluate("e => e.getRootNode().activeElement === e")
    assert page.locator(".bnc-stepper input").input_value() == "0.25"
    joined = drawn.evaluate_all(pictures)
    assert all(a != b for a, b in zip(before, joined, strict=True))
    first.fill(str(MOST_SAMPLES + 4000))  # takes the same place among the samples that are here
    first.press("Tab")
    page.wait_for_url(f"**anchors={MOST_SAMPLES + 4000}*")
    visitor.settle()
    page.wait_for_timeout(1000)
    again = drawn.evaluate_all(pictures)
    assert all(a != b for a, b in zip(joined, again, strict=True))
    page.reload()
    visitor.settle()
    page.wait_for_timeout(2500)
    page.locator(".bnc-stepper input").evaluate(
        "input => { input.value = .25; input.dispatchEvent(new Event('input')); }"
    )
    page.wait_for_timeout(500)
    assert drawn.evaluate_all(pictures) == again
    visitor.check()
