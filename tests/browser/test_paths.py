"""Paths and their files in a real Chromium: GIF, PNG and CSV hold what the core decodes."""

import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from ae_core.latent import lerp, slerp
from app import services
from tests.browser.making import Making, close, decoded, numbers, reference

pytestmark = pytest.mark.browser


@pytest.fixture
def making(visit):
    return lambda query, **look: Making(visit(**look), query)


def gif_frames(content):
    image = Image.open(io.BytesIO(content))
    frames = []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.array(image.convert("RGB")))
    return image, np.stack(frames)


@pytest.mark.parametrize("path", ["lerp", "slerp"])
def test_a_path_is_saved_as_the_core_decodes_it(making, path):
    found = making(f"data=digits&latent_dim=16&anchors=3,40&path={path}&steps=5")
    heard = len(found.sent)
    which = reference("digits", "variational", 16)
    z0, z1 = torch.tensor(services.codes(which)[[3, 40]])
    between = slerp if path == "slerp" else lerp
    name, content = found.save("GIF", "variational")
    assert name == f"variational-digits-d16-path-{path}-3-40.gif"
    image, frames = gif_frames(content)
    assert image.info["loop"] == 0
    assert frames.shape == (46, 112, 112, 3)  # 24 there, and back without the ends
    np.testing.assert_array_equal(frames[24:], frames[22:0:-1])
    assert (frames == frames[:, ::14, ::14].repeat(14, 1).repeat(14, 2)).all(), "no square pixels"
    way = torch.stack([between(z0, z1, torch.tensor(i / 23)).squeeze() for i in range(24)])
    expected = 255 * decoded(which, way).clamp(0, 1).reshape(24, 8, 8).numpy()
    assert np.abs(frames[:24, ::14, ::14, 0] - expected).max() <= 1
    name, columns = found.table("variational")
    assert name.endswith(".csv")
    assert len(columns["t"]) == 5
    way = torch.stack([between(z0, z1, torch.tensor(float(t))).squeeze() for t in columns["t"]])
    close(numbers(columns, "z"), way)
    assert len(found.sent) == heard
    found.visitor.check()


@pytest.mark.parametrize("data", ["digits", "cbf", "moons"])
def test_files_hold_all_codecs(making, data):
    found = making(f"data={data}&anchors=3,40&steps=5")
    heard = len(found.sent)
    found.page.get_by_role("radio", name="again").click()
    found.slide("Speed", 0.95)
    found.page.mouse.up()
    name, content = found.save("GIF")
    assert re.fullmatch(rf"all-{data}-d\d+-path-lerp-3-40\.gif", name)
    image, frames = gif_frames(content)
    assert len(frames) == 24  # not back
    assert 20 <= image.info["duration"] <= 40
    assert (frames[0] != frames[-1]).any()
    sheet = Image.open(io.BytesIO(found.save("PNG")[1]))
    tile = {"digits": 112, "cbf": 198, "moons": 132}[data]
    assert sheet.width == 5 * (tile + 4) + 4
    name, columns = found.table()
    assert len(columns["codec"]) == 7 * 5  # six codecs, and the blend of values
    blend = numbers({**columns, "z1": columns["t"]}, "x")[:5]
    ends = torch.tensor(services.samples(data, (3, 40))).flatten(1)
    close(blend[[0, 4]], ends)
    assert len(found.sent) == heard
    found.visitor.check()


def test_the_way_is_chosen_once_and_ends_are_typed(making):
    found = making("data=digits")
    expect(found.page.get_by_text("Way", exact=True)).to_have_count(1)
    strips, heard = found.tiles(), len(found.sent)
    found.page.get_by_role("spinbutton", name="To sample").fill("17")
    found.page.keyboard.press("Tab")
    found.page.wait_for_url("**anchors=*17*")
    found.still()
    after = found.tiles()
    assert all(a != b for a, b in zip(strips, after, strict=True))
    found.page.get_by_role("radio", name="slerp").click()
    found.page.wait_for_url("**path=slerp*")
    found.still()
    assert after[0] == found.tiles()[0], "the blend of values knows no slerp"
    assert len(found.sent) - heard <= 4  # one message for each, and Streamlit's answer to it
    found.visitor.check()


def test_a_click_on_a_step_goes_there(making):
    found = making("data=digits&steps=5&codecs=pca,variational")
    before = found.pictures()
    strip = found.page.locator(".bnc-sheet .bnc-tiles").last
    strip.click(position={"x": strip.bounding_box()["width"] - 5, "y": 10})
    place = found.page.get_by_role("slider", name="Place on the path")
    expect(place).to_have_attribute("aria-valuetext", "1")
    found.still()
    assert all(a != b for a, b in zip(before, found.pictures(), strict=True))
    found.visitor.check()
