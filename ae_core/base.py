"""What every codec can do, and what every autoencoder shares."""

import copy
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import torch
from torch import Tensor, nn

from ae_core.affine import Affine
from ae_core.config import Config as SharedConfig
from ae_core.errors import InvalidInput
from ae_core.losses import RECONSTRUCTIONS
from ae_core.networks import Stack, build_decoder, build_encoder
from ae_core.objective import Objective, Weights
from ae_core.ramps import Ramps, suit
from ae_core.shapes import layer_shapes
from ae_core.slider import Slider

WARM_UP = 100  # steps in which the learning rate of residual layers rises


@runtime_checkable
class Codec(Protocol):
    """Anything that squeezes samples into codes and back: five autoencoders and PCA."""

    name: ClassVar[str]
    formula: ClassVar[str]
    reference: ClassVar[str]
    sample_shape: tuple[int, ...]

    @property
    def latent_dim(self) -> int: ...
    def encode(self, x: Tensor) -> Tensor: ...
    def decode(self, z: Tensor) -> Tensor: ...
    def reconstruct(self, x: Tensor) -> Tensor: ...


@runtime_checkable
class Generative(Protocol):
    """A codec with a prior over codes."""

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]: ...
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor: ...


@runtime_checkable
class Corrupting(Protocol):
    """A codec trained on damaged inputs."""

    def corrupt(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor: ...


class Autoencoder(Slider, nn.Module):
    """Encoder, decoder and config; a variant adds its objective.

    Where the config's weight is a pair, the network is conditioned: methods take the weight to act
    at, by default the middle of the range (`objective` and `corrupt` draw one, as in training), and
    `at` folds it to a plain network.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    reference: ClassVar[str]
    Config: ClassVar[type[SharedConfig]]
    config: SharedConfig
    rise: ClassVar[float] = 0.0  # of ramps, which dense conditioned networks have; 0: gates as all
    # With ramps: the share of steps, the first, at the low end; where there are more of them.
    openings: ClassVar[tuple[float, float]] = (0.0, 0.0)
    seed: int = 0  # of the initial weights

    def __init__(self, sample_shape: tuple[int, ...], config: SharedConfig) -> None:
        super().__init__()
        self.sample_shape, self.config = tuple(sample_shape), config
        shapes = layer_shapes(
            config.architecture, self.sample_shape, config.sizes, config.latent_dim,
            config.residual_layers,
        )  # fmt: skip
        hidden = ["linear" if config.linear else config.activation] * (len(shapes) - 2)
        self.ramped = self.conditioned and self.rise > 0 and suit(shapes)
        gated = self.conditioned and not self.ramped
        self.encoder: Stack = build_encoder(shapes, [*hidden, self.code_activation()], gated)
        # Bernoulli reads logits: its sigmoid is part of the reconstruction term and of `decode`.
        output = "linear" if config.reconstruction == "bernoulli" else config.output
        self.decoder: Stack = build_decoder(
            shapes, [*hidden, output], gated, self.encoder if config.tied else None
        )
        if self.ramped:
            self.encoder.add_ramps(self.rise, 0)
            self.decoder.add_ramps(self.rise, -1)
        self.low_rank = any(len(each.up) for each in self.ramps)
        # Matrices of low rank are slow to learn; a step where most weights stay costs little more.
        self.more_steps = self.low_rank and all(each.mostly_still for each in self.ramps)

    def code_activation(self) -> str:
        """The activation on the code; a variant whose formula needs one says so here."""
        return self.config.code_activation

    @property
    def latent_dim(self) -> int:
        return self.config.latent_dim

    @property
    def ramps(self) -> list[Ramps]:
        """What moves the encoder's and the decoder's layers; none in a network with gates."""
        return [stack.ramps for stack in (self.encoder, self.decoder) if stack.ramps is not None]

    @property
    def opening(self) -> float:
        """The share of all steps, the first, that a network with ramps takes at the low end."""
        return self.openings[self.more_steps]

    def encode(self, x: Tensor, weight: Weights | None = None) -> Tensor:
        """Codes of x: (B, *sample_shape) -> (B, d). Deterministic, for every variant."""
        z: Tensor = self.encoder(self._checked(x, weight), self.position(weight))
        return z

    def decode_raw(self, z: Tensor, weight: Weights | None = None) -> Tensor:
        """What the reconstruction term reads: logits for bernoulli, else x_hat itself."""
        if z.dim() != 2 or z.shape[1] != self.latent_dim:
            raise InvalidInput(f"codes must have shape (B, {self.latent_dim}), got {_shape(z)}")
        raw: Tensor = self.decoder(_parted(z, weight), self.position(weight))
        return raw.reshape(-1, *self.sample_shape)

    def decode(self, z: Tensor, weight: Weights | None = None) -> Tensor:
        """Reconstructions from codes: (B, d) -> (B, *sample_shape), in data space."""
        _check_type(z, self.encoder.dtype)  # here: training need not ask it of every step's codes
        raw = self.decode_raw(z, weight)
        return torch.sigmoid(raw) if self.config.reconstruction == "bernoulli" else raw

    def reconstruct(self, x: Tensor, weight: Weights | None = None) -> Tensor:
        """x_hat = g(f(x)): (B, *sample_shape) -> the same shape."""
        return self.decode(self.encode(x, weight), weight)

    def reconstruction_term(self, x: Tensor, raw: Tensor) -> Tensor:
        """The reconstruction term per image, from `decode_raw`'s output: -> (B,)."""
        return RECONSTRUCTIONS[self.config.reconstruction](x, raw)

    def objective(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Objective:
        """J(x) over a batch: (B, *sample_shape) -> three scalars; a weight not given is drawn."""
        raise NotImplementedError

    def at(self, weight: float) -> Self:
        """The plain network at this weight: gates or ramps folded into the weights, knob set."""
        weight = self._known(weight)
        s = self.position(weight)
        if s is None:
            return copy.deepcopy(self)
        settings: dict[str, Any] = {str(self.config.weight_field): weight, "tied": False}
        plain = type(self)(self.sample_shape, replace(self.config, **settings))
        with torch.no_grad():
            moved = {layer: pair for each in self.ramps for layer, pair in each.folded(s).items()}
            for mine, its in zip(self._affines(), plain._affines(), strict=True):
                # A tied weight is a transposed view: laid out anew, as loading would lay it out.
                plain_format = torch.contiguous_format
                its.weight.data, its.bias.data = (
                    t.detach().clone(memory_format=plain_format)
                    for t in moved.get(mine) or mine.folded(s)
                )
        plain.seed = self.seed
        if card := vars(self).get("card"):  # loaded: where it comes from holds, its figures do not
            card = replace(card, config=plain.config.to_mapping(), test_figures={})
            vars(plain).update(card=card, recipe=card.recipe, history=card.history, test_figures={})
        return plain.to(next(self.parameters()).device).eval()

    def initialise(self, seed: int) -> None:
        """Draw fresh weights from a generator of their own: no other thread's draws interfere."""
        generator = torch.Generator().manual_seed(seed)
        # Residual layers learn sooner from it; the seeds of older networks keep their meaning.
        strided = self.config.residual_layers > 0
        for layer in self._affines():
            layer.initialise(generator, strided)
        for ramps in self.ramps:
            ramps.initialise(generator)
        self.seed = seed

    def warmth(self, step: int) -> float:
        """The share of the learning rate that a step takes: residual layers begin with less than 1.

        Adam's first strides are long, while it knows no gradients' size; what they spoil there is
        not won back (Goyal et al. 2017, section 2.2, let the rate rise for the same reason).
        """
        return min(1.0, (step + 1) / WARM_UP) if self.config.residual_layers else 1.0

    def _affines(self) -> list[Affine]:
        return [m for m in self.modules() if isinstance(m, Affine)]

    def _checked(self, x: Tensor, weight: Weights | None = None) -> Tensor:
        """x, if it is a batch of samples in the type that the model computes in, for the weight."""
        _check_type(x, self.encoder.dtype)
        if tuple(x.shape[1:]) != self.sample_shape:
            raise InvalidInput(
                f"samples must have shape (B, {', '.join(map(str, self.sample_shape))}), "
                f"got {_shape(x)}"
            )
        return _parted(x, weight)


def _check_type(x: object, own: torch.dtype) -> None:
    """InvalidInput unless x is a tensor of this type; under autocast types differ on purpose."""
    if not isinstance(x, Tensor):
        raise InvalidInput(
            f"expected a tensor, got {type(x).__name__}; "
            f"convert with torch.as_tensor(x, dtype={own})"
        )
    if x.dtype != own and not torch.is_autocast_enabled(x.device.type):
        raise InvalidInput(f"got {x.dtype}, the model computes in {own}; convert with x.to({own})")


def _parted(x: Tensor, weight: Weights | None) -> Tensor:
    """The batch, if it can be cut into as many equal parts as there are weights."""
    if isinstance(weight, Tensor) and weight.dim() and len(x) % len(weight):
        raise InvalidInput(
            f"a batch with {len(weight)} weights is cut into as many equal parts, "
            f"got {len(x)} samples"
        )
    return x


def _shape(t: Tensor) -> str:
    return f"({', '.join(map(str, t.shape))})"
