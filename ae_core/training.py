"""The training loop: a generator of epoch records that a caller may leave at any time."""

from collections.abc import Iterator

import torch

from ae_core.base import Autoencoder
from ae_core.data.dataset import DataSet
from ae_core.engine import engine
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.layout import DIMENSIONS, FEWEST
from ae_core.records import EpochRecord, Recipe, TrainingState, is_whole
from ae_core.run import Run


def resolve_device(device: str | torch.device) -> torch.device:
    """auto: CUDA, else MPS, else the CPU; anything else must exist here."""
    if str(device) == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.ones(1, device=resolved).item()  # the meta device holds no numbers
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        raise InvalidConfig(
            f"device {str(device)!r} is not usable here; use auto or cpu"
        ) from error
    return resolved


def fit(
    model: Autoencoder,
    dataset: DataSet,
    *,
    epochs: int = 20,
    batch_size: int = 128,
    learning_rate: float = 2e-3,
    seed: int = 0,
    schedule: str = "cosine",
    patience: int | None = None,
    pretrain_epochs: int = 0,
    binarise: bool = False,
    deform: float = 0.0,
    layout_images: int = 0,
    neighbours: float = 0.0,
    device: str | torch.device = "auto",
    threads: int | None = 1,
    state: TrainingState | None = None,
) -> Iterator[EpochRecord]:
    """Train with Adam on `dataset.train`; yield a record after every epoch.

    An epoch shows every image once; to a conditioned network, whose one training stands for a
    whole slider, 1.4 to 1.8 times (`passes.py`: every image once, some of them again).

    Parameters
    ----------
    seed: of the batch order and the noise; the same seed gives the same weights, bit for bit, on
        the same machine with the same number of threads.
    schedule: "cosine" (to zero over `epochs`) or "constant".
    patience: stop after so many epochs without a lower valid total, and put the best weights back;
        None trains to the end and keeps the last.
    pretrain_epochs: greedy layer-wise pre-training before the first epoch, so many per layer.
    binarise: a fresh Bernoulli draw of black and white from the grey values of every batch, after
        Salakhutdinov & Murray 2008 (layer-wise pre-training sees the grey values).
    deform: the share of every batch's images that is shown bent and stretched, each time anew
        (`deformation.deformed`), against learning the training images by heart; valid never is.
    layout_images: before the first epoch (after layer-wise pre-training), the code learns where
        t-SNE puts the first so many training samples, or all (`layout.lay_out`): the map of a
        small code then starts unfolded. The rate rises over the first steps (`records.RISE`); the
        objective stays what it is.
    neighbours: the weight, at the first step, of a pull between the codes of neighbours
        (`neighbours.apart`), which falls evenly to 0 at the last: a small code then tears its map
        less. What is reported is the objective alone. Finding neighbours takes half a minute for
        55,000 images.
    device: "auto", "cpu", "cuda", "mps", ...; the model is moved there.
    threads: torch threads while training; None leaves them.
    state: filled after every epoch; given again (see `store.load_state`), training goes on from it
        to the same weights as an unbroken run. Leaving the loop cancels; nothing is lost.

    Raises
    ------
    InvalidConfig, InvalidInput: at the call. TrainingDiverged: names the term and the epoch; the
        model then has the last whole epoch's weights (with `patience` the best), or its first.
    """
    recipe = Recipe(
        epochs, batch_size, learning_rate, seed, schedule, patience, pretrain_epochs, binarise,
        deform, layout_images, neighbours,
    )  # fmt: skip
    if threads is not None and (not is_whole(threads) or threads < 1):
        raise InvalidConfig(f"threads must be a whole number, at least 1, or None, got {threads!r}")
    check_fits(model, dataset, recipe)
    run = Run(model, dataset, recipe, resolve_device(device), state)
    return _epochs(run, threads)


def _epochs(run: Run, threads: int | None) -> Iterator[EpochRecord]:
    while not run.state.finished:
        with engine(threads):
            record = run.epoch()
        yield record


def check_fits(model: Autoencoder, dataset: DataSet, recipe: Recipe | None = None) -> None:
    """Raise unless the data is finite, has the model's shape and type, and suits the objective."""
    recipe = recipe or Recipe()
    if dataset.sample_shape != model.sample_shape:
        raise InvalidInput(
            f"data set {dataset.name!r} has samples of shape {dataset.sample_shape}, the model was "
            f"built for {model.sample_shape}"
        )
    own = next(model.parameters()).dtype
    for split in ("train", "valid"):
        x = getattr(dataset, split)
        if not len(x):
            raise InvalidInput(f"the {split} split of data set {dataset.name!r} is empty")
        if x.dtype != own:
            raise InvalidInput(
                f"the {split} split of data set {dataset.name!r} is {x.dtype}, the model computes "
                f"in {own}; convert it, float32 is the usual type"
            )
        if split in dataset.not_finite:
            raise InvalidInput(
                f"the {split} split of data set {dataset.name!r} holds NaN or infinity; leave such "
                "samples out, or fill the gaps"
            )
    needs = [
        f"{name} {value!r}"
        for name, value in (("reconstruction", "bernoulli"), ("output", "sigmoid"))
        if getattr(model.config, name) == value
    ] + ["binarise"] * recipe.binarise
    if needs and not dataset.unit_range:
        raise InvalidConfig(
            f"{needs[0]} needs values in [0, 1], data set {dataset.name!r} has others; "
            "use reconstruction squared or absolute with output linear, and do not binarise"
        )
    _check_start(model, dataset, recipe)


def _check_start(model: Autoencoder, dataset: DataSet, recipe: Recipe) -> None:
    """Raise unless the data can be bent, laid out and pulled together as the recipe says."""
    if recipe.layout_images:
        _check_layout(model, dataset, recipe.layout_images)
    if recipe.neighbours and model.conditioned:
        raise InvalidConfig(
            f"neighbours pulls at the codes of one weight, this {model.name} network serves a "
            "range of them; leave it at 0, or give one weight"
        )
    if recipe.deform and len(dataset.sample_shape) != 3:
        raise InvalidConfig(
            f"deform needs images (C, H, W), data set {dataset.name!r} has samples of shape "
            f"{dataset.sample_shape}; leave it at 0"
        )


def _check_layout(model: Autoencoder, dataset: DataSet, images: int) -> None:
    """Raise unless t-SNE can lay out so many samples, and the code can take any place."""
    if (found := min(images, len(dataset.train))) < FEWEST:
        raise InvalidConfig(
            f"layout_images must be 0, or lay out {FEWEST} training samples or more; it is "
            f"{images}, and data set {dataset.name!r} has {len(dataset.train)}: {found}"
        )
    most = min(DIMENSIONS, dataset.train[0].numel())
    if model.latent_dim > most:
        raise InvalidConfig(
            f"layout_images needs a code of at most {most} numbers here, as t-SNE does, "
            f"got latent_dim {model.latent_dim}; leave it at 0"
        )
    if (dataset.train[:found] == dataset.train[0]).all():
        raise InvalidConfig(
            f"layout_images needs samples that differ, the first {found} of data set "
            f"{dataset.name!r} are all the same; leave it at 0"
        )
    if model.code_activation() != "linear":
        raise InvalidConfig(
            "layout_images needs code_activation 'linear', which reaches every place of a map, "
            f"got {model.code_activation()!r}; leave it at 0"
        )
