"""Directions and whole code spaces in a real Chromium: the core's figures, no server asked."""

import io
import re

import numpy as np
import pytest
import torch
from PIL import Image, ImageColor
from playwright.sync_api import expect

from ae_core.latent import attribute_direction, quantile_grid
from app import services
from app.palette import CODECS
from tests.browser.making import PLANE, Making, close, decoded, numbers, reference

pytestmark = pytest.mark.browser
SIDE = 5
ALPHA = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    .data].filter((_, i) => i % 4 === 3)"""


@pytest.fixture
def making(visit):
    return lambda query, **look: Making(visit(**look), query)


@pytest.mark.parametrize(("data", "d"), [("digits", 16), ("cbf", 2), ("moons", 1)])
def test_a_sample_is_pushed_towards_a_class_in_every_codec(making, data, d):
    found = making(f"data={data}&latent_dim={d}&making=direction&sample=5&target=1&steps=5")
    before, strips, heard = found.pictures(), found.tiles(), len(found.sent)
    found.slide("How far", 0.95)
    found.still()
    assert all(a != b for a, b in zip(before, found.pictures(), strict=True))
    assert all(a != b for a, b in zip(strips, found.tiles(), strict=True)), "no mark went along"
    assert len(found.sent) == heard
    found.page.mouse.up()
    name, columns = found.table()
    assert name == f"all-{data}-d{d}-towards-1-sample-5.csv"
    owners, amounts = np.array(columns["codec"]), torch.linspace(0, 1.5, 5)
    y = torch.tensor(services.labels(data)[:2000])
    for codec in ("pca", "sparse", "variational"):
        which, mine = reference(data, codec, d), owners == codec
        codes = torch.tensor(services.codes(which)[:2000])
        z = numbers(columns, "z")[mine]
        assert [float(columns["amount"][i]) for i in np.flatnonzero(mine)] == amounts.tolist()
        close(z, codes[5] + amounts[:, None] * attribute_direction(codes, y == 1))
        close(numbers(columns, "x")[mine], decoded(which, z))
    assert len(found.sent) == heard, "a push or a file asked the server"
    found.visitor.check()


def test_the_class_is_chosen_in_the_canvas_and_stands_out(making):
    found = making("data=digits&making=direction&codecs=pca,variational")
    pictures = found.pictures()
    found.page.get_by_role("combobox", name="Towards class").select_option("3")
    found.page.wait_for_url("**target=3*")
    found.still()
    alpha = found.page.locator(".bnc-card[data-codec=pca] .bnc-points").evaluate(ALPHA)
    drawn = np.array(alpha)
    strong = (drawn > 200).sum() / (drawn > 40).sum()
    assert 0.02 < strong < 0.3, "a tenth of the samples is of that class"
    assert all(a != b for a, b in zip(pictures, found.pictures(), strict=True))
    said = found.page.locator(".bnc-card[data-codec=pca] .bnc-code").last
    expect(said).to_have_text("pushed × 0.75 towards 3")
    _, columns = found.table("pca")
    found.page.get_by_role("spinbutton", name="Test sample").fill("17")
    found.page.keyboard.press("Tab")
    found.page.wait_for_url("**sample=17*")
    found.still()
    _, other = found.table("pca")
    way, same = (numbers(c, "z") for c in (columns, other))
    close(way - way[0], same - same[0])  # the direction is the class's, not the sample's
    assert (way[0] - same[0]).abs().max() > 0.1
    found.visitor.check()


def test_a_way_that_leads_out_of_the_data_stays_in_the_plane(making):
    found = making("data=moons&making=direction&sample=0&target=0&codecs=sparse")
    front = found.page.locator(".bnc-card[data-codec=sparse] .bnc-front")
    drawn = np.array(front.evaluate(ALPHA)).reshape(front.evaluate("c => [c.height, c.width]"))
    columns = np.flatnonzero((drawn > 200).any(0))
    assert columns[0] > 2, "the way was cut off at the left"
    assert columns[-1] < drawn.shape[1] - 3
    found.visitor.check()


def cells(which, d):
    """What the core puts into the cells, the top row first."""
    codes = torch.tensor(services.codes(which)[:2000])
    prior = services.has_prior(which)
    mean, std = (torch.zeros(d), torch.ones(d)) if prior else (codes.mean(0), codes.std(0))
    if d == 1:
        share = (torch.arange(SIDE**2, dtype=torch.float64) + 0.5) / SIDE**2
        grid = torch.special.ndtri(share).float().reshape(SIDE, SIDE, 1)
    else:
        first, second = codes.std(0).argsort(descending=True)[:2].tolist() if d > 2 else (0, 1)
        grid = quantile_grid(SIDE, torch.zeros(d), (first, second))
    return (mean + std * grid).flip(0).flatten(0, 1)


@pytest.mark.parametrize(("data", "d"), [("digits", 2), ("cbf", 8), ("moons", 1)])
def test_every_cell_of_every_codec_is_the_cores(making, data, d):
    found = making(f"data={data}&latent_dim={d}&making=manifold&side={SIDE}")
    assert len(found.tiles()) == (0 if data == "moons" else 6)
    heard = len(found.sent)
    name, columns = found.table()
    assert name == f"all-{data}-d{d}-manifold-{SIDE}x{SIDE}.csv"
    owners = np.array(columns["codec"])
    for codec in ("pca", "undercomplete", "variational"):
        which, mine = reference(data, codec, d), owners == codec
        z = numbers(columns, "z")[mine]
        assert len(z) == SIDE**2
        close(z, cells(which, d))
        close(numbers(columns, "x")[mine], decoded(which, z))
    sheet = Image.open(io.BytesIO(found.save("PNG", "variational")[1]))
    if data == "moons":
        assert sheet.size == PLANE
        colours = sheet.convert("RGB").getcolors(sheet.width * sheet.height)
        dots = {colour: count for count, colour in colours}
        assert dots[ImageColor.getrgb(CODECS["variational"].colour)] > 4 * SIDE
    else:
        assert sheet.width == SIDE * ({"digits": 112, "cbf": 198}[data] + 4) + 4
    assert len(found.sent) == heard
    found.visitor.check()


def test_a_weight_bends_one_manifold_and_the_hand_finds_a_cell_in_all(making):
    found = making(
        f"data=digits&latent_dim=2&making=manifold&side={SIDE}&codecs=pca,sparse,variational"
    )
    before, heard = found.tiles(), len(found.sent)
    found.slide("Variational: weight β", 0.95)
    found.still()
    pca, sparse, variational = (a != b for a, b in zip(before, found.tiles(), strict=True))
    assert (pca, sparse, variational) == (False, False, True)
    found.page.mouse.up()
    found.page.wait_for_url("**weights=*")
    assert len(found.sent) > heard, "the weight was not kept"
    mosaics, pictures, heard = found.tiles(), found.pictures(), len(found.sent)
    box = found.page.locator(".bnc-tiles").first.bounding_box()
    found.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    name = found.page.locator(".bnc-input .bnc-name")
    expect(name).to_have_text("cell at 1.28 σ, 1.28 σ, PCA")  # the last of five equal shares
    found.still()
    assert all(a != b for a, b in zip(mosaics, found.tiles(), strict=True))
    assert all(a != b for a, b in zip(pictures, found.pictures(), strict=True))
    assert len(found.sent) == heard
    found.visitor.check()


def test_cells_rest_on_all_codes_of_the_weight(making):
    """The spread of codes that are half old, while a weight moves, is nobody's."""
    found = making(f"data=digits&latent_dim=2&making=manifold&side={SIDE}&codecs=sparse")
    _, old = found.table()
    found.slide("Sparse: weight λ", 0.95)
    found.page.mouse.up()
    found.page.wait_for_url("**weights=*")
    found.still()
    _, moved = found.table()
    again = Making(found.visitor, found.page.url.split("?", 1)[1])
    _, fresh = again.table()
    torch.testing.assert_close(numbers(moved, "z"), numbers(fresh, "z"), rtol=1e-5, atol=1e-6)
    assert (numbers(old, "z") - numbers(fresh, "z")).abs().max() > 1e-2
    found.visitor.check()


