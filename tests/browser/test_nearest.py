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


def come(page, wanted):
    """The strips show these samples, as soon as the hand rests."""
    for name, ids in wanted.items():
        expect(strip(page, name)).to_have_attribute("data-rows", " ".join(map(str, ids)))


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
    by_hand = expected(data, d, sample, k)
    come(page, by_hand)
    page.wait_for_timeout(300)  # words are told ten times a second
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
    before, heard = expected("digits", 2, 12), len(sent)
    come(page, before)
    weight = hold_knob(page, "variational", 0.2, "β")
    moved = expected("digits", 2, 12, variational=weight)
    assert moved["variational"] != before["variational"]
    come(page, moved)
    assert len(sent) == heard
    page.mouse.up()
    page.wait_for_url("**weights=variational*")
    heard = len(sent)
    plane = page.locator("[data-codec=pca] .bnc-front")
    plane.hover(position={"x": 60, "y": 60})  # a place, or a sample: another one in any case
    before = " ".join(str(row) for row in moved["values"])
    expect(strip(page, "values")).not_to_have_attribute("data-rows", before)
    page.mouse.move(5, 5)
    come(page, moved)
    assert len(sent) == heard
    visitor.check()


@pytest.mark.parametrize("of", ["values", "sparse"])
def test_a_press_on_a_neighbour_goes_there(visit, of):
    visitor = open_canvas(visit(), "/latent?data=digits&latent_dim=2&sample=12")
    page = visitor.page
    before = expected("digits", 2, 12)
    come(page, before)
    other = before[of][2]
    strip(page, of).get_by_role("button").nth(2).click()
    page.wait_for_url(f"**sample={other}*")
    come(page, expected("digits", 2, other))
    visitor.check()


@pytest.mark.parametrize(("high", "follows"), [(2000, True), (600, False)])
def test_neighbours_out_of_sight_wait_until_the_hand_rests(visit, high, follows):
    visitor = visit()
    visitor.page.set_viewport_size({"width": 1440, "height": high})
    page = open_canvas(visitor, "/latent?data=digits&latent_dim=2&sample=12").page
    before = expected("digits", 2, 12)
    come(page, before)
    assert (page.evaluate(MOVED, 60) > 5) is follows
    for name, ids in before.items():
        expect(strip(page, name)).not_to_have_attribute("data-rows", " ".join(map(str, ids)))
    visitor.check()
