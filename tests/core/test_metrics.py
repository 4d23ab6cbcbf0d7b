"""The table of figures, the bootstrap, and reference values on the real MNIST."""

import gzip
import math
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.decomposition import PCA
from torch import Tensor
from torch.nn import functional as F

from ae_core import metrics
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidInput
from ae_core.pca import PCACodec
from ae_core.scoring import score
from ae_core.variants import VARIANTS, build
from tests.core.draws import normal, rng, uniform


def image_set() -> DataSet:
    split = {name: uniform(n, 1, 8, 8, seed=n) for name, n in (("train", 90), ("valid", 30))}
    labels = {f"{name}_labels": torch.arange(len(x)) % 3 for name, x in split.items()}
    return DataSet(
        "squares", "image", **split, test=uniform(40, 1, 8, 8, seed=5), **labels,
        test_labels=torch.arange(40) % 3,
    )  # fmt: skip


def test_evaluate_gathers_the_figures_of_a_plain_codec() -> None:
    data = image_set()
    pca = PCACodec(4).fit(data.train)
    figures = metrics.evaluate(pca, data, batch_size=7)
    x, x_hat, z = data.test, pca.reconstruct(data.test), pca.encode(data.test)
    assert figures == pytest.approx(
        {
            "squared_error_per_image": float((x - x_hat).square().sum() / 40),
            "mse_per_pixel": float((x - x_hat).square().mean()),
            "mean_absolute_error_per_pixel": float((x - x_hat).abs().mean()),
            "psnr_db": -10 * math.log10(float((x - x_hat).square().mean())),
            "ssim": float(metrics.ssim(x, x_hat).mean()),
            "fraction_near_zero": metrics.fraction_near_zero(z),
            "hoyer_sparsity": float(metrics.hoyer_sparsity(z).mean()),
            "knn5_accuracy": metrics.knn_accuracy(
                pca.encode(data.train), data.train_labels, z, data.test_labels
            ),
        },
        rel=1e-5,
    )
    on_train = metrics.evaluate(pca, data, "train")
    assert on_train["knn5_accuracy"] == metrics.knn_accuracy_leave_one_out(
        pca.encode(data.train), data.train_labels
    )
    assert figures != metrics.evaluate(pca, data, "valid")


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_evaluate_takes_every_variant_and_repeats_itself(variant: str) -> None:
    model = build(variant, (1, 8, 8), seed=2, latent_dim=3, hidden_sizes=(9,))
    figures = metrics.evaluate(model, image_set(), seed=4)
    assert figures == metrics.evaluate(model, image_set(), seed=4)
    assert all(isinstance(v, float) and math.isfinite(v) for v in figures.values())
    assert ("kl_nats_per_image" in figures) == (variant == "variational")


def test_evaluate_gives_a_generative_codec_its_likelihood() -> None:
    model = build(
        "variational",
        (1, 8, 8),
        seed=2,
        latent_dim=3,
        hidden_sizes=(9,),
        reconstruction="bernoulli",
    )
    data = image_set()
    figures = metrics.evaluate(model, data, seed=4, importance_samples=20)
    generator = rng(4)
    elbo = metrics.negative_elbo(model, data.test, generator)
    bound = metrics.importance_weighted_log_likelihood(model, data.test, 20, generator).mean()
    assert figures["negative_elbo_nats_per_image"] == pytest.approx(float(elbo.total.mean()))
    assert figures["negative_elbo_nats_per_image"] == pytest.approx(
        figures["reconstruction_nats_per_image"]
        + figures["kl_nats_per_image"]
        + figures["likelihood_constant_nats_per_image"]
    )
    floor = float(metrics.bernoulli_floor(data.test).mean())
    assert figures["cross_entropy_floor_nats_per_image"] == pytest.approx(floor)
    assert figures["active_units"] == metrics.active_units(model.encode(data.test).detach())
    assert figures["log_likelihood_bound_nats_per_image"] == pytest.approx(float(bound))
    again = metrics.evaluate(model, data, seed=5)
    assert again["kl_nats_per_image"] == figures["kl_nats_per_image"]
    assert again["reconstruction_nats_per_image"] != figures["reconstruction_nats_per_image"]
    assert "log_likelihood_bound_nats_per_image" not in again


def test_evaluate_keeps_to_what_the_data_allow() -> None:
    x = normal(40, 2).float()
    points = DataSet("plane", "points", x[:20], x[20:30], x[30:])
    figures = metrics.evaluate(PCACodec(1).fit(x), points)
    assert set(figures) == {
        "squared_error_per_image",
        "mse_per_pixel",
        "mean_absolute_error_per_pixel",
        "fraction_near_zero",
    }
    with pytest.raises(InvalidInput, match="split must be train, valid or test, got 'all'"):
        metrics.evaluate(PCACodec(1).fit(x), points, "all")
    with pytest.raises(InvalidInput, match="the valid split of 'plane' is empty"):
        metrics.evaluate(PCACodec(1).fit(x), replace(points, valid=x[:0]), "valid")


