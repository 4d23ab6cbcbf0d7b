"""Measures behind the rows of the table, on cases whose answer is known."""

import math

import pytest
import torch

from ae_core import Preset, load_dataset
from ae_core.metrics import psnr_db
from benchmarks.fidelity import codes, denoising, linear, undercomplete
from benchmarks.fidelity.job import Job


class Untrained(Job):
    """A job whose models are as they were drawn, on digits."""

    preset = Preset("x", "undercomplete", {"latent_dim": 30, "hidden_sizes": (8,)})

    def train(self, preset, dataset=None, **changes):
        self.model = self.preset.build(self.data, seed=self.seed, **changes)
        return self.model


@pytest.fixture
def job():
    return Untrained(load_dataset("digits"))


@pytest.mark.parametrize("degrees", [0.0, 0.01, 3.0, 90.0])
def test_the_angle_of_a_plane_turned_by_hand(degrees):
    a = torch.eye(6, 2, dtype=torch.float64)
    turned = a.clone()
    turned[1, 1] = math.cos(math.radians(degrees))
    turned[4, 1] = math.sin(math.radians(degrees))
    mixed = turned @ torch.tensor([[2.0, 1.0], [0.5, 3.0]], dtype=torch.float64)  # same plane
    assert linear.largest_angle(mixed, a) == pytest.approx(degrees, abs=1e-9)


def test_bytes_round_to_the_nearest_level_and_stop_at_the_ends():
    train_z = torch.tensor([[0.0, -5.0, 7.0], [255.0, 5.0, 7.0]])
    z = torch.tensor([[3.4, 5.0, 7.0], [-9.0, 99.0, 7.0]])
    levels, again = codes.quantised(train_z, z)
    assert levels.dtype == torch.uint8
    assert levels[:, :2].tolist() == [[3, 255], [0, 255]]
    assert again.tolist() == [[3.0, 5.0, 7.0], [0.0, 5.0, 7.0]]


def test_thirty_bytes_are_thirty_bytes_and_cost_little(job):
    figures = codes.thirty_bytes(job)
    x = job.data.test
    exact = float((x - job.reconstruct(job.model, x)).square().sum()) / len(x)
    assert figures["bytes an image"] == 30
    assert figures["squared error"] != exact
    assert figures["squared error"] == pytest.approx(exact, rel=0.01)


def test_repair_is_judged_on_one_damage_a_seed(job):
    job.preset = Preset(
        "x", "denoising", {"corruption": "masking", "mask_fraction": 0.5, "hidden_sizes": (8,)}
    )
    figures = denoising.repaired(job, "any")
    assert figures == denoising.repaired(job, "any")
    job.seed = 1
    assert denoising.repaired(job, "any")["damaged dB"] != figures["damaged dB"]
    # half of the pixels lost: half of the energy is the error
    energy = psnr_db(job.data.test, torch.zeros_like(job.data.test))
    assert figures["damaged dB"] == pytest.approx(energy + 10 * math.log10(2), abs=0.3)


def test_figures_are_those_of_the_row(job, monkeypatch):
    monkeypatch.setattr(undercomplete, "NEIGHBOURHOODS", (10, 20))
    for row in (*undercomplete.ROWS, *codes.ROWS[:2]):
        figures = row.measure(job)
        assert set(figures) == {f.name for f in row.figures}
    job.preset = Preset("x", "undercomplete", {"linear": True})
    (row,) = linear.ROWS
    figures = row.measure(job)
    assert set(figures) == {f.name for f in row.figures}
    assert all(figures[f.name] > f.at_least for f in row.figures)  # untrained is far from PCA
