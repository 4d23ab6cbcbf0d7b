"""Points on the denoise page in a real Chromium: arrows from damaged points to their repairs."""

import csv

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from app import services
from app.palette import CODECS
from app.services import LINEAR, NOISY
from app.services.catalogue import codec
from app.services.noise import linear_family
from tests.browser.opening import open_canvas, take_data

pytestmark = pytest.mark.browser

CARDS = {NOISY, LINEAR, *CODECS}


def drawn(page, count="120"):
    """Waits until every plane shows its arrows."""
    for name in CARDS:
        plane = page.locator(f".bnc-flows [data-codec={name}] canvas")
        expect(plane).to_have_attribute("data-drawn", count, timeout=60_000)


def points(page):
    """Name -> points, as the page's CSV has them; "x" are the clean ones."""
    with page.expect_download() as download:
        page.locator(".bnc-choices").get_by_role("button", name="CSV").click()
    head, *lines = csv.reader(download.value.path().read_text().splitlines())
    table = np.array(lines, dtype=float)
    names = [name.removesuffix("_1") for name in head[1::2]]
    return table[:, 0].astype(int), {
        n: table[:, 1 + 2 * k : 3 + 2 * k] for k, n in enumerate(names)
    }


@pytest.mark.parametrize(
    ("data", "kind", "level"), [("moons", "gaussian", 0.3), ("spiral", "masking", 0.4)]
)
def test_arrows_end_where_the_core_puts_the_damaged_points(visit, data, kind, level):
    visitor = open_canvas(
        visit(), f"/denoise?data={data}&corruption={kind}&noise_level={level}", "dB"
    )
    page = visitor.page
    page.wait_for_timeout(1000)
    ids, found = points(page)
    x = services.samples(data, tuple(int(i) for i in ids))
    np.testing.assert_allclose(found["x"], x, atol=1e-5)
    x_tilde = torch.tensor(found["damaged"], dtype=torch.float32)
    moved = (x_tilde - torch.tensor(x)).numpy()
    if kind == "gaussian":
        assert moved.std() == pytest.approx(level, rel=0.15)
    else:
        assert (found["damaged"] == 0).mean() == pytest.approx(level, abs=0.1)
    for name in sorted(set(found) - {"x", "damaged", LINEAR}):
        which = services.ref(data, name, 1, corruption=kind)
        model = codec(services.at_level(which, kind, level))
        expected = model.reconstruct(x_tilde).detach().numpy()
        np.testing.assert_allclose(found[name], expected, atol=2e-3, err_msg=name)
    lines = linear_family(data, kind, False)(x_tilde, level).numpy()
    np.testing.assert_allclose(found[LINEAR], lines, atol=5e-3)
    score = page.locator(".bnc-flows [data-codec=pca] .bnc-number").inner_text()
    mse = float(((found["pca"] - found["x"]) ** 2).mean())
    expected = 10 * np.log10(services.peak(data) ** 2 / mse)
    assert float(score.removeprefix("★ ").removesuffix(" dB")) == pytest.approx(expected, abs=0.06)
    visitor.check()


def test_a_hand_over_one_plane_is_a_point_in_all_of_them(visit):
    visitor, sent = visit(), []
    visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    page = open_canvas(visitor, "/denoise?data=moons", "dB").page
    drawn(page)
    look = "all => all.map(c => c.toDataURL())"
    planes = page.locator(".bnc-flows canvas")
    before, heard = planes.evaluate_all(look), len(sent)
    planes.first.hover(position={"x": 40, "y": 40})
    page.wait_for_timeout(200)
    for now, old in zip(planes.evaluate_all(look), before, strict=True):
        assert now != old
    page.mouse.move(5, 5)
    page.wait_for_timeout(200)
    assert planes.evaluate_all(look) == before
    assert len(sent) == heard
    visitor.check()


def test_level_and_weights_move_the_arrows_and_only_their_own(visit):
    visitor = open_canvas(visit(), "/denoise?data=s_curve&noise_level=0.3", "dB")
    page = visitor.page
    drawn(page)
    knob = page.locator(".bnc-flows [data-codec=contractive] .bnc-knob input")
    planes = page.locator(".bnc-flows canvas")
    look = "all => all.map(c => [c.closest('section').dataset.codec, c.toDataURL()])"
    _, before = points(page)
    drawings = planes.evaluate_all(look)
    knob.scroll_into_view_if_needed()
    box = knob.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 10, steps=4)
    page.wait_for_timeout(500)  # the server has not heard of it yet
    now = planes.evaluate_all(look)
    assert [a[0] for a, b in zip(now, drawings, strict=True) if a != b] == ["contractive"]
    page.mouse.up()
    page.wait_for_url("**weights=contractive*")
    page.wait_for_timeout(1000)
    assert planes.evaluate_all(look) == now
    _, after = points(page)
    assert [n for n in before if not np.array_equal(before[n], after[n])] == ["contractive"]
    page.locator(".bnc-level input").focus()
    page.keyboard.press("End")
    page.wait_for_url("**noise_level=1*")
    page.wait_for_timeout(1000)
    _, most = points(page)
    np.testing.assert_allclose(
        most["damaged"] - most["x"], (after["damaged"] - after["x"]) / 0.3, atol=1e-4
    )
    visitor.check()


def test_other_data_on_the_same_page_takes_the_bench_and_gives_it_back(visit):
    visitor = open_canvas(visit(), "/denoise?data=moons", "dB")
    page = visitor.page
    drawn(page)
    take_data(page, "digits")
    expect(page.locator(".bnc-lineup")).to_be_visible(timeout=60_000)
    expect(page.locator(".bnc-flows")).to_have_count(0)
    take_data(page, "rings")
    expect(page.locator(".bnc-lineup")).to_have_count(0)
    drawn(page)
    visitor.check()
