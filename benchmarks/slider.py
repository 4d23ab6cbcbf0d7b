"""One network for the whole slider against networks trained separately, at nine weights.

    python -m benchmarks.slider [ROW ...] [--data digits] [--seeds 3] [--epochs 150]
    python -m benchmarks.slider variational denoising --data mnist --seeds 1
    python -m benchmarks.slider variational --range 0.1 10 --reconstruction bernoulli
    python -m benchmarks.slider --out assets/slider.json

Every seed trains nine plain networks, one per weight, and one conditioned network, all by `fit`
with the same `epochs`. Both are scored on the test split by the plain network's own objective at
that weight, noise averaged over eight fixed draws. The table gives medians over the seeds; "gap"
is the median of the per-seed gaps with their range beside it, and the cost is the conditioned
training's processor time over the mean separate one's (at most 2.5; `fit` gives a conditioned
network more passes per epoch): all ten are trained side by side, an epoch of each in turn, so that
what else the machine does slows them alike. What is not given takes the data set's default in
`DEFAULTS`.
`--out` keeps the figures as JSON, for the app: a row replaces that of the same data, variant,
settings and code size, and the others stay.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ae_core import Autoencoder, DataSet, build, fit, load_dataset
from ae_core.losses import RECONSTRUCTIONS
from ae_core.safefile import write_atomically

WEIGHTS, DRAWS, LIMIT, COST = 9, 8, 1.0, 2.5
IDENTITY = ("data", "variant", "knob", "settings", "latent_dim")  # of a row in the file
CHUNK = 1000  # test images at a time: Jacobians are large

DEFAULTS: dict[str, dict[str, Any]] = {
    "mnist": {"hidden": [512, 256], "epochs": 5, "batch_size": 128, "learning_rate": 3e-3},
    "digits": {"hidden": [128, 64], "epochs": 150, "batch_size": 64, "learning_rate": 3e-3},
}  # other data sets take those of digits


@dataclass(frozen=True)
class Row:
    """A variant, its knob and the knob's range."""

    variant: str
    knob: str
    low: float
    high: float
    settings: dict[str, Any]

    def weights(self) -> list[float]:
        """Nine weights, evenly on the slider, both ends included."""
        steps = [i / (WEIGHTS - 1) for i in range(WEIGHTS)]
        if self.low > 0:
            return [self.low * (self.high / self.low) ** u for u in steps]
        return [self.low + (self.high - self.low) * u for u in steps]


ROWS = {
    "sparse-l1": Row("sparse", "lambda_", 0.01, 1.0, {"penalty": "l1"}),
    "sparse-kl": Row("sparse", "lambda_", 0.01, 10.0, {"penalty": "kl"}),
    "contractive": Row("contractive", "lambda_", 0.01, 10.0, {}),
    "variational": Row("variational", "beta", 0.01, 3.0, {}),
    "denoising": Row("denoising", "noise_std", 0.0, 1.0, {}),
    "denoising-masking": Row("denoising", "mask_fraction", 0.0, 0.9, {"corruption": "masking"}),
    "denoising-salt": Row("denoising", "flip_fraction", 0.0, 0.5, {"corruption": "salt_pepper"}),
}


@torch.no_grad()
def score(plain: Autoencoder, dataset: DataSet) -> float:
    """A plain network's own objective on test, per image."""
    noises = [torch.Generator().manual_seed(i) for i in range(DRAWS)]
    chunks = dataset.test.split(CHUNK)
    totals = [len(x) * float(plain.objective(x, n).total) for n in noises for x in chunks]
    return sum(totals) / (DRAWS * len(dataset.test))


def train(
    row: Row, weights: Sequence[Any], dataset: DataSet, seed: int, args: Any
) -> tuple[list[Autoencoder], list[float]]:
    """A network for each weight, or range of weights, and the processor time each took, seconds.

    An epoch of each in turn: what else the machine does then slows all of them alike.
    """
    models = [
        build(
            row.variant, dataset.sample_shape, seed=seed, latent_dim=args.latent_dim,
            hidden_sizes=tuple(args.hidden), output="sigmoid" if dataset.unit_range else "linear",
            **row.settings, **{row.knob: weight},
        )
        for weight in weights
    ]  # fmt: skip
    seconds = [0.0] * len(models)
    runs = [
        fit(
            model, dataset, epochs=args.epochs, batch_size=args.batch_size,
            learning_rate=args.learning_rate, seed=seed, device=args.device,
        )
        for model in models
    ]  # fmt: skip
    for _ in range(args.epochs + 1):  # the last time a run only ends
        for i, run in enumerate(runs):
            start = time.process_time()
            next(run, None)
            seconds[i] += time.process_time() - start
    return [model.cpu() for model in models], seconds


