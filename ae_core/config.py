"""Settings: frozen dataclasses whose fields know their symbol, bounds and meaning.

One declaration serves Python, the command line, the model file's header and the app's controls.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

from ae_core.errors import InvalidConfig

Kind = Literal["int", "float", "bool", "choice", "sizes"]
Weight = float | tuple[float, float]  # one value, or a range served by one conditioned network

MAX_WIDTH = 8192
MAX_LAYERS = 16
MIN_LOG = 1e-30  # a logarithmic range starts here: it is drawn in float32, whose ends are 0 and inf


@dataclass(frozen=True)
class Hyper:
    """What a control, a command-line option and a check need to know of one field."""

    kind: Kind
    symbol: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    log: bool = False  # a slider over it is logarithmic
    ranged: bool = False  # may be a pair (low, high): one network for the whole range
    fixed: bool = False  # settled when the network is made, not to be changed while it trains


def hyper(
    default: Any,
    *,
    symbol: str,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    log: bool = False,
    ranged: bool = False,
    fixed: bool = False,
    kind: Kind | None = None,
) -> Any:
    """A dataclass field with its default and its `Hyper` under metadata["hyper"]."""
    kinds: dict[type, Kind] = {bool: "bool", int: "int", float: "float", str: "choice"}
    record = Hyper(
        kind or kinds[type(default)], symbol, help, minimum, maximum, choices, log, ranged, fixed
    )
    return field(default=default, metadata={"hyper": record})


def hyper_of(f: "Field[Any]") -> Hyper:
    """The `Hyper` of a config field."""
    record = f.metadata["hyper"]
    assert isinstance(record, Hyper)  # narrows the type: every field is made by hyper()
    return record


@dataclass(frozen=True, kw_only=True)
class Config:
    """Settings that all variants share, with the same defaults."""

    latent_dim: int = hyper(
        2, symbol="d", help="Code size: how many numbers describe one sample.", minimum=1,
        maximum=MAX_WIDTH,
    )  # fmt: skip
    architecture: str = hyper(
        "mlp", symbol="", help="mlp: fully connected. conv: convolutions, for images. fully_conv: "
        "the code too is maps, each a small image; its size is a multiple of theirs.",
        choices=("mlp", "conv", "fully_conv"),
    )  # fmt: skip
    hidden_sizes: tuple[int, ...] | None = hyper(
        None, kind="sizes", symbol="", minimum=1, maximum=MAX_WIDTH,
        help="Encoder layer widths (mlp) or channels (conv, each halves the image); "
        "the decoder mirrors them. Default 512,256 (mlp), 32,64 (conv), none (linear).",
    )  # fmt: skip
    residual_layers: int = hyper(
        0, symbol="n", minimum=0, maximum=MAX_LAYERS, help="How many 3 × 3 convolutions follow at "
        "the smallest maps, each added to what it reads; as many in the decoder.",
    )  # fmt: skip
    activation: str = hyper(
        "silu", symbol="φ", help="Nonlinearity after each hidden layer.",
        choices=("silu", "relu", "tanh", "sigmoid"),
    )  # fmt: skip
    code_activation: str = hyper(
        "linear", symbol="", help="Nonlinearity on the code itself.",
        choices=("linear", "sigmoid", "tanh", "relu", "silu"),
    )  # fmt: skip
    tied: bool = hyper(False, symbol="", help="The decoder uses the encoder's weights, transposed.")
    linear: bool = hyper(
        False,
        symbol="",
        help="No nonlinearity anywhere: with squared error this spans PCA's plane.",
    )
    reconstruction: str = hyper(
        "squared", symbol="", help="squared: ‖x − x̂‖². absolute: ‖x − x̂‖₁. "
        "bernoulli: cross-entropy, for values in [0, 1].",
        choices=("squared", "absolute", "bernoulli"),
    )  # fmt: skip
    output: str = hyper(
        "linear", symbol="", help="Nonlinearity on the reconstruction; sigmoid suits values in "
        "[0, 1]. Not used by bernoulli, whose output is a probability already.",
        choices=("linear", "sigmoid"),
    )  # fmt: skip

    DEFAULT_SIZES: ClassVar[dict[str, tuple[int, ...]]] = {
        "mlp": (512, 256), "conv": (32, 64), "fully_conv": (32,),
    }  # fmt: skip

    def __post_init__(self) -> None:
        for f in fields(self):
            value = check_value(f.name, hyper_of(f), getattr(self, f.name))
            object.__setattr__(self, f.name, value)
        if self.hidden_sizes is None:
            sizes = () if self.linear else self.DEFAULT_SIZES[self.architecture]
            object.__setattr__(self, "hidden_sizes", sizes)
        if self.architecture == "conv" and not self.hidden_sizes:
            raise InvalidConfig(
                "hidden_sizes must name at least one channel count for architecture 'conv', got ()"
            )
        for name in ("code_activation", "output"):
            if self.linear and getattr(self, name) != "linear":
                raise InvalidConfig(
                    f"linear=True needs {name} 'linear', got {getattr(self, name)!r}"
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        """`hidden_sizes`, resolved."""
        return self.hidden_sizes or ()

    @property
    def weight_field(self) -> str | None:
        """The name of the field that is this variant's knob, None where there is no weight."""
        return None

    @property
    def weight(self) -> Weight:
        """The value of the knob: a number, or a pair for a conditioned network."""
        value: Weight = getattr(self, self.weight_field) if self.weight_field else 0.0
        return value

    @property
    def log_scale(self) -> bool:
        """Whether the knob's slider is logarithmic."""
        knob = self.__dataclass_fields__.get(str(self.weight_field))
        return knob is not None and hyper_of(knob).log

    @property
    def middle_weight(self) -> float:
        """The middle of the slider of a range, or the only weight there is."""
        if not isinstance(self.weight, tuple):
            return self.weight
        low, high = self.weight
        return math.sqrt(low * high) if self.log_scale else (low + high) / 2

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """The config of these settings; unknown names are refused with the nearest known one."""
        known = [f.name for f in fields(cls)]
        for name in settings:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise InvalidConfig(
                    f"unknown setting {name!r}{hint}; allowed here: {', '.join(known)}"
                )
        return cls(**settings)

    def to_mapping(self) -> dict[str, Any]:
        """Every field as plain JSON values."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def check_value(name: str, h: Hyper, value: Any) -> Any:
    """`value` in its canonical type, or InvalidConfig naming the value and what is allowed."""
    if h.kind == "choice":
        if not isinstance(value, str) or value not in h.choices:
            raise InvalidConfig(f"{name} must be one of {', '.join(h.choices)}, got {shown(value)}")
        return value
    if h.kind == "bool":
        if not isinstance(value, bool):
            raise InvalidConfig(f"{name} must be true or false, got {shown(value)}")
        return value
    if h.kind == "sizes":
        return _check_sizes(name, h, value)
    if h.ranged and isinstance(value, (tuple, list)):
        return _check_range(name, h, value)
    return _check_number(name, h, value)


def shown(value: Any, limit: int = 80) -> str:
    """`value` for an error text: never long, and never an error of its own."""
    try:
        text = repr(value)
    except Exception:  # integers of thousands of digits, bottomless nesting
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= limit else f"{text[:limit]}…"


def _check_number(name: str, h: Hyper, value: Any) -> float | int:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise InvalidConfig(f"{name} must be a number, got {shown(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:  # arrays, 10**400
        raise InvalidConfig(f"{name} must be one finite number, got {shown(value)}") from error
    if not math.isfinite(number):
        raise InvalidConfig(f"{name} must be a finite number, got {shown(value)}")
    if h.kind == "int" and number != int(number):
        raise InvalidConfig(f"{name} must be a whole number, got {shown(value)}")
    if h.minimum is not None and number < h.minimum:
        raise InvalidConfig(f"{name} must be at least {h.minimum:g}, got {shown(value)}")
    if h.maximum is not None and number > h.maximum:
        raise InvalidConfig(f"{name} must be at most {h.maximum:g}, got {shown(value)}")
    return int(number) if h.kind == "int" else number


def _check_sizes(name: str, h: Hyper, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (tuple, list)):
        raise InvalidConfig(
            f"{name} must be a list of widths such as (512, 256), got {shown(value)}"
        )
    if len(value) > MAX_LAYERS:
        raise InvalidConfig(f"{name} may hold at most {MAX_LAYERS} layers, got {len(value)}")
    one = Hyper("int", "", "", h.minimum, h.maximum)
    return tuple(int(_check_number(f"each of {name}", one, v)) for v in value)


def _check_range(name: str, h: Hyper, value: Any) -> tuple[float, float]:
    if len(value) != 2:
        raise InvalidConfig(f"{name} as a range needs two numbers (low, high), got {shown(value)}")
    low, high = (float(_check_number(name, h, v)) for v in value)
    if low >= high or (h.log and low >= MIN_LOG and math.log(low) >= math.log(high)):
        raise InvalidConfig(f"{name} as a range needs low < high, got {shown(value)}")
    if h.log and low < MIN_LOG:
        raise InvalidConfig(
            f"{name} as a range is logarithmic and must start above 0, at {MIN_LOG:g} or more, "
            f"got {shown(value)}"
        )
    return low, high
