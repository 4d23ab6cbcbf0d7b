"""lerp and slerp against Shoemake's formula, known spirals and half circles."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ae_core.errors import InvalidInput
from ae_core.latent import (
    code_path,
    lerp,
    path,
    slerp,
)
from tests.core.maps import codes, doubling


def test_lerp_goes_straight_and_takes_any_shape_of_t() -> None:
    z0, z1 = codes(2, 3)
    torch.testing.assert_close(lerp(z0, z1, 0.25), 0.75 * z0 + 0.25 * z1)
    t = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    batch0, batch1 = codes(4, 3, seed=1), codes(4, 3, seed=2)
    walked = lerp(batch0, batch1, t)
    assert walked.shape == (3, 4, 3)
    torch.testing.assert_close(walked[1], 0.7 * batch0 + 0.3 * batch1)


def test_slerp_equals_shoemake_s_formula_on_the_sphere() -> None:
    z0, z1 = (z / z.norm() for z in codes(2, 5))
    omega = math.acos(float(z0 @ z1))
    for t in (0.1, 0.5, 0.8):
        expected = math.sin((1 - t) * omega) * z0 + math.sin(t * omega) * z1
        torch.testing.assert_close(slerp(z0, z1, t), expected / math.sin(omega))


def test_slerp_turns_evenly_and_its_length_goes_linearly() -> None:
    # From length 1 at 0° to length 3 at 90°: a spiral, whose points are known.
    z0, z1 = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 3.0])
    t = torch.linspace(0, 1, 7)
    angle, length = t * math.pi / 2, 1 + 2 * t
    expected = torch.stack([length * angle.cos(), length * angle.sin()], 1)
    torch.testing.assert_close(slerp(z0, z1, t), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_slerp_through_opposite_vectors_makes_a_half_circle(dtype: torch.dtype) -> None:
    for z0 in torch.tensor([[3.0, 4.0, 0.0], [0.0, 5.0, 0.0], [-1.0, 2.0, 2.0]], dtype=dtype):
        walked = slerp(z0, -z0, torch.linspace(0, 1, 9, dtype=dtype))
        lengths = walked.norm(dim=1)
        torch.testing.assert_close(lengths, torch.full_like(lengths, float(z0.norm())))
        steps = (walked.diff(dim=0)).norm(dim=1)
        torch.testing.assert_close(steps, torch.full_like(steps, float(steps[0])))
        assert torch.equal(walked[0], z0)
        assert torch.equal(walked[-1], -z0)


def test_slerp_where_no_direction_turns_is_lerp() -> None:
    z, zero = torch.tensor([1.0, -2.0, 0.5]), torch.zeros(3)
    t = torch.linspace(0, 1, 5)
    for z0, z1 in ((z, 2.5 * z), (z, z), (zero, z), (z, zero), (zero, zero)):
        torch.testing.assert_close(slerp(z0, z1, t), lerp(z0, z1, t))
    one, minus = torch.tensor([2.0]), torch.tensor([-1.0])
    torch.testing.assert_close(slerp(one, minus, 0.5), torch.tensor([0.5]))


def test_slerp_treats_each_code_of_a_batch_by_itself() -> None:
    z0 = torch.stack([torch.zeros(3), torch.ones(3), torch.tensor([1.0, 0, 0]), torch.ones(3)])
    z1 = torch.stack([torch.ones(3), -torch.ones(3), torch.tensor([0, 2.0, 0]), torch.ones(3)])
    t = torch.linspace(0, 1, 4)
    together = slerp(z0, z1, t)
    alone = torch.stack([slerp(a, b, t) for a, b in zip(z0, z1, strict=True)], 1)
    torch.testing.assert_close(together, alone)


FINITE = st.floats(-1e3, 1e3, width=32)
TRIPLE = st.tuples(FINITE, FINITE, FINITE).map(torch.tensor)


@settings(max_examples=150, deadline=None)
@given(TRIPLE, TRIPLE, st.floats(0, 1))
def test_both_paths_hit_their_ends_exactly_and_stay_between(
    z0: Tensor, z1: Tensor, t: float
) -> None:
    for walk in (lerp, slerp):
        assert torch.equal(walk(z0, z1, 0.0), z0)
        assert torch.equal(walk(z0, z1, 1.0), z1)
    length = float(slerp(z0.double(), z1.double(), t).norm())
    n0, n1 = float(z0.double().norm()), float(z1.double().norm())
    assert length == pytest.approx((1 - t) * n0 + t * n1, rel=1e-6, abs=1e-6)


def test_path_decodes_the_codes_between_two_samples() -> None:
    codec = doubling()
    x0, x1 = (x.reshape(1, 1, 3) for x in codes(2, 3, seed=3))
    for kind, walk in (("lerp", lerp), ("slerp", slerp)):
        images = path(codec, x0, x1, 5, kind)
        assert images.shape == (5, 1, 1, 3)
        t = torch.linspace(0, 1, 5, dtype=torch.float64)
        expected = walk(x0.flatten() / 2, x1.flatten() / 2, t)
        torch.testing.assert_close(code_path(codec, x0, x1, 5, kind), expected)
        torch.testing.assert_close(images.flatten(1), 2 * expected)
    with pytest.raises(InvalidInput, match="kind must be one of lerp, slerp, got 'arc'"):
        path(codec, x0, x1, 5, "arc")
    with pytest.raises(InvalidInput, match="steps must be at least 2"):
        path(codec, x0, x1, 1)
    with pytest.raises(InvalidInput, match="one shape"):
        lerp(torch.zeros(2), torch.zeros(3), 0.5)
