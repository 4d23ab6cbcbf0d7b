"""How well each plane keeps neighbours, counted in a real Chromium: the core's own measures."""

import pytest
import torch
from playwright.sync_api import expect

from ae_core import load_dataset
from ae_core.metrics import continuity, trustworthiness
from app import services
from app.palette import CODECS
from app.widgets.live import MOST_SAMPLES
from tests.browser.opening import hold_knob, open_canvas

pytestmark = pytest.mark.browser
MEASURES = ("trustworthiness", "continuity", "accuracy")


def meter(page, codec, measure):
    return page.locator(f".bnc-meter[data-codec={codec}][data-measure={measure}]")


def shares(page, codecs=CODECS, measures=MEASURES):
    """(codec, measure) -> what its bar shows, once all have been measured."""
    found = {}
    for codec in codecs:
        for measure in measures:
            bar = meter(page, codec, measure)
            expect(bar.locator("output")).not_to_have_text("…", timeout=30_000)
            found[codec, measure] = float(bar.get_attribute("aria-valuenow"))
    return found


def expected(data, d, *, dims=(0, 1), **weights):
    found = {}
    for codec in CODECS:
        which = services.ref(data, codec, d, weights.get(codec))
        quality = services.plane_quality(which, dims, first=MOST_SAMPLES)
        found |= {(codec, measure): getattr(quality, measure) for measure in MEASURES}
    return found


def near(found, core, votes=0.004):
    """Equal but for rounding: the browser's codes are float32, the files' matrices 16 bits."""
    assert found.keys() == core.keys()
    for (codec, measure), value in core.items():
        tolerance = votes if measure == "accuracy" else 5e-4
        assert found[codec, measure] == pytest.approx(value, abs=tolerance), (codec, measure)


@pytest.mark.parametrize(
    ("address", "core"),
    [
        ("data=digits&latent_dim=2", {"data": "digits", "d": 2}),
        (
            "data=digits&latent_dim=16&axes=units&dims=3,1",
            {"data": "digits", "d": 16, "dims": (3, 1)},
        ),
        ("data=moons&latent_dim=1", {"data": "moons", "d": 1}),
    ],
)
def test_shares_are_those_of_the_core(visit, address, core):
    visitor = open_canvas(visit(), f"/latent?{address}&measured=1")
    near(shares(visitor.page), expected(**core))
    visitor.check()


def test_principal_components_of_the_codes_are_measured_as_they_are_drawn(visit):
    """Of the samples shown: the browser has no others."""
    visitor = open_canvas(visit(), "/latent?data=cbf&latent_dim=8&axes=pca&measured=1")
    data, core = load_dataset("cbf"), {}
    for codec in CODECS:
        codes = torch.tensor(services.codes(services.ref("cbf", codec, 8)))
        centred = codes - codes.mean(0)
        z = centred @ torch.linalg.svd(centred, full_matrices=False)[2][:2].T
        for measure, of in {"trustworthiness": trustworthiness, "continuity": continuity}.items():
            core[codec, measure] = of(data.test, z)
    near(shares(visitor.page, measures=MEASURES[:2]), core)
    visitor.check()


def test_the_best_of_each_measure_is_marked(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&latent_dim=2&measured=1")
    found = shares(visitor.page)
    for measure in MEASURES:
        best = max(CODECS, key=lambda codec: found[codec, measure])
        expect(meter(visitor.page, best, measure).locator("output")).to_contain_text("★")
    visitor.check()


def test_shares_follow_a_weight_without_the_server(visit):
    visitor, sent = visit(), []
    visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    page = open_canvas(visitor, "/latent?data=digits&latent_dim=2&measured=1").page
    before, heard = shares(page), len(sent)
    weight = hold_knob(page, "variational", 0.98, "β", wait=1000)
    moved = shares(page)
    assert len(sent) == heard
    near(moved, expected("digits", 2, variational=weight))
    others = [key for key in before if key[0] != "variational"]
    assert [moved[key] for key in others] == [before[key] for key in others]
    assert moved["variational", "accuracy"] < before["variational", "accuracy"] - 0.05
    page.mouse.up()
    visitor.check()


def test_the_switch_is_kept_in_the_address(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&latent_dim=2&codecs=pca,sparse")
    page = visitor.page
    assert not meter(page, "pca", "continuity").is_visible()
    page.get_by_label("Measure how well each plane keeps neighbours").check()
    page.wait_for_url("**measured=1*")
    assert meter(page, "pca", "continuity").is_visible()
    assert len(shares(page, ("pca", "sparse"))) == 6
    page.get_by_label("Measure how well each plane keeps neighbours").uncheck()
    page.wait_for_function("() => !location.search.includes('measured')")
    assert not meter(page, "pca", "continuity").is_visible()
    visitor.check()
