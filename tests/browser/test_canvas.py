"""The live canvas in a real Chromium: what a hand moves is answered without the server."""

import re

import pytest
from playwright.sync_api import expect

from ae_core.data import is_available, load_dataset
from app import services
from app.palette import CODECS
from app.services.catalogue import network
from app.widgets.live import MOST_SAMPLES

pytestmark = pytest.mark.browser

KINDS = ["digits", "shapes", "patches", "rings", "spiral", "cbf"]


class Canvas:
    """The canvas of an open page, and the messages that the page sends."""

    def __init__(self, visitor, path):
        self.visitor, self.sent = visitor, []
        self.page = visitor.page
        self.page.on("websocket", lambda s: s.on("framesent", lambda f: self.sent.append(f)))
        visitor.open(path)
        self.wait()

    def wait(self):
        # The component is fetched after the page has come to rest.
        expect(self.page.locator(".bnc-number").first).to_be_visible(timeout=60_000)
        for number in self.page.locator(".bnc-number").all():
            expect(number).to_contain_text("=", timeout=60_000)
        self.page.wait_for_timeout(1500)

    def card(self, codec):
        return self.page.locator(f".bnc-card[data-codec={codec}]")

    def plane(self, codec):
        return self.card(codec).locator(".bnc-front")

    def pictures(self):
        """Every small picture's pixels, by place: input, then reconstruction and error map."""
        return self.page.locator(".bnc-grid .bnc-picture").evaluate_all(
            "all => all.map(canvas => canvas.toDataURL())"
        )

    def points(self, codec):
        return self.card(codec).locator(".bnc-points").evaluate("c => c.toDataURL()")

    def numbers(self):
        return self.page.locator(".bnc-number").all_inner_texts()

    def walk(self, codec, steps=12):
        box = self.plane(codec).bounding_box()
        for i in range(steps):
            share = (i + 1) / (steps + 1)
            self.page.mouse.move(
                box["x"] + share * box["width"], box["y"] + (0.2 + 0.6 * share) * box["height"]
            )


@pytest.fixture
def canvas(visit):
    def open_(path, **look):
        return Canvas(visit(**look), path)

    return open_


@pytest.mark.parametrize("path", ["/", "/latent"])
@pytest.mark.parametrize("data", KINDS)
def test_six_planes_answer_one_hand_without_a_message(canvas, path, data):
    found = canvas(f"{path}?data={data}")
    assert found.page.locator(".bnc-card[data-codec]").count() == len(CODECS)
    before, sent = found.pictures(), len(found.sent)
    for codec in ("pca", "variational"):
        found.walk(codec)
        found.page.wait_for_timeout(200)
        changed = [a != b for a, b in zip(before, found.pictures(), strict=True)]
        assert changed[0], f"{codec}: the input did not follow"
        assert all(changed[1::2]), f"{codec}: a reconstruction did not follow"
        before = found.pictures()
    assert len(found.sent) == sent, "moving over a plane asked the server"
    found.visitor.check()


def test_the_first_picture_and_the_next_are_the_samples_that_the_server_measures(canvas):
    found = canvas("/?data=digits&sample=7")
    for sample in (7, 8):  # the second by its code of before, not encoded again
        for codec, number in zip(CODECS, found.numbers(), strict=True):
            expected = float(services.errors(services.ref("digits", codec, 2))[sample])
            assert float(number.split("=")[1]) == pytest.approx(expected, rel=0.01)
        found.page.get_by_label("Sample after").click()
        found.page.wait_for_timeout(1000)


@pytest.mark.skipif(not is_available("mnist"), reason="the MNIST files are not here")
def test_a_link_to_a_sample_beyond_the_drawn_ones_shows_that_sample(canvas):
    found = canvas(f"/?data=mnist&codecs=pca&sample={MOST_SAMPLES + 5777}")
    name = found.page.locator(".bnc-name")
    expect(name).to_contain_text(f"sample {MOST_SAMPLES + 5777}, ")
    which = services.ref("mnist", "pca", 2)
    expected = float(services.errors(which)[MOST_SAMPLES + 5777])
    assert float(found.numbers()[0].split("=")[1]) == pytest.approx(expected, rel=0.01)
    found.page.get_by_label("Sample after").click()
    expect(name).to_contain_text(f"sample {MOST_SAMPLES + 5778}, ")


def test_a_weight_moves_points_and_pictures_while_it_is_dragged(canvas):
    found = canvas("/?sample=3")
    knob = found.card("variational").locator("input[type=range]")
    box = knob.bounding_box()
    middle = box["y"] + box["height"] / 2
    sent, others = len(found.sent), found.points("sparse")
    seen = {found.points("variational")}
    numbers = {found.numbers()[-1]}
    found.page.mouse.move(box["x"] + box["width"] / 2, middle)
    found.page.mouse.down()
    for share in (0.6, 0.7, 0.8, 0.9):
        found.page.mouse.move(box["x"] + share * box["width"], middle)
        found.page.wait_for_timeout(250)
        seen.add(found.points("variational"))
        numbers.add(found.numbers()[-1])
    assert len(seen) == 5
    assert len(numbers) == 5
    assert len(found.sent) == sent, "a weight that still moves asked the server"
    assert found.points("sparse") == others
    found.page.mouse.up()
    found.page.wait_for_url("**weights=variational*")
    found.visitor.check()


