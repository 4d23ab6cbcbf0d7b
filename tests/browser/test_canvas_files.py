"""Modules of the generate page by themselves, in a real Chromium: GIF encoder, Gaussians."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from ae_core.latent import sample_codes
from tests.browser.opening import bare_page

pytestmark = pytest.mark.browser

# Frames come as base64 of RGBA bytes and go back as base64 of the file.
ENCODE = """async ([frames, width, height, delay, order]) => {
  const { encodeGif } = await import("/gif.js");
  const bytes = frames.map(text => Uint8ClampedArray.from(atob(text), c => c.charCodeAt(0)));
  const file = encodeGif(bytes, width, height, delay, order ?? undefined);
  let text = "";
  for (const byte of file) text += String.fromCharCode(byte);
  return btoa(text);
}"""
DRAW = """async ([z, n, d, draws]) => {
  const { fitted, coloured, standardNormal, quantile } = await import("/gaussian.js");
  const eps = standardNormal(draws, d, 7);
  return { eps: [...eps], drawn: [...coloured(eps, fitted(Float32Array.from(z), n, d), d)],
    quantile: quantile(Float32Array.from(z), 0.99), again: [...standardNormal(8, d, 7)] };
}"""


@pytest.fixture(scope="module")
def desk(browser):
    with bare_page(browser) as page:
        yield page


def written(desk, frames, delay=7, order=None):
    """The GIF of RGB frames (n, height, width, 3), opened by Pillow."""
    n, height, width, _ = frames.shape
    opaque = np.concatenate([frames, np.full((n, height, width, 1), 255, np.uint8)], axis=3)
    texts = [base64.b64encode(frame.tobytes()).decode() for frame in opaque]
    file = desk.evaluate(ENCODE, [texts, width, height, delay, order])
    return Image.open(io.BytesIO(base64.b64decode(file)))


def read(image):
    frames = []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.array(image.convert("RGB")))
    return np.stack(frames)


def greys(seed, n, height, width, levels=256):
    grey = np.random.default_rng(seed).integers(0, levels, (n, height, width, 1), dtype=np.uint8)
    return np.repeat(grey, 3, axis=3)


@pytest.mark.parametrize(
    "frames",
    [
        greys(0, 3, 90, 70),  # noise: the table of codes fills and starts again
        greys(1, 2, 90, 70, levels=2),  # the smallest code size
        greys(2, 1, 1, 1),
        np.zeros((2, 300, 300, 3), np.uint8),  # one colour: the longest codes
        np.repeat(np.repeat(greys(3, 2, 8, 8), 14, axis=1), 14, axis=2),  # pixels as squares
        np.random.default_rng(4).integers(0, 6, (2, 40, 40, 3), dtype=np.uint8) * 51,  # 216 colours
    ],
    ids=["noise", "two greys", "one pixel", "black", "squares", "colours"],
)
def test_up_to_256_colours_come_back_exactly(desk, frames):
    image = written(desk, frames)
    assert image.size == frames.shape[2:0:-1]
    np.testing.assert_array_equal(read(image), frames)


def test_more_colours_come_back_near(desk):
    across, up = np.meshgrid(np.arange(128), np.arange(128))
    frame = np.stack([2 * across, 2 * up, 255 - across - up], axis=2).astype(np.uint8)
    error = np.abs(read(written(desk, frame[None])).astype(int) - frame[None])
    assert error.mean() < 8
    assert error.max() <= 32


def test_a_gif_loops_for_ever_in_the_order_asked(desk):
    frames = greys(5, 3, 20, 30)
    image = written(desk, frames, delay=12, order=[0, 1, 2, 1])
    assert (image.n_frames, image.info["loop"], image.info["duration"]) == (4, 0, 120)
    np.testing.assert_array_equal(read(image), frames[[0, 1, 2, 1]])


def test_draws_have_the_mean_and_covariance_of_the_codes(desk):
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(5, 5))
    mix[:, 3] = 0.0  # a unit that never moves
    mix[:, 4] = mix[:, 0] - mix[:, 1]  # and one that follows two others
    z = (rng.normal(size=(800, 5)) @ mix + [1, -2, 0, 3, 0]).astype(np.float32)
    n = 20_000
    found = desk.evaluate(DRAW, [z.ravel().tolist(), *z.shape, n])
    eps, drawn = (np.array(found[name]).reshape(n, 5) for name in ("eps", "drawn"))
    ours = sample_codes(torch.tensor(z), n, torch.Generator().manual_seed(0)).numpy()
    scale = np.sqrt(np.outer(np.diag(np.cov(z.T)), np.diag(np.cov(z.T)))) + 1e-6
    for draws in (drawn, ours):  # the core's and the browser's draws follow one distribution
        np.testing.assert_allclose(draws.mean(0), z.mean(0), atol=0.03 * z.std())
        assert np.abs((np.cov(draws.T) - np.cov(z.T)) / scale).max() < 0.05
    assert drawn[:, 3].std() == 0
    assert np.abs(np.cov(eps.T) - np.eye(5)).max() < 0.05
    assert found["again"] == found["eps"][: len(found["again"])]
    expected = torch.quantile(torch.tensor(z).flatten(), 0.99).item()
    assert found["quantile"] == pytest.approx(expected, rel=1e-6)
