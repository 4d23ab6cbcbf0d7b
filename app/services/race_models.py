"""What is left of a race: figures, curves, and models to keep."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from ae_core.errors import InvalidConfig
from ae_core.folders import kept_models
from ae_core.records import Recipe
from ae_core.runs.folder import RunFolder
from ae_core.safefile import write_atomically
from ae_core.scoring import pca_of, score, scored_data
from ae_core.store import read_card
from ae_core.variants import variant_class
from app.services.cache import remembered
from app.services.catalogue import CodecRef, codec, ref
from app.services.data import dataset
from app.services.race import Race, spec_of
from app.services.shelf import kept_file, kept_name

MAX_KEPT = 200  # models in the folder of kept ones
READ_ONLY = "BOTTLENECK_READ_ONLY"  # set to 1 where visitors may not write


def race_figures(race: Race) -> dict[str, list[dict[str, float]]]:
    """Figures of the test split by variant, one mapping per seed that has finished."""
    found: dict[str, list[dict[str, float]]] = {}
    for run in race.runs:
        status = run.status()
        if status.state == "finished":
            found.setdefault(spec_of(run).variant, []).append(status.figures)
    return found


def middle_and_spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, smallest and largest."""
    return median(values), min(values), max(values)


def baselines(race: Race, codecs: Sequence[str]) -> dict[str, CodecRef]:
    """Of these codecs the ones that are not trained but belong beside the race."""
    others = [c for c in codecs if c not in race.variants and c == "pca"]
    found = {c: ref(race.data, c, race.latent_dim) for c in others}
    return {c: which for c, which in found.items() if which is not None}


@remembered(64)
def baseline_figures(which: CodecRef, binarise: bool = False) -> dict[str, float]:
    """The same figures of PCA, which no race trains: on black and white where the race saw such."""
    data = scored_data(dataset(which.data), binarise)
    pca = pca_of(data, which.latent_dim) if binarise else None
    return score(pca or codec(which), data)


def keep(race: Race, run: str) -> str:
    """Copy a finished run's model among the kept ones, where it outlives its race; its name.

    Nobody's pages change by it: a view that shall show it names the run.
    """
    if read_only():
        raise InvalidConfig(
            f"models cannot be kept here, {READ_ONLY} is set; download the file instead"
        )
    name, content = model_of(race, run)
    folder = kept_models()
    if folder.is_dir() and sum(1 for p in folder.iterdir() if p.name != name) >= MAX_KEPT:
        raise InvalidConfig(
            f"{MAX_KEPT} models are kept already, at most {MAX_KEPT} are allowed; "
            f"delete some from {folder.name} first"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / name, content)
    return name


def kept_as(run: str) -> str:
    """The name under which a run's model was kept; "" where it was not."""
    path = kept_file(run)
    return path.name if path else ""


def model_name(race: Race, run: str) -> str:
    """How a run's model is called where it is kept or downloaded."""
    spec = spec_of(race.named(run))
    return kept_name(spec.data, spec.variant, race.latent_dim, run)


def model_of(race: Race, run: str) -> tuple[str, bytes]:
    """Name and bytes of a finished run's model."""
    folder = race.named(run)
    if folder.status().state != "finished":
        raise InvalidConfig(
            f"{spec_of(folder).variant} is not trained to the end yet; finish the race first"
        )
    read_card(folder.model_file)  # whole, or an error that says what is wrong
    return model_name(race, run), folder.model_file.read_bytes()


def read_only() -> bool:
    """Whether this machine's keeper allows no visitor to write."""
    return os.environ.get(READ_ONLY, "") == "1"


def columns(race: Race) -> dict[str, list[Any]]:
    """Every number behind the curves, a row per run and epoch."""
    rows = [(spec_of(run), run.id, entry) for run in race.runs for entry in run.history()]
    found: dict[str, list[Any]] = {
        "run": [name for _, name, _ in rows],
        "codec": [spec.variant for spec, _, _ in rows],
        "seed": [spec.seed for spec, _, _ in rows],
        "epoch": [entry.record.epoch for _, _, entry in rows],
    }
    for split in ("train", "valid"):
        for term in ("reconstruction", "weighted_penalty", "total"):
            found[f"{split}_{term}"] = [
                getattr(getattr(entry.record, split), term) for _, _, entry in rows
            ]
    found["probe_squared_error_per_image"] = [entry.error for _, _, entry in rows]
    return found


def formula(variant: str) -> str:
    """A variant's objective in LaTeX."""
    return variant_class(variant).formula


def race_snippet(run: RunFolder, epoch: int) -> str:
    """The few lines of Python that print this run's total on valid after an epoch."""
    spec = spec_of(run)
    plain = variant_class(spec.variant).Config().to_mapping()
    given = "".join(f", {k}={v!r}" for k, v in spec.config.items() if v != plain.get(k))
    usual = asdict(Recipe())
    recipe = "".join(f", {k}={v!r}" for k, v in spec.recipe.items() if v != usual[k])
    return "\n".join(
        [
            "import ae_core",
            f'data = ae_core.load_dataset("{spec.data}")',
            f'model = ae_core.build("{spec.variant}", data.sample_shape, seed={spec.seed}{given})',
            f'run = ae_core.fit(model, data, device="cpu"{recipe})',
            f"record = next(record for record in run if record.epoch == {epoch})",
            "print(record.valid.total)",
        ]
    )
