"""The same network under other people's trainers: Pythae, PyOD, skorch and Lightning."""

import contextlib
import io
import logging
import tempfile
import warnings
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.speed.contender import BATCH, SIZES, Contender
from benchmarks.speed.torch_loops import Net, mlp


def quiet(run: Any) -> Any:
    """Progress bars and log lines would lie between the rows of the table."""

    def silent(epochs: int) -> None:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            logging.disable(logging.CRITICAL)
            try:
                run(epochs)
            finally:
                logging.disable(logging.NOTSET)

    return silent


def pythae(x: Tensor, d: int, variational: bool) -> Contender:
    """BaseTrainer on AE or VAE."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import AE, VAE, AEConfig, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    class Encoder(BaseEncoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body, self.silu = mlp(SIZES), torch.nn.SiLU()
            self.mu, self.log_var = torch.nn.Linear(256, d), torch.nn.Linear(256, d)

        def forward(self, x: Tensor) -> Any:
            h = self.silu(self.body(x))
            log_var = {"log_covariance": self.log_var(h)} if variational else {}
            return ModelOutput(embedding=self.mu(h), **log_var)

    class Decoder(BaseDecoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body = mlp((d, *SIZES[::-1]))

        def forward(self, z: Tensor) -> Any:
            return ModelOutput(reconstruction=torch.sigmoid(self.body(z)))

    shape: dict[str, Any] = {"input_dim": (784,), "latent_dim": d}
    if variational:
        model = VAE(VAEConfig(reconstruction_loss="bce", **shape), Encoder(), Decoder())
    else:
        model = AE(AEConfig(**shape), Encoder(), Decoder())
    data = BaseDataset(x.flatten(1), torch.zeros(len(x)))

    def run(epochs: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            config = BaseTrainerConfig(
                output_dir=folder, num_epochs=epochs, learning_rate=1e-3, no_cuda=True,
                per_device_train_batch_size=BATCH, optimizer_cls="Adam",
            )  # fmt: skip
            BaseTrainer(model, data, training_config=config).train()

    return Contender(quiet(run), prepares=True)


def pyod(x: Tensor, d: int, variational: bool) -> Contender:
    """AutoEncoder or VAE, fitted anew; without dropout, batch norm and scaling."""
    from pyod.models.auto_encoder import AutoEncoder
    from pyod.models.vae import VAE

    data = x.flatten(1).numpy()
    shared = {"batch_size": BATCH, "lr": 1e-3, "preprocessing": False, "batch_norm": False,
              "dropout_rate": 0.0, "verbose": 0, "device": "cpu"}  # fmt: skip

    def run(epochs: int) -> None:
        if variational:
            model = VAE(
                encoder_neuron_list=[512, 256], decoder_neuron_list=[256, 512], latent_dim=d,
                epoch_num=epochs, **shared,
            )  # fmt: skip
        else:
            model = AutoEncoder(hidden_neuron_list=[512, 256, d], epoch_num=epochs, **shared)
        model.fit(data)

    return Contender(quiet(run), prepares=True)


def skorch(x: Tensor, d: int, variational: bool) -> Contender:
    """NeuralNet over a module that gives its own loss."""
    from skorch import NeuralNet

    class Given(torch.nn.Module):
        def forward(self, loss: Tensor, _: Tensor) -> Tensor:
            return loss

    net = NeuralNet(
        Net, module__d=d, module__variational=variational, criterion=Given, batch_size=BATCH,
        optimizer=torch.optim.Adam, lr=1e-3, train_split=None, verbose=0, device="cpu",
    ).initialize()  # fmt: skip
    data = x.flatten(1)

    def run(epochs: int) -> None:
        net.partial_fit(data, data, epochs=epochs)

    return Contender(quiet(run), prepares=True)


def lightning(x: Tensor, d: int, variational: bool) -> Contender:
    """Trainer.fit without logger, checkpoints and progress bar."""
    import lightning as L

    class Module(L.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = Net(d, variational)

        def training_step(self, batch: list[Tensor], _: int) -> Tensor:
            loss: Tensor = self.net(batch[0])
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    module = Module()
    loader = DataLoader(TensorDataset(x.flatten(1)), batch_size=BATCH, shuffle=True)

    def run(epochs: int) -> None:
        trainer = L.Trainer(
            max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(module, loader)

    return Contender(quiet(run), prepares=True)
