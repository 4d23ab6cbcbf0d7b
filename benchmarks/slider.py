"""One network for the whole slider against networks trained separately, at nine weights.

    python -m benchmarks.slider [ROW ...] [--data digits] [--seeds 3] [--epochs 150] [--longer 1.25]

Every seed trains nine plain networks, one per weight, and one conditioned network for `--longer`
times as many epochs. Both are scored on the test split by the plain network's own objective at
that weight, noise averaged over eight fixed draws. The table gives medians over the seeds; "gap"
is the median of the per-seed gaps, and the cost is the conditioned training's processor time over
the mean separate one's (at most 2.5).
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import Any

import torch

from ae_core import Autoencoder, DataSet, build, fit, load_dataset

WEIGHTS, DRAWS, LIMIT, COST = 9, 8, 1.0, 2.5


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
}


@torch.no_grad()
def score(plain: Autoencoder, dataset: DataSet) -> float:
    """A plain network's own objective on test, all images as one batch."""
    noises = (torch.Generator().manual_seed(i) for i in range(DRAWS))
    return statistics.fmean(float(plain.objective(dataset.test, n).total) for n in noises)


def train(row: Row, weight: Any, dataset: DataSet, seed: int, epochs: int, args: Any) -> Any:
    """The trained model and the seconds of processor time it took."""
    model = build(
        row.variant, dataset.sample_shape, seed=seed, latent_dim=args.latent_dim,
        hidden_sizes=tuple(args.hidden), output="sigmoid" if dataset.unit_range else "linear",
        **row.settings, **{row.knob: weight},
    )  # fmt: skip
    start = time.process_time()
    for _ in fit(
        model, dataset, epochs=epochs, batch_size=args.batch_size,
        learning_rate=args.learning_rate, seed=seed, device=args.device,
    ):  # fmt: skip
        pass
    return model.cpu(), time.process_time() - start


def compare(row: Row, dataset: DataSet, args: Any) -> tuple[list[tuple[float, ...]], float]:
    """Per weight: weight, separate, conditioned, gap in %; and the cost ratio."""
    alone, folded = [], []
    spent, budget = [], []
    for seed in range(args.seeds):
        longer = round(args.longer * args.epochs)
        model, seconds = train(row, (row.low, row.high), dataset, seed, longer, args)
        folded.append([score(model.at(w), dataset) for w in row.weights()])
        spent.append(seconds)
        runs = [train(row, w, dataset, seed, args.epochs, args) for w in row.weights()]
        alone.append([score(plain, dataset) for plain, _ in runs])
        budget.append(statistics.fmean(s for _, s in runs))
    table = []
    for i, weight in enumerate(row.weights()):
        a, b = [s[i] for s in alone], [s[i] for s in folded]
        gap = statistics.median(100 * (y / x - 1) for x, y in zip(a, b, strict=True))
        table.append((weight, statistics.median(a), statistics.median(b), gap))
    return table, statistics.median(s / t for s, t in zip(spent, budget, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"default all: {', '.join(ROWS)}")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--latent-dim", type=int, default=16)
    parser.add_argument("--hidden", type=int, nargs="*", default=[128, 64])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--longer", type=float, default=1.25)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    unknown = [name for name in args.rows if name not in ROWS]
    if unknown:
        parser.error(f"unknown row {', '.join(unknown)}; choose from {', '.join(ROWS)}")
    dataset = load_dataset(args.data)
    for name in args.rows or ROWS:
        table, cost = compare(ROWS[name], dataset, args)
        met = sum(gap <= LIMIT for *_, gap in table)
        print(f"\n{name}, {args.data}, d = {args.latent_dim}, seeds {args.seeds}")
        print(f"{'weight':>10}{'separate':>11}{'conditioned':>13}{'gap %':>8}  at most {LIMIT:g} %")
        for weight, a, b, gap in table:
            verdict = "yes" if gap <= LIMIT else "NO"
            print(f"{weight:10.4g}{a:11.4f}{b:13.4f}{gap:+8.1f}  {verdict}")
        within = "yes" if cost <= COST else "NO"
        print(f"met at {met} of {WEIGHTS}; cost {cost:.2f} x, at most {COST:g} x: {within}")


if __name__ == "__main__":
    main()
