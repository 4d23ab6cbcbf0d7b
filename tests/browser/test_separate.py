"""Separately trained networks on the live slider: dots below it, rings on the trade-off's curve."""

import json

import pytest
from playwright.sync_api import expect

from app import services
from app.services.slider import SLIDER_FILE

pytestmark = pytest.mark.browser

ROWS = json.loads(SLIDER_FILE.read_text())["rows"]
MEASURED = [row for row in ROWS if (row["data"], row["variant"]) == ("digits", "variational")]
PLACES = """all => all.map(dot => {
    const [a, b] = [dot, dot.parentElement].map(e => e.getBoundingClientRect());
    return (a.left + a.width / 2 - b.left - 8) / (b.width - 16);
})"""


def numbers(text):
    return [tuple(map(float, pair.split(" "))) for pair in text.split(",")]


@pytest.fixture
def card(visit):
    def open_(latent_dim):
        visitor = visit()
        page = visitor.open(f"/?data=digits&latent_dim={latent_dim}")
        found = page.locator(".bnc-card[data-codec=variational]")
        expect(found.locator(".bnc-trade[data-points]")).to_be_visible(timeout=60_000)
        return found

    return open_


def test_dots_stand_at_the_measured_weights_and_rings_a_gap_below_the_curve(card):
    row = MEASURED[0]
    found = card(row["latent_dim"])
    weights = row["weights"]
    places = found.locator(".bnc-ticks b").evaluate_all(PLACES)
    assert places == pytest.approx([i / (len(weights) - 1) for i in range(len(weights))], abs=0.02)
    curve, rings = (
        numbers(found.locator(".bnc-trade").get_attribute(f"data-{kind}"))
        for kind in ("points", "rings")
    )
    for (penalty, reconstruction), ring, at in zip(curve, rings, weights, strict=True):
        own = reconstruction + at["weight"] * penalty
        alone = ring[1] + at["weight"] * ring[0]
        assert ring[0] == pytest.approx(penalty, rel=0.02)
        assert 100 * (own / alone - 1) == pytest.approx(at["gap"], abs=0.4)


def test_another_code_size_has_dots_but_no_rings(card):
    sizes = {row["latent_dim"] for row in MEASURED}
    other = next(d for d in services.full_sizes("digits") if d not in sizes)
    found = card(other)
    assert found.locator(".bnc-ticks b").count() == len(MEASURED[0]["weights"])
    assert found.locator(".bnc-trade").get_attribute("data-rings") == ""
