"""Below the bench: more samples under the same noise, and every repair over all levels."""

import csv
import io

import numpy as np
import pytest
from playwright.sync_api import expect

from app import services
from app.palette import CODECS, codec_name
from app.services import LINEAR, MEDIAN, NOISY, Damage
from tests.browser.opening import open_canvas

pytestmark = pytest.mark.browser

CHOSEN = (5, 7, 123)
BLOCK = {"block": "0.4", "block_x": "0.3", "block_y": "0.6"}


def link(**changes):
    asked = {"data": "digits", "latent_dim": "16", "picked": ",".join(map(str, CHOSEN))} | changes
    return "/denoise?" + "&".join(f"{name}={value}" for name, value in asked.items())


def saved(page, card, word):
    """The rows of a CSV that a card's button saves."""
    with page.expect_download() as download:
        page.get_by_role("region", name=card).get_by_role("button", name=word).click()
    text = download.value.path().read_text()
    return list(csv.reader(io.StringIO(text)))


def table(page):
    """Repair -> PSNR of all samples, then of each."""
    head, *lines = saved(page, "The same noise on several samples", "CSV")
    assert head == ["repair", "psnr_db", *(f"psnr_db_sample_{i}" for i in CHOSEN)]
    return {name: [float(v) for v in values] for name, *values in lines}


def whole(page):
    """Waits until all strips and curves are drawn."""
    expect(page.locator(".bnc-levels")).to_have_attribute(
        "data-drawn", str(len(CODECS) + 3), timeout=60_000
    )
    page.wait_for_timeout(500)


def check_against_a_fresh_page(visit, page):
    """Strips and curves are those of a page that is opened at this one's address."""
    other = open_canvas(visit(), page.url[page.url.index("/denoise") :], "dB").page
    whole(other)
    other.wait_for_timeout(4000)
    assert table(page) == table(other)
    names = "PSNR over the noise level", "CSV"
    assert saved(page, *names) == saved(other, *names)


@pytest.mark.parametrize(
    ("data", "d", "clip"), [("digits", 16, False), ("digits", 16, True), ("cbf", 8, False)]
)
def test_strips_show_what_the_core_repairs(visit, data, d, clip):
    """Without noise the erased block is all the damage, and no draw of chance stands between."""
    path = link(data=data, latent_dim=d, noise_level="0", clip=int(clip), **BLOCK)
    page = open_canvas(visit(), path, "dB").page
    whole(page)
    expect(page.locator(".bnc-key .bnc-code")).to_contain_text("The curves begin at σ = 0.05")
    asked = Damage(data, CHOSEN, "gaussian", 0.0, 0, clip, (0.3, 0.6, 0.4))
    refs = [services.ref(data, codec, d) for codec in CODECS]
    told = tuple(services.at_level(which, "gaussian", 0.0) for which in refs)
    expected = services.scores(asked, told)
    found = table(page)
    assert set(found) == {*CODECS, NOISY, MEDIAN, LINEAR}
    for name, score in expected.items():
        assert found[name] == pytest.approx([score.total, *score.each], abs=0.03), name
    best = max(expected, key=lambda name: expected[name].total)
    stars = page.locator(".bnc-strip").filter(has=page.locator(".bnc-number", has_text="★"))
    expect(stars).to_have_count(1)
    assert stars.get_attribute("data-codec") == best
    words = page.locator(f".bnc-strip[data-codec={best}] figcaption").all_inner_texts()
    assert [w.removeprefix("★ ") for w in words] == [f"{v:.1f}" for v in found[best][1:]]


@pytest.mark.parametrize(
    ("kind", "clip"),
    [("gaussian", False), ("gaussian", True), ("salt_pepper", True), ("masking", False)],
)
def test_the_curves_are_those_of_the_core(visit, kind, clip):
    """Of other samples and other draws of noise, so within what these are worth."""
    page = open_canvas(visit(), link(corruption=kind, clip=int(clip), **BLOCK), "dB").page
    whole(page)
    page.wait_for_timeout(4000)
    head, *lines = saved(page, "PSNR over the noise level", "CSV")
    levels = tuple(float(line[0]) for line in lines)
    refs = [services.ref("digits", codec, 16, corruption=kind) for codec in CODECS]
    expected = services.psnr_over_levels(
        "digits", tuple(refs), kind, levels, 0, clip, (0.3, 0.6, 0.4)
    )
    assert set(head) == {"level", *expected}
    for place, name in enumerate(head[1:], start=1):
        found = np.array([float(line[place]) for line in lines])
        assert np.abs(found - expected[name]).max() < 0.7, name