def compare(row: Row, dataset: DataSet, args: Any) -> dict[str, Any]:
    """One row of the file: how it was measured, nine weights with their figures, the cost ratio."""
    alone, folded, costs = [], [], []
    for seed in range(args.seeds):
        weights = row.weights()
        models, (spent, *budget) = train(row, [(row.low, row.high), *weights], dataset, seed, args)
        folded.append([score(models[0].at(w), dataset) for w in weights])
        alone.append([score(plain, dataset) for plain in models[1:]])
        costs.append(spent / statistics.fmean(budget))
    columns = zip(row.weights(), zip(*alone, strict=True), zip(*folded, strict=True), strict=True)
    return {
        "data": args.data, "variant": row.variant, "knob": row.knob, "settings": row.settings,
        "latent_dim": args.latent_dim, "hidden": args.hidden, "epochs": args.epochs,
        "seeds": args.seeds, "weights": [figures(*column) for column in columns],
        "cost": round(statistics.median(costs), 2),
    }  # fmt: skip


def figures(weight: float, alone: tuple[float, ...], folded: tuple[float, ...]) -> dict[str, float]:
    """Medians over the seeds at one weight; the gap in % with its least and largest."""
    gaps = [100 * (b / a - 1) for a, b in zip(alone, folded, strict=True)]
    objectives = [float(f"{statistics.median(each):.5g}") for each in (alone, folded)]
    spread = [round(f(gaps), 2) for f in (statistics.median, min, max)]
    names = ("weight", "separate", "conditioned", "gap", "least", "largest")
    return dict(zip(names, [weight, *objectives, *spread], strict=True))


def keep(row: dict[str, Any], path: Path) -> None:
    """Write a row into the file, in the place of the one it repeats."""
    old = json.loads(path.read_text())["rows"] if path.exists() else []
    rows = [other for other in old if any(other[key] != row[key] for key in IDENTITY)]
    rows = sorted([*rows, row], key=lambda each: [str(each[key]) for key in IDENTITY])
    lines = ",\n".join(json.dumps(each) for each in rows)  # a row a line: a diff can be read
    write_atomically(path, f'{{"rows": [\n{lines}\n]}}\n'.encode())


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"default all: {', '.join(ROWS)}")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--latent-dim", type=int, default=16)
    parser.add_argument("--hidden", type=int, nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--range", type=float, nargs=2, metavar=("LOW", "HIGH"), dest="ends")
    parser.add_argument("--reconstruction", choices=tuple(RECONSTRUCTIONS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the figures as JSON")
    args = parser.parse_args(argv)
    unknown = [name for name in args.rows if name not in ROWS]
    if unknown:
        parser.error(f"unknown row {', '.join(unknown)}; choose from {', '.join(ROWS)}")
    if args.out and (args.ends or args.reconstruction):
        parser.error("--out keeps the rows as they are, without --range and --reconstruction")
    for name, value in DEFAULTS.get(args.data, DEFAULTS["digits"]).items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    dataset = load_dataset(args.data)
    for name in args.rows or ROWS:
        row = compare(asked(ROWS[name], args), dataset, args)
        report(name, row)
        if args.out:
            keep(row, args.out)


def asked(row: Row, args: Any) -> Row:
    """The row with the range and the reconstruction term that were given."""
    settings = {"reconstruction": args.reconstruction} if args.reconstruction else {}
    low, high = args.ends or (row.low, row.high)
    return replace(row, low=low, high=high, settings={**row.settings, **settings})


def report(name: str, row: dict[str, Any]) -> None:
    """Print one row's table."""
    print("\n{}, {data}, d = {latent_dim}, {epochs} epochs, seeds {seeds}".format(name, **row))
    print(f"{'weight':>10}{'separate':>11}{'conditioned':>13}{'gap %':>8}  {'range':^14}  at most")
    for each in row["weights"]:
        verdict = "yes" if each["gap"] <= LIMIT else "NO"
        numbers = "{weight:10.4g}{separate:11.4f}{conditioned:13.4f}{gap:+8.1f}".format(**each)
        span = "{least:+.1f} to {largest:+.1f}".format(**each)
        print(f"{numbers}  {span:^14}  {LIMIT:g} %: {verdict}")
    met = sum(each["gap"] <= LIMIT for each in row["weights"])
    cost, within = row["cost"], "yes" if row["cost"] <= COST else "NO"
    print(f"met at {met} of {WEIGHTS}; cost {cost:.2f} x, at most {COST:g} x: {within}", flush=True)


if __name__ == "__main__":
    main()
