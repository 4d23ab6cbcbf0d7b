"""The table of figures that train and evaluate end with."""

import math

from ae_core.base import Autoencoder, Codec
from ae_core.cli.output import cells, show, table_of
from ae_core.data.dataset import DataSet
from ae_core.pca import PCACodec

HIGHER_IS_BETTER = ("_db", "ssim", "accuracy", "trustworthiness", "continuity", "log_likelihood")


def higher_is_better(figure: str) -> bool:
    return any(part in figure for part in HIGHER_IS_BETTER)


def finite(figures: dict[str, float]) -> dict[str, float]:
    """The figures that a file's header can hold."""
    return {k: v for k, v in figures.items() if math.isfinite(v)}


def heading(model: Codec, weight: float | None = None) -> str:
    """variational, d = 2, beta = 4."""
    text = f"{model.name}, d = {model.latent_dim}"
    if isinstance(model, Autoencoder) and (knob := model.config.weight_field):
        own = model.config.weight
        at = model.config.middle_weight if weight is None else weight
        text += f", {knob.rstrip('_')} = {at:g}"
        if isinstance(own, tuple):
            text += f" (trained for {own[0]:g} to {own[1]:g})"
    return text


def show_figures(
    split: str,
    model: Codec,
    dataset: DataSet,
    figures: dict[str, float],
    pca: dict[str, float],
    weight: float | None = None,
) -> None:
    """One row per figure: the model's, and PCA's at the same code size."""
    title = f"{heading(model, weight)}: {dataset.name}, {split} split"
    columns = ["figure", model.name]
    beside = model.name != PCACodec.name
    if beside:
        columns.append("pca")
    table = table_of(columns)
    for name, value in figures.items():
        table.add_row(*cells(name, value, *([pca.get(name)] if beside else [])))
    if beside and not pca:
        table.caption = f"no pca with {model.latent_dim} values: this data has fewer directions"
    show(title, table)
