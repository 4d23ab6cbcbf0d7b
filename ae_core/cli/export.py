"""export: a model's plain weights for the browser and other programs."""

import argparse
from typing import Any

from ae_core.cli.folders import model_file
from ae_core.cli.output import complain, writable, write_json
from ae_core.errors import InvalidInput
from ae_core.export import FORMATS, export_model
from ae_core.store import load_model


def register(commands: Any) -> None:
    parser = commands.add_parser(
        "export", help="plain weights as JSON, npz or ONNX",
        description="Write a model's folded weights as one file; ae_core/export.py tells the "
        "layout.",
    )  # fmt: skip
    parser.add_argument("model", metavar="MODEL", help="a model file, or a name from list")
    parser.add_argument("--format", choices=tuple(FORMATS), default="json", help="(default json)")
    parser.add_argument("--out", metavar="FILE", required=True, help="the file to write")
    parser.add_argument("--weight", type=float, help="for a model trained for a range of weights")
    parser.add_argument("--json", action="store_true", help="what was written, as JSON on stdout")
    parser.set_defaults(run=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    out = writable(args.out)
    source = model_file(args.model)
    if out.exists() and out.samefile(source):
        raise InvalidInput(f"--out {args.out} is the model itself; name another file")
    model = load_model(source)
    export_model(model, out, args.format, args.weight)
    size = out.stat().st_size
    if args.json:
        write_json({"file": out, "format": args.format, "bytes": size, "variant": model.name})
    else:
        complain(f"wrote {out}, {size:,} bytes")
    return 0
