"""What every codec can do, and what every autoencoder shares."""

import copy
import math
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from ae_core.config import Config as SharedConfig
from ae_core.config import Hyper, check_value
from ae_core.errors import InvalidConfig, InvalidInput
from ae_core.gate import Place
from ae_core.losses import RECONSTRUCTIONS
from ae_core.networks import Affine, Stack, build_decoder, build_encoder
from ae_core.objective import Objective, Weights
from ae_core.shapes import layer_shapes
from ae_core.spread import evenly

W = TypeVar("W", float, Tensor)


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


class Autoencoder(nn.Module):
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
    seed: int = 0  # of the initial weights

    def __init__(self, sample_shape: tuple[int, ...], config: SharedConfig) -> None:
        super().__init__()
        self.sample_shape, self.config = tuple(sample_shape), config
        hidden = ["linear" if config.linear else config.activation] * len(config.sizes)
        shapes = layer_shapes(
            config.architecture, self.sample_shape, config.sizes, config.latent_dim
        )
        self.encoder: Stack = build_encoder(
            shapes, [*hidden, self.code_activation()], self.conditioned
        )
        # Bernoulli reads logits: its sigmoid is part of the reconstruction term and of `decode`.
        output = "linear" if config.reconstruction == "bernoulli" else config.output
        self.decoder: Stack = build_decoder(
            shapes, [*hidden, output], self.conditioned, self.encoder if config.tied else None
        )

    def code_activation(self) -> str:
        """The activation on the code; a variant whose formula needs one says so here."""
        return self.config.code_activation

    @property
    def latent_dim(self) -> int:
        return self.config.latent_dim

    @property
    def conditioned(self) -> bool:
        """Whether one network serves a whole range of weights."""
        return isinstance(self.config.weight, tuple)

    def encode(self, x: Tensor, weight: Weights | None = None) -> Tensor:
        """Codes of x: (B, *sample_shape) -> (B, d). Deterministic, for every variant."""
        z: Tensor = self.encoder(self._checked(x), self.position(weight))
        return z

    def decode_raw(self, z: Tensor, weight: Weights | None = None) -> Tensor:
        """What the reconstruction term reads: logits for bernoulli, else x_hat itself."""
        if z.dim() != 2 or z.shape[1] != self.latent_dim:
            raise InvalidInput(f"codes must have shape (B, {self.latent_dim}), got {_shape(z)}")
        raw: Tensor = self.decoder(z, self.position(weight))
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

    def draw_weight(
        self, generator: torch.Generator | None, weight: Weights | None = None
    ) -> Weights:
        """The weight of one batch: fixed, asked for, or drawn uniformly over the slider."""
        own = self.config.weight
        if isinstance(weight, Tensor) and weight.dim():
            return weight
        if weight is not None or not isinstance(own, tuple):
            return self._known(weight)
        device = generator.device if generator is not None else "cpu"
        return self._on_slider(float(torch.rand((), generator=generator, device=device)))

    def draw_weights(self, steps: int, parts: int, generator: torch.Generator) -> Tensor:
        """The weights of each step's G parts, the i-th from u in [i, i + 1) / G: (steps, G)."""
        u = torch.rand(steps, parts, generator=generator, device=generator.device)
        part = torch.arange(parts, device=generator.device)
        return self._on_slider(self.spread((part + u) / parts))

    def spread(self, u: Tensor) -> Tensor:
        """Where on the slider, 0 to 1, training draws, for u even in [0, 1)."""
        return evenly(u)

    def position(self, weight: Weights | None) -> Place | None:
        """Where a weight lies on the slider, −1 to 1, for the gates; None if not conditioned."""
        own = self.config.weight
        if not isinstance(own, tuple):
            self._known(weight)
            return None
        low, high = own
        value = weight if isinstance(weight, Tensor) and weight.dim() else self._known(weight)
        if self.config.log_scale:
            low, high = math.log(low), math.log(high)
            value = value.log() if isinstance(value, Tensor) else math.log(value)
        return 2 * (value - low) / (high - low) - 1

    def at(self, weight: float) -> Self:
        """The plain network at this weight: gates folded into the weights, knob set."""
        weight = self._known(weight)
        s = self.position(weight)
        if s is None:
            return copy.deepcopy(self)
        settings: dict[str, Any] = {str(self.config.weight_field): weight, "tied": False}
        plain = type(self)(self.sample_shape, replace(self.config, **settings))
        with torch.no_grad():
            for mine, its in zip(self._affines(), plain._affines(), strict=True):
                # A tied weight is a transposed view: laid out anew, as loading would lay it out.
                plain_format = torch.contiguous_format
                its.weight.data, its.bias.data = (
                    t.detach().clone(memory_format=plain_format) for t in mine.folded(s)
                )
        plain.seed = self.seed
        if card := vars(self).get("card"):  # loaded: where it comes from holds, its figures do not
            card = replace(card, config=plain.config.to_mapping(), test_figures={})
            vars(plain).update(card=card, recipe=card.recipe, history=card.history, test_figures={})
        return plain.to(next(self.parameters()).device).eval()

    def initialise(self, seed: int) -> None:
        """Draw fresh weights from a generator of their own: no other thread's draws interfere."""
        generator = torch.Generator().manual_seed(seed)
        for layer in self._affines():
            layer.initialise(generator)
        self.seed = seed

    def _affines(self) -> list[Affine]:
        return [m for m in self.modules() if isinstance(m, Affine)]

    def _known(self, weight: Weights | None) -> float:
        """This weight if the network serves it, else InvalidConfig; None means the default."""
        own, name = self.config.weight, self.config.weight_field
        if weight is not None:
            weight = float(check_value(name or "weight", Hyper("float", "", ""), weight))
        if not isinstance(own, tuple):
            if name is None and weight:
                raise InvalidConfig(
                    f"the {self.name} network has no weight to move, got {weight:g}"
                )
            if weight is not None and weight != own:
                raise InvalidConfig(
                    f"this {self.name} network serves only {name} = {own:g}, got {weight:g}; "
                    f"build it with a range such as {name}=(0.1, 10.0) to move the weight"
                )
            return own
        if weight is None:
            return self.config.middle_weight
        if not own[0] * (1 - 1e-9) <= weight <= own[1] * (1 + 1e-9):
            raise InvalidConfig(
                f"{name} must lie in [{own[0]:g}, {own[1]:g}] for this network, got {weight:g}"
            )
        return min(max(weight, own[0]), own[1])

    def _on_slider(self, u: W) -> W:
        own = self.config.weight
        assert isinstance(own, tuple)
        low, high = own
        return low * (high / low) ** u if self.config.log_scale else low + (high - low) * u

    def _checked(self, x: Tensor) -> Tensor:
        """x, if it is a batch of samples in the type that the model computes in."""
        _check_type(x, self.encoder.dtype)
        if tuple(x.shape[1:]) != self.sample_shape:
            raise InvalidInput(
                f"samples must have shape (B, {', '.join(map(str, self.sample_shape))}), "
                f"got {_shape(x)}"
            )
        return x


def _check_type(x: object, own: torch.dtype) -> None:
    """InvalidInput unless x is a tensor of this type; under autocast types differ on purpose."""
    if not isinstance(x, Tensor):
        raise InvalidInput(
            f"expected a tensor, got {type(x).__name__}; "
            f"convert with torch.as_tensor(x, dtype={own})"
        )
    if x.dtype != own and not torch.is_autocast_enabled(x.device.type):
        raise InvalidInput(f"got {x.dtype}, the model computes in {own}; convert with x.to({own})")


def _shape(t: Tensor) -> str:
    return f"({', '.join(map(str, t.shape))})"
