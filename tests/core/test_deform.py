"""Elastic deformation: a share of every batch is bent, by the recipe's generator alone."""

import pytest
import torch

from ae_core import InvalidConfig, TrainingState, build, fit, load_dataset, load_state, save_state
from ae_core.deformation import SHIFT, STRETCH, deformed
from tests.core.spies import batches_of

RUN = {"epochs": 2, "batch_size": 100, "seed": 5, "device": "cpu", "deform": 0.5}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def blobs(n, side=32):
    """A bright disc in the middle of each image: its centre and its area can be measured."""
    axis = torch.arange(side) - (side - 1) / 2
    disc = ((axis[:, None] ** 2 + axis**2) < (side / 4) ** 2).float()
    return disc.expand(n, 1, side, side).contiguous()


def test_each_image_is_bent_in_its_own_way_and_stays_in_range():
    x = blobs(50)
    y = deformed(x, generator())
    assert y.shape == x.shape
    assert y.dtype == x.dtype
    assert float(y.min()) >= 0
    assert float(y.max()) <= 1
    assert len(y.flatten(1).unique(dim=0)) == 50
    assert torch.equal(y, deformed(x, generator()))
    assert not torch.equal(y, deformed(x, generator(1)))


def test_area_and_centre_change_as_the_constants_say():
    """Area goes by 1 / det(1 + A): spread STRETCH √2; the centre by the field's middle: SHIFT."""
    side, n = 32, 4000
    y = deformed(blobs(n, side), generator())[:, 0]
    area = y.sum((1, 2)) / blobs(1, side).sum()
    axis = (torch.arange(side) + 0.5) / side
    centre = (y.sum(1) @ axis) / y.sum((1, 2))
    assert float(area.median()) == pytest.approx(1, abs=0.02)
    # The field stretches too: the spread is at least that of the linear map alone.
    assert 1.3 * STRETCH < float(area.std()) < 3.5 * STRETCH
    assert float(centre.mean()) == pytest.approx(0.5, abs=0.005)
    assert 0.4 * SHIFT < float(centre.std()) < 1.1 * SHIFT


def test_a_flat_image_stays_as_it_is_whatever_its_value():
    x = torch.full((3, 2, 9, 7), -4.5)
    torch.testing.assert_close(deformed(x, generator()), x)


def test_bending_grows_in_proportion_to_its_strength():
    x = blobs(300)
    axis = (torch.arange(32) + 0.5) / 32

    def centres(strength):
        y = deformed(x, generator(), strength)[:, 0]
        return (y.sum(1) @ axis) / y.sum((1, 2)) - 0.5

    torch.testing.assert_close(deformed(x, generator(), 0.0), x, atol=1e-4, rtol=0)
    assert torch.equal(deformed(x, generator(), 1.0), deformed(x, generator()))
    ratio = float(centres(1.0).std() / centres(0.5).std())
    assert ratio == pytest.approx(2, abs=0.2)


def test_the_share_is_bent_in_training_and_nothing_in_valid(small, digits, monkeypatch):
    model = small("undercomplete")
    batches = batches_of(model, monkeypatch)
    list(fit(model, digits, **RUN))
    known = {row.numpy().tobytes() for row in digits.train}
    seen = torch.cat(batches[True])
    unbent = sum(row.numpy().tobytes() in known for row in seen) / len(seen)
    assert unbent == pytest.approx(0.5, abs=0.05)
    assert torch.equal(torch.cat(batches[False]), torch.cat([digits.valid] * 2))


def test_a_conditioned_network_sees_bent_images_too(small, digits, monkeypatch):
    model = small("variational", beta=(0.1, 1.0))
    batches = batches_of(model, monkeypatch)
    list(fit(model, digits, **{**RUN, "deform": 1.0}))
    known = {row.numpy().tobytes() for row in digits.train}
    assert not any(row.numpy().tobytes() in known for row in torch.cat(batches[True]))


def test_a_resumed_run_ends_with_the_weights_of_an_unbroken_one(small, digits, tmp_path):
    whole, broken, state = small("denoising"), small("denoising"), TrainingState()
    list(fit(whole, digits, **RUN))
    next(fit(broken, digits, **RUN, state=state))
    save_state(broken, state, tmp_path / "run.safetensors")
    again, state = load_state(tmp_path / "run.safetensors")
    with pytest.raises(InvalidConfig, match=r"deform must be 0\.5 to go on with this run, got 0"):
        fit(again, digits, state=state, **{**RUN, "deform": 0.0})
    list(fit(again, digits, state=state, **RUN))
    one, other = whole.state_dict(), again.state_dict()
    assert all(torch.equal(one[k], other[k]) for k in one)


def test_a_share_of_none_leaves_every_number_as_it_was(small, digits):
    plain, none = small("denoising"), small("denoising")
    list(fit(plain, digits, **{k: v for k, v in RUN.items() if k != "deform"}))
    list(fit(none, digits, **{**RUN, "deform": 0.0}))
    assert all(
        torch.equal(a, b) for a, b in zip(plain.parameters(), none.parameters(), strict=True)
    )


@pytest.mark.parametrize("share", [-0.1, 1.5, True, "half", float("nan")])
def test_what_is_no_share_is_refused(share, small, digits):
    with pytest.raises(InvalidConfig, match="deform must be a share, 0 to 1, got"):
        fit(small("undercomplete"), digits, **{**RUN, "deform": share})


def test_points_cannot_be_bent():
    points = load_dataset("moons")
    model = build("undercomplete", points.sample_shape, hidden_sizes=(8,))
    with pytest.raises(InvalidConfig, match=r"deform needs images .* samples of shape \(2,\)"):
        fit(model, points, **RUN)