def test_the_curve_beside_a_weight_is_the_objective_of_the_core(canvas):
    found = canvas("/?data=digits")
    x = load_dataset("digits").test
    for codec, samples in (("sparse", 128), ("contractive", 64)):  # as many as the canvas takes
        curve = found.card(codec).locator(".bnc-trade")
        expect(curve).to_have_attribute("data-points", re.compile("."), timeout=30_000)
        points = [
            tuple(map(float, point.split(" ")))
            for point in curve.get_attribute("data-points").split(",")
        ]
        model = network(services.ref("digits", codec, 2))
        low, high = model.config.weight
        rows = [i * len(x) // samples for i in range(samples)]
        for at, (penalty, reconstruction) in enumerate(points):
            told = model.objective(x[rows], weight=low * (high / low) ** (at / (len(points) - 1)))
            assert penalty == pytest.approx(told.penalty.item(), rel=1e-3)
            assert reconstruction == pytest.approx(told.reconstruction.item(), rel=1e-3)
        assert len(points) == 9


def test_the_weight_in_the_browser_is_the_weight_of_the_core(canvas):
    found = canvas("/?sample=3&weights=sparse:0.5,variational:2")
    for codec, weight in (("sparse", 0.5), ("variational", 2.0)):
        expected = float(services.errors(services.ref("digits", codec, 2, weight))[3])
        shown = found.card(codec).locator(".bnc-number").inner_text()
        assert float(shown.split("=")[1]) == pytest.approx(expected, rel=0.01)


def test_longer_codes_lie_by_their_components_until_two_units_are_chosen(canvas):
    first = canvas("/latent?data=digits&latent_dim=16")
    picks = first.page.get_by_role("combobox", name=re.compile("^(across|upwards)$"))
    expect(picks).to_have_count(0)
    before = [first.points(codec) for codec in CODECS]
    first.page.get_by_role("radio", name="two units").click()
    first.page.wait_for_url("**axes=units*")
    expect(picks).to_have_count(2)
    first.page.wait_for_timeout(1000)
    assert all(first.points(codec) != old for codec, old in zip(CODECS, before, strict=True))
    first.visitor.check()


def test_a_link_restores_weight_place_and_sample(canvas):
    first = canvas("/")
    box = first.plane("sparse").bounding_box()
    first.page.mouse.click(box["x"] + 8, box["y"] + 0.6 * box["height"])
    first.page.wait_for_url("**pointer=*")
    first.card("contractive").locator("input[type=range]").focus()
    first.page.keyboard.press("End")
    first.page.wait_for_url("**weights=*")
    first.page.mouse.move(2, 2)
    first.page.wait_for_timeout(500)
    second = canvas("/" + "?" + first.page.url.split("?")[1])
    assert second.numbers() == first.numbers()
    assert second.pictures() == first.pictures()


def test_everything_is_reached_by_keys(canvas):
    found = canvas("/")
    found.plane("pca").focus()
    before = found.pictures()
    for _ in range(6):
        found.page.keyboard.press("ArrowRight")
    found.page.wait_for_timeout(200)
    assert found.pictures() != before
    found.page.keyboard.press("Tab")
    active = "() => { let a = document.activeElement; while (a.shadowRoot) a = a.shadowRoot.activeElement; return a.getAttribute('aria-label') }"  # noqa: E501
    assert found.page.evaluate(active) == "Undercomplete: latent plane"
    for _ in range(6):
        found.page.keyboard.press("ArrowUp")
    found.page.keyboard.press("Enter")
    found.page.wait_for_function("/sample=|pointer=/.test(location.search)")
    for control in found.page.locator(".bnc :is(input, select, button, [tabindex='0'])").all():
        named = control.evaluate("e => e.getAttribute('aria-label') || e.textContent || e.title")
        labelled = control.evaluate("e => Boolean(e.closest('label'))")
        assert named or labelled
    found.visitor.check()


def test_a_finger_chooses_a_sample(phone):
    page = phone("/")
    plane = page.locator(".bnc-card[data-codec=pca] .bnc-front")
    expect(page.locator(".bnc-card[data-codec=pca] .bnc-number")).to_contain_text(
        "=", timeout=60_000
    )
    page.wait_for_timeout(2000)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function("/sample=|pointer=/.test(location.search)")


def test_a_lasso_pins_a_set_in_the_address(canvas):
    found = canvas("/latent?lasso=1")
    box = found.plane("variational").bounding_box()
    x, y, w, h = (box[k] for k in ("x", "y", "width", "height"))
    found.page.mouse.move(x + 0.1 * w, y + 0.1 * h)
    found.page.mouse.down()
    for a, b in ((0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)):
        found.page.mouse.move(x + a * w, y + b * h, steps=4)
    found.page.mouse.up()
    found.page.wait_for_url("**picked=*")
    expect(found.page.get_by_text(re.compile(r"100 of \d+ samples kept"))).to_be_visible()
    found.visitor.check()


@pytest.mark.parametrize("data", ["digits", "moons", "cbf"])
def test_a_path_plays_in_every_codec_and_its_ends_are_dragged(canvas, data):
    found = canvas(f"/generate?data={data}")
    recon = found.page.locator(".bnc-card[data-codec] .bnc-picture:first-child")
    draw = "all => all.map(canvas => canvas.toDataURL())"
    before, sent = recon.evaluate_all(draw), len(found.sent)
    found.page.get_by_role("button", name="Play").click()
    found.page.wait_for_timeout(700)
    after = recon.evaluate_all(draw)
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert len(found.sent) == sent
    found.page.get_by_role("button", name="Pause").click()
    box = found.plane("variational").bounding_box()
    found.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    found.page.mouse.down()
    found.page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"], steps=5)
    assert len(found.sent) == sent
    found.page.mouse.up()
    found.page.wait_for_url("**anchors=*")
    found.visitor.check()
