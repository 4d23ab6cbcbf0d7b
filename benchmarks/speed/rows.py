"""The table's rows: what is divided by what, and the most that it may come to."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from benchmarks.speed import inference, jax_loops, torch_loops, trainers
from benchmarks.speed.contender import BATCH, Contender, products

Make = Callable[[Tensor], Contender]
SMALL: dict[str, Any] = {"hidden_sizes": (512, 256), "output": "sigmoid"}
LOGITS: dict[str, Any] = {"hidden_sizes": (512, 256), "reconstruction": "bernoulli"}
PEERS: dict[str, tuple[Any, float]] = {
    "by hand, sliced tensors": (torch_loops.sliced, 0.6),
    "tutorial, DataLoader": (torch_loops.tutorial, 0.4),
    "jax": (jax_loops.jax, 0.95),
    "keras": (jax_loops.keras, 0.9),
    "pythae": (trainers.pythae, 0.6),
    "pyod": (trainers.pyod, 0.6),
    "skorch": (trainers.skorch, 0.6),
    "lightning": (trainers.lightning, 0.6),
}


@dataclass(frozen=True)
class Row:
    """seconds(above) / seconds(below) is at most `limit`; None: reported only.

    Without `below`, milliseconds(above) is. Rows in a row with the same name up to " / " share
    what is above, and its floor.
    """

    name: str
    above: Make
    below: Make | None
    limit: float | None
    floor: Make | None
    times: int | None = None  # that an epoch does what is timed; None: once per batch


def ours(variant: str, threads: int = 1, **config: Any) -> Make:
    return lambda x: torch_loops.ours(x, variant, threads, **config)


def step(d: int, variational: bool, threads: int = 1) -> Make:
    """Our step on the network that all of the peers train."""
    if variational:
        return ours("variational", threads, latent_dim=d, **LOGITS)
    return ours("undercomplete", threads, latent_dim=d, **SMALL)


def floor(*widths: int, **settings: Any) -> Make:
    """The machine's own products of a network of these widths."""
    return lambda x: products(widths, -(-len(x) // BATCH), **settings)


def peer_rows() -> list[Row]:
    rows = []
    for variational, kind in ((False, "undercomplete"), (True, "variational")):
        for d in (32, 2):
            name, above = f"{kind} d={d}", step(d, variational)
            alone = floor(784, 512, 256, d, heads=1 + variational)
            limit = 1.65 if variational else 1.5
            rows.append(Row(f"{name} / products", above, alone, limit, alone))
            others = floor(784, 512, 256, d, heads=1 + variational, mkl=True)
            rows.append(Row(f"{name} / products by MKL", above, others, None, alone))
            for peer, (make, most) in PEERS.items():
                other = functools.partial(make, d=d, variational=variational)
                rows.append(Row(f"{name} / {peer}", above, other, most, alone))
    return rows


def own_rows() -> list[Row]:
    """Ours against ours: penalties, conditioning, convolutions."""
    one = {"hidden_sizes": (), "latent_dim": 64, "code_activation": "sigmoid", "output": "sigmoid"}
    deep = {"hidden_sizes": (256, 64), "latent_dim": 2, "output": "sigmoid"}
    wide = {**SMALL, "latent_dim": 32}
    conv = {"architecture": "conv", "hidden_sizes": (16, 32), "latent_dim": 32, "output": "sigmoid"}
    rows = [
        Row(f"contractive {name} / plain", ours("contractive", **config, **extra),
            ours("undercomplete", **config), limit, floor(*widths))
        for name, config, extra, limit, widths in (
            ("784-64 sigmoid, exact", one, {}, 1.25, (784, 64)),
            ("784-256-64-2, exact", deep, {}, 1.7, (784, 256, 64, 2)),
            ("784-512-256-32, one probe", wide, {"jacobian": "hutchinson"}, 1.6,
             (784, 512, 256, 32)),
        )
    ]  # fmt: skip
    for variant, plain, pair, heads in (
        ("sparse", {**wide, "lambda_": 0.1}, {"lambda_": (0.01, 1.0)}, 1),
        ("variational", {**LOGITS, "latent_dim": 32}, {"beta": (0.1, 10.0)}, 2),
    ):
        above, below = ours(variant, **{**plain, **pair}), ours(variant, **plain)
        alone = floor(784, 512, 256, 32, heads=heads)
        rows.append(Row(f"conditioned, {variant} d=32 / plain", above, below, 1.25, alone))
    network = ours("undercomplete", **conv)
    rows.append(Row("convolutions 16-32-32 / mlp d=32", network, step(32, False), None, None))
    return rows


def decode_rows() -> list[Row]:
    """The canvas's decoder and the table's own."""
    rows = []
    for hidden in ((256, 64), (512, 256)):
        name = f"2-{'-'.join(map(str, hidden[::-1]))}-784"
        for what, codes, limit, times in (
            ("one code", 1, 0.1, 200),
            ("40×40 codes", 1600, 10.0, 4),
        ):
            above = functools.partial(inference.decode, codes=codes, hidden=hidden, times=times)
            alone = functools.partial(
                products, (784, *hidden, 2), times, rows=codes, backward=False
            )
            rows.append(
                Row(f"decode {what}, {name}", above, None, limit, lambda _, f=alone: f(), times)  # type: ignore[misc]
            )
    return rows


def pca_rows() -> list[Row]:
    name = "exact PCA of 60,000×784 / covariance_eigh"
    return [Row(name, inference.pca, inference.covariance_solver, 1.0, inference.triangle, 1)]


def two_thread_rows() -> list[Row]:
    """Wall time with two threads on either side."""
    training = [
        Row(f"{'variational' if v else 'undercomplete'} d=32 / jax", step(32, v, 2),
            functools.partial(jax_loops.jax, d=32, variational=v), 1.1,
            floor(784, 512, 256, 32, heads=1 + v))
        for v in (False, True)
    ]  # fmt: skip
    return [*training, *decode_rows()]


def rows_with(threads: int) -> list[Row]:
    if threads > 1:
        return two_thread_rows()
    return [*peer_rows(), *own_rows(), *decode_rows(), *pca_rows()]
