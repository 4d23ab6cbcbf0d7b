"""What codes look like and are good for, against brute force and points known by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ae_core import metrics
from ae_core.errors import InvalidInput


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=rng(seed), dtype=torch.float64)


def test_active_units_count_variance_over_the_data_not_size() -> None:
    mu = torch.zeros(1000, 4)
    mu[:, 0] = normal(1000).float()
    mu[:, 1] = 5 + 0.05 * normal(1000, seed=1).float()  # large, variance 0.0025: not active
    mu[:, 2] = 0.2 * normal(1000, seed=2).float()  # small, variance 0.04: active
    assert metrics.active_units(mu) == 2
    assert metrics.active_units(mu, threshold=0.001) == 3
    assert metrics.active_units(mu[:1]) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_codes_that_are_no_numbers_have_no_figures(value: float) -> None:
    z = torch.ones(5, 3)
    z[2, 1] = value
    for measure in (
        metrics.active_units, metrics.hoyer_sparsity, metrics.population_sparsity,
        metrics.lifetime_sparsity, metrics.fraction_near_zero,
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match="codes must be finite"):
            measure(z)


def test_hoyer_sparsity_at_points_known_by_hand() -> None:
    z = torch.tensor(
        [[0.0, -3, 0, 0], [2, 2, -2, 2], [3, 4, 0, 0], [0, 0, 0, 0]], dtype=torch.float64
    )
    expected = torch.tensor([1, 0, (2 - 7 / 5) / (2 - 1), 1], dtype=torch.float64)
    torch.testing.assert_close(metrics.hoyer_sparsity(z), expected)
    torch.testing.assert_close(metrics.hoyer_sparsity(1e-3 * z), expected)
    with pytest.raises(InvalidInput, match="d ≥ 2, got shape"):
        metrics.hoyer_sparsity(torch.ones(4, 1))


def test_lifetime_and_population_sparsity_look_along_their_own_axis() -> None:
    z = torch.tensor([[4.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    # Unit 0 fires once in four, unit 1 always, unit 2 never.
    expected = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(metrics.lifetime_sparsity(z), expected)
    first = (1 - (5 / 3) ** 2 / (17 / 3)) / (1 - 1 / 3)
    assert float(metrics.population_sparsity(z)[0]) == pytest.approx(first)
    torch.testing.assert_close(
        metrics.population_sparsity(z)[1:], torch.ones(3, dtype=torch.float64)
    )


def test_fraction_near_zero_by_its_own_unit_or_by_all() -> None:
    z = torch.tensor([[10.0, 0.10, 0.0], [-10.0, 0.10, 0.0], [1.0, -0.001, 0.0], [10, 0.1, 0.0]])
    # rms: unit 0 8.67, unit 1 0.0866; all 5.0. At 5 %: .434, .0043, 0; all .25.
    assert metrics.fraction_near_zero(z, relative_to="unit") == 5 / 12
    assert metrics.fraction_near_zero(z, relative_to="global") == 8 / 12
    assert metrics.fraction_near_zero(z, 0.0) == 4 / 12
    assert metrics.fraction_near_zero(1000 * z, relative_to="unit") == 5 / 12
    with pytest.raises(InvalidInput, match="relative_to must be"):
        metrics.fraction_near_zero(z, relative_to="row")


# Probes


def clusters(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    labels = torch.arange(n) % 3
    centres = torch.tensor([[0.0, 0.0], [1.5, 0.0], [0.0, 1.5]], dtype=torch.float64)
    return centres[labels] + normal(n, 2, seed=seed), labels


def votes(near: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.array([np.bincount(labels[row]).argmax() for row in near])


@pytest.mark.parametrize("k", [1, 5, 8])
def test_knn_accuracy_equals_brute_force(k: int) -> None:
    (train, y), (test, y_test) = clusters(150), clusters(80, seed=1)
    order = np.argsort(np.linalg.norm(test.numpy()[:, None] - train.numpy()[None], axis=2), axis=1)
    expected = np.mean(votes(order[:, :k], y.numpy()) == y_test.numpy())
    found = metrics.knn_accuracy(train, y, test, y_test, k)
    assert found == pytest.approx(expected)
    assert 0.5 < found < 0.9


def test_leave_one_out_never_asks_the_sample_itself() -> None:
    z, y = clusters(90)
    distance = np.linalg.norm(z.numpy()[:, None] - z.numpy()[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1)
    for k in (1, 4):
        expected = np.mean(votes(near[:, :k], y.numpy()) == y.numpy())
        assert metrics.knn_accuracy_leave_one_out(z, y, k) == pytest.approx(expected)
    assert metrics.knn_accuracy(z, y, z, y, 1) == 1
    twins = torch.zeros(4, 2)  # copies of each other: still never oneself
    assert metrics.knn_accuracy_leave_one_out(twins, torch.tensor([0, 0, 0, 1]), 3) == 0.75
    with pytest.raises(InvalidInput, match="k must lie between 1 and 89"):
        metrics.knn_accuracy_leave_one_out(z, y, 90)
    with pytest.raises(InvalidInput, match=r"got shapes \(90, 2\) and \(5,\)"):
        metrics.knn_accuracy(z, y[:5], z, y)


def test_linear_probe_reads_what_is_linear_and_no_more() -> None:
    z, z_test = normal(400, 2), normal(400, 2, seed=1)
    sum_, xor = (lambda c: (c.sum(1) > 0).long()), (lambda c: (c.prod(1) > 0).long())
    assert metrics.linear_probe_accuracy(z, sum_(z), z_test, sum_(z_test)) > 0.98
    assert metrics.linear_probe_accuracy(z, xor(z), z_test, xor(z_test)) < 0.6
    # Standardised by the train codes: neither scale nor offset of the codes matters.
    moved = torch.tensor([1e-4, 1e3], dtype=torch.float64)
    y, y_test = (z[:, 0] > 0.3).long(), (z_test[:, 0] > 0.3).long()
    plain = metrics.linear_probe_accuracy(z, y, z_test, y_test)
    assert plain == metrics.linear_probe_accuracy(z * moved + 7, y, z_test * moved + 7, y_test)
    with pytest.raises(InvalidInput, match="at least two labels"):
        metrics.linear_probe_accuracy(z, 0 * y, z_test, y_test)


def trustworthiness_by_loops(x: np.ndarray, z: np.ndarray, k: int) -> float:
    """Venna & Kaski's sum, sample by sample."""
    n, total = len(x), 0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        by_x = sorted(others, key=lambda j: np.sum((x[i] - x[j]) ** 2))
        by_z = sorted(others, key=lambda j: np.sum((z[i] - z[j]) ** 2))
        total += sum(by_x.index(j) + 1 - k for j in by_z[:k] if j not in by_x[:k])
    return 1 - 2 * total / (n * k * (2 * n - 3 * k - 1))