def test_the_grid_grows_and_a_ring_around_its_middle_moves(making):
    found = making(
        f"data=digits&latent_dim=2&making=manifold&side={SIDE}&codecs=undercomplete,variational"
    )
    heard = len(found.sent)
    found.slide("Samples along a side", 0.3)
    found.still()
    assert len(found.sent) == heard
    found.page.mouse.up()
    found.page.wait_for_function(f"!/side={SIDE}(&|$)/.test(location.search)")
    side = int(re.search(r"side=(\d+)", found.page.url)[1])
    columns = "all => all.map(c => c.style.getPropertyValue('--columns'))"
    assert found.page.locator(".bnc-tiles").evaluate_all(columns) == 2 * [str(side)]
    _, columns = found.table("variational")
    assert len(columns["z1"]) == side**2
    image = Image.open(io.BytesIO(found.save("GIF", "variational")[1]))
    assert image.n_frames == 48
    which = reference("digits", "variational", 2)
    start = decoded(which, torch.tensor([[float(np.sqrt(2 * np.log(2))), 0.0]]))
    shown = np.array(image.convert("RGB"))[::14, ::14, 0]
    assert np.abs(shown - 255 * start.clamp(0, 1).reshape(8, 8).numpy()).max() <= 1
    found.visitor.check()


@pytest.mark.parametrize("what", ["prior", "manifold"])
def test_planes_are_drawn_as_large_as_they_are(making, what):
    """Cards of a row stretch while the others' pictures arrive, and shrink again."""
    found = making(f"data=digits&latent_dim=16&making={what}")
    sizes = "all => all.map(c => [c.width, c.height, c.clientWidth, c.clientHeight])"
    for width, height, *shown in found.page.locator(".bnc-plane canvas").evaluate_all(sizes):
        assert [width, height] == shown
    found.visitor.check()


def test_long_codes_are_cut_along_two_units_of_choice(making):
    found = making(f"data=digits&latent_dim=16&making=manifold&side={SIDE}&codecs=sparse&ranked=0")
    _, columns = found.table()
    codes = torch.tensor(services.codes(reference("digits", "sparse", 16)))
    moved = np.flatnonzero(numbers(columns, "z").std(0) > 1e-6)
    assert moved.tolist() == [0, 1]
    found.page.get_by_role("combobox", name="across").select_option(label="4")
    found.page.wait_for_url("**dims=3%2C1*")
    found.page.get_by_role("combobox", name="upwards").select_option(label="4")
    found.page.wait_for_url("**dims=1%2C3*")  # who takes the other's unit leaves its own
    found.still()
    _, columns = found.table()
    z = numbers(columns, "z")
    assert np.flatnonzero(z.std(0) > 1e-6).tolist() == [1, 3]
    close(z[:, 0], codes[:, 0].mean().expand(SIDE**2))
    found.visitor.check()
