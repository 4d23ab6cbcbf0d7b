"""A race in front of a class, in a real browser: started, found again, scrubbed, changed, kept."""

import re
import time

import pytest

# What the live race shows, read out of its shadow root; with its pictures where they are asked for.
SHOWN = """pictures => {
    const drawn = found => pictures ? [...found].map(c => c.toDataURL()) : [];
    for (const host of document.querySelectorAll('.stMain *')) {
        const bar = host.shadowRoot?.querySelector('.bnc-racebar');
        if (!bar) continue;
        const cards = [...host.shadowRoot.querySelectorAll('.bnc-lanes .bnc-card')];
        const [at] = bar.querySelector('.bnc-here').textContent.split(' / ');
        return {
            state: bar.dataset.state, words: bar.querySelector('.bnc-told').innerText,
            at: Number(at), numbers: cards.map(c => c.querySelector('.bnc-number').textContent),
            planes: drawn(cards.map(c => c.querySelector('.bnc-codes'))),
            curves: drawn(host.shadowRoot.querySelectorAll('.bnc-curve')),
            pictures: drawn(host.shadowRoot.querySelectorAll(
                '.bnc-lanes .bnc-picture, .bnc-pull')),
            note: host.shadowRoot.querySelector('.bnc-note').textContent,
        };
    }
    return null;
}"""
# Moves a slider as a hand does, at once; the frame it drew is read in the same turn.
SLIDE = """(input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input', {bubbles: true}));
}"""


