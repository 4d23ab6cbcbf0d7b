"""Train every shipped model and write the manifest: python assets/make_models.py [--only digits]

Each model is one call of the command line, kept word for word in models/manifest.json with the
test figures it printed; anybody can make the same file again on the same machine.
"""

import argparse
import contextlib
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ae_core.__main__ import main as ae_core  # noqa: E402
from ae_core.safefile import write_atomically  # noqa: E402

MODELS = ROOT / "assets" / "models"
MANIFEST = MODELS / "manifest.json"

# The whole range of each knob in one network. A weight has the unit of the squared error per
# sample, which is about ten times smaller for points and larger for long series and big images.
KNOBS = {
    "undercomplete": "",
    "sparse": "--lambda {low:g}:{high:g}",
    "contractive": "--lambda {low:g}:{top:g}",
    "denoising": "--noise-std 0:1",
    "variational": "--beta {low:g}:{beta:g}",
}
SCALES = {
    "rings": 0.1, "moons": 0.1, "spiral": 0.1, "s_curve": 0.1, "patches": 0.05, "cbf": 10,
    "shapes": 5, "mnist": 10,
}  # fmt: skip
OTHER_NOISES = {
    "salt_pepper": "--corruption salt_pepper --flip-fraction 0:0.6",
    "masking": "--corruption masking --mask-fraction 0:0.9",
}
# Data set -> (code sizes of all variants, more sizes of the undercomplete, network and training).
SETS: dict[str, tuple[tuple[int, ...], tuple[int, ...], str]] = {
    "digits": ((2, 16), (1, 3, 4, 8, 32, 64), "--hidden-sizes 128,64 --epochs 140 --batch-size 64"),
    "shapes": ((2, 8), (), "--architecture conv --hidden-sizes 8,16 --epochs 30 --batch-size 64"),
    "patches": ((2, 16), (), "--hidden-sizes 64,32 --epochs 60 --batch-size 64"),
    "rings": ((1,), (), "--hidden-sizes 64,64,64 --epochs 250 --batch-size 64"),
    "moons": ((1,), (), "--hidden-sizes 64,64,64 --epochs 250 --batch-size 64"),
    "spiral": ((1,), (), "--hidden-sizes 64,64,64 --epochs 250 --batch-size 64"),
    "s_curve": ((1,), (), "--hidden-sizes 64,64,64 --epochs 250 --batch-size 64"),
    "cbf": ((2, 8), (), "--hidden-sizes 64,32 --epochs 80 --batch-size 64"),
    "mnist": ((2, 32), (), "--hidden-sizes 192,64 --epochs 20 --batch-size 128"),
}
IMAGES = ("digits", "shapes", "patches", "mnist")
SEED = 0
# Where one number must follow a curve it folds by chance; with seed 0 these did (by valid).
OTHER_SEEDS = dict.fromkeys(
    ("s_curve/contractive-d1.safetensors", "spiral/contractive-d1.safetensors"), 1
)
LEARNING_RATE = 0.003


def seed_of(name: str) -> int:
    """The seed of the model in this file."""
    return OTHER_SEEDS.get(name, SEED)


def recipes(only: list[str]) -> list[tuple[str, str]]:
    """(file name, command line) of every model."""
    found = []
    for data, (sizes, more, how) in SETS.items():
        if only and data not in only:
            continue
        for variant, knob in KNOBS.items():
            chosen = sorted({*sizes, *(more if variant == "undercomplete" else ())})
            found += [_recipe(data, variant, d, how, knob) for d in chosen]
        if data in IMAGES:
            found += [
                _recipe(data, "denoising", max(sizes), how, knob, f"-{kind}")
                for kind, knob in OTHER_NOISES.items()
            ]
    return found


def _recipe(
    data: str, variant: str, d: int, how: str, knob: str, suffix: str = ""
) -> tuple[str, str]:
    name = f"{data}/{variant}-d{d}{suffix}.safetensors"
    scale = SCALES.get(data, 1)
    knob = knob.format(low=0.01 * scale, high=scale, top=10 * scale, beta=3 * scale)
    line = (
        f"train {variant} --data {data} --latent-dim {d} {how} --learning-rate {LEARNING_RATE} "
        f"--seed {seed_of(name)} {knob} --device cpu --half --out assets/models/{name}"
    )
    return name, " ".join(line.split())


def make(name: str, line: str) -> dict[str, Any]:
    """Train one model; its manifest entry."""
    words = line.replace("assets/models/", f"{MODELS}/").split()
    printed, start = io.StringIO(), time.perf_counter()
    with contextlib.redirect_stdout(printed):
        status = ae_core([*words, "--json"])
    if status:
        raise SystemExit(f"{name}: exit code {status}")
    figures = json.loads(printed.getvalue())
    return {
        "command": command(line),
        "seed": seed_of(name),
        "seconds": round(time.perf_counter() - start, 1),
        "test_figures": figures.get("test", figures),
    }


def command(line: str) -> str:
    """How anybody makes the same file."""
    return f"python -m ae_core {line}"


def read_manifest() -> dict[str, Any]:
    """Entries so far, by file name."""
    return json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the shipped models.")
    parser.add_argument("--only", nargs="*", default=[], help="data sets; all without this")
    parser.add_argument(
        "--missing",
        action="store_true",
        help="only models that are not there, or were made otherwise",
    )
    arguments = parser.parse_args()
    for name, line in recipes(arguments.only):
        made = read_manifest().get(name, {}).get("command") == command(line)
        if arguments.missing and made and (MODELS / name).exists():
            continue
        entry = make(name, line)
        manifest = {**read_manifest(), name: entry}
        text = json.dumps(dict(sorted(manifest.items())), indent=1) + "\n"
        write_atomically(MANIFEST, text.encode())
        print(f"{name}: {entry['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
