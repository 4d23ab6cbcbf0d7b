"""The best linear map in a real Chromium: the core's own, and a card of the denoise page."""

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from ae_core import load_dataset
from ae_core.corruption import CORRUPTIONS
from app import services
from app.canvas.modules import modules
from app.services.noise import kept, linear_family

pytestmark = pytest.mark.browser

REPAIR = """async ({ x, levels }) => {
  const { unframe } = await import("/network.js"), { LinearFamily } = await import("/linear.js");
  const { arrays } = unframe(await (await fetch("/family.bin")).arrayBuffer());
  const family = new LinearFamily(arrays), found = [];
  for (const [i, level] of levels.entries()) found.push([...family.repair(Float32Array.from(x[i]), level)]);
  return found;
}"""  # noqa: E501


@pytest.fixture
def desk(browser, server):
    """A page on which the canvas's modules and one binary file can be imported."""
    page = browser.new_page()
    page.goto(server + "/_stcore/health")
    for name, body in modules().items():
        page.route(
            f"**/{name}",
            lambda route, _, body=body: route.fulfill(body=body, content_type="text/javascript"),
        )
    yield page
    page.close()


@pytest.mark.parametrize("block", [None, (0.4, 0.6, 0.45)])
@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize(
    ("data", "kind"),
    [("digits", "gaussian"), ("digits", "salt_pepper"), ("shapes", "masking"), ("cbf", "gaussian")],
)
def test_the_browser_repairs_as_the_core_does_at_every_level(desk, data, kind, clip, block):
    url = services.linear_url(data, kind, clip, block)
    content = services.asset(url.rsplit("/", 1)[1].removesuffix(".bin"))
    desk.route("**/family.bin", lambda route: route.fulfill(body=content))
    source = load_dataset(data)
    levels = [0.0, 0.04, 0.3, 0.5, 0.77]
    clean = source.test[: len(levels)]
    noise = torch.Generator().manual_seed(2)
    damaged = torch.stack([
        CORRUPTIONS[kind](x, level, noise) for x, level in zip(clean, levels, strict=True)
    ])  # fmt: skip
    if clip and source.unit_range:
        damaged = damaged.clamp(0, 1)
    damaged *= kept(data, block)
    found = desk.evaluate(REPAIR, {"x": damaged.flatten(1).tolist(), "levels": levels})
    family = linear_family(data, kind, clip, block)
    for i, level in enumerate(levels):
        expected = family(damaged[i : i + 1], level).flatten().numpy()
        assert float(np.abs(np.array(found[i]) - expected).max()) < 1 / 255, level


@pytest.mark.parametrize("kind", ["gaussian", "salt_pepper"])
def test_its_card_follows_the_level_and_scores_the_identical_array(visit, kind):
    visitor, sent = visit(), []
    page = visitor.page
    page.on("websocket", lambda s: s.on("framesent", lambda f: sent.append(f)))
    visitor.open(f"/denoise?data=digits&corruption={kind}&noise_level=0.3")
    card = page.get_by_role("region", name="Best linear map")
    expect(card.locator(".bnc-number")).to_contain_text("dB", timeout=60_000)
    level = page.locator(".bnc-level input")
    before, heard = card.locator(".bnc-number").inner_text(), len(sent)
    level.focus()
    box = level.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 10)
    expect(card.locator(".bnc-number")).not_to_have_text(before)
    assert len(sent) == heard
    page.mouse.up()
    visitor.check()
