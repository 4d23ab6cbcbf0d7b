"""What every data set looks like: three splits, their labels, and where it came from."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self

import torch
from torch import Tensor

from ae_core.errors import InvalidInput

Kind = Literal["image", "points", "series"]


@dataclass(frozen=True, eq=False)
class DataSet:
    """Train to learn, valid to choose, test to score once.

    Splits are float32 tensors (N, *sample_shape); labels int64 (N,) or None where there are none;
    factors float32 (N, F), the ground truth a generator used, or None.
    """

    name: str
    kind: Kind
    train: Tensor
    valid: Tensor
    test: Tensor
    train_labels: Tensor | None = None
    valid_labels: Tensor | None = None
    test_labels: Tensor | None = None
    label_names: tuple[str, ...] = ()
    train_factors: Tensor | None = None
    valid_factors: Tensor | None = None
    test_factors: Tensor | None = None
    factor_names: tuple[str, ...] = ()
    source: str = ""  # one line: who made the data, and its licence or terms

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return tuple(self.train.shape[1:])

    @cached_property
    def unit_range(self) -> bool:
        """Whether every value of every split lies in [0, 1], as the Bernoulli term needs."""
        return all(
            float(split.min()) >= 0.0 and float(split.max()) <= 1.0
            for split in (self.train, self.valid, self.test)
            if split.numel()
        )

    @cached_property
    def not_finite(self) -> tuple[str, ...]:
        """Which splits hold NaN or infinity."""
        splits = {"train": self.train, "valid": self.valid, "test": self.test}
        # The extremes tell, in a sixth of the time of `isfinite().all()`.
        return tuple(
            name
            for name, x in splits.items()
            if x.numel() and not torch.stack(x.aminmax()).isfinite().all()
        )

    @property
    def peak(self) -> float:
        """PSNR's and SSIM's peak: 1 for values in [0, 1], else how far the train values reach.

        1 also where those never change: such data has no range of its own, and dB of its unit are
        still numbers.
        """
        if self.unit_range:
            return 1.0
        span = float(self.train.max()) - float(self.train.min())
        return span if span > 0 else 1.0

    @property
    def suggested_config(self) -> dict[str, str]:
        """Settings that suit this data's range; the command line and the app start from them.

        On MNIST (d = 30, 12 epochs) a sigmoid output reaches a squared error of 4.0 per image
        where a linear one reaches 5.8: exact black costs it nothing.
        """
        return {"output": "sigmoid"} if self.unit_range else {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the three splits' bytes: two equal digests mean equal pixels."""
        sha = hashlib.sha256()
        for split in (self.train, self.valid, self.test):
            sha.update(repr(tuple(split.shape)).encode())
            sha.update(split.contiguous().numpy().tobytes())
        return sha.hexdigest()

    def binarised(self, seed: int = 0) -> Self:
        """Black and white pixels, P(1) = grey value, drawn once: what a likelihood is told of."""
        if not self.unit_range:
            raise InvalidInput(
                f"binarised needs values in [0, 1], data set {self.name!r} has others"
            )
        generator = torch.Generator().manual_seed(seed)
        splits = (self.train, self.valid, self.test)
        train, valid, test = (torch.bernoulli(x, generator=generator) for x in splits)
        name = f"{self.name}, binarised"
        return replace(self, name=name, train=train, valid=valid, test=test)

    @classmethod
    def cut(
        cls,
        name: str,
        kind: Kind,
        sizes: tuple[int, int, int],
        x: Tensor,
        labels: Tensor,
        factors: Tensor,
        **names: tuple[str, ...],
    ) -> Self:
        """The first rows to train, the next to valid, the last to test: (sum of sizes, ...)."""
        splits = ("train", "valid", "test")
        parts = {
            split + suffix: part
            for suffix, rows in (("", x), ("_labels", labels), ("_factors", factors))
            for split, part in zip(splits, rows.split(list(sizes)), strict=True)
        }
        return cls(name, kind, **parts, **names)  # type: ignore[arg-type]

    def to(self, device: torch.device) -> "DataSet":
        """The same data set with train and valid on `device`."""
        if self.train.device == device:
            return self
        return replace(self, train=self.train.to(device), valid=self.valid.to(device))
