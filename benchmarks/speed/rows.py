"""The table's rows: what is divided by what, and the most that it may come to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from benchmarks.speed import jax_loops, torch_loops, trainers
from benchmarks.speed.contender import Contender, products

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
    """seconds(above) / seconds(below) is at most `limit`; None: reported only."""

    name: str
    above: Make
    below: Make
    limit: float | None
    floor: tuple[int, bool] | None = None  # code size, variational: of the machine's own products


def ours(variant: str, threads: int = 1, **config: Any) -> Make:
    return lambda x: torch_loops.ours(x, variant, threads, **config)


def step(d: int, variational: bool, threads: int = 1) -> Make:
    """Our step on the network that all of the peers train."""
    if variational:
        return ours("variational", threads, latent_dim=d, **LOGITS)
    return ours("undercomplete", threads, latent_dim=d, **SMALL)


def peer_rows() -> list[Row]:
    rows = []
    for variational, kind in ((False, "undercomplete"), (True, "variational")):
        for d in (32, 2):
            name, floor = f"{kind} d={d}", (d, variational)

            def below(x: Tensor, d: int = d, v: bool = variational) -> Contender:
                return products(d, v, -(-len(x) // 128))

            limit = 1.65 if variational else 1.5
            rows.append(Row(f"{name} / products", step(d, variational), below, limit, floor))
            for peer, (make, most) in PEERS.items():

                def other(
                    x: Tensor, make: Any = make, d: int = d, v: bool = variational
                ) -> Contender:
                    result: Contender = make(x, d, v)
                    return result

                rows.append(Row(f"{name} / {peer}", step(d, variational), other, most, floor))
    return rows


def own_rows() -> list[Row]:
    """Ours against ours: penalties, conditioning, convolutions."""
    one = {"hidden_sizes": (), "latent_dim": 64, "code_activation": "sigmoid", "output": "sigmoid"}
    deep = {"hidden_sizes": (256, 64), "latent_dim": 2, "output": "sigmoid"}
    wide = {**SMALL, "latent_dim": 32}
    conv = {"architecture": "conv", "hidden_sizes": (16, 32), "latent_dim": 32, "output": "sigmoid"}
    rows = [
        Row(f"contractive {name}", ours("contractive", **config, **extra),
            ours("undercomplete", **config), limit)
        for name, config, extra, limit in (
            ("784-64 sigmoid, exact", one, {}, 1.25),
            ("784-256-64-2, exact", deep, {}, 1.7),
            ("784-512-256-32, one probe", wide, {"jacobian": "hutchinson"}, 1.6),
        )
    ]  # fmt: skip
    for name, variant, plain, pair in (
        ("sparse", "sparse", {**wide, "lambda_": 0.1}, {"lambda_": (0.01, 1.0)}),
        ("variational", "variational", {**LOGITS, "latent_dim": 32}, {"beta": (0.1, 10.0)}),
    ):
        above, below = ours(variant, **{**plain, **pair}), ours(variant, **plain)
        rows.append(Row(f"conditioned / plain, {name} d=32", above, below, 1.25))
    network = ours("undercomplete", **conv)
    rows.append(Row("convolutions 16-32-32 / mlp d=32", network, step(32, False), None))
    return rows


def two_thread_rows() -> list[Row]:
    """Wall time with two threads on either side."""
    return [
        Row(f"two threads, {'variational' if v else 'undercomplete'} d=32 / jax",
            step(32, v, 2), lambda x, v=v: jax_loops.jax(x, 32, v), 1.1)  # type: ignore[misc]
        for v in (False, True)
    ]  # fmt: skip
