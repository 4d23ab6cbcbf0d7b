"""Figures for any codec, one unit for all of them; the unit is in the name."""

from ae_core.metrics.codes import (
    active_units,
    fraction_near_zero,
    hoyer_sparsity,
    lifetime_sparsity,
    population_sparsity,
)
from ae_core.metrics.distortion import (
    absolute_error_per_image,
    anomaly_score,
    mean_absolute_error_per_pixel,
    mse_per_pixel,
    psnr_db,
    psnr_db_of_mse,
    squared_error_per_image,
    ssim,
)
from ae_core.metrics.likelihood import (
    LatentVariableModel,
    NegativeElbo,
    bernoulli_floor,
    importance_weighted_log_likelihood,
    likelihood_constant,
    negative_elbo,
)
from ae_core.metrics.probes import (
    auroc,
    continuity,
    knn_accuracy,
    knn_accuracy_leave_one_out,
    linear_probe_accuracy,
    trustworthiness,
)
from ae_core.metrics.report import bootstrap_interval, evaluate

__all__ = [
    "LatentVariableModel",
    "NegativeElbo",
    "absolute_error_per_image",
    "active_units",
    "anomaly_score",
    "auroc",
    "bernoulli_floor",
    "bootstrap_interval",
    "continuity",
    "evaluate",
    "fraction_near_zero",
    "hoyer_sparsity",
    "importance_weighted_log_likelihood",
    "knn_accuracy",
    "knn_accuracy_leave_one_out",
    "lifetime_sparsity",
    "likelihood_constant",
    "linear_probe_accuracy",
    "mean_absolute_error_per_pixel",
    "mse_per_pixel",
    "negative_elbo",
    "population_sparsity",
    "psnr_db",
    "psnr_db_of_mse",
    "squared_error_per_image",
    "ssim",
    "trustworthiness",
]
