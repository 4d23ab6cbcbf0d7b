"""Zoomed planes in a real Chromium: linked, panned, with pictures where points leave room."""

import pytest
from playwright.sync_api import expect

from app.canvas.modules import modules

pytestmark = pytest.mark.browser

ROOM = """async (places) => {
  const { roomy, under } = await import("/thumbs.js");
  const plane = { width: 300, height: 200, px: u => u, py: v => v };
  const found = roomy(plane, places, 0.5, [7, 3]);
  const rows = [...found.rows];
  return { sides: found.sides, rows: rows.map(([row, at]) => [row, ...at]),
    hits: rows.map(([, [x, y]]) => under(found, x + 1, y - 1)), dense:
    roomy(plane, Array.from({ length: 400 * 2 }, (_, i) => (i * 37) % 200), 1, []) };
}"""
SPOT = (0.4, 0.6)  # shares of a plane, in the midst of the points of every data set tried
PINCH = [(0.45, 0.55), (0.4, 0.6), (0.3, 0.7), (0.2, 0.8)]  # where two fingers lie across the plane


@pytest.fixture
def opened(visit):
    """open(path) -> visitor with a drawn canvas, its planes, and the messages it sent."""

    def make(path, size=(1440, 900)):
        visitor = visit(size)
        sent = []
        visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
        visitor.open(path)
        numbers = visitor.page.locator(".bnc-number")
        expect(numbers.first).to_be_visible(timeout=60_000)
        for number in numbers.all():
            expect(number).to_contain_text("=", timeout=60_000)
        still(visitor.page)
        return visitor, sent

    return make


def points(page):
    return page.locator(".bnc-plane .bnc-points").evaluate_all("all => all.map(c => c.toDataURL())")


def pictures(page):
    """How many points every plane draws as pictures."""
    shown = "all => all.map(c => Number(c.dataset.pictures))"
    return page.locator(".bnc-plane .bnc-points").evaluate_all(shown)


def still(page):
    """The planes once four looks in a row find them the same."""
    seen = []
    for _ in range(100):
        seen.append(points(page))
        if seen[-4:] == 4 * seen[-1:]:
            return seen[-1]
        page.wait_for_timeout(250)
    raise AssertionError("the planes never came to rest")


def over(page, codec, across=0.5, up=0.5):
    box = page.locator(f".bnc-card[data-codec={codec}] .bnc-front").bounding_box()
    page.mouse.move(box["x"] + across * box["width"], box["y"] + up * box["height"])
    return box


@pytest.mark.parametrize(("data", "drawn"), [("digits", True), ("cbf", True), ("moons", False)])
def test_a_wheel_zooms_all_planes_until_points_are_pictures(opened, data, drawn):
    visitor, sent = opened(f"/?data={data}")
    page = visitor.page
    over(page, "pca", *SPOT)
    page.wait_for_timeout(500)  # a page that has just been scrolled keeps its wheel
    before, heard = still(page), len(sent)
    assert not any(pictures(page))
    for _ in range(5):
        page.mouse.wheel(0, -300)
    after = still(page)
    assert all(a != b for a, b in zip(before, after, strict=True)), "a plane did not zoom along"
    assert bool(pictures(page)[0]) is drawn
    page.mouse.down()
    over(page, "pca", SPOT[0] + 0.1, SPOT[1] - 0.1)
    page.mouse.up()
    panned = still(page)
    assert panned[0] != after[0], "a zoomed plane did not follow the hand"
    assert panned[1:] == after[1:]
    assert "sample=" not in page.url, "a drag was taken for a click"
    assert len(sent) == heard
    box = over(page, "pca", *SPOT)
    page.mouse.dblclick(box["x"] + SPOT[0] * box["width"], box["y"] + SPOT[1] * box["height"])
    assert still(page) == before
    visitor.check()


def test_buttons_and_keys_zoom_walk_and_come_back(opened):
    visitor, _ = opened("/latent")
    page = visitor.page
    before = still(page)
    for _ in range(4):
        page.get_by_role("button", name="Closer").click()
    near = still(page)
    assert all(a != b for a, b in zip(before, near, strict=True))
    page.get_by_role("button", name="The whole plane").click()
    assert still(page) == before
    page.locator(".bnc-card[data-codec=sparse] .bnc-front").focus()
    for _ in range(9):
        page.keyboard.press("+")
    near = still(page)
    for _ in range(20):  # the cursor walks out of what is shown, which follows it
        page.keyboard.press("Shift+ArrowRight")
    followed = still(page)
    changed = [a != b for a, b in zip(near, followed, strict=True)]
    assert changed == [False, False, True, False, False, False]
    page.keyboard.press("0")
    assert still(page) == before
    visitor.check()


def test_two_fingers_zoom_and_do_not_choose(phone):
    page = phone("/")
    plane = page.locator(".bnc-card[data-codec=pca] .bnc-front")
    expect(page.locator(".bnc-card[data-codec=pca] .bnc-number")).to_contain_text(
        "=", timeout=60_000
    )
    plane.scroll_into_view_if_needed()
    before, box = still(page), plane.bounding_box()
    touch = page.context.new_cdp_session(page)
    y = box["y"] + 0.5 * box["height"]
    for i, pair in enumerate(PINCH):
        at = [{"x": box["x"] + s * box["width"], "y": y, "id": k} for k, s in enumerate(pair)]
        kind = "touchMove" if i else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    for kind, left in (("touchEnd", [0.2]), ("touchMove", [0.25]), ("touchEnd", [])):  # one by one
        at = [{"x": box["x"] + s * box["width"], "y": y, "id": 0} for s in left]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    after = still(page)
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert "sample=" not in page.url
    assert "pointer=" not in page.url


def test_pictures_never_lie_over_each_other_and_are_found_under_the_hand(browser, server):
    page = browser.new_page()
    page.goto(server + "/_stcore/health")
    page.route(
        "**/thumbs.js",
        lambda route: route.fulfill(body=modules()["thumbs.js"], content_type="text/javascript"),
    )
    spots = [((97 * i) % 300, (61 * i * i) % 200) for i in range(60)]
    found = page.evaluate(ROOM, [v for at in spots for v in at])
    page.close()
    wide, high = found["sides"]
    rows = found["rows"]
    assert high == wide // 2
    assert 20 < len(rows) < len(spots), "none had to step back"
    assert [row for row, *_ in rows][:2] == [3, 7], "named rows come first"
    for i, (row, x, y) in enumerate(rows):
        assert (x, y) == spots[row]
        for _, u, v in rows[:i]:
            assert abs(x - u) >= wide or abs(y - v) >= high
    assert found["hits"] == [row for row, *_ in rows]
    assert found["dense"] is None
