"""The reconstruct page in a real Chromium: true numbers, and weights that answer under the hand."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from ae_core.data import is_available
from app import services
from app.palette import CODECS

pytestmark = pytest.mark.browser

SHOWN = """all => all.map(row => ({
    codec: row.dataset.codec,
    mean: row.querySelector('.bnc-number').textContent,
    numbers: [...row.querySelectorAll('figcaption')].map(e => e.textContent),
    pictures: [...row.querySelectorAll('.bnc-picture')].map(e => e.toDataURL()),
}))"""


class Gallery:
    """The rows of an open page, and the messages that the page sends."""

    def __init__(self, visitor, query):
        self.visitor, self.page, self.sent = visitor, visitor.page, []
        self.page.on("websocket", lambda s: s.on("framesent", lambda f: self.sent.append(f)))
        visitor.open(f"/reconstruct?{query}")
        self.wait()

    def wait(self):
        """Every codec has come and has said what it makes of the samples."""
        for number in self.page.locator(".bnc-shelf .bnc-number").all():
            expect(number).to_contain_text(re.compile(r"\d"), timeout=60_000)
        self.page.wait_for_timeout(700)

    def rows(self):
        found = self.page.locator(".bnc-shelf[data-codec]").evaluate_all(SHOWN)
        return {row["codec"]: row for row in found}

    def samples(self):
        words = self.page.locator(".bnc-shelf:not([data-codec]) small").all_inner_texts()
        return [int(text.split()[-1]) for text in words]

    def knob(self, codec):
        return self.page.locator(f".bnc-shelf[data-codec={codec}] input[type=range]")


@pytest.fixture
def gallery(visit):
    return lambda query, **look: Gallery(visit(**look), query)


def value(text):
    return float(text.split()[-1].replace("−", "-"))


@pytest.mark.parametrize(
    ("data", "query"),
    [
        ("digits", "pick=worst&sort=sparse"), ("shapes", "pick=classes"), ("patches", "count=3"),
        ("moons", "label=1"), ("cbf", "pick=best"), ("mnist", "pick=worst&count=8"),
    ],
)  # fmt: skip
def test_the_numbers_are_those_of_the_server(gallery, data, query):
    if not is_available(data):
        pytest.skip(f"{data} is not on this machine")
    found = gallery(f"data={data}&{query}")
    rows, samples = found.rows(), found.samples()
    assert list(rows) == list(CODECS)
    sizes = services.full_sizes(data)
    for codec, row in rows.items():
        which = services.ref(data, codec, max(sizes))
        weight = services.codec_info(which).weight_start
        error = services.errors(services.ref(data, codec, max(sizes), weight))[samples]
        told = [value(text) for text in row["numbers"]]
        assert told == pytest.approx(error.tolist(), rel=0.02, abs=1e-5)
        assert value(row["mean"]) == pytest.approx(float(np.mean(error)), rel=0.02)
    found.visitor.check()


def test_a_weight_moves_its_row_alone_and_the_server_hears_of_it_once(gallery):
    found = gallery("sample=3")
    before, knob = found.rows(), found.knob("variational")
    knob.scroll_into_view_if_needed()
    box = knob.bounding_box()
    middle, sent = box["y"] + box["height"] / 2, len(found.sent)
    seen = {before["variational"]["mean"]}
    found.page.mouse.move(box["x"] + box["width"] / 2, middle)
    found.page.mouse.down()
    for share in (0.6, 0.7, 0.8, 0.9):
        found.page.mouse.move(box["x"] + share * box["width"], middle)
        found.page.wait_for_timeout(250)
        seen.add(found.rows()["variational"]["mean"])
    assert len(seen) == 5
    assert len(found.sent) == sent, "a weight that still moves asked the server"
    found.page.mouse.up()
    found.page.wait_for_url("**weights=variational*")
    found.visitor.settle()
    after = found.rows()
    assert [codec for codec in CODECS if after[codec] != before[codec]] == ["variational"]
    found.page.reload()
    found.visitor.settle()
    found.wait()
    assert found.rows() == after
    found.visitor.check()


@pytest.mark.parametrize("path", ["/", "/latent", "/reconstruct"])
def test_an_answer_of_the_server_leaves_a_hand_that_moved_on_alone(visit, path):
    visitor = visit()
    page = visitor.open(path)
    knob = page.locator(".bnc-card[data-codec=variational] .bnc-knob input")
    expect(knob).to_be_visible(timeout=60_000)
    page.wait_for_timeout(1500)
    knob.evaluate("""input => {
        for (const [value, type] of [[700, 'input'], [700, 'change'], [200, 'input']]) {
            input.value = value;
            input.dispatchEvent(new Event(type, {bubbles: true}));
        }
    }""")
    page.wait_for_url("**weights=variational*")
    visitor.settle()
    assert knob.input_value() == "200"
    visitor.check()


def test_other_samples_keep_the_weights(gallery):
    found = gallery("pick=best&count=4")
    knob = found.knob("contractive")
    knob.focus()
    for _ in range(40):  # the keyboard's path
        knob.press("ArrowRight")
    words = knob.get_attribute("aria-valuetext")
    found.page.wait_for_url("**weights=contractive*")
    first = found.samples()
    found.page.get_by_role("radio", name="Worst").or_(
        found.page.get_by_role("button", name="Worst")
    ).first.click()
    found.page.wait_for_url("**pick=worst*")
    found.visitor.settle()
    found.wait()
    assert set(first).isdisjoint(found.samples())
    assert found.knob("contractive").get_attribute("aria-valuetext") == words
    found.visitor.check()


@pytest.mark.parametrize("data", ["digits", "moons", "cbf"])
def test_a_phone_shows_every_sample_of_every_codec(gallery, data):
    found = gallery(f"data={data}&count=5", size=(390, 844), theme="dark")
    assert found.visitor.too_wide() <= 0
    for row in found.rows().values():
        assert len(set(row["pictures"])) > 5
    wide = found.page.locator(".bnc-cells figure").evaluate_all(
        "all => Math.max(...all.map(e => e.getBoundingClientRect().right)) - innerWidth"
    )
    assert wide <= 0


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_an_original_is_as_large_as_what_becomes_of_it(gallery, size):
    found = gallery("codecs=pca&count=16", size=size)
    wide = "row => row.querySelector('.bnc-picture').getBoundingClientRect().width"
    first, below = (row.evaluate(wide) for row in found.page.locator(".bnc-shelf").all())
    assert first >= below > 10
    words = found.page.locator(".bnc-shelf:not([data-codec]) figcaption").evaluate_all(
        "all => all.map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(words) <= 1, "a sample's name runs out of its column"


def test_where_the_modules_do_not_load_a_sentence_and_sliders_stand_in(visit):
    visitor = visit()
    page = visitor.page
    page.route("**/_bottleneck/js/**", lambda route: route.abort())
    page.goto(visitor.server + "/reconstruct")
    page.get_by_text("The live canvas could not start").wait_for()
    expect(page.locator(".bn-gallery")).to_be_visible()
    expect(page.locator(".st-key-weights").get_by_role("slider")).to_have_count(4)


BARS = """plot => JSON.stringify(plot.data.map(one => one.x))"""


def test_what_is_open_below_follows_a_weight_that_was_let_go(gallery):
    found = gallery("count=2&scored=1")
    page = found.page
    page.get_by_text("Why do I see this?").click()
    page.get_by_role("tab", name="Variational").click()
    terms = page.locator(".bn-sum").last
    expect(terms).to_be_visible()
    found.visitor.settle()
    bars, before = page.locator(".js-plotly-plot").first, terms.inner_text()
    drawn = bars.evaluate(BARS)
    knob = found.knob("variational")
    knob.focus()
    for _ in range(40):
        knob.press("ArrowRight")
    page.wait_for_url("**weights=variational*")
    found.visitor.settle()
    assert terms.inner_text() != before
    assert bars.evaluate(BARS) != drawn
    found.visitor.check()