def test_a_weight_moves_its_own_strip_and_curve_and_nobody_elses(visit):
    visitor, sent = visit(), []
    visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    page = open_canvas(visitor, link(), "dB").page
    whole(page)
    page.wait_for_timeout(3000)

    def looks():
        strips = {s.get_attribute("data-codec"): s for s in page.locator(".bnc-strip").all()}
        pictures = {
            name: strip.locator("canvas").evaluate_all("all => all.map(c => c.toDataURL())")
            for name, strip in strips.items()
        }
        return pictures, page.locator(".bnc-key b").all_inner_texts()

    (before, read), heard = looks(), len(sent)
    knob = page.locator(".bnc-repairs [data-codec=variational] .bnc-knob input")
    box = knob.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 10, steps=4)
    page.wait_for_timeout(1500)
    after, now = looks()
    assert [name for name in before if before[name] != after[name]] == ["variational"]
    assert [i for i, words in enumerate(read) if words != now[i]] == [len(read) - 1]
    assert len(sent) == heard
    page.mouse.up()
    page.wait_for_url("**weights=variational*")
    page.wait_for_timeout(1500)
    assert looks()[0] == after  # the server's answer changes nothing
    visitor.check()


def test_strips_and_curves_that_were_moved_are_those_of_a_page_opened_there(visit):
    visitor = open_canvas(visit(), link(), "dB")
    page = visitor.page
    whole(page)
    page.locator(".bnc-repairs [data-codec=contractive] .bnc-knob input").focus()
    page.keyboard.press("End")
    page.get_by_role("checkbox", name="Erase a block").check()
    page.wait_for_url("**block=0.4*")
    page.wait_for_timeout(500)
    page.get_by_role("checkbox", name="Clip to [0, 1]").check()
    page.wait_for_function("['weights=', 'clip=1'].every(part => location.search.includes(part))")
    page.wait_for_timeout(5000)
    check_against_a_fresh_page(visit, page)
    visitor.check()


def test_a_map_for_another_block_is_not_shown(visit):
    visitor = open_canvas(visit(), link(**BLOCK), "dB")
    page = visitor.page
    card = page.get_by_role("region", name="Best linear map")
    expect(card.locator(".bnc-number")).to_contain_text("dB")
    page.route("**/_bottleneck/data/*.bin", lambda route: route.abort())
    down = page.get_by_role("slider", name="From top to bottom")
    down.focus()
    page.keyboard.press("Home")
    expect(card.locator(".bnc-number")).to_have_text("…")
    page.wait_for_url("**block_y=0*")
    page.wait_for_timeout(1500)
    expect(card.locator(".bnc-number")).to_have_text("…")  # its own never arrives
    told = page.locator(".bnc-key > div").filter(has_text="Best linear map").locator("b")
    expect(told).to_have_text("–")


def test_a_denoiser_taken_in_hand_is_told_the_level_no_more(visit):
    visitor = open_canvas(visit(), link(noise_level="0.8"), "dB")
    page = visitor.page
    card = page.locator(".bnc-repairs [data-codec=denoising]")
    expect(card.locator(".bnc-knob output")).to_have_text("= 0.8")
    tell = page.get_by_role("checkbox", name="Tell Denoising the level")
    expect(tell).to_be_checked()
    card.locator(".bnc-knob input").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(tell).not_to_be_checked()
    page.wait_for_url("**told=0*")
    page.wait_for_timeout(1500)
    assert card.locator(".bnc-knob output").inner_text() != "= 0.8"
    tell.check()
    expect(card.locator(".bnc-knob output")).to_have_text("= 0.8")
    page.wait_for_function("!location.search.includes('told=0')")
    visitor.check()


def test_another_noise_brings_its_denoiser_and_takes_nothing_out_of_a_hand(visit):
    visitor = open_canvas(visit(), link(), "dB")
    page = visitor.page
    whole(page)
    page.get_by_role("radio", name="Gaussian").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**corruption=salt_pepper*")
    knob = page.locator(".bnc-repairs [data-codec=denoising] .bnc-knob")
    expect(knob).to_contain_text("p = 0.25")
    page.wait_for_timeout(1500)
    expect(page.get_by_role("radio", name="Salt and pepper")).to_be_focused()
    page.wait_for_timeout(3000)
    check_against_a_fresh_page(visit, page)
    visitor.check()


