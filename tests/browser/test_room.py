"""Numbers, buttons, planes and curves have room and are seen, narrow or wide, light or dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.opening import open_canvas

pytestmark = pytest.mark.browser

# Of every element, how far it reaches beyond the card around it.
BEYOND = """all => all.map((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const right = (one) => one.getBoundingClientRect().right;
    return right(range) - right(e.closest('.bnc-card'));
})"""
# Of every row of cells in a mosaic, the share of pixel columns with ink in them.
INKED = """(canvas, rows) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const up = Math.floor(height / rows);
    return Array.from({ length: rows }, (_, row) => {
        let found = 0;
        for (let x = 0; x < width; x++) {
            let most = 0;
            for (let y = row * up; y < (row + 1) * up; y++) {
                most = Math.max(most, data[4 * (y * width + x) + 3]);
            }
            found += most > 80;
        }
        return found / width;
    });
}"""
SMALL = (320, 700)


def test_a_number_stays_in_its_narrow_card(visit):
    visitor = open_canvas(visit(SMALL), "/generate?codecs=sparse,contractive")
    assert max(visitor.page.locator(".bnc-number").evaluate_all(BEYOND)) <= 0
    visitor.check()


def test_a_narrow_bench_covers_no_level(visit):
    page = open_canvas(visit(SMALL), "/denoise?codecs=pca", "dB").page
    value = page.locator(".bnc-level output").bounding_box()
    boil = page.get_by_role("button", name="Boil").bounding_box()
    apart = value["x"] + value["width"] <= boil["x"] or value["y"] + value["height"] <= boil["y"]
    assert apart


def test_every_way_to_pick_samples_is_seen_on_a_narrow_page(visit):
    page = visit(SMALL).open("/reconstruct?codecs=pca")
    last = page.get_by_role("radio", name="One per class").bounding_box()
    assert last["x"] + last["width"] <= SMALL[0]


def test_one_plane_keeps_its_shape_beside_many_controls(visit):
    page = open_canvas(visit(), "/generate?codecs=pca&making=traversal&latent_dim=16").page
    plane = page.locator(".bnc-plane").bounding_box()
    assert 1 <= plane["width"] / plane["height"] <= 1.25
    assert plane["width"] > 400


def test_what_stands_below_two_planes_is_as_wide_as_they_are(visit):
    page = open_canvas(visit(), "/latent?codecs=pca,sparse").page
    grid, *below = [
        page.locator(what).first.bounding_box()["width"]
        for what in (".bnc-grid", ".bnc-nearest", ".bnc-directions", ".bnc-quality")
    ]
    assert below == pytest.approx(3 * [grid], abs=1)


@pytest.mark.parametrize("side", [12, 24])
def test_small_curves_of_a_mosaic_are_whole(visit, side):
    query = f"/generate?data=cbf&making=manifold&codecs=pca&side={side}"
    page = open_canvas(visit(), query).page
    mosaic = page.locator(".bnc-tiles").first
    expect(mosaic).to_have_attribute("data-weight", "null", timeout=30_000)
    page.wait_for_timeout(500)
    assert min(mosaic.evaluate(INKED, side)) > 0.97


DARKEST = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let least = 255;
    for (let at = 0; at < data.length; at += 4) {
        const [r, g, b, alpha] = data.subarray(at, at + 4);
        if (alpha > 100) least = Math.min(least, 0.2126 * r + 0.7152 * g + 0.0722 * b);
    }
    return least;
}"""


@pytest.mark.parametrize(("theme", "ends"), [("dark", (90, 130)), ("light", (20, 60))])
def test_the_smallest_errors_are_seen_on_either_theme(visit, theme, ends):
    page = open_canvas(visit(theme=theme), "/latent?codecs=undercomplete&colouring=error").page
    darkest = page.locator(".bnc-points").first.evaluate(DARKEST)
    assert ends[0] < darkest < ends[1]
    expect(page.locator(".bnc-cividis.bnc-night")).to_have_count(int(theme == "dark"))
