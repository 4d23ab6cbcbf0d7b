"""Sketches: what is high is drawn high, errors keep their sign and one scale, text stays text."""

import base64
import re

import numpy as np
import pytest

from app import figures
from app.palette import CODECS, TOO_BRIGHT, TOO_DARK, colour
from app.services import DataInfo
from app.widgets.sketch import (
    FLAT,
    HIGH,
    WIDE,
    code_sketch,
    error_sketch,
    error_words,
    ground_of,
    sample_sketch,
)


def info(kind, unit_range=False):
    return DataInfo("x", "X", "", "", kind, (2,), (), (1, 1, 1), unit_range, "")


def svg(picture):
    packed = re.search(r"data:image/svg\+xml;base64,([^\"]+)", picture).group(1)
    return base64.b64decode(packed).decode()


POINTS = ground_of(info("points"), np.array([[-1.0, -1.0], [1.0, 1.0]]))
SERIES = ground_of(info("series"), np.array([[-1.0, 0.0, 1.0]]))


def test_a_point_higher_up_is_drawn_higher_and_its_image_in_the_codecs_colour():
    text = svg(sample_sketch(POINTS, np.array([0.0, 0.0]), np.array([0.5, 1.0]),
                             codec="sparse", alt="a"))  # fmt: skip
    (ring, dot) = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', text)
    assert tuple(map(float, ring)) == (WIDE / 2, WIDE / 2)
    assert float(dot[0]) > WIDE / 2 > float(dot[1])
    assert f'r="4" fill="{colour("sparse")}"' in text


def test_the_curve_a_codec_has_learned_lies_behind_the_point():
    x, curve = np.zeros(2), np.array([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    without = svg(sample_sketch(POINTS, x, x, codec="pca", alt=""))
    with_it = svg(sample_sketch(POINTS, x, x, codec="pca", alt="", cloud_hat=curve))
    assert without.count("h0") == len(POINTS.cloud)
    assert with_it.count("h0") == len(POINTS.cloud) + len(curve)


def test_an_error_beyond_the_frame_keeps_its_direction_and_is_marked():
    limit = POINTS.limit
    text = svg(error_sketch(POINTS, np.zeros(2), np.array([3 * limit, limit]), alt=""))
    dx, dy = map(float, re.search(r"l(-?[\d.]+) (-?[\d.]+)\"", text).groups())
    assert dx == pytest.approx(WIDE / 2)
    assert -dy == pytest.approx(dx / 3, rel=0.01)
    assert "rotate(-18.4)" in text
    within = svg(error_sketch(POINTS, np.zeros(2), np.array([limit, limit]), alt=""))
    assert "rotate" not in within


def test_an_error_to_the_upper_left_points_there():
    text = svg(error_sketch(POINTS, np.zeros(2), np.array([-0.1, 0.2]), alt=""))
    dx, dy = map(float, re.search(r"l(-?[\d.]+) (-?[\d.]+)", text).groups())
    assert (dx, dy) == pytest.approx((-0.1 / POINTS.limit * 50, -0.2 / POINTS.limit * 50), abs=0.1)
    assert text.index(TOO_DARK) < text.index(TOO_BRIGHT)  # left is too low, up is too high


def test_a_series_error_keeps_its_sign_and_the_common_scale():
    text = svg(error_sketch(SERIES, np.zeros(3), np.array([0.5, -0.5, 9.0]), alt=""))
    above, below = re.findall(r'<path d="M0 [\d.]+((?:L[\d.]+ [\d.]+)+)', text)
    heights = [[float(v) for v in re.findall(r"L[\d.]+ ([\d.]+)", part)] for part in (above, below)]
    half = HIGH / 2
    step = 0.5 / SERIES.limit * half
    assert heights[0][:3] == pytest.approx([half - step, half, 0.0], abs=0.06)  # 9 is clipped
    assert heights[1][:3] == pytest.approx([half, half + step, half], abs=0.06)


def test_a_series_and_its_reconstruction_share_one_drawing():
    text = svg(sample_sketch(SERIES, np.zeros(3), np.ones(3), codec="pca", alt=""))
    original, rebuilt = re.findall(r'points="([^"]+)"', text)
    assert original.split()[0] == f"0.0,{HIGH / 2:.1f}"
    assert float(rebuilt.split(",")[1].split()[0]) < HIGH / 4
    assert text.index(original) < text.index(rebuilt)  # the codec's line is on top


def test_the_words_of_the_scale_name_its_end():
    image = ground_of(info("image", unit_range=True), np.zeros((1, 2, 2)))
    assert error_words(image) == ("−1 too dark", "too bright +1")
    assert error_words(SERIES)[1] == f"too high +{SERIES.limit:g}"
    flat = ground_of(info("series"), np.zeros((2, 3)))
    assert flat.high > flat.low


def test_a_plane_shows_the_code_where_it_lies():
    others = np.array([[0.0, 0.0], [1.0, 2.0]])
    text = svg(code_sketch(np.array([0.25, 1.5]), others, (0.0, 1.0, 0.0, 2.0), "pca", alt=""))
    found = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', text).groups()
    assert tuple(map(float, found)) == (WIDE * 0.25, FLAT * 0.25)


def test_bars_of_a_wide_code_start_at_zero_and_share_a_scale():
    others = np.array([[4.0, 0.0, 0.0]])
    text = svg(code_sketch(np.array([2.0, 0.0, -4.0]), others, (0, 1, 0, 1), "sparse", alt=""))
    heights = [-float(v) for v in re.findall(rf"M[\d.]+ {FLAT / 2:g}v(-?[\d.]+)", text)]
    assert heights == pytest.approx([12.5, 0.0, -25.0])


def test_words_read_aloud_are_text():
    picture = sample_sketch(POINTS, np.zeros(2), alt='"><script>alert(1)</script>')
    assert "<script>" not in picture
    assert 'alt="&quot;&gt;&lt;script&gt;' in picture


def test_errors_by_class_and_by_size_have_a_look_per_codec():
    means = {"pca": np.array([1.0, np.nan]), "sparse": np.array([2.0, 3.0])}
    figure = figures.class_errors(means, ["a", "b"], "per image")
    assert [trace.marker.color for trace in figure.data] == [colour("pca"), colour("sparse")]
    assert figure.layout.yaxis.title.text == "per image"
    curve = figures.size_errors({"pca": [(2, 4.0), (16, 1.0)]}, "per image", 16)
    assert list(curve.data[0].x) == [2, 16]
    assert curve.data[0].line.dash == CODECS["pca"].dash
    assert list(curve.layout.xaxis.tickvals) == [2, 16]
    assert curve.layout.shapes[0].x0 == 16
