"""Our own step, and the same network trained by loops in plain PyTorch."""

import itertools
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from ae_core import DataSet, build, fit
from ae_core.passes import Passes
from benchmarks.speed.contender import BATCH, SIZES, Contender

ENDLESS = 10**6


def ours(x: Tensor, variant: str, threads: int = 1, **config: Any) -> Contender:
    """`fit` itself, everything it does included but the look at valid; as many steps as anybody."""
    model = build(variant, tuple(x.shape[1:]), **config)
    if model.conditioned:  # whose epoch is longer, and whose first steps may be cheaper
        model.openings = (0.0, 0.0)  # type: ignore[misc]
        x = x[: len(x) ** 2 // Passes(model, len(x), BATCH, 1).images]
    records = fit(
        model, DataSet("bench", "image", x, x[:1], x[:1]), epochs=ENDLESS, batch_size=BATCH,
        learning_rate=1e-3, device="cpu", threads=threads,
    )  # fmt: skip
    return Contender(lambda epochs: [next(records) for _ in range(epochs)])


def mlp(sizes: Iterable[int]) -> nn.Sequential:
    """Linear layers with SiLU between them."""
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(sizes):
        layers += [nn.Linear(a, b), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


class Net(nn.Module):
    """The network as a reader of tutorials writes it; forward gives the loss of a batch."""

    def __init__(self, d: int, variational: bool) -> None:
        super().__init__()
        self.variational = variational
        self.encoder = mlp((*SIZES, 2 * d if variational else d))
        self.decoder = mlp((d, *SIZES[::-1]))

    def forward(self, x: Tensor) -> Tensor:
        z = self.encoder(x)
        if not self.variational:
            x_hat = torch.sigmoid(self.decoder(z))
            return F.mse_loss(x_hat, x, reduction="sum") / len(x)
        mu, log_var = z.chunk(2, 1)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        error = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        return (error + kl) / len(x)


def _loop(net: Net, batches: Iterable[Any]) -> Contender:
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for batch in batches:
                x = batch[0] if isinstance(batch, (list, tuple)) else batch
                optimiser.zero_grad()
                loss = net(x)
                loss.backward()
                optimiser.step()

    return Contender(run)


def sliced(x: Tensor, d: int, variational: bool) -> Contender:
    """Tensors sliced beforehand."""
    return _loop(Net(d, variational), x.flatten(1).split(BATCH))


def tutorial(x: Tensor, d: int, variational: bool) -> Contender:
    """The usual DataLoader."""
    loader = DataLoader(TensorDataset(x.flatten(1)), batch_size=BATCH, shuffle=True)
    return _loop(Net(d, variational), loader)