def test_samples_are_chosen_by_number_by_chance_and_for_the_bench(visit):
    visitor = open_canvas(visit(), link(), "dB")
    page = visitor.page
    numbers = page.get_by_role("textbox", name="Test samples")
    card = page.get_by_role("region", name="The same noise on several samples")
    clean = page.locator(".bnc-strip[data-codec=clean] figcaption")
    assert numbers.input_value() == "5, 7, 123"
    last = services.data_info("digits").sizes[2] - 1
    for wrong, words in (
        ("12, x", f"x is no test sample: give whole numbers from 0 to {last}."),
        ("99999", f"99999 is no test sample: give whole numbers from 0 to {last}."),
        (" ".join(map(str, range(11))), "11 samples are too many: give 10 at most."),
    ):
        numbers.fill(wrong)
        numbers.press("Enter")
        expect(card.get_by_role("status")).to_have_text(words)
        assert clean.all_inner_texts() == ["5", "7", "123"]
    numbers.fill("8 200")
    numbers.press("Enter")
    page.wait_for_function("decodeURIComponent(location.search).includes('picked=8,200')")
    expect(clean).to_have_text(["8", "200"])
    card.get_by_role("button", name="sample 200").click()
    expect(page.locator(".bnc-bench .bnc-code").first).to_have_text("sample 200")
    page.wait_for_url("**sample=200*")
    page.get_by_role("button", name="Other samples by chance").click()
    page.wait_for_function("!location.search.includes('picked')")
    expect(clean).to_have_count(6)
    visitor.check()


def test_the_line_over_the_curves_moves_the_noise(visit):
    visitor, sent = visit(), []
    visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    page = open_canvas(visitor, link(), "dB").page
    whole(page)
    plot = page.locator(".bnc-levels")
    plot.scroll_into_view_if_needed()
    box, heard = plot.bounding_box(), len(sent)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    level = page.locator(".bnc-level output")
    expect(level).not_to_have_text("= 0.50")
    page.wait_for_timeout(300)
    assert len(sent) == heard
    page.mouse.up()
    shown = float(level.inner_text().removeprefix("= "))
    assert 0.85 < shown < 1
    page.wait_for_url(f"**noise_level={shown:g}*")
    expect(page.locator(".bnc-course .bnc-code")).to_contain_text(f"σ = {shown:.2f}")
    visitor.check()


def test_switches_and_block_write_the_address_and_come_back_from_it(visit):
    visitor = open_canvas(visit(), link(noise_level="0.3"), "dB")
    page = visitor.page
    page.get_by_role("checkbox", name="Clip to [0, 1]").check()
    page.get_by_role("checkbox", name="Erase a block").check()
    across = page.get_by_role("slider", name="From left to right")
    across.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url("**block_x=0.3*")
    for part in ("clip=1", "block=0.4"):
        assert part in page.url
    size = page.get_by_role("slider", name="Size of the block")
    size.focus()
    page.keyboard.press("Home")
    page.wait_for_url("**block=0.05*")
    expect(size).to_be_visible()  # at its smallest it is still in the hand
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**block=0.4*")
    whole(page)
    line = page.get_by_role("region", name="Best linear map").locator(".bnc-number")
    expect(line).to_contain_text("dB")  # one that knows this block has arrived
    damaged = page.locator(".bnc-holder canvas").nth(2)  # clean, the pad, damaged
    look = (
        "c => [...c.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, i) => i % 4 === 0)"
    )
    pixels = np.array(damaged.evaluate(look)).reshape(8, 8)
    assert (pixels[3:6, 1:4] == 0).all()
    again = visit()
    open_canvas(again, page.url.removeprefix(page.url.split("/denoise")[0]), "dB")
    other = again.page.locator(".bnc-holder canvas").nth(2)
    assert np.array_equal(pixels, np.array(other.evaluate(look)).reshape(8, 8))
    name = codec_name("denoising")
    expect(again.page.get_by_role("checkbox", name=f"Tell {name} the level")).to_be_checked()
    again.check()
    visitor.check()
