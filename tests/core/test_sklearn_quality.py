"""Is the transformer any good? Digits against PCA, outliers, and a grid search."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from ae_core.sklearn import AutoencoderTransformer


@pytest.fixture
def pixels(all_digits):
    """1,797 digits as rows of 64 values in [0, 1]."""
    return all_digits.flatten(1).double().numpy()


def pca_error(d, rows, new):
    """Mean squared error per row of `new` by the plane fitted to `rows`."""
    pca = PCA(d).fit(rows)
    return ((new - pca.inverse_transform(pca.transform(new))) ** 2).sum(1).mean()


def test_wider_codes_lose_less(pixels):
    rows, losses = pixels[:400], []
    for d in (1, 4, 16):
        est = AutoencoderTransformer(random_state=0, latent_dim=d, hidden_sizes=(64,)).fit(rows)
        x_hat = est.inverse_transform(est.transform(rows))
        losses.append(((rows - x_hat) ** 2).sum(1).mean())
        assert est.score(rows) == pytest.approx(-losses[-1])
    assert losses[0] > 1.3 * losses[1] > 1.3**2 * losses[2]


def test_linear_network_comes_to_pca(pixels):
    rows = pixels[:800]
    for d in (2, 8):
        line = {"linear": True, "learning_rate": 1e-2, "epochs": 60}
        est = AutoencoderTransformer(random_state=0, latent_dim=d, **line).fit(rows)
        least = pca_error(d, rows, rows)
        assert least < -est.score(rows) < 1.05 * least  # no linear map of rank d does better


def test_score_samples_ranks_outliers():
    x, digit = load_digits(return_X_y=True)
    x = x / 16
    zeros, others = x[digit == 0], x[digit != 0]
    est = AutoencoderTransformer(random_state=0, latent_dim=4, hidden_sizes=(64,)).fit(zeros[:120])
    seen, unseen = est.score_samples(zeros[120:]), est.score_samples(others[:300])
    normal = np.r_[np.ones(len(seen)), np.zeros(len(unseen))]
    assert roc_auc_score(normal, np.r_[seen, unseen]) > 0.98
    assert seen.max() < 0
    x_hat = est.inverse_transform(est.transform(others[:300]))
    np.testing.assert_allclose(unseen, -((others[:300] - x_hat) ** 2).sum(1))


def test_grid_search_in_a_pipeline_beats_pca(pixels):
    train, new = pixels[:600], pixels[600:1000]
    pipe = make_pipeline(
        MinMaxScaler(),
        AutoencoderTransformer("sparse", hidden_sizes=(128, 64), output="sigmoid", random_state=0),
    )
    grid = {
        "autoencodertransformer__latent_dim": np.array([2, 8]),
        "autoencodertransformer__lambda_": [0.01, 100.0],
    }
    search = GridSearchCV(pipe, grid, cv=2, error_score="raise").fit(train)
    assert list(search.best_params_.values()) == [0.01, 8]
    scaler = search.best_estimator_[0]
    assert -search.score(new) < 0.9 * pca_error(8, scaler.transform(train), scaler.transform(new))
    worst = search.cv_results_["mean_test_score"].min()
    assert worst < 2 * search.best_score_ < 0  # λ = 100 silences the code
