"""Below the planes in a real Chromium: who lies next to a sample, by value and by code."""

import pytest
from playwright.sync_api import expect

from app import services
from app.palette import CODECS
from tests.browser.opening import hold_knob, open_canvas

pytestmark = pytest.mark.browser

# A hand goes over PCA's plane, a move per frame -> how many sets of neighbours it has seen.
MOVED = """async (frames) => {
  const roots = [...document.querySelectorAll('.stMain *')].map(e => e.shadowRoot);
  const host = roots.find(root => root?.querySelector('.bnc-nearest'));
  const plane = host.querySelector('[data-codec=pca] .bnc-front'), seen = new Set();
  const shown = host.querySelector('.bnc-nearest [data-codec=values]');
  const { left, top, width, height } = plane.getBoundingClientRect();
  for (let i = 0; i < frames; i++) {
    plane.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerType: 'mouse',
      clientX: left + width * (0.2 + 0.6 * i / frames), clientY: top + height * 0.5 }));
    await new Promise(requestAnimationFrame);
    seen.add(shown.dataset.rows);
  }
  return seen.size;
}"""


def strip(page, name):
    return page.locator(f".bnc-nearest .bnc-strip[data-codec={name}]")


def rows(page):
    """Strip -> the samples it shows, nearest first."""
    return {
        name: tuple(int(i) for i in strip(page, name).get_attribute("data-rows").split())
        for name in ("values", *CODECS)
    }


def expected(data, d, sample, k=6, **weights):
    refs = {codec: services.ref(data, codec, d, weights.get(codec)) for codec in CODECS}
    found = {codec: services.neighbours(which, data, sample, k) for codec, which in refs.items()}
    return {"values": services.neighbours(None, data, sample, k)} | found


@pytest.mark.parametrize(
    ("data", "d", "sample", "k"), [("digits", 2, 12, 6), ("cbf", 8, 3, 6), ("moons", 1, 40, 30)]
)
def test_neighbours_are_those_of_the_core(visit, data, d, sample, k):
    visitor = open_canvas(visit(), f"/latent?data={data}&latent_dim={d}&sample={sample}")
    page = visitor.page
    page.wait_for_timeout(500)
    by_hand = expected(data, d, sample, k)
    assert rows(page) == by_hand
    for codec in CODECS:
        both = len(set(by_hand[codec]) & set(by_hand["values"]))
        expect(strip(page, codec).locator(".bnc-code")).to_contain_text(f"{both} of {k} by value")
        words = strip(page, codec).locator("button + figcaption").all_inner_texts()
        assert sum(word.startswith("•") for word in words) == (0 if data == "moons" else both)
    visitor.check()


def test_neighbours_follow_a_weight_and_a_hand_without_the_server(visit):
    visitor, sent = visit(), []
    visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    page = open_canvas(visitor, "/latent?data=digits&latent_dim=2&sample=12").page
    page.wait_for_timeout(500)
    before, heard = rows(page), len(sent)
    weight = hold_knob(page, "variational", 0.2, "β")
    moved = expected("digits", 2, 12, variational=weight)
    assert moved["variational"] != before["variational"]
    assert rows(page) == moved
    assert len(sent) == heard
    page.mouse.up()
    page.wait_for_url("**weights=variational*")
    heard = len(sent)
    plane = page.locator("[data-codec=pca] .bnc-front")
    plane.hover(position={"x": 60, "y": 60})  # a place, or a sample: another one in any case
    page.wait_for_timeout(500)
    assert rows(page)["values"] != moved["values"]
    page.mouse.move(5, 5)
    page.wait_for_timeout(500)
    assert rows(page) == moved
    assert len(sent) == heard
    visitor.check()


def test_a_press_on_a_neighbour_goes_there(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&latent_dim=2&sample=12")
    page = visitor.page
    page.wait_for_timeout(500)
    other = rows(page)["sparse"][2]
    strip(page, "sparse").get_by_role("button").nth(2).click()
    page.wait_for_url(f"**sample={other}*")
    page.wait_for_timeout(500)
    assert rows(page) == expected("digits", 2, other)
    visitor.check()


@pytest.mark.parametrize(("high", "follows"), [(2000, True), (600, False)])
def test_neighbours_out_of_sight_wait_until_the_hand_rests(visit, high, follows):
    visitor = visit()
    visitor.page.set_viewport_size({"width": 1440, "height": high})
    page = open_canvas(visitor, "/latent?data=digits&latent_dim=2&sample=12").page
    page.wait_for_timeout(500)
    before = rows(page)
    assert (page.evaluate(MOVED, 60) > 5) is follows
    page.wait_for_timeout(1000)
    assert all(rows(page)[name] != before[name] for name in before)
    visitor.check()
