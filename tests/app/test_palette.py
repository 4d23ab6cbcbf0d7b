"""Colours that everybody can tell apart, on both themes."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from app.palette import CODECS, LABELS

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "app/.streamlit/config.toml").read_text(encoding="utf-8"))

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear sRGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip


def linear(colour):
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    )  # fmt: skip
    x = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(first, second):
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    ml, mc = (l1 + l2) / 2, (c1 + c2) / 2
    mh = (h1 + h2) / 2 if abs(h1 - h2) <= 180 else ((h1 + h2 + 360) / 2) % 360
    cosine = lambda k, shift: np.cos(np.radians(k * mh + shift))  # noqa: E731
    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.2 * cosine(4, -63)
    s_l = 1 + 0.015 * (ml - 50) ** 2 / np.sqrt(20 + (ml - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mc, 1 + 0.015 * mc * t
    twist = 60 * np.exp(-(((mh - 275) / 25) ** 2))
    r = -np.sin(np.radians(twist)) * 2 * np.sqrt(mc**7 / (mc**7 + 25**7))
    light, c, h = (l2 - l1) / s_l, (c2 - c1) / s_c, d_h / s_h
    return np.sqrt(light**2 + c**2 + h**2 + r * c * h)


def contrast(first, second):
    """WCAG 2 contrast ratio."""
    y = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (first, second))
    return (y[1] + 0.05) / (y[0] + 0.05)


def closest(colours, matrix):
    seen = [lab(matrix @ linear(c)) for c in colours]
    return min(ciede2000(p, q) for p, q in itertools.combinations(seen, 2))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Sharma, Wu & Dalal 2005, table 1, pairs 1, 7, 17, 25
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_distance_is_ciede2000(first, second, expected):
    assert ciede2000(first, second) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("vision", VISION)
def test_ten_labels_stay_apart_for_every_eye(vision):
    assert len(set(LABELS)) == 10
    assert closest(LABELS, VISION[vision]) >= 14.0


@pytest.mark.parametrize("vision", VISION)
def test_six_codecs_stay_apart_for_every_eye(vision):
    colours = [look.colour for look in CODECS.values()]
    assert len(colours) == 6
    assert closest(colours, VISION[vision]) >= 12.0


def test_a_known_bad_pair_is_caught():
    assert closest(("#d62728", "#2ca02c"), VISION["deutan"]) < 14.0  # two of Plotly's own defaults


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_codec_colours_read_on_both_themes(mode):
    page = CONFIG["theme"][mode]["backgroundColor"]
    assert all(contrast(look.colour, page) >= 3.0 for look in CODECS.values())
    assert all(contrast(colour, page) >= 2.0 for colour in LABELS)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_accent_read_on_both_themes(mode):
    theme = CONFIG["theme"][mode]
    for background in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], background) >= 12.0
        assert contrast(theme["primaryColor"], background) >= 4.5
        assert contrast(theme["linkColor"], background) >= 4.5


def test_streamlits_own_charts_use_the_same_ten_colours():
    assert tuple(CONFIG["theme"]["chartCategoricalColors"]) == LABELS


def test_looks_differ_without_colour_too():
    assert len({look.dash for look in CODECS.values()}) == 6
    assert len({look.symbol for look in CODECS.values()}) == 6
