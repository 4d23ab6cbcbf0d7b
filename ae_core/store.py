"""One model is one .safetensors file with its whole recipe in the header; so is a run's state."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ae_core.base import Autoencoder, Codec
from ae_core.card import ModelCard, metadata_of, parse_card, parse_mapping
from ae_core.data.dataset import DataSet
from ae_core.errors import AECoreError, ModelFileError
from ae_core.pca import PCACodec
from ae_core.records import Recipe, TrainingState
from ae_core.safefile import Spec, read_header, read_tensors, spec_of, write_tensors
from ae_core.variants import VARIANTS

SUFFIX = ".safetensors"
# Of a recipe, what older runs do not know.
LATER = {"binarise": False, "deform": 0.0, "layout_images": 0, "neighbours": 0.0}


def save_model(
    model: Codec,
    path: str | Path,
    *,
    dataset: DataSet | None = None,
    state: TrainingState | None = None,
    test_figures: Mapping[str, float] | None = None,
    recipe: Mapping[str, Any] | None = None,
    half: bool = False,
) -> Path:
    """Write a codec and its recipe as one file, atomically; returns the path.

    `state` is the one `fit` filled: recipe and history are taken from it. Without these arguments
    a loaded model keeps the recipe, history and figures it came with, unless its weights have
    changed since; figures are dropped, too, where `dataset` says that they are of other data.
    `half` keeps matrices as 16-bit numbers, in half the space; give figures measured after
    `half.round_matrices` then.
    """
    path, module = Path(path), _module(model)
    card = _card_of(model)
    if getattr(model, "loaded_digest", None) not in (None, model_digest(model)):
        kept = {name: seed for name, seed in card.recipe.items() if name == "init_seed"}
        card = replace(card, recipe=kept, history=(), test_figures={})
    if dataset is not None:
        figures = card.test_figures if dataset.digest == card.dataset_digest else {}
        card = replace(
            card, dataset=dataset.name, dataset_digest=dataset.digest, test_figures=figures
        )
    if state is not None and state.recipe is not None:
        card = _trained(card, state)
    if recipe is not None:
        card = replace(card, recipe={**card.recipe, **recipe})
    if test_figures is not None:
        card = replace(card, test_figures=dict(test_figures))
    write_tensors(path, module.state_dict(), _metadata(path, "model", card), half)
    return path


def load_model(path: str | Path) -> Any:
    """The codec of a file, in eval mode; its `recipe`, `history`, `test_figures` are attributes.

    Raises ModelFileError, naming file, tensor, expected and found, for anything but a whole model.
    """
    path = Path(path)
    header = read_header(path)
    card = parse_card(path.name, header.metadata, "model")
    model = _skeleton(path.name, card)
    expected = {name: spec_of(t) for name, t in model.state_dict().items()}
    tensors = read_tensors(path, header, expected)
    model.load_state_dict(tensors, assign=True)  # to_empty would import sympy: 1.5 seconds
    _with_card(model, card).loaded_digest = model_digest(model)
    return model


def read_card(path: str | Path) -> ModelCard:
    """What a model file says of itself; reads no tensor."""
    path = Path(path)
    return parse_card(path.name, read_header(path).metadata, "model")


def list_models(folder: str | Path) -> dict[Path, ModelCard | ModelFileError]:
    """Every model file below a folder, by path; an unreadable one is listed with its error."""
    found: dict[Path, ModelCard | ModelFileError] = {}
    for path in sorted(Path(folder).rglob(f"*{SUFFIX}")):
        try:
            found[path] = read_card(path)
        except ModelFileError as error:
            found[path] = error
    return found


def model_digest(model: Codec) -> str:
    """The first 12 hex digits of the SHA-256 over config and weights: a model's name in panels."""
    sha = hashlib.sha256(json.dumps(_card_of(model).config, sort_keys=True).encode())
    for name, tensor in sorted(_module(model).state_dict().items()):
        sha.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return sha.hexdigest()[:12]


def save_state(model: Autoencoder, state: TrainingState, path: str | Path) -> Path:
    """Write a run, unfinished or not, so that `fit(..., state=)` can go on from it."""
    path, recipe = Path(path), state.recipe
    if recipe is None:
        raise ModelFileError(f"{path.name}: not saved, this state has not been through fit yet")
    tensors = {f"weights/{k}": t for k, t in state.weights.items()}
    tensors |= {f"best/{k}": t for k, t in state.best_weights.items()}
    tensors |= {f"moments/{k}": t for k, t in state.moments.items()}
    tensors |= {f"generators/{k}": t for k, t in state.generators.items()}
    card = replace(_trained(_card_of(model), state), dataset_digest=state.data_digest)
    progress: dict[str, float] = {
        "epoch": state.epoch,
        "best_epoch": state.best_epoch,
        "finished": state.finished,
    }
    if state.best_epoch:
        progress["best_total"] = state.best_total
    metadata = {**_metadata(path, "run", card), "progress": json.dumps(progress)}
    write_tensors(path, tensors, metadata)
    return path


