"""evaluate: a saved model's figures on one split, beside PCA's."""

import argparse
from typing import Any

import torch

from ae_core.base import Autoencoder, Codec
from ae_core.batches import in_batches
from ae_core.card import ModelCard
from ae_core.cli import options
from ae_core.cli.folders import model_file
from ae_core.cli.output import complain, one_line, write_json
from ae_core.cli.tables import show_figures
from ae_core.data import load_dataset
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.metrics import LatentVariableModel, continuity, trustworthiness
from ae_core.scoring import acting_weight, pca_of, plain_codec, score_beside_pca, scored_data
from ae_core.store import load_model
from ae_core.training import check_fits

NEIGHBOURS = 10


def register(commands: Any) -> None:
    parser = commands.add_parser(
        "evaluate", help="a saved model's figures",
        description="Figures of a saved model on one split, beside PCA's at the same code size.",
    )  # fmt: skip
    parser.add_argument("model", metavar="MODEL", help="a model file, or a name from list")
    options.add_data_options(parser, required=False)
    parser.add_argument("--split", choices=("valid", "test"), default="test", help="(default test)")
    parser.add_argument("--weight", type=float, help="for a model trained for a range of weights")
    parser.add_argument(
        "--importance-samples", type=int, default=0, metavar="K",
        help="also the importance-weighted log-likelihood with K samples (slow; variational)",
    )  # fmt: skip
    parser.add_argument(
        "--trustworthiness", type=int, default=0, metavar="N",
        help=f"also trustworthiness and continuity ({NEIGHBOURS} neighbours) of N random samples, "
        "or of all where the split holds fewer; N = 10000 takes 2 GB and a minute",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    _check(args)
    path = model_file(args.model)
    model = load_model(path)
    if args.importance_samples and not isinstance(model, LatentVariableModel):
        raise InvalidConfig(
            "--importance-samples needs a model with a likelihood (variational), "
            f"{one_line(path.name)} is {model.name}; leave it out"
        )
    card: ModelCard = model.card
    name = args.data or card.dataset
    if not name:
        raise InvalidInput(
            f"{one_line(path.name)} does not say what it was trained on; give --data"
        )
    dataset = load_dataset(name, args.data_dir)
    _check_fits(model, dataset)
    plain = plain_codec(model, args.weight)
    scored = scored_data(dataset, bool(card.recipe.get("binarise")))
    figures, pca = score_beside_pca(
        plain, scored, args.split, importance_samples=args.importance_samples
    )
    if args.trustworthiness:
        _add_maps(args, plain, scored, figures, pca)
    same = card.dataset_digest == dataset.digest
    if not same:
        complain(f"note: {path.name} was trained on other data ({_origin(card)}) than {name} holds")
    if args.json:
        weight = acting_weight(model) if args.weight is None else args.weight
        write_json({
            "file": path, "variant": model.name, "data": name, "data_sha256": dataset.digest,
            "trained_on_this_data": same, "split": args.split, "latent_dim": model.latent_dim,
            "weight": weight, args.split: figures, f"pca_{args.split}": pca,
        })  # fmt: skip
    else:
        show_figures(args.split, model, dataset, figures, pca, args.weight)
    return 0


def _check(args: argparse.Namespace) -> None:
    if not 0 <= args.importance_samples <= 100_000:
        raise InvalidConfig(
            f"importance_samples must be from 0 to 100000, got {args.importance_samples}"
        )
    least = 2 * NEIGHBOURS + 1
    if args.trustworthiness and args.trustworthiness < least:
        raise InvalidConfig(
            f"trustworthiness needs at least {least} samples, got {args.trustworthiness}"
        )


def _check_fits(model: Codec, dataset: DataSet) -> None:
    if isinstance(model, Autoencoder):
        check_fits(model, dataset)
    elif model.sample_shape != dataset.sample_shape:
        raise InvalidInput(
            f"data set {dataset.name!r} has samples of shape {dataset.sample_shape}, the model was "
            f"fitted to {model.sample_shape}"
        )


def _origin(card: ModelCard) -> str:
    return f"{card.dataset or 'unnamed'} {card.dataset_digest[:8]}".strip()


def _add_maps(
    args: argparse.Namespace,
    plain: Codec,
    scored: DataSet,
    figures: dict[str, float],
    pca: dict[str, float],
) -> None:
    """Put both measures of the map beside a codec's other figures, and beside PCA's."""
    asked, held = args.trustworthiness, len(getattr(scored, args.split))
    if asked > held:
        complain(f"note: the {args.split} split holds {held} samples, {asked} were asked for; "
                 "trustworthiness and continuity are of all of them")  # fmt: skip
    figures |= _map_quality(plain, scored, args.split, asked)
    if pca and (beside := pca_of(scored, plain.latent_dim)):
        pca |= _map_quality(beside, scored, args.split, asked)


def _map_quality(codec: Codec, dataset: DataSet, split: str, samples: int) -> dict[str, float]:
    """Both measures on the same random samples, which are also the same for every codec."""
    x: torch.Tensor = getattr(dataset, split)
    chosen = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))[:samples]
    x = x[chosen]
    z = in_batches(codec.encode, x)
    return {
        f"trustworthiness_{NEIGHBOURS}": trustworthiness(x, z, NEIGHBOURS),
        f"continuity_{NEIGHBOURS}": continuity(x, z, NEIGHBOURS),
    }
