"""list and data: which models and data sets there are, and how to get a data set."""

import argparse
from pathlib import Path
from typing import Any

from ae_core.card import ModelCard
from ae_core.cli.history import show_runs
from ae_core.cli.output import cells, complain, download_bars, one_line, show, table_of, write_json
from ae_core.data import DATASETS, download_dataset, is_available
from ae_core.errors import AECoreError, InvalidInput, ModelFileError
from ae_core.folders import SHIPPED_MODELS, kept_models, user_models
from ae_core.store import list_models
from ae_core.variants import VARIANTS


def register(commands: Any) -> None:
    models = commands.add_parser(
        "list", help="models, runs, or data sets",
        description="The models in a folder; by default the shipped ones and your own.",
    )  # fmt: skip
    models.add_argument("folder", nargs="?", metavar="FOLDER")
    models.add_argument("--runs", action="store_true", help="training runs instead of models")
    models.add_argument("--data", action="store_true", help="data sets instead of models")
    models.add_argument("--data-dir", metavar="DIR", help="where downloaded data sets lie")
    models.add_argument("--json", action="store_true", help="as JSON on stdout")
    models.set_defaults(run=run_list, parser=models)
    data = commands.add_parser(
        "data", help="data sets, and their download",
        description="Without NAME: the data sets. With NAME: download that one.",
    )  # fmt: skip
    data.add_argument("name", nargs="?", metavar="NAME")
    data.add_argument("--dir", metavar="DIR", help="where to put it (default: AE_DATA_DIR, else "
                      "your user-data folder)")  # fmt: skip
    data.add_argument("--mirror", action="append", metavar="URL",
                      help="where from, instead of the known places; repeat for more")  # fmt: skip
    data.add_argument("--json", action="store_true", help="as JSON on stdout")
    data.set_defaults(run=run_data, parser=data)


def run_list(args: argparse.Namespace) -> int:
    if args.data:
        return _list_data(args.data_dir, args.json)
    if args.runs:
        return show_runs(Path(args.folder).expanduser() if args.folder else None, args.json)
    everywhere = [SHIPPED_MODELS, user_models(), kept_models()]
    folders = [Path(args.folder).expanduser()] if args.folder else everywhere
    if args.folder and not folders[0].is_dir():
        raise InvalidInput(f"{args.folder}: no such folder; name a folder of model files")
    rows = [
        _row(path, card, folder) for folder in folders for path, card in list_models(folder).items()
    ]
    if args.json:
        write_json({"folders": folders, "models": rows})
        return 0
    if not rows:
        complain(f"no models in {' or '.join(map(str, folders))}; train one with "
                 "python -m ae_core train")  # fmt: skip
        return 0
    columns = ["name", "variant", "data", "d", "weight", "squared error per image (test)"]
    table = table_of(columns, 3)
    for row in rows:
        if "error" in row:
            table.add_row(*cells(row["name"], f"cannot be read: {row['error']}", "", "", "", ""))
        else:
            weight = row["weight"]
            shown = " to ".join(map("{:g}".format, weight)) if weight else None
            error = row["test"].get("squared_error_per_image")
            table.add_row(*cells(
                row["name"], row["variant"], row["data"], row["latent_dim"], shown, error
            ))  # fmt: skip
    show("models", table)
    return 0


def run_data(args: argparse.Namespace) -> int:
    if args.name is None:
        return _list_data(args.dir, args.json)
    if args.name in DATASETS and not DATASETS[args.name].downloadable and not args.json:
        complain(f"{args.name} comes with the program, nothing to download")
        return 0
    with download_bars() as progress:
        folder = download_dataset(args.name, args.dir, args.mirror, progress)
    if args.json:
        write_json({"name": args.name, "folder": folder})
    else:
        complain(f"{args.name} lies in {folder}")
    return 0


def _row(path: Path, card: ModelCard | ModelFileError, folder: Path) -> dict[str, Any]:
    """What `list` tells of one file; a card whose config is not valid is a broken file too.

    Its name is what other commands take, where the folder is one of the usual ones.
    """
    name = path.relative_to(folder).with_suffix("").as_posix()
    row: dict[str, Any] = {"name": name, "file": path}
    try:
        if isinstance(card, ModelFileError):
            raise card
        weight: Any = None
        if card.variant in VARIANTS:
            config = VARIANTS[card.variant].Config.from_mapping(card.config)
            weight = config.weight if config.weight_field else None
    except AECoreError as error:
        return {**row, "error": one_line(error)}
    return {
        **row, "variant": card.variant, "data": card.dataset,
        "latent_dim": card.config.get("latent_dim"),
        "weight": [weight] if isinstance(weight, float) else weight,
        "epochs": card.history[-1].epoch if card.history else 0,
        "seed": card.recipe.get("seed"), "test": card.test_figures,
    }  # fmt: skip


def _list_data(folder: str | None, as_json: bool) -> int:
    rows = [
        {
            "name": name, "title": info.title, "kind": info.kind,
            "available": is_available(name, folder), "downloadable": info.downloadable,
            "description": info.description, "source": info.source,
        }
        for name, info in DATASETS.items()
    ]  # fmt: skip
    if as_json:
        write_json({"data": rows})
        return 0
    table = table_of(["name", "kind", "here", "what"], 4)
    for row in rows:
        here = "yes" if row["available"] else f"python -m ae_core data {row['name']}"
        table.add_row(*cells(row["name"], row["kind"], here, row["description"]))
    show("data sets", table)
    return 0
