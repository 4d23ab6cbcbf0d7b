"""train: fit one model, save it, show its test figures beside PCA's."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ae_core.base import Autoencoder, Codec
from ae_core.cli import options
from ae_core.cli.following import Stopped, in_hand, named_run, new_run, train_here
from ae_core.cli.naming import default_file
from ae_core.cli.output import complain, one_line, writable, write_json
from ae_core.cli.presets import add_preset_option, apply_preset
from ae_core.cli.tables import finite, show_figures
from ae_core.data import load_dataset
from ae_core.data.dataset import DataSet
from ae_core.errors import InvalidConfig
from ae_core.half import round_matrices
from ae_core.pca import PCACodec
from ae_core.records import EpochRecord, Recipe, TrainingState
from ae_core.runs.folder import RunFolder
from ae_core.runs.keeper import thinned
from ae_core.runs.runner import Runner
from ae_core.scoring import acting_weight, plain_codec, score, score_beside_pca, scored_data
from ae_core.store import SUFFIX, load_state, model_digest, save_model, save_state
from ae_core.training import check_fits, resolve_device
from ae_core.variants import build


class Cancelled(Exception):
    """The user left a run; the text says what was kept."""


def register(commands: Any) -> None:
    parser = commands.add_parser(
        "train", help="train a model (or fit PCA) and save it",
        description="Train a variant (or fit pca) on a data set, save it, and show its figures "
        "on the test split beside PCA's at the same code size.",
    )  # fmt: skip
    parser.add_argument("variant", metavar="VARIANT", nargs="?", help="undercomplete, ..., or pca")
    add_preset_option(parser)
    options.add_run_options(parser, data_required=False)
    options.add_recipe_options(parser)
    options.add_config_options(parser)
    files = parser.add_argument_group("files")
    files.add_argument(
        "--out", metavar="FILE", help=f"the model file (default: a {SUFFIX} among your models)"
    )
    files.add_argument(
        "--half", action="store_true", help="matrices as 16-bit numbers: half the file size"
    )
    files.add_argument("--save-state", metavar="FILE", help="keep the run here, to go on later")
    files.add_argument(
        "--resume", metavar="FILE",
        help="go on with a run: its name in list --runs, or a file kept by --save-state",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    kept = _kept_run(args)
    apply_preset(args)
    options.check_variant(args.variant, pca=True)
    if args.variant == PCACodec.name:
        return _fit_pca(args)
    job = _prepare(args, kept)
    out = writable(args.out or default_file(job.model, job.dataset, Recipe(**job.recipe)))
    folder = kept or new_run(
        job.model, job.dataset, Recipe(**job.recipe), args.data_dir, args.device
    )
    with in_hand(folder, job.dataset, job.state) as runner:
        try:
            _train(runner, args)
        finally:
            if args.save_state and runner.kept.epoch:
                save_state(runner.model, thinned(runner.kept), args.save_state)
        model = runner.model.to("cpu")
        if args.half:
            round_matrices(model)
        scored = scored_data(job.dataset, bool(job.recipe.get("binarise")))
        figures, pca = score_beside_pca(plain_codec(model), scored)
        runner.finish(figures)
    save_model(
        model, out, dataset=job.dataset, state=thinned(runner.state), test_figures=finite(figures),
        recipe=runner.story(), half=args.half,
    )  # fmt: skip
    _report(args, model, job.dataset, out, figures, pca, runner.state)
    return 0


@dataclass
class _Job:
    model: Autoencoder
    dataset: DataSet
    recipe: dict[str, Any]
    state: TrainingState | None = None  # of a run kept in a file


def _kept_run(args: argparse.Namespace) -> RunFolder | None:
    """The run that --resume names, where that is no file; variant and data need not be repeated."""
    named = args.resume is not None and args.variant != PCACodec.name
    if not named or Path(args.resume).expanduser().is_file():
        return None
    kept = named_run(args.resume)
    spec, status = kept.spec(), kept.status()
    if status.over:
        raise InvalidConfig(f"run {kept.id} is {status.state}, there is nothing to go on with")
    args.variant, args.data = args.variant or spec.variant, args.data or spec.data
    args.data_dir = args.data_dir or spec.data_dir
    if args.data != spec.data:
        raise InvalidConfig(f"run {kept.id} is on {spec.data}, not {args.data}")
    return kept


def _prepare(args: argparse.Namespace, kept: RunFolder | None) -> _Job:
    """Check everything that can be wrong, cheapest first."""
    settings, given = options.given_settings(args, args.variant), options.given_recipe(args)
    Recipe(**given)
    resolve_device(args.device)
    targets = [writable(path) for path in (args.out, args.save_state) if path]
    if len(targets) == 2 and targets[0].resolve() == targets[1].resolve():
        raise InvalidConfig(f"--out and --save-state must name two files, got {args.out} twice")
    if kept is not None:
        spec, dataset = kept.spec(), _data(args)
        model = build(spec.variant, dataset.sample_shape, seed=spec.seed, **spec.config)
        _same_model(args, model, settings)
        _same_recipe(spec.recipe, given)
        return _Job(model, dataset, spec.recipe)
    if args.resume:
        model, state = load_state(args.resume)
        if state.finished:
            raise InvalidConfig(f"{args.resume} is finished, there is nothing to go on with")
        _same_model(args, model, settings)
        assert state.recipe is not None  # a loaded run has one
        _same_recipe(vars(state.recipe), given)
        return _Job(model, _data(args), vars(state.recipe), state)
    dataset, recipe = _data(args), {"seed": 0, **given}
    settings = options.suited_settings(settings, args.variant, dataset)
    model = build(args.variant, dataset.sample_shape, seed=recipe["seed"], **settings)
    check_fits(model, dataset, Recipe(**recipe))
    return _Job(model, dataset, recipe)


def _train(runner: Runner, args: argparse.Namespace) -> None:
    """Run to the end; a Ctrl-C becomes Cancelled, with the last whole epoch kept."""
    try:
        train_here(runner, args.threads, f"{runner.model.name} on {runner.data.name}")
    except KeyboardInterrupt:
        runner.end("interrupted", "interrupted by Ctrl-C")
        raise Cancelled(_farewell(args, runner)) from None
    except Stopped as stopped:
        raise Cancelled(str(stopped)) from None


def _farewell(args: argparse.Namespace, runner: Runner) -> str:
    done = runner.kept.epoch
    where = f"interrupted after epoch {done} of {runner.spec.fit.epochs}"
    if not args.save_state:
        return f"{where}; go on with python -m ae_core train --resume {runner.folder.id}"
    if not done:
        return f"{where}; no epoch was complete, so there was nothing to save"
    file = one_line(args.save_state)
    return f"{where}; saved to {file}, go on with --resume {file}"


def _same_recipe(kept: dict[str, Any], given: dict[str, Any]) -> None:
    for name, value in given.items():
        if kept.get(name) != value:
            raise InvalidConfig(
                f"{name} must be {kept.get(name)!r} to go on with this run, got {value!r}; "
                "start a new run to change it"
            )


def _same_model(args: argparse.Namespace, model: Autoencoder, settings: dict[str, Any]) -> None:
    if model.name != args.variant:
        raise InvalidConfig(f"{args.resume} holds a {model.name} run, not {args.variant}")
    for name, value in settings.items():
        own = getattr(model.config, name)
        if own != value:
            raise InvalidConfig(
                f"{name} must be {own!r} to go on with this run, got {value!r}; "
                "start a new run to change it"
            )


def _data(args: argparse.Namespace) -> DataSet:
    return load_dataset(args.data, args.data_dir)


def _fit_pca(args: argparse.Namespace) -> int:
    size = {k[7:]: v for k, v in vars(args).items() if k == "config.latent_dim"}
    groups = ("config.", "recipe.")
    given = [k[7:] for k in vars(args) if k.startswith(groups) and k[7:] not in size]
    given += ["device"] * (args.device not in ("auto", "cpu"))
    if extra := ", ".join(map(options.flag, given)):
        raise InvalidConfig(f"pca takes only --latent-dim, got {extra}; leave that out")
    if args.resume or args.save_state or args.half:
        raise InvalidConfig(
            "pca is computed in one step and kept as it is; --resume, --save-state and --half do "
            "not apply"
        )
    # Read as the autoencoders read it, so that the same text is right or wrong for both.
    latent_dim = options.parsed_settings(size, "undercomplete").get("latent_dim", 2)
    if args.out:
        writable(args.out)
    dataset = _data(args)
    codec = PCACodec(latent_dim).fit(dataset.train)
    out = writable(args.out or default_file(codec, dataset))
    figures = score(codec, dataset)
    save_model(codec, out, dataset=dataset, test_figures=finite(figures))
    _report(args, codec, dataset, out, figures, {}, None)
    return 0


def _kept_epoch(state: TrainingState) -> EpochRecord:
    """The record of the epoch whose weights were saved."""
    early = state.recipe is not None and state.recipe.patience is not None
    best = state.best_epoch if early else state.epoch
    return next(r for r in state.history if r.epoch == best)


def _report(
    args: argparse.Namespace, model: Codec, dataset: DataSet, out: Path,
    figures: dict[str, float], pca: dict[str, float], state: TrainingState | None,
) -> None:  # fmt: skip
    if state is None:
        complain(f"fitted pca; saved {out}")
    else:
        last, seconds = state.history[-1], sum(r.seconds for r in state.history)
        speed = f"{last.images_per_second:,.0f} images/s"
        complain(f"trained {last.epoch} epochs in {seconds:.1f} s, {speed}; saved {out}")
    if not args.json:
        show_figures("test", model, dataset, figures, pca)
        return
    told = {
        "file": out, "variant": model.name, "data": dataset.name, "data_sha256": dataset.digest,
        "latent_dim": model.latent_dim, "model": model_digest(model),
    }  # fmt: skip
    if isinstance(model, Autoencoder) and state is not None:
        told |= {
            "config": model.config.to_mapping(), "recipe": vars(state.recipe),
            "weight": acting_weight(model), "epochs": last.epoch, "seconds": seconds,
            "valid": vars(_kept_epoch(state).valid),
        }  # fmt: skip
    write_json({**told, "test": figures, "pca_test": pca})
