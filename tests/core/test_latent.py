"""Planes, holes, samples and directions in code space against hand geometry and scipy."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression

from ae_core.errors import InvalidInput
from ae_core.latent import (
    attribute_direction,
    bounds_of,
    decoded_grid,
    grid,
    hole_map,
    hole_share,
    mosaic,
    quantile_grid,
    round_trip_error,
    sample_codes,
    sample_prior,
    traversal,
)
from tests.core.maps import Maps, codes, doubling, rng

# Planes


def test_bounds_ignore_strays_and_add_a_margin() -> None:
    z = torch.stack([torch.linspace(0, 1, 1001), torch.linspace(-2, 2, 1001)], 1)
    z[0] = torch.tensor([900.0, -900.0])  # one stray code
    (x0, x1), (y0, y1) = bounds_of(z, margin=0.1, quantile=0.01)
    assert (x0, x1) == pytest.approx((0.01 - 0.098, 0.99 + 0.098), abs=0.003)
    assert (y0, y1) == pytest.approx((-1.96 - 0.392, 1.96 + 0.392), abs=0.01)
    assert bounds_of(z, 0, 0) == ((pytest.approx(0.001), 900.0), (-900.0, 2.0))
    assert bounds_of(z, 0, 0, dims=(1, 0))[0] == (-900.0, 2.0)


def test_bounds_of_a_unit_that_never_moves_still_have_a_width() -> None:
    z = torch.cat([torch.full((50, 1), 3.0), codes(50, 1).float()], 1)
    assert bounds_of(z)[0] == (2.0, 4.0)
    with pytest.raises(InvalidInput, match="quantile must lie in"):
        bounds_of(z, quantile=0.5)
    with pytest.raises(InvalidInput, match="dims must be two different units from 0 to 1"):
        bounds_of(z, dims=(0, 2))


def test_grid_runs_columns_across_and_rows_up() -> None:
    plane = grid(((-1.0, 1.0), (10.0, 30.0)), 3)
    assert plane.shape == (3, 3, 2)
    assert plane[0].tolist() == [[-1, 10], [0, 10], [1, 10]]
    assert plane[:, 1].tolist() == [[0, 10], [0, 20], [0, 30]]


def test_grid_through_a_larger_space_keeps_the_other_units() -> None:
    base = torch.tensor([5.0, 6.0, 7.0, 8.0])
    plane = grid(((0.0, 1.0), (2.0, 3.0)), 4, base, dims=(3, 1))
    assert plane.shape == (4, 4, 4)
    assert (plane[..., 0] == 5).all()
    assert (plane[..., 2] == 7).all()
    torch.testing.assert_close(plane[1, 2], torch.tensor([5, 2 + 1 / 3, 7, 2 / 3]))
    assert base.tolist() == [5, 6, 7, 8]
    for dims in ((1, 1), (0, 4), (-1, 2)):
        with pytest.raises(InvalidInput, match="two different units from 0 to 3"):
            grid(((0.0, 1.0), (0.0, 1.0)), 3, base, dims)
    with pytest.raises(InvalidInput, match="n must be at least 2"):
        grid(((0.0, 1.0), (0.0, 1.0)), 1)


def test_quantile_grid_cuts_the_gaussian_into_equal_shares() -> None:
    plane = quantile_grid(8)
    values = plane[0, :, 0].double().numpy()
    np.testing.assert_allclose(stats.norm.cdf(values), (np.arange(8) + 0.5) / 8, atol=1e-7)
    torch.testing.assert_close(plane[:, 0, 1], plane[0, :, 0])
    assert float(quantile_grid(1).abs().max()) == 0
    assert quantile_grid(3, torch.ones(5), (4, 2))[2, 0, 0] == 1


def test_decoded_grid_and_mosaic_keep_every_tile_in_its_place() -> None:
    # Each tile is one pixel high and d wide, so the mosaic is read off directly.
    plane = grid(((0.0, 1.0), (0.0, 2.0)), 2, torch.tensor([0.0, 0.0, 9.0]))
    images = decoded_grid(doubling(), plane)
    assert images.shape == (2, 2, 1, 1, 3)
    torch.testing.assert_close(images[1, 0].flatten(), torch.tensor([0.0, 4.0, 18.0]))
    assert mosaic(images).tolist() == [
        [[0, 4, 18, 2, 4, 18], [0, 0, 18, 2, 0, 18]]  # the upper row is the larger second unit
    ]
    tall = torch.arange(2 * 3 * 2 * 4 * 5).reshape(2, 3, 2, 4, 5)
    whole = mosaic(tall)
    assert whole.shape == (2, 8, 15)
    assert torch.equal(whole[:, 4:8, 10:15], tall[0, 2])  # lower right
    assert torch.equal(whole[:, 0:4, 0:5], tall[1, 0])  # upper left


def test_traversal_moves_one_unit_only() -> None:
    z = torch.tensor([1.0, 2.0, 3.0])
    images = traversal(doubling(), z, 1, [-5.0, 0.0, 5.0])
    assert images.flatten(1).tolist() == [[2, -10, 6], [2, 0, 6], [2, 10, 6]]
    assert z.tolist() == [1, 2, 3]
    with pytest.raises(InvalidInput, match=r"0 ≤ dim < d"):
        traversal(doubling(), z, 3, [0.0])


# Holes


def clamping() -> Maps:
    """The decoder cannot leave [−1, 1]: codes outside come back to the border."""
    return Maps(lambda x: x, lambda z: z.clamp(-1, 1))


def test_round_trip_error_is_the_distance_to_what_comes_back() -> None:
    z = torch.tensor([[0.5, -0.5], [4.0, 0.0], [4.0, 5.0]])
    assert round_trip_error(clamping(), z).tolist() == [0, 3, 5]


def test_hole_map_lies_as_its_grid() -> None:
    found = hole_map(clamping(), ((-3.0, 1.0), (0.0, 5.0)), 5)
    assert found.shape == (5, 5)
    assert found[0].tolist() == [2, 1, 0, 0, 0]
    assert found[4, 0] == pytest.approx(math.hypot(2, 4))
    assert found[4, 4] == 4


def test_hole_share_counts_prior_samples_worse_than_the_data() -> None:
    data = torch.stack([torch.linspace(0, 2, 101), torch.zeros(101)], 1)  # errors 0 … 1, half 0
    prior = torch.tensor([[0.0, 0.0], [1.4, 0.0], [1.6, 0.0], [9.0, 0.0]])
    assert hole_share(clamping(), prior, data, quantile=0.99) == 0.25
    assert hole_share(clamping(), prior, data, quantile=0.75) == 0.5  # the limit is 0.5
    assert hole_share(clamping(), data, data, quantile=0.9) == pytest.approx(0.1, abs=0.01)
    with pytest.raises(InvalidInput, match="quantile must lie between 0 and 1"):
        hole_share(clamping(), prior, data, quantile=1)


# Samples


def test_sample_prior_is_a_standard_gaussian() -> None:
    z = sample_prior(4000, 3, rng(1))
    assert z.shape == (4000, 3)
    assert stats.kstest(z.flatten().numpy(), "norm").pvalue > 0.01
    assert torch.equal(z, sample_prior(4000, 3, rng(1)))
    assert not torch.equal(z, sample_prior(4000, 3, rng(2)))


def test_sample_codes_has_the_mean_and_full_covariance_of_its_codes() -> None:
    mix = torch.tensor([[2.0, 0.0, 0.0], [1.5, 0.3, 0.0], [0.0, 0.0, 0.0]])
    train = codes(500, 3).float() @ mix.t() + torch.tensor([10.0, -4.0, 0.7])  # third unit dead
    z = sample_codes(train, 60_000, rng(2))
    assert z.dtype == torch.float32
    torch.testing.assert_close(z.mean(0), train.mean(0), atol=0.03, rtol=0)
    expected = torch.from_numpy(np.cov(train.numpy(), rowvar=False)).float()
    torch.testing.assert_close(torch.cov(z.t()), expected, atol=0.06, rtol=0.02)
    assert float(z[:, 2].std()) < 1e-3
    assert torch.equal(z, sample_codes(train, 60_000, rng(2)))
    assert sample_codes(train[:, :1], 7, rng()).shape == (7, 1)
    with pytest.raises(InvalidInput, match="at least two codes"):
        sample_codes(train[:1], 5, rng())


# Directions


def test_mean_direction_leads_from_without_to_with() -> None:
    z = torch.tensor([[0.0, 0.0], [2.0, 0.0], [5.0, 4.0], [5.0, 8.0], [5.0, 0.0]])
    mask = torch.tensor([False, False, True, True, True])
    assert attribute_direction(z, mask).tolist() == [4, 4]


def test_linear_direction_ignores_what_only_correlates() -> None:
    # The attribute is unit 0 alone; unit 1 follows it with noise, units 2 and 3 are dead and tiny.
    z = codes(4000, 4)
    z[:, 1] = 3 * z[:, 0] + 0.5 * z[:, 1]
    z[:, 2], z[:, 3] = 0.1, 1e-3 * z[:, 3]
    z = z.float()
    mask = z[:, 0] + 0.05 * codes(4000, 1, seed=9)[:, 0].float() > 0
    mean = attribute_direction(z, mask)
    assert float(mean[1]) > 2 * float(mean[0])
    truth = torch.tensor([1.0, 0.0, 0.0, 0.0])
    for attribute in (mask, 5 * z[:, 0] + 2):
        direction = attribute_direction(z[:, :3], attribute, "linear")
        assert float(direction.norm()) == pytest.approx(1, abs=1e-5)
        assert float(direction @ truth[:3]) > 0.97
    reversed_ = attribute_direction(z[:, :3], -z[:, 0], "linear")
    assert float(reversed_[0]) < -0.97


def test_linear_direction_is_the_normal_in_the_codes_own_units() -> None:
    # Units of very different scale: the normal of standardised codes would point elsewhere.
    z = codes(600, 2) * torch.tensor([10.0, 0.5])
    mask = z @ torch.tensor([0.2, 1.0], dtype=torch.float64) + 0.8 * codes(600, 1, 5)[:, 0] > 0
    direction = attribute_direction(z, mask, "linear")
    plain = LogisticRegression(C=1e6, tol=1e-8, max_iter=10_000).fit(z.numpy(), mask.numpy())
    normal = plain.coef_[0] / np.linalg.norm(plain.coef_[0])
    np.testing.assert_allclose(direction.numpy(), normal, atol=0.03)
    exact = attribute_direction(z, z @ torch.tensor([3.0, -4.0], dtype=torch.float64), "linear")
    np.testing.assert_allclose(exact.numpy(), [0.6, -0.8], atol=1e-9)


def test_direction_refuses_what_has_none() -> None:
    z = codes(6, 2)
    with pytest.raises(InvalidInput, match="6 of 6 with"):
        attribute_direction(z, torch.ones(6, dtype=torch.bool))
    with pytest.raises(InvalidInput, match="needs a boolean mask"):
        attribute_direction(z, torch.arange(6))
    with pytest.raises(InvalidInput, match="no direction"):
        attribute_direction(z, torch.ones(6), "linear")
    with pytest.raises(InvalidInput, match="got shapes"):
        attribute_direction(z, torch.ones(5, dtype=torch.bool))
    with pytest.raises(InvalidInput, match="kind must be"):
        attribute_direction(z, torch.arange(6) > 2, "median")


@pytest.mark.parametrize("kind", ["copy", "sum"])
def test_a_linear_direction_is_the_shortest_where_units_repeat_each_other(kind):
    """In float32 a copy is one but for rounding, which must not be taken for a direction."""
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 500, generator=draw)
    third = 3 * a if kind == "copy" else 0.7 * a - 1.3 * b
    z = torch.stack([a, b, third], 1)
    factor = a + 0.1 * torch.randn(500, generator=draw)
    standard = (z.double() - z.double().mean(0)) / z.double().std(0, correction=0)
    target = (factor - factor.mean()).double()
    best = torch.linalg.pinv(standard, rtol=1e-5) @ target / z.double().std(0, correction=0)
    found = attribute_direction(z, factor, "linear")
    torch.testing.assert_close(found.double(), best / best.norm(), atol=1e-4, rtol=0)
