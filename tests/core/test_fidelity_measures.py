"""What the rows on likelihood, anomalies, features and contraction compute, on small networks."""

from dataclasses import replace

import pytest
import torch

from ae_core import PRESETS, load_dataset, metrics
from ae_core.geometry import jacobian
from ae_core.metrics import importance_weighted_log_likelihood
from benchmarks.fidelity import contraction, features, variational
from benchmarks.fidelity.job import Job


@pytest.fixture
def job():
    return Job(load_dataset("digits"), seed=3, device="cpu")


@pytest.fixture
def small(monkeypatch):
    """The preset of a name, narrower and short."""

    def shrink(name, epochs=2, **config):
        preset = PRESETS[name]
        fit = {**preset.fit, "epochs": epochs}
        changed = replace(preset, config={**preset.config, **config}, fit=fit)
        monkeypatch.setitem(PRESETS, name, changed)

    return shrink


def test_the_example_trains_on_train_and_valid(job, small, monkeypatch):
    small("paper-vae-example", hidden_sizes=(8,))
    seen = []
    train = Job.train
    monkeypatch.setattr(Job, "train", lambda *a, **k: seen.append(a[2]) or train(*a, **k))
    figures = variational.example(job)
    assert len(seen[0].train) == len(job.data.train) + len(job.data.valid)
    assert figures["−ELBO"] > figures["KL"] > 0


def test_the_likelihood_in_two_stages_is_that_of_all_images(job, small, monkeypatch):
    small("paper-vae-binarised", epochs=8, hidden_sizes=(16,), latent_dim=6)
    monkeypatch.setattr(variational, "MANY", 200)
    monkeypatch.setattr(variational, "FEW", 20)
    monkeypatch.setattr(variational, "IMAGES", 90)
    figures = variational.binarised(job)
    model, x = job.train("paper-vae-binarised"), job.data.binarised().test
    assert set(x.unique().tolist()) == {0.0, 1.0}
    direct = importance_weighted_log_likelihood(model, x, 200, job.generator(9)).double().mean()
    error = figures["its standard error"]
    assert 0 < error < 0.2
    assert figures["log-likelihood, k=5000"] == pytest.approx(float(direct), abs=4 * error)
    gained = [figures[k] for k in ("log-likelihood, k=100", "log-likelihood, k=5000")]
    assert -figures["−ELBO"] < gained[0] < gained[1]
    assert 0 <= figures["active units"] <= 6


def test_each_anomaly_network_knows_one_digit_and_scores_by_relative_error(job, small):
    small("paper-one-digit", epochs=12, hidden_sizes=(16,), latent_dim=4, output="linear")
    figures = features.anomaly(job)
    data = job.data
    aurocs = []
    for digit in range(10):
        alone = features._alone(data, digit)
        assert set(alone.train_labels.tolist()) == set(alone.valid_labels.tolist()) == {digit}
        assert len(alone.train) == int((data.train_labels == digit).sum())
        model = job.train("paper-one-digit", alone)
        with torch.no_grad():
            gap = (data.test - model.reconstruct(data.test)).flatten(1)
        score = gap.norm(dim=1) / data.test.flatten(1).norm(dim=1)  # of equal order
        normal = data.test_labels == digit
        aurocs.append(100 * metrics.auroc(score[normal], score[~normal]))
    assert len(job.trained) == 10
    assert figures["mean AUROC"] == pytest.approx(sum(aurocs) / 10, abs=0.01)
    assert figures["worst digit"] == pytest.approx(min(aurocs), abs=0.01)
    assert figures["mean AUROC"] > 75  # of ten guesses, 50


def test_the_classifier_reads_codes_and_is_chosen_by_valid(job, small, monkeypatch):
    small("paper-sparse-features", epochs=10, hidden_sizes=(), latent_dim=40)
    monkeypatch.setattr(features, "STRENGTHS", (1e-9, 1e-1))
    figures = features.sparse(job)
    assert figures["test error %"] < 15  # the strength that all but forbids learning is not taken
    assert 0 < figures["share of units on"] < 1
    assert job.seconds > 0


def test_the_plain_network_stops_at_the_contractive_error(job, small, monkeypatch):
    small(contraction.PRESET, epochs=30, latent_dim=40, lambda_=10.0)
    started = []
    stopped = contraction._stopped
    monkeypatch.setattr(
        contraction, "_stopped", lambda *a, **k: started.append(k) or stopped(*a, **k)
    )
    figures = contraction.contractive(job)
    ordinary = {"code_bias": 0.0}  # what is judged by: usual weights for sigmoid units, no bias
    assert started == [ordinary, {}, {**ordinary, "code_gain": 1.0}]
    assert figures["ratio"] > figures["ratio, plain from silent units"]
    assert figures["ratio"] > figures["ratio, plain from narrow weights"] > 1
    assert figures["ratio"] == pytest.approx(figures["mean ‖J‖, plain"] / figures["mean ‖J‖"])
    assert figures["squared error, plain"] <= 1.15 * figures["squared error"]
    assert figures["ratio"] > 1
    assert figures["σ₁₀ / σ₁"] < 1


def test_norms_and_spectrum_are_those_of_the_jacobian(job, small):
    small(contraction.PRESET, epochs=1, latent_dim=20)
    model, x = job.train(contraction.PRESET), job.data.test[:7]
    j = jacobian(model.encode, x)
    expected = j.flatten(1).norm(dim=1).mean()
    assert contraction._norms(job, model, x) == pytest.approx(float(expected), rel=1e-4)
    values = torch.linalg.svdvals(j).mean(0)
    torch.testing.assert_close(contraction._spectrum(model, x)[:20], values, rtol=1e-3, atol=1e-4)
    z = model.encode(x)
    share = 100 * float(((z - 0.5).abs() > 0.45).double().mean())
    assert 100 * contraction._saturated(job, model, x) == pytest.approx(share)
