"""Live generation in a real Chromium: walks and draws are made without the server."""

import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from ae_core.latent import round_trip_error
from app import services
from app.services.catalogue import codec as codec_of
from tests.browser.making import PLANE, Making, close, decoded, numbers, reference

pytestmark = pytest.mark.browser


@pytest.fixture
def making(visit):
    return lambda query, **look: Making(visit(**look), query)


@pytest.mark.parametrize(("data", "d"), [("digits", 16), ("cbf", 8), ("moons", 1)])
def test_a_unit_walks_in_every_codec_without_a_message(making, data, d):
    found = making(f"data={data}&latent_dim={d}&making=traversal&sample=5")
    before, strips, heard = found.pictures(), found.tiles(), len(found.sent)
    found.slide("Place on the walk", 0.9)
    found.still()
    assert all(a != b for a, b in zip(before, found.pictures(), strict=True))
    assert len(strips) == (0 if data == "moons" else 6)
    assert all(a != b for a, b in zip(strips, found.tiles(), strict=True)), "no mark went along"
    assert len(found.sent) == heard
    found.page.mouse.up()
    name, columns = found.table("variational")
    assert name == f"variational-{data}-d{d}-unit-rank1-sample-5.csv"
    z, which = numbers(columns, "z"), reference(data, "variational", d)
    codes = torch.tensor(services.codes(which)[:2000])
    unit = int(columns["unit"][0]) - 1
    assert unit == int(codes.std(0).argmax())
    away = torch.linspace(-2.5, 2.5, len(z))
    close(z[:, unit], codes[:, unit].mean() + away * codes[:, unit].std())
    others = [i for i in range(d) if i != unit]
    torch.testing.assert_close(
        z[:, others], codes[5, others].expand(len(z), -1), rtol=1e-3, atol=1e-3
    )
    torch.testing.assert_close(numbers(columns, "x"), decoded(which, z), rtol=1e-3, atol=1e-3)
    assert len(found.sent) == heard, "a walk or a file asked the server"
    found.visitor.check()


def test_dead_units_are_named_and_a_bar_chooses_its_unit(making):
    found = making("data=digits&latent_dim=16&making=traversal&codecs=pca,variational")
    which = reference("digits", "variational", 16)
    variance = services.codes(which).var(0)
    dead = [f"z{i + 1}" for i in np.flatnonzero(variance <= 0.01)]
    assert dead, "this model should have dead units"
    card = found.page.locator(".bnc-card[data-codec=variational]")
    expect(card.locator(".bnc-bars")).to_have_attribute(
        "aria-label", f"{len(dead)} of 16 units are dead: {', '.join(dead)}"
    )
    assert card.locator(".bnc-dead").count() == len(dead)
    pca = found.page.locator(".bnc-card[data-codec=pca] .bnc-bars")
    expect(pca).to_have_attribute("aria-label", "All 16 units vary")
    heard = len(found.sent)
    card.locator(".bnc-bars i").nth(int(dead[0][1:]) - 1).click()
    expect(card.locator(".bnc-code").last).to_contain_text(f"{dead[0]} =")
    expect(card.locator(".bnc-code").last).to_contain_text("a dead unit")
    found.page.wait_for_url("**units=*")
    found.page.get_by_role("radio", name="number").click()
    found.page.wait_for_url("**ranked=*")
    place = found.page.get_by_role("slider", name="Unit", exact=True)
    expect(place).to_have_attribute("aria-valuetext", re.compile(r"^z\d+$"))
    assert len(found.sent) > heard
    found.visitor.check()


def crosses(sheet, count):
    """Whether each tile of a sheet has a black cross on white in its upper right corner: 0 or 1."""
    across = 8
    wide, high = (sheet.width - 4) // across, (sheet.height - 24) // (count // across)
    corners = [
        (4 + i % across * wide + wide - 4 - 10, 20 + i // across * high + 10) for i in range(count)
    ]
    return [
        int(sheet.getpixel((x, y)) < 40 and sheet.getpixel((x, y - 5)) > 215) for x, y in corners
    ]


@pytest.mark.parametrize(("data", "d"), [("digits", 2), ("cbf", 8), ("moons", 1)])
def test_draws_fall_into_the_holes_of_the_core(making, data, d):
    found = making(f"data={data}&latent_dim={d}&making=prior&seed=3&draws=64")
    verdicts = found.page.locator(".bnc-verdict")
    for verdict in verdicts.all():
        expect(verdict).to_have_text(re.compile("of 1000|returns exactly"), timeout=60_000)
    assert len(found.tiles()) == (0 if data == "moons" else 6)
    _, columns = found.table()
    owners, holes = np.array(columns["codec"]), np.array(columns["hole"], dtype=int)
    for codec in ("pca", "undercomplete", "variational"):
        which, mine = reference(data, codec, d), owners == codec
        z, model = numbers(columns, "z")[mine], codec_of(which)
        assert mine.sum() == 64
        torch.testing.assert_close(
            numbers(columns, "x")[mine], decoded(which, z), rtol=1e-3, atol=1e-3
        )
        if codec == "pca":
            assert not holes[mine].any()
            continue
        errors = round_trip_error(model, z)
        limit = torch.quantile(
            round_trip_error(model, torch.tensor(services.codes(which)[:1000])), 0.99
        )
        clear = (errors / limit - 1).abs() > 0.02  # float32 may decide those on the edge otherwise
        assert ((errors > limit).numpy() == holes[mine])[clear.numpy()].all()
        shown = found.page.locator(f".bnc-card[data-codec={codec}] .bnc-verdict").inner_text()
        assert shown.startswith(f"{holes[mine].sum()} of 64 in holes")
    sheet = Image.open(io.BytesIO(found.save("PNG", "variational")[1])).convert("L")
    if data == "moons":
        assert sheet.size == PLANE
    else:
        assert crosses(sheet, 64) == holes[owners == "variational"].tolist()
    eps = numbers(columns, "z")[owners == "variational"]
    assert abs(float(eps.mean())) < 4 / np.sqrt(eps.numel())
    assert abs(float(eps.std()) - 1) < 4 / np.sqrt(2 * eps.numel())
    found.visitor.check()


def test_draws_follow_seed_and_number(making):
    found = making("making=prior&seed=3&codecs=undercomplete,variational")
    _, first = found.table()
    heard, tiles = len(found.sent), found.tiles()
    found.slide("Draws", 0.1)
    found.still()
    assert all(a != b for a, b in zip(tiles, found.tiles(), strict=True))
    assert len(found.sent) == heard
    found.page.mouse.up()
    found.page.wait_for_url("**draws=*")
    count = int(re.search(r"draws=(\d+)", found.page.url)[1])
    found.page.get_by_role("button", name="Draw anew").click()
    found.page.wait_for_function("!/seed=3(&|$)/.test(location.search)")
    found.still()
    _, other = found.table("variational")
    assert len(other["z1"]) == count < 32
    assert other["z1"][0] not in first["z1"]
    found.page.get_by_role("spinbutton", name="Seed").fill("3")
    found.page.keyboard.press("Tab")
    found.page.wait_for_url("**seed=3*")
    found.still()
    _, again = found.table("variational")
    start = first["codec"].index("variational")
    assert again["z1"] == first["z1"][start : start + count]
    found.visitor.check()