def test_evaluate_measures_psnr_against_the_range_of_the_data() -> None:
    data = image_set()
    wide = replace(data, train=4 * data.train - 2, valid=4 * data.valid - 2, test=4 * data.test - 2)
    narrow, widened = (metrics.evaluate(PCACodec(4).fit(d.train), d) for d in (data, wide))
    assert widened["mse_per_pixel"] == pytest.approx(16 * narrow["mse_per_pixel"], rel=1e-4)
    assert widened["psnr_db"] == pytest.approx(narrow["psnr_db"], abs=0.02)


def test_constant_images_have_a_peak_of_one() -> None:
    still = torch.full((30, 1, 8, 8), 5.0)  # outside [0, 1]: the peak would be their range, 0
    data = DataSet("still", "image", still, still, still)
    figures = score(build("denoising", (1, 8, 8), hidden_sizes=(4,)), data)
    mse = figures["mse_per_pixel"]
    assert figures["psnr_db"] == pytest.approx(-10 * math.log10(mse))
    assert math.isfinite(figures["ssim"])
    assert math.isfinite(figures["noisy_psnr_db"])
    assert metrics.evaluate(PCACodec(1).fit(still), data)["psnr_db"] == math.inf


def test_bootstrap_interval_agrees_with_scipy_and_the_normal_theory() -> None:
    values = stats.expon.rvs(size=400, random_state=3)
    low, high = metrics.bootstrap_interval(values, seed=0)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)
    reference = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=5000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=0.02)
    assert (low, high) == metrics.bootstrap_interval(torch.from_numpy(values), seed=0)
    assert (low, high) != metrics.bootstrap_interval(values, seed=1)
    inner = metrics.bootstrap_interval(values, seed=0, level=0.5)
    assert low < inner[0] < values.mean() < inner[1] < high
    assert metrics.bootstrap_interval([2.5], seed=0) == (2.5, 2.5)
    for bad in ({"level": 1.0}, {"level": 0.0}):
        with pytest.raises(InvalidInput, match="level must lie between 0 and 1"):
            metrics.bootstrap_interval(values, 0, **bad)
    with pytest.raises(InvalidInput, match="N ≥ 1"):
        metrics.bootstrap_interval([], seed=0)


# The real MNIST


Split = tuple[Tensor, Tensor]


def read_idx(path: Path) -> np.ndarray:
    raw = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


@pytest.fixture(scope="module")
def mnist() -> Callable[[str], Split]:
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("AE_DATA_DIR", default)) / "mnist"
    if not (folder / "train-images-idx3-ubyte.gz").exists():
        pytest.skip(f"no MNIST files in {folder}: set AE_DATA_DIR to the folder that holds mnist/")

    @cache
    def load(split: str) -> Split:
        images = read_idx(folder / f"{split}-images-idx3-ubyte.gz")[:, None]
        labels = read_idx(folder / f"{split}-labels-idx1-ubyte.gz")
        return torch.from_numpy(images / np.float32(255)), torch.from_numpy(labels.astype(int))

    return load


@pytest.mark.mnist
def test_mnist_reference_figures(mnist: Callable[[str], Split]) -> None:
    (train, _), (test, labels) = mnist("train"), mnist("t10k")
    assert float(metrics.bernoulli_floor(test).mean()) == pytest.approx(45.53, abs=0.005)
    mean = train.mean(0).expand_as(test)
    cross_entropy = F.binary_cross_entropy(mean, test, reduction="none").sum() / len(test)
    assert float(cross_entropy) == pytest.approx(205.80, abs=0.01)
    mean_error = metrics.squared_error_per_image(test, mean).mean()
    assert float(mean_error) == pytest.approx(52.90, abs=0.01)
    fitted = PCA(30, svd_solver="covariance_eigh").fit(train.flatten(1).double().numpy())
    codes = fitted.transform(test.flatten(1).double().numpy())
    for d, expected in ((2, 43.645), (10, 26.714), (16, 21.059), (30, 13.866)):
        x_hat = torch.from_numpy(codes[:, :d] @ fitted.components_[:d] + fitted.mean_)
        error = metrics.squared_error_per_image(test, x_hat.reshape(test.shape).float())
        assert float(error.mean()) == pytest.approx(expected, abs=0.0015)
    plane = torch.from_numpy(codes[:, :2])
    # Which samples the plane was fitted to moves the third digit (0.432 here, 0.434 on test).
    assert metrics.knn_accuracy_leave_one_out(plane, labels) == pytest.approx(0.434, abs=0.003)


@pytest.mark.mnist
def test_mnist_anomalies_by_pca_residual(mnist: Callable[[str], Split]) -> None:
    (train, y), (test, y_test) = mnist("train"), mnist("t10k")
    areas = []
    for digit in range(10):
        scores = metrics.anomaly_score(PCACodec(32).fit(train[y == digit]), test)
        areas.append(metrics.auroc(scores[y_test == digit], scores[y_test != digit]))
    assert np.mean(areas) == pytest.approx(0.9553, abs=0.0001)
