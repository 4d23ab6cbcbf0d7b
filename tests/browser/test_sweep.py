"""A sweep in front of a class, in a real browser: points arrive, are found again and pointed at."""

import re
import time

import pytest

# The live plot, read out of its shadow root.
SHOWN = """() => {
    for (const host of document.querySelectorAll('.stMain *')) {
        const plot = host.shadowRoot?.querySelector('.bnc-plot');
        if (!plot) continue;
        const root = host.shadowRoot;
        const dots = [...plot.querySelectorAll('.bnc-plot-dot')];
        return {
            state: root.querySelector('.bnc-racebar').dataset.state,
            words: root.querySelector('.bnc-told').innerText,
            done: Number(plot.dataset.done), curve: Number(plot.dataset.curve),
            medians: plot.querySelectorAll('.bnc-plot-median').length,
            places: Object.fromEntries(dots.filter(d => d.style.display !== 'none')
                .map(d => [d.dataset.run, d.dataset.place])),
            picked: dots.find(d => d.getAttribute('aria-pressed') === 'true')?.dataset.run,
            card: root.querySelector('.bnc-sweep-run').innerText,
            pictures: [...root.querySelectorAll(
                '.bnc-sweep-pictures canvas, .bnc-sweep-run .bnc-pull')]
                .map(c => c.parentElement.style.visibility + c.toDataURL()),
        };
    }
    return null;
}"""
FEW = "epochs:2;hidden_sizes:8;sweep.points:3"


class Class:
    """The sweep as a class sees it."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page

    def start(self, race, **query):
        more = "".join(f"&{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.visitor.server}/train?mode=sweep&latent_dim=2&race={race}{more}")
        self.page.get_by_role("button", name="Start the sweep").click()
        return self.until(lambda shown: shown["state"] != "queued")

    def until(self, done, seconds=120):
        end = time.monotonic() + seconds
        while not ((shown := self.page.evaluate(SHOWN)) and done(shown)):
            assert time.monotonic() < end, shown
            self.page.wait_for_timeout(50)
        return shown

    def press(self, name):
        self.page.locator(".bnc-racebar").get_by_role("button", name=name, exact=True).click()

    def news(self):
        name = re.search(r"run=(\w+)", self.page.url).group(1)
        found = self.page.request.get(f"{self.visitor.server}/_bottleneck/sweep/{name}.json")
        return {one["id"]: one for one in found.json()["runs"]}


@pytest.fixture
def room(visit):
    return Class(visit((1440, 1200)))


def test_points_arrive_around_the_one_networks_curve_and_a_click_shows_a_run(room):
    room.start(f"{FEW};seeds:2")
    shown = room.until(lambda shown: shown["state"] == "finished" and shown["done"] == 6)
    shown = room.until(lambda shown: shown["curve"])
    news = room.news()
    assert set(shown["places"]) == set(news)
    assert shown["medians"] == 3
    for run, place in shown["places"].items():
        assert list(map(float, place.split())) == pytest.approx(news[run]["place"], rel=1e-5)
    room.visitor.settle()
    run, told = list(news.items())[4]
    box = room.page.locator(f'[data-run="{run}"] .bnc-plot-point').bounding_box()
    room.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = room.until(lambda shown: shown["picked"])
    near = news[shown["picked"]]["place"]  # its own, or a seed's that lies on it
    assert near == pytest.approx(told["place"], rel=0.2)
    error = news[shown["picked"]]["test"]["squared_error_per_image"]
    assert f"{error:.4g}" in room.until(lambda shown: "On the test split" in shown["card"])["card"]
    shown = room.until(lambda s: not any(p.startswith("hidden") for p in s["pictures"]))
    assert len(set(shown["pictures"])) > 8
    room.page.get_by_role("button", name="Open Variational").wait_for()
    assert room.page.get_by_text("Scored once, when a run was over").count()
    room.page.get_by_role("button", name="Its curves").click()
    room.page.locator(".bnc-scrub").wait_for()
    assert shown["picked"] in room.page.url
    room.visitor.check()


def test_a_sweep_survives_a_reload_is_seen_elsewhere_and_cancelled(room, visit):
    room.start("epochs:150;hidden_sizes:16;sweep.points:9")
    before = room.until(lambda shown: shown["places"])
    url = room.page.url
    room.page.reload()
    room.until(lambda shown: set(shown["places"]) >= set(before["places"]))
    other = Class(visit())
    other.page.goto(url)
    other.until(lambda shown: set(shown["places"]) >= set(before["places"]))
    other.press("Cancel")
    for one in (room, other):
        shown = one.until(lambda shown: shown["state"] == "cancelled")
        assert shown["done"] < 9
        assert one.page.get_by_text("in training").is_hidden()
        assert one.page.get_by_text("cancelled on the way").is_visible()
    room.press("New sweep")
    room.page.wait_for_url(lambda url: "run=" not in url)
    room.visitor.settle()
    assert room.page.get_by_role("button", name="Start the sweep").count() == 1
    for visitor in (room.visitor, other.visitor):
        visitor.check()


def test_the_hand_is_told_what_lies_under_it_and_keys_choose_too(room):
    room.start(FEW, data="moons")
    room.until(lambda shown: shown["state"] == "finished")
    room.visitor.settle()
    dot = room.page.locator(".bnc-plot-dot:visible").first
    dot.focus()
    words = room.page.locator(".bnc-plot + .bnc-sweep-words")
    assert words.inner_text() == dot.get_attribute("aria-label")
    room.page.keyboard.press("Enter")
    shown = room.until(lambda shown: shown["picked"])
    assert shown["picked"] == dot.get_attribute("data-run")
    room.until(lambda s: s["pictures"] and "β = " in s["card"])
    room.visitor.check()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sweep_fits_every_window(visit, size, theme):
    room = Class(visit(size, theme))
    room.start("epochs:1;hidden_sizes:8;sweep.points:2;sweep.variant:denoising")
    room.until(lambda shown: shown["state"] == "finished")
    room.visitor.settle()
    assert room.visitor.too_wide() <= 0
    room.visitor.check()
