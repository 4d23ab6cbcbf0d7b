"""What a measurement works with: the data, a seed, trained models, and a clock for training."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ae_core import Autoencoder, Codec, DataSet, TrainingState, fit, load_model, save_model
from ae_core.batches import in_batches
from ae_core.presets import Preset, find_preset
from ae_core.training import resolve_device

QUICK_EPOCHS = 10
QUICK_CONVOLUTIONS = 2  # whose epochs take ten times as long: three rows are most of the table


@dataclass
class Job:
    """One measurement. `seconds` is what training took: processor time of one thread, wall time of
    several or of a GPU.
    """

    data: DataSet
    seed: int = 0
    quick: bool = False
    device: str = "auto"
    threads: int = 1
    models: Path | None = None  # where trained models are kept, and taken from
    seconds: float = 0.0
    trained: dict[str, tuple[Autoencoder, float]] = field(default_factory=dict)  # by file name

    def epochs(self, full: int) -> int:
        """How many epochs to train: all of them, or at most ten of a quick table."""
        return min(full, QUICK_EPOCHS) if self.quick else full

    def train(self, preset: str, dataset: DataSet | None = None, **changes: Any) -> Autoencoder:
        """The preset's model, trained with this job's seed, in eval mode on the CPU.

        `dataset` stands in for MNIST (one digit alone, binarised pixels); `changes` go over the
        preset's config. Rows that need the same model share it, and each counts its time.
        """
        data, recipe = dataset or self.data, find_preset(preset)
        recipe = replace(recipe, config={**recipe.config, **changes}, fit=self._fit(recipe))
        name = self._name(preset, recipe, data)
        if name not in self.trained:
            self.trained[name] = self._kept(name) or self._fitted(name, recipe, data)
        model, seconds = self.trained[name]
        self.seconds += seconds
        return model

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Count what happens inside as training; `train` counts itself."""
        start = self._now()
        yield
        self.seconds += self._now() - start

    def encode(self, codec: Codec, x: Tensor) -> Tensor:
        """Codes of many samples: (N, *) -> (N, d)."""
        return in_batches(codec.encode, x)

    def reconstruct(self, codec: Codec, x: Tensor) -> Tensor:
        """Reconstructions of many samples: (N, *) -> the same shape."""
        return in_batches(codec.reconstruct, x)

    def generator(self, stream: int = 0) -> torch.Generator:
        """Draws of this seed; another stream, other draws."""
        return torch.Generator().manual_seed(1_000_003 * (self.seed + 1) + stream)

    def _fit(self, recipe: Preset) -> dict[str, Any]:
        epochs = self.epochs(recipe.fit.get("epochs", 20))
        if self.quick and recipe.config.get("architecture", "mlp") != "mlp":
            epochs = min(epochs, QUICK_CONVOLUTIONS)
        return {**recipe.fit, "epochs": epochs}

    def _name(self, preset: str, recipe: Preset, data: DataSet) -> str:
        """A file name that tells apart whatever makes other weights."""
        made = [recipe.variant, dict(recipe.config), dict(recipe.fit), data.digest]
        mark = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:8]
        return f"{preset}-seed{self.seed}-{mark}.safetensors"

    def _fitted(self, name: str, recipe: Preset, data: DataSet) -> tuple[Autoencoder, float]:
        state, start = TrainingState(), self._now()
        model = recipe.build(data, seed=self.seed)
        for _ in fit(
            model, data, **recipe.fit, seed=self.seed, device=self.device, threads=self.threads,
            state=state,
        ):  # fmt: skip
            pass
        seconds = self._now() - start
        model = model.cpu()
        if self.models is not None:
            self.models.mkdir(parents=True, exist_ok=True)
            told = {"training_seconds": seconds}
            save_model(model, self.models / name, dataset=data, state=state, recipe=told)
        return model, seconds

    def _kept(self, name: str) -> tuple[Autoencoder, float] | None:
        if self.models is None or not (self.models / name).is_file():
            return None
        model = load_model(self.models / name)
        return model, float(model.recipe["training_seconds"])

    def _now(self) -> float:
        alone = resolve_device(self.device).type == "cpu" and self.threads == 1
        return time.process_time() if alone else time.perf_counter()
