"""Each generator does what its formula says, and its factors describe what it made."""

import math
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from ae_core.data import DataSet, load_dataset
from ae_core.data.embedded import LEAST_CONTRAST, PATCH
from ae_core.data.series import generate
from ae_core.data.shapes import draw


@cache
def data(name: str) -> DataSet:
    """One load per session; nobody writes into these tensors."""
    return load_dataset(name)


# Shapes ------------------------------------------------------------------------------------------


def moments(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Area, and the centroid in pixels from the centre, x right and y down."""
    pixel = torch.arange(28) - 13.5
    area = images.sum((1, 2, 3))
    return (
        area,
        (images.sum((1, 2)) * pixel).sum(1) / area,
        (images.sum((1, 3)) * pixel).sum(1) / area,
    )


def test_shapes_factors_describe_the_image() -> None:
    d = data("shapes")
    assert d.factor_names == ("shape", "x", "y", "scale", "rotation")
    assert d.test_factors is not None
    assert d.test_labels is not None
    kind, x, y, scale, _ = d.test_factors.T
    area, cx, cy = moments(d.test)
    assert torch.equal(kind.long(), d.test_labels)
    torch.testing.assert_close(cx, x, atol=0.1, rtol=0)
    torch.testing.assert_close(cy, y, atol=0.1, rtol=0)
    torch.testing.assert_close(area, scale**2, atol=0, rtol=0.04)


def test_shapes_turn_with_their_rotation() -> None:
    """The long axis of an ellipse, from its second moments, is the rotation, clockwise."""
    d = data("shapes")
    assert d.test_factors is not None
    chosen = d.test_factors[:, 0] == 1
    images, rotation = d.test[chosen, 0], d.test_factors[chosen, 4]
    _, cx, cy = moments(d.test[chosen])
    pixel = torch.arange(28) - 13.5
    right = (pixel[None, None, :] - cx[:, None, None]).expand_as(images)
    down = (pixel[None, :, None] - cy[:, None, None]).expand_as(images)
    xx, yy, xy = ((images * m).sum((1, 2)) for m in (right**2, down**2, right * down))
    axis = 0.5 * torch.atan2(2 * xy, xx - yy)
    off = torch.remainder(axis - rotation + math.pi / 2, math.pi) - math.pi / 2
    assert float(off.abs().max()) < 0.05


def test_shapes_are_drawn_where_asked_with_smooth_edges() -> None:
    square = draw(torch.tensor([[0.0, 0.0, -3.0, 8.0, 0.0]]))[0, 0]
    # The middle of the image lies between columns 13 and 14: columns 10 to 17, rows 7 to 14.
    expected = torch.zeros(28, 28)
    expected[7:15, 10:18] = 1
    torch.testing.assert_close(square, expected, atol=1e-6, rtol=0)
    half = draw(torch.tensor([[0.0, 0.5, -3.0, 8.0, 0.0]]))[0, 0]
    torch.testing.assert_close(half[7:15, 10], torch.full((8,), 0.5))
    torch.testing.assert_close(half[7:15, 18], torch.full((8,), 0.5))
    triangle = draw(torch.tensor([[2.0, 0.5, 0.5, 11.0, 0.0]]))[0, 0]
    widths = triangle.sum(1)
    assert float(widths[:9].max()) < float(widths[14:18].min())  # a corner up, wide below


def test_shapes_lie_inside_the_frame() -> None:
    """Even the largest triangle in the far corner loses nothing, so that its area is right."""
    turns = torch.linspace(0, math.pi / 2, 50)
    extreme = torch.stack([torch.tensor([2.0, 4.0, 4.0, 11.0, float(turn)]) for turn in turns])
    area = draw(extreme).sum((1, 2, 3))
    torch.testing.assert_close(area, torch.full((50,), 121.0), atol=0, rtol=0.02)


# Patches -----------------------------------------------------------------------------------------


def test_patches_of_different_splits_share_no_pixel() -> None:
    d = data("patches")
    seen: list[set[tuple[int, int, int]]] = []
    for factors in (d.train_factors, d.valid_factors, d.test_factors):
        assert factors is not None
        seen.append(
            {
                (k, i + a, j + b)
                for k, i, j in factors.long().tolist()
                for a in range(PATCH)
                for b in range(PATCH)
            }
        )
    assert all(len(pixels) > 10000 for pixels in seen)
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_patches_are_cut_where_their_factors_say() -> None:
    from sklearn.datasets import load_sample_images

    d = data("patches")
    assert d.valid_factors is not None
    photographs = load_sample_images().images
    for x, (k, i, j) in zip(d.valid[::50, 0], d.valid_factors[::50].long().tolist(), strict=True):
        p = photographs[k][i : i + PATCH, j : j + PATCH] @ np.array([0.299, 0.587, 0.114])
        assert p.std() >= LEAST_CONTRAST
        z = (p - p.mean()) / math.sqrt(p.var() + 10)
        expected = 0.5 + 0.4 * np.clip(z / 3, -1, 1)
        np.testing.assert_allclose(x.numpy(), expected, atol=1e-6)


def test_patches_keep_to_their_range_around_grey() -> None:
    d = data("patches")
    for split in (d.train, d.valid, d.test):
        assert float(split.min()) >= 0.1
        assert float(split.max()) <= 0.9
        assert float(split.mean()) == pytest.approx(0.5, abs=5e-3)


# Points in the plane -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rings", "moons", "spiral", "s_curve"])
def test_positions_run_evenly_along_the_curve(name: str) -> None:
    d = data(name)
    assert d.train_factors is not None
    position = d.train_factors[:, 0]
    assert 0 <= float(position.min()) < 0.01
    assert 0.99 < float(position.max()) <= 1
    histogram = torch.histc(position, bins=10, min=0, max=1) / len(position)
    assert float((histogram - 0.1).abs().max()) < 0.03


@pytest.mark.parametrize("name", ["spiral", "s_curve"])
def test_labels_of_one_curve_are_its_quarters(name: str) -> None:
    d = data(name)
    assert d.test_factors is not None
    assert d.test_labels is not None
    assert torch.equal((4 * d.test_factors[:, 0]).long(), d.test_labels)


def spiral(u: Tensor) -> tuple[Tensor, Tensor]:
    """Archimedes' r = angle from π to 5π at fractions of its arc, ½(θ√(1 + θ²) + asinh θ)."""
    angle = torch.linspace(math.pi, 5 * math.pi, 20001, dtype=torch.float64)
    arc = (angle * (1 + angle**2).sqrt() + angle.asinh()) / 2
    at = arc[0] + u.double() * (arc[-1] - arc[0])
    angle = angle[torch.searchsorted(arc, at).clamp_max(20000)]
    return angle * angle.cos(), angle * angle.sin()


def test_points_lie_on_their_curves() -> None:
    """Undo the one shift and the one scale by least squares, compare with the bare formula."""
    formulas = {
        "rings": lambda u, k: (
            (1 - k / 2) * torch.cos(2 * math.pi * u),
            (1 - k / 2) * torch.sin(2 * math.pi * u),
        ),
        "moons": lambda u, k: (
            torch.where(k == 0, torch.cos(math.pi * u), 1 - torch.cos(math.pi * u)),
            torch.where(k == 0, torch.sin(math.pi * u), 0.5 - torch.sin(math.pi * u)),
        ),
        "spiral": lambda u, _: spiral(u),
        "s_curve": lambda u, _: (
            torch.sin(3 * math.pi * (u - 0.5)),
            torch.sign(u - 0.5) * (torch.cos(3 * math.pi * (u - 0.5)) - 1),
        ),
    }
    for name, formula in formulas.items():
        d = data(name)
        assert d.train_factors is not None
        assert d.train_labels is not None
        clean = torch.stack(formula(d.train_factors[:, 0], d.train_labels), dim=1)
        centred = clean - clean.mean(0)
        scale = (centred * d.train).sum() / centred.square().sum()
        residual = d.train / scale - centred
        noise = 0.2 if name == "spiral" else 0.05
        assert float(residual.std()) == pytest.approx(noise, rel=0.1), name


# Cylinder, bell, funnel --------------------------------------------------------------------------


def test_cbf_follows_the_published_formulas() -> None:
    x, factors, kinds = generate(3000, seed=11)
    t = np.arange(1, 129)
    a, b, height = (factors[:, [k]] for k in range(3))
    assert (a.min(), a.max()) == (16, 32)
    assert ((b - a).min(), (b - a).max()) == (32, 96)
    assert np.array_equal(factors[:, :2], factors[:, :2].round())
    inside = (t >= a) & (t <= b)
    rise, fall = (t - a) / (b - a), (b - t) / (b - a)
    clean = height * inside * np.choose(kinds[:, None], [np.ones_like(rise), rise, fall])
    noise = x - clean
    # What is left is ε(t): standard normal, everywhere, uncorrelated with where the event is.
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.std() == pytest.approx(1, abs=0.01)
    assert noise[inside].std() == pytest.approx(1, abs=0.01)
    for kind in range(3):
        assert noise[kinds == kind].mean() == pytest.approx(0, abs=0.01)
    assert height.mean() == pytest.approx(6, abs=0.1)
    assert height.std() == pytest.approx(1, abs=0.05)


def test_cbf_kinds_differ_at_onset_and_end() -> None:
    """A funnel jumps at its onset, a bell falls at its end, a cylinder does both."""
    x, factors, kinds = generate(3000, seed=12)
    rows = np.arange(len(x))
    a, b = factors[:, 0].astype(int), factors[:, 1].astype(int)
    onset = x[rows, a - 1] - x[rows, a - 2]  # sample t stands at index t − 1
    end = x[rows, b - 1] - x[rows, np.minimum(b, 127)]
    ends_inside = b < 128
    jump = [onset[kinds == k].mean() for k in range(3)]
    drop = [end[(kinds == k) & ends_inside].mean() for k in range(3)]
    assert jump == pytest.approx([6, 0, 6], abs=0.25)
    assert drop == pytest.approx([6, 6, 0], abs=0.25)


def test_cbf_is_one_shift_and_one_scale_away() -> None:
    d = data("cbf")
    assert d.train_factors is not None
    raw, factors, _ = generate(4200, seed=7)
    np.testing.assert_array_equal(d.train_factors.numpy(), factors[:3000].astype(np.float32))
    fit = np.polyfit(raw[:3000].ravel(), d.train.numpy().ravel().astype(float), 1)
    np.testing.assert_allclose(np.polyval(fit, raw[3600:]), d.test.numpy(), atol=1e-5)