def test_trustworthiness_and_continuity_equal_their_definitions() -> None:
    x = normal(60, 1, 2, 2)
    z = torch.stack([x.flatten(1)[:, 0], x.flatten(1)[:, 1].round()], 1)
    z = z + 0.01 * normal(60, 2, seed=1)
    rows, codes = x.flatten(1).numpy(), z.numpy()
    trust, cont = metrics.trustworthiness(x, z, 5), metrics.continuity(x, z, 5)
    assert trust == pytest.approx(trustworthiness_by_loops(rows, codes, 5))
    assert cont == pytest.approx(trustworthiness_by_loops(codes, rows, 5))
    assert abs(trust - cont) > 0.01


def test_trustworthiness_of_a_subset_pairs_x_with_its_own_z() -> None:
    x = normal(300, 3)
    assert metrics.trustworthiness(x, 2 * x, 5, max_samples=50, generator=rng()) == 1
    z = x[:, :2]
    once, again, other = (metrics.trustworthiness(x, z, 5, 50, rng(s)) for s in (1, 1, 2))
    assert once == again != other
    assert metrics.trustworthiness(x, z, 5, 300) == metrics.trustworthiness(x, z, 5)
    with pytest.raises(InvalidInput, match="needs a generator"):
        metrics.trustworthiness(x, z, 5, max_samples=50)
    with pytest.raises(InvalidInput, match=r"below half the samples \(12\), got 6"):
        metrics.trustworthiness(x[:12], z[:12], 6)
    with pytest.raises(InvalidInput, match="as many samples, got 300 and 299"):
        metrics.continuity(x[1:], z)