def load_state(path: str | Path) -> tuple[Autoencoder, TrainingState]:
    """Model and state of a saved run: hand both to `fit` with the same recipe."""
    path = Path(path)
    header = read_header(path)
    card = parse_card(path.name, header.metadata, "run")
    model = _skeleton(path.name, card)
    if not isinstance(model, Autoencoder):
        raise ModelFileError(
            f"{path.name}: a run needs a trainable variant, found {card.variant!r}"
        )
    tensors = read_tensors(path, header, _run_specs(model, header.tensors))
    groups: dict[str, dict[str, Tensor]] = {
        g: {} for g in ("weights", "best", "moments", "generators")
    }
    for name, tensor in tensors.items():
        group, key = name.split("/", 1)
        groups[group][key] = tensor
    fresh = {name: t.clone() for name, t in groups["weights"].items()}  # the state keeps its own
    model.load_state_dict(fresh, assign=True)
    progress = parse_mapping(path.name, "progress", header.metadata.get("progress", ""))
    try:
        known = {**LATER, **card.recipe}
        own = {f.name: known[f.name] for f in fields(Recipe)}
        state = TrainingState(
            Recipe(**own), card.dataset_digest, int(progress["epoch"]), groups["weights"],
            groups["moments"], groups["generators"], int(progress["best_epoch"]),
            float(progress.get("best_total", "inf")), groups["best"], list(card.history),
            progress["finished"], card.variant, card.config,
        )  # fmt: skip
        if type(progress["finished"]) is not bool:
            raise ValueError("finished must be true or false")
        # A run's folder keeps its history beside; a very long one is thinned when it is saved.
        told = state.history[-1].epoch if state.history else state.epoch
        if state.epoch != told or not 0 <= state.best_epoch <= state.epoch:
            raise ValueError(f"epoch {state.epoch}, but the last recorded one is {told}")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(
            f"{path.name}: the run's recipe or progress is damaged: {error}"
        ) from error
    return _with_card(model, card), state


def _run_specs(model: Autoencoder, found: Mapping[str, Spec]) -> dict[str, Spec]:
    own = {name: spec_of(t) for name, t in model.state_dict().items()}
    specs = {f"weights/{k}": s for k, s in own.items()}
    if any(k.startswith("best/") for k in found):
        specs |= {f"best/{k}": s for k, s in own.items()}
    for k, s in own.items():
        for moment, spec in (("exp_avg", s), ("exp_avg_sq", s), ("step", ("F32", ()))):
            name = f"moments/{moment}:{k}"
            if name in found:  # a weight that never had a gradient has no moments
                specs[name] = spec
    for k in ("order", "noise", "looks", "partners"):
        k = f"generators/{k}"
        if k in found or k in ("generators/order", "generators/noise"):  # only some have the others
            specs[k] = ("U8", found.get(k, ("U8", (0,)))[1])
    return specs


def _metadata(path: Path, kind: str, card: ModelCard) -> dict[str, str]:
    """The card as metadata that reading will accept: a file nobody can load is not written."""
    try:
        figures = {k: float(v) for k, v in card.test_figures.items()}
        metadata = metadata_of(kind, replace(card, test_figures=figures))
        parse_card(path.name, metadata, kind)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ModelFileError(f"{path.name}: not saved, its card is not valid: {error}") from error
    return metadata


def _module(model: Codec) -> torch.nn.Module:
    if not isinstance(model, torch.nn.Module):
        raise ModelFileError(f"only codecs of ae_core can be saved, got {type(model).__name__}")
    return model


def _card_of(model: Codec) -> ModelCard:
    """What the model is now; of a loaded one also where it comes from."""
    own, shape = getattr(model, "card", None), tuple(model.sample_shape)
    if not isinstance(own, ModelCard) or own.sample_shape != shape:  # PCA may be fitted anew
        own = ModelCard(model.name, shape, {})
    if not isinstance(model, Autoencoder):
        return replace(own, config={"latent_dim": model.latent_dim})
    config, kept = model.config.to_mapping(), own.config
    # A file older than some field keeps its text, and so its digest, while that means the same.
    if kept and type(model.config).from_mapping(kept) == model.config:
        config = kept
    return replace(own, config=config, recipe={**own.recipe, "init_seed": model.seed})


def _trained(card: ModelCard, state: TrainingState) -> ModelCard:
    """The card after a run: what is told of earlier weights goes."""
    assert state.recipe is not None  # narrows the type: checked by the callers
    recipe = {**asdict(state.recipe), "init_seed": card.recipe.get("init_seed", 0)}
    history = tuple(state.history)
    return replace(card, recipe=recipe, history=history, test_figures={}, versions={})


def _with_card(model: Any, card: ModelCard) -> Any:
    model.card, model.seed = card, card.recipe.get("init_seed", 0)
    model.recipe, model.history, model.test_figures = card.recipe, card.history, card.test_figures
    return model.eval()


def _skeleton(name: str, card: ModelCard) -> Any:
    """The codec a card describes, on the meta device: shapes without memory."""
    with torch.device("meta"):
        try:
            if card.variant == PCACodec.name:
                return PCACodec(card.config.get("latent_dim", 0), card.sample_shape)
            if card.variant in VARIANTS:
                cls = VARIANTS[card.variant]
                return cls(card.sample_shape, cls.Config.from_mapping(card.config))
        except (AECoreError, RecursionError) as error:
            raise ModelFileError(
                f"{name}: the config in the header is not valid: {error}"
            ) from error
    known = ", ".join((*VARIANTS, PCACodec.name))
    raise ModelFileError(f"{name}: variant: expected one of {known}, found {card.variant!r:.60}")
