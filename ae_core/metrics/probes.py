"""What the codes are good for: neighbours, linear read-out, shape of the map, anomalies.

scikit-learn computes these, imported when it is needed.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_core.errors import InvalidInput
from ae_core.late import late


def knn_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, k: int = 5
) -> float:
    """The share of test codes whose k nearest train codes (Euclidean) vote for their label.

    A tied vote goes to the smallest label.
    """
    _check_labels(train_z, train_labels)
    _check_labels(test_z, test_labels)
    _check_k(k, len(train_z))
    model = late("sklearn.neighbors").KNeighborsClassifier(k)
    model.fit(_array(train_z), _array(train_labels))
    return float(np.mean(model.predict(_array(test_z)) == _array(test_labels)))


def knn_accuracy_leave_one_out(z: Tensor, labels: Tensor, k: int = 5) -> float:
    """The share of codes whose k nearest other codes vote for their label."""
    _check_labels(z, labels)
    _check_k(k, len(z) - 1)
    model = late("sklearn.neighbors").KNeighborsClassifier(k).fit(_array(z), _array(labels))
    return float(np.mean(model.predict(None) == _array(labels)))  # None: never one's own neighbour


def linear_probe_accuracy(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, test_labels: Tensor, seed: int = 0
) -> float:
    """Test accuracy of logistic regression on the codes, standardised by the train codes."""
    _check_labels(train_z, train_labels)
    _check_labels(test_z, test_labels)
    if len(torch.unique(train_labels)) < 2:
        raise InvalidInput("a linear probe needs at least two labels among the train codes, got 1")
    scaler = late("sklearn.preprocessing").StandardScaler()
    regression = late("sklearn.linear_model").LogisticRegression(max_iter=5000, random_state=seed)
    probe = late("sklearn.pipeline").make_pipeline(scaler, regression)
    probe.fit(_array(train_z), _array(train_labels))
    return float(probe.score(_array(test_z), _array(test_labels)))


def trustworthiness(
    x: Tensor,
    z: Tensor,
    n_neighbors: int = 10,
    max_samples: int | None = None,
    generator: torch.Generator | None = None,
) -> float:
    """Whether neighbours in z were neighbours in x: (N, *), (N, *) -> [0, 1], 1 is best.

    Venna & Kaski 2001. Needs N² memory (1.6 GB at N = 10,000): `max_samples` takes a random
    subset drawn by `generator`, of x and z alike. Fewer samples give a lower value; compare like
    with like.
    """
    if len(x) != len(z):
        raise InvalidInput(f"x and z must hold as many samples, got {len(x)} and {len(z)}")
    if max_samples is not None and max_samples < 1:
        raise InvalidInput(f"max_samples must be at least 1, got {max_samples}")
    if max_samples is not None and max_samples < len(x):
        if generator is None:
            raise InvalidInput(f"max_samples {max_samples} below {len(x)} needs a generator")
        order = torch.randperm(len(x), generator=generator, device=generator.device)
        chosen = order[:max_samples].to(x.device)
        x, z = x[chosen], z[chosen.to(z.device)]
    if not 1 <= n_neighbors < len(x) / 2:
        raise InvalidInput(
            f"n_neighbors must be at least 1 and below half the samples ({len(x)}), "
            f"got {n_neighbors}"
        )
    flat_x, flat_z = _array(x.flatten(1)), _array(z.flatten(1))
    measure = late("sklearn.manifold").trustworthiness
    return float(measure(flat_x, flat_z, n_neighbors=n_neighbors))


def continuity(
    x: Tensor,
    z: Tensor,
    n_neighbors: int = 10,
    max_samples: int | None = None,
    generator: torch.Generator | None = None,
) -> float:
    """Whether neighbours in x stay neighbours in z: trustworthiness with the spaces swapped."""
    return trustworthiness(z, x, n_neighbors, max_samples, generator)


def auroc(scores_normal: Tensor, scores_anomalous: Tensor) -> float:
    """The chance that an anomalous sample scores above a normal one, ties half: (N,), (M,)."""
    if len(scores_normal) == 0 or len(scores_anomalous) == 0:
        raise InvalidInput(
            "auroc needs scores of both kinds, "
            f"got {len(scores_normal)} normal and {len(scores_anomalous)} anomalous"
        )
    scores = np.concatenate([_array(scores_normal), _array(scores_anomalous)])
    truth = np.repeat([0, 1], [len(scores_normal), len(scores_anomalous)])
    return float(late("sklearn.metrics").roc_auc_score(truth, scores))


def _array(tensor: Tensor) -> NDArray[Any]:
    if not tensor.isfinite().all():
        raise InvalidInput("expected finite numbers, got NaN or infinity")
    return tensor.detach().cpu().numpy()


def _check_labels(z: Tensor, labels: Tensor) -> None:
    if z.dim() != 2 or labels.shape != (len(z),) or len(z) == 0:
        raise InvalidInput(
            "expected codes (N, d) with labels (N,), "
            f"got shapes {tuple(z.shape)} and {tuple(labels.shape)}"
        )


def _check_k(k: int, available: int) -> None:
    if not 1 <= k <= available:
        raise InvalidInput(f"k must lie between 1 and {available} (the neighbours there), got {k}")
