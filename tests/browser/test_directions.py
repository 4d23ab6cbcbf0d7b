"""What moves each code most, in a real Chromium: the core's directions, a nudge along one."""

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from ae_core import load_dataset
from ae_core.geometry import jacobian, singular_directions
from app import services
from app.palette import CODECS
from app.services.catalogue import codec as codec_of
from tests.browser.opening import hold_knob, open_canvas

pytestmark = pytest.mark.browser


def strip(page, codec):
    return page.locator(f".bnc-directions .bnc-strip[data-codec={codec}]")


def values(page, codec):
    """All singular values that a strip shows."""
    return [float(value) for value in strip(page, codec).get_attribute("data-values").split()]


def core(data, d, codec, sample, weight=None):
    """The codec, the sample, and the directions that PyTorch finds there."""
    model = codec_of(services.ref(data, codec, d, weight))
    x = load_dataset(data).test[sample : sample + 1]
    with torch.no_grad():
        return model, x, singular_directions(jacobian(model.encode, x))


@pytest.mark.parametrize(
    ("data", "d", "sample"), [("digits", 16, 12), ("cbf", 2, 3), ("moons", 1, 40), ("shapes", 2, 7)]
)
def test_singular_values_are_those_of_the_core(visit, data, d, sample):
    visitor = open_canvas(
        visit(), f"/latent?data={data}&latent_dim={d}&sample={sample}&directions=1"
    )
    for codec in CODECS:
        expected = core(data, d, codec, sample)[2].values[0].tolist()
        assert values(visitor.page, codec) == pytest.approx(expected, rel=5e-3, abs=1e-4)
        norm = np.linalg.norm(values(visitor.page, codec))
        words = strip(visitor.page, codec).locator(".bnc-code").inner_text()
        assert float(words.split("=")[1].split(",")[0]) == pytest.approx(norm, rel=0.01)
        assert strip(visitor.page, codec).get_by_role("button").count() == min(d, 6)
    visitor.check()


def test_directions_follow_a_weight_and_a_hand_without_the_server(visit):
    visitor, sent = visit(), []
    visitor.page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    page = open_canvas(visitor, "/latent?data=digits&latent_dim=16&sample=12&directions=1").page
    before, heard = {codec: values(page, codec) for codec in CODECS}, len(sent)
    weight = hold_knob(page, "contractive", 0.95, "λ")
    expected = core("digits", 16, "contractive", 12, weight)[2].values[0].tolist()
    assert values(page, "contractive") == pytest.approx(expected, rel=0.02)
    assert sum(v * v for v in expected) < 0.5 * sum(v * v for v in before["contractive"])
    assert values(page, "pca") == before["pca"]
    assert len(sent) == heard
    page.mouse.up()
    page.wait_for_url("**weights=contractive*")
    heard = len(sent)
    plane = page.locator("[data-codec=variational] .bnc-front")
    plane.hover(position={"x": 60, "y": 60})
    page.wait_for_timeout(600)
    assert values(page, "undercomplete") != before["undercomplete"]
    page.mouse.move(5, 5)
    page.wait_for_timeout(600)
    assert values(page, "undercomplete") == before["undercomplete"]
    assert len(sent) == heard
    visitor.check()


def test_a_nudge_moves_the_input_of_all_codecs_along_one_direction(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&latent_dim=2&sample=12&directions=1")
    page = visitor.page
    slider = page.get_by_role("slider", name="How far the input is nudged")
    assert slider.is_disabled()
    picture = strip(page, "undercomplete").get_by_role("button").nth(1)
    picture.click()
    expect(picture).to_have_attribute("aria-pressed", "true")
    slider.fill("-0.8")
    page.mouse.move(5, 5)
    page.wait_for_timeout(600)
    expect(page.locator(".bnc-nudge")).to_contain_text("direction 2 of Undercomplete")
    expect(page.locator(".bnc-name")).to_contain_text("nudged")
    data = load_dataset("digits").test.flatten(1)
    spread = float((data - data.mean(0)).square().sum(1).mean().sqrt())
    far = -0.8 * spread / 2
    said = float(slider.get_attribute("aria-valuetext").replace("−", "-"))
    assert said == pytest.approx(far, rel=0.01)
    line = core("digits", 2, "undercomplete", 12)[2].inputs[0, 1]
    for codec in CODECS:
        model, x, _ = core("digits", 2, codec, 12)
        with torch.no_grad():
            nudged = x + far * line.reshape(x.shape)
            error = float((nudged - model.reconstruct(nudged)).square().sum())
            moved = float((model.encode(nudged) - model.encode(x)).norm()) / abs(far)
        number = page.locator(f".bnc-grid [data-codec={codec}] .bnc-number").inner_text()
        assert float(number.split("=")[1]) == pytest.approx(error, rel=0.02)
        words = strip(page, codec).locator(".bnc-code").inner_text()
        assert float(words.split()[1]) == pytest.approx(moved, rel=0.02)
    plane = page.locator("[data-codec=undercomplete] .bnc-front")
    before = plane.evaluate("canvas => canvas.toDataURL()")
    slider.fill("0.8")
    page.wait_for_timeout(400)
    assert plane.evaluate("canvas => canvas.toDataURL()") != before  # the cursor went along
    plane.hover(position={"x": 60, "y": 60})  # another sample, or place, is seen as it is
    expect(page.locator(".bnc-name")).not_to_contain_text("nudged")
    page.mouse.move(5, 5)
    expect(page.locator(".bnc-name")).to_contain_text("nudged")
    visitor.check()


def test_a_nudge_ends_with_its_picture_and_with_its_sample(visit):
    visitor = open_canvas(visit(), "/latent?data=moons&latent_dim=1&sample=40&directions=1")
    page = visitor.page
    name, slider = page.locator(".bnc-name"), page.locator(".bnc-nudge input")
    picture = strip(page, "pca").get_by_role("button").first
    for _ in range(2):  # pressed, and pressed again
        picture.click()
        page.wait_for_timeout(300)
    assert slider.is_disabled()
    expect(name).not_to_contain_text("nudged")
    picture.click()
    expect(name).to_contain_text("nudged")
    page.get_by_role("button", name="Sample after").click()
    page.wait_for_url("**sample=41*")
    expect(name).to_contain_text("sample 41")
    expect(name).not_to_contain_text("nudged")
    assert slider.is_disabled()
    visitor.check()


def test_the_switch_is_kept_in_the_address(visit):
    visitor = open_canvas(visit(), "/latent?data=digits&latent_dim=2&codecs=pca,sparse")
    page = visitor.page
    assert not strip(page, "pca").is_visible()
    switch = page.get_by_label("Show what moves each code most")
    switch.check()
    page.wait_for_url("**directions=1*")
    page.wait_for_timeout(500)
    assert values(page, "pca") == pytest.approx([1, 1], abs=1e-3)
    switch.uncheck()
    page.wait_for_function("() => !location.search.includes('directions')")
    assert not strip(page, "pca").is_visible()
    visitor.check()