class Class:
    """The race as a class sees it."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page

    def start(self, query):
        self.page.goto(f"{self.visitor.server}/train?{query}")
        self.page.get_by_role("button", name="Start the race").click()
        return self.until(lambda shown: shown["state"] != "queued")

    def shown(self):
        return self.page.evaluate(SHOWN, True)

    def until(self, done, seconds=120):
        end = time.monotonic() + seconds
        while not ((shown := self.page.evaluate(SHOWN, False)) and done(shown)):
            assert time.monotonic() < end, shown
            self.page.wait_for_timeout(50)
        return self.shown()

    def press(self, name):
        self.page.locator(".bnc-racebar").get_by_role("button", name=name, exact=True).click()

    def scrub(self, epoch):
        self.page.locator(".bnc-scrub").evaluate(SLIDE, str(epoch))
        return self.until(lambda shown: shown["at"] == epoch)

    def let_go(self, slider, value):
        """Moves a slider and takes the hand away."""
        found = self.page.locator(slider)
        found.evaluate(SLIDE, str(value))
        found.evaluate("input => input.dispatchEvent(new Event('change', {bubbles: true}))")

    @property
    def id(self):
        return re.search(r"run=(\w+)", self.page.url).group(1)


@pytest.fixture
def room(visit):
    return Class(visit((1440, 1200)))


def told(shown):
    """The epochs that are over, as the words have them."""
    return int(re.search(r"Epoch (\d+)", shown["words"]).group(1))


def drawn(shown):
    return {k: shown[k] for k in ("numbers", "planes", "pictures")}


def test_a_race_of_five_survives_a_reload_and_is_seen_elsewhere(room, visit):
    room.start("race=epochs:200;batch_size:16;hidden_sizes:16")  # minutes: others come and go
    before = room.until(lambda shown: shown["at"] >= 2)
    url = room.page.url
    room.page.reload()
    after = room.until(lambda shown: shown["at"] >= before["at"])
    assert after["state"] == "running"
    assert len(after["numbers"]) == 6
    other = Class(visit())
    other.page.goto(url)
    seen = other.until(lambda shown: shown["at"] >= after["at"])
    assert seen["state"] == "running"
    other.press("Pause")  # a second teacher
    # Its last epoch may be told before it is shown.
    still = room.until(lambda shown: shown["state"] == "paused" and shown["at"] == told(shown))
    room.press("One batch")
    room.until(lambda shown: shown["state"] == "paused" and shown["words"] != still["words"])
    room.press("One epoch")
    last = still["at"]
    room.until(lambda shown: shown["state"] == "paused" and shown["at"] == last + 1)
    room.press("Play")
    room.until(lambda shown: shown["at"] > last + 1)
    room.press("Cancel")
    room.until(lambda shown: shown["state"] == "cancelled")
    other.until(lambda shown: shown["state"] == "cancelled")
    for visitor in (room.visitor, other.visitor):
        visitor.check()


def test_the_scrubber_moves_everything_without_the_server(room):
    room.start("race=epochs:6;hidden_sizes:16&codecs=pca,undercomplete,variational")
    room.until(lambda shown: shown["state"] == "finished")
    room.visitor.settle()
    late = room.shown()
    trio, plane = (
        room.page.locator(f".bnc-lanes {part}").last for part in (".bnc-trio", ".bnc-codes")
    )
    assert trio.bounding_box()["width"] == plane.bounding_box()["width"]
    asked = []
    room.page.on("request", lambda request: asked.append(request.url))
    seen = {6: drawn(late)}
    for epoch in (1, 4, 2, 5, 3):
        seen[epoch] = drawn(room.scrub(epoch))
    assert len({str(one["planes"][1:]) for one in seen.values()}) == 6
    assert len({str(one["numbers"][1:]) for one in seen.values()}) == 6
    assert len({one["planes"][0] for one in seen.values()}) == 1  # PCA does not learn
    for epoch in (4, 1, 6):
        assert drawn(room.scrub(epoch)) == seen[epoch]  # the same again, pixel by pixel
    assert room.shown()["curves"] == late["curves"]
    assert asked == []
    room.page.locator('.bnc-racebar [data-act="film"]').click()
    room.until(lambda shown: shown["at"] < 6)
    room.until(lambda shown: shown["at"] == 6)
    room.visitor.check()


def test_a_weight_changed_on_the_way_is_marked_and_seen(room):
    room.start("race=epochs:150;hidden_sizes:16&codecs=undercomplete,variational")
    room.until(lambda shown: shown["at"] >= 2)
    room.let_go('[data-codec="variational"] .bnc-tuner input', 400)
    news, end = [], time.monotonic() + 30
    while not any(run["changes"] for run in news):
        assert time.monotonic() < end
        found = room.page.request.get(f"{room.visitor.server}/_bottleneck/race/{room.id}/0.json")
        news = found.json()["runs"]
    ((_, field, value),) = news[1]["changes"]
    assert (field, value) == ("beta", 17.0)
    assert not news[0]["changes"]
    room.press("Cancel")
    room.until(lambda shown: shown["state"] == "cancelled")
    assert "= 17" in room.page.locator('[data-codec="variational"] .bnc-tuner').inner_text()
    room.visitor.check()


def test_the_same_once_more_from_an_earlier_epoch_ends_alike(room):
    room.start("race=epochs:4;hidden_sizes:16&codecs=undercomplete,denoising")
    first = room.until(lambda shown: shown["state"] == "finished" and shown["at"] == 4)
    before = room.id
    room.scrub(2)
    again = room.page.get_by_role("button", name="Train again from here")
    assert again.is_enabled()
    width = room.page.locator(".bnc-scrub").bounding_box()["width"]
    room.scrub(4)
    assert again.is_disabled()
    assert room.page.locator(".bnc-scrub").bounding_box()["width"] == width  # stays in the hand
    room.scrub(2)
    room.press("Train again from here")
    room.page.wait_for_url(lambda url: before not in url)
    room.until(lambda shown: shown["state"] == "paused" and shown["at"] == 2)
    room.page.get_by_text("Why do I see this?").click()
    room.page.get_by_text("Epoch 2", exact=True).wait_for()
    room.let_go(".bnc-scrub", 1)
    room.page.get_by_text("Epoch 1", exact=True).wait_for()
    room.press("One epoch")
    room.page.get_by_text("Epoch 3", exact=True).wait_for()
    room.press("Play")
    again = room.until(lambda shown: shown["state"] == "finished" and shown["at"] == 4)
    assert drawn(again) == drawn(first)
    room.visitor.check()


def test_a_weight_changed_before_anybody_trains_stays_as_it_was_set(room):
    room.start("race=epochs:2;hidden_sizes:8&codecs=variational")
    room.until(lambda shown: shown["state"] == "finished" and shown["at"] == 2)
    before = room.id
    room.scrub(1)
    room.press("Train on from here")
    room.page.wait_for_url(lambda url: before not in url)
    room.until(lambda shown: shown["state"] == "paused" and shown["at"] == 1)
    room.let_go('[data-codec="variational"] .bnc-tuner input', 400)
    room.page.wait_for_timeout(3000)  # until the folders are believed again
    assert "= 17" in room.page.locator('[data-codec="variational"] .bnc-tuner').inner_text()
    room.visitor.check()


def test_with_all_weights_at_zero_the_page_says_that_they_are_one(room):
    room.start("race=epochs:2;hidden_sizes:16;zero:True")
    room.until(lambda shown: shown["state"] == "finished" and shown["note"])
    # The last pictures of one run may arrive before another's.
    shown = room.until(lambda shown: shown["at"] == 2 and len(set(shown["numbers"][1:])) == 1)
    assert shown["note"] == "All weights are 0: one curve for all codecs. Maximum difference = 0."
    room.visitor.check()


def test_a_finished_model_opens_for_who_has_its_link_and_nobody_else(room, visit):
    room.start("race=epochs:2;hidden_sizes:16&codecs=pca,variational&latent_dim=2")
    room.page.get_by_role("button", name="Open Variational").click(timeout=120_000)
    room.page.wait_for_url("**/latent?*models=variational*")
    card = '.bnc-card[data-codec="variational"]'
    back = "Back to the shipped one"
    room.page.locator(f"{card} .bnc-front").wait_for()
    room.visitor.settle()
    assert not room.page.locator(f"{card} .bnc-knob").count()
    others = visit()
    page = others.open("/latent?codecs=pca,variational&latent_dim=2")
    page.locator(f"{card} .bnc-knob").wait_for()
    assert not page.get_by_role("button", name=back).count()
    linked = visit()
    page = linked.open(room.page.url.removeprefix(room.visitor.server))
    page.locator(f"{card} .bnc-front").wait_for()
    assert not page.locator(f"{card} .bnc-knob").count()
    page.get_by_role("button", name=back).click()
    page.locator(f"{card} .bnc-knob").wait_for()
    assert "models=" not in page.url
    for visitor in (room.visitor, others, linked):
        visitor.check()


def test_over_points_the_fields_are_drawn_and_move(room):
    room.start("data=moons&race=epochs:3;hidden_sizes:16&codecs=undercomplete,denoising")
    late = room.until(lambda shown: shown["state"] == "finished" and shown["at"] == 3)
    assert len(late["pictures"]) == 2
    early = room.scrub(1)
    assert all(a != b for a, b in zip(early["pictures"], late["pictures"], strict=True))
    room.visitor.check()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_race_fits_every_window(visit, size, theme):
    room = Class(visit(size, theme))
    room.start("race=epochs:1;hidden_sizes:8&codecs=pca,undercomplete")
    room.until(lambda shown: shown["state"] == "finished")
    room.visitor.settle()
    assert room.visitor.too_wide() <= 0
    lanes = room.page.locator(".bnc-lanes").bounding_box()
    last = room.page.locator(".bnc-lanes > .bnc-card").last.bounding_box()
    assert last["x"] + last["width"] == pytest.approx(lanes["x"] + lanes["width"], abs=2)
    assert room.page.locator(".bnc-lanes .bnc-codes").last.bounding_box()["height"] < size[1]
    room.visitor.check()
