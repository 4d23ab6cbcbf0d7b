"""One view as a value: its fields, how each is written in a URL, and what each allows.

Nothing here knows Streamlit. `parse_view` takes whatever a stranger put into an address: it never
raises, it falls back to the default and says so in one `Notice` per field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.fields import (
    FLAG,
    RUN,
    SETTINGS,
    SHARE,
    Field,
    join,
    list_of,
    models,
    names,
    number,
    one_of,
    real,
    span,
    weights,
    whole,
    whole_number,
    whole_numbers,
)
from app.i18n import LANGUAGES, PSEUDO, t
from app.palette import CODECS

DATA_SETS: tuple[str, ...] = (
    "digits", "shapes", "patches", "rings", "moons", "spiral", "s_curve", "cbf",
    "mnist", "fashion_mnist", "kmnist",
)  # fmt: skip
CORRUPTIONS: tuple[str, ...] = ("gaussian", "salt_pepper", "masking")
MAX_TEXT = 1000  # characters; longer values are not looked at
MAX_LATENT_DIM = 8192
MAX_SAMPLE = 10_000_000
MAX_SEED = 2**32 - 1
MAX_WEIGHT = 1e6
MAX_NOISE = 10.0
MAX_POINTER, MAX_ANCHORS = 1e6, 16
MAX_LABEL, MAX_COUNT = 9999, 16
PICKS: tuple[str, ...] = ("random", "best", "worst", "classes")
COLOURINGS: tuple[str, ...] = ("label", "error")
GROUNDS: tuple[str, ...] = ("none", "decoded", "holes")
AXES: tuple[str, ...] = ("units", "pca")
MAX_PICKED = 100
MAKINGS: tuple[str, ...] = ("path", "prior", "manifold", "traversal", "direction")
PATHS: tuple[str, ...] = ("lerp", "slerp", "both")
MODES: tuple[str, ...] = ("race", "sweep")
MAX_STEPS, MAX_UNITS, MAX_DRAWS, MAX_SIDE = 15, 8, 64, 24
Weights = tuple[tuple[str, float], ...]  # codec -> its weight


@dataclass(frozen=True)
class View:
    """What a page shows. Field names are the URL's parameter names."""

    data: str = "digits"
    codecs: tuple[str, ...] = tuple(CODECS)
    weights: Weights = ()  # only those that differ from the shipped model
    models: tuple[tuple[str, str], ...] = ()  # codec -> the run whose model is opened in its place
    latent_dim: int | None = None  # None: what suits the page
    sample: int = 0  # index into the test split
    seed: int = 0
    pointer: tuple[float, float] | None = None  # where the hand is in a latent plane
    dims: tuple[int, int] = (0, 1)  # which two units a plane shows
    corruption: str = "gaussian"
    noise_level: float | None = None  # None: what suits the data and the kind
    noise_seed: int = 0  # of the noise alone, so that new noise keeps the samples
    clip: bool = False  # damaged pixels and repairs are brought into [0, 1]
    told: bool = True  # a denoising codec is told the level of the noise
    block: float = 0.0  # side of an erased square, as a share of the sample; 0 erases nothing
    block_x: float = 0.5  # its centre
    block_y: float = 0.5
    curve: bool = False  # PSNR over the level, where it takes seconds
    anchors: tuple[int, ...] = ()  # samples to interpolate between
    label: int | None = None  # only samples of this class
    hand: tuple[float, float] | None = None  # a place in every codec's plane, as shares of it
    pick: str = "random"  # which samples a comparison shows
    sort: str = "pca"  # whose error orders them
    count: int = 6  # how many
    scored: bool = False  # figures over the whole test split
    colouring: str = "label"  # of the points of a plane
    ground: str = "none"  # what lies behind the points
    axes: str = "pca"  # of codes of more than two numbers: principal components, or two units
    lasso: bool = False  # pointing chooses a set of samples, not one
    picked: tuple[int, ...] = ()  # that set
    directions: bool = False  # what moves each code most
    measured: bool = False  # how well each plane keeps neighbours
    making: str = "path"  # what the generate page makes
    path: str = "lerp"
    steps: int = 11  # of a path
    draws: int = 32  # from the prior
    side: int = 12  # decoded samples along one side of a manifold
    codec: str | None = None  # whose manifold or units; None: the first that is here
    units: tuple[int, ...] = ()  # that walk; none: those that vary most
    ranked: bool = True  # a live walk counts units in the order of their spread
    target: int = 0  # the class to walk towards
    race: tuple[tuple[str, str], ...] = ()  # how the next race trains, where not as suggested
    mode: str = "race"  # what the train page starts: a race, or a sweep of one weight
    run: str = ""  # the race or sweep that is shown
    lang: str = "en"

    def weight(self, codec: str, default: float) -> float:
        """The chosen weight of `codec`, or `default`."""
        return dict(self.weights).get(codec, default)

    def with_weight(self, codec: str, weight: float) -> "View":
        """The same view with one weight changed."""
        chosen = {**dict(self.weights), codec: weight}
        return replace(self, weights=tuple((c, chosen[c]) for c in CODECS if c in chosen))

    def with_model(self, codec: str, run: str) -> "View":
        """The same view with a run's model in a codec's place; "" leads back to everybody's."""
        chosen = {**dict(self.models), codec: run}
        return replace(self, models=tuple((c, chosen[c]) for c in CODECS if chosen.get(c)))


@dataclass(frozen=True)
class Notice:
    """A value of the URL that could not be used."""

    name: str
    value: str

    @property
    def allowed(self) -> str:
        return FIELDS[self.name].allowed()

    @property
    def text(self) -> str:
        """One line for the reader; nothing in it is Markdown of a stranger."""
        return t(
            "The link's {name} “{value}” cannot be used here; allowed: {allowed}. "
            "Showing the default.",
            name=self.name,
            value=re.sub(r"[^\w .,:;+-]", "?", self.value[:40]).replace("_", "\\_"),
            allowed=self.allowed.replace("_", "\\_"),
        )


def _codecs(text: str) -> tuple[str, ...]:
    """Codecs in menu order, each once, at least one."""
    chosen = list_of(one_of(tuple(CODECS)), 1, len(CODECS))(text)
    if len(set(chosen)) != len(chosen):
        raise ValueError(text)
    return tuple(codec for codec in CODECS if codec in chosen)


def _dims(text: str) -> tuple[int, int]:
    first, second = list_of(whole(0, MAX_LATENT_DIM - 1), 2, 2)(text)
    if first == second:
        raise ValueError(text)
    return first, second


FIELDS: dict[str, Field] = {
    "data": Field(one_of(DATA_SETS), str, names(DATA_SETS)),
    "codecs": Field(_codecs, join, names(tuple(CODECS))),
    "weights": weights(tuple(CODECS), MAX_WEIGHT),
    "models": models(tuple(codec for codec in CODECS if codec != "pca")),
    "latent_dim": whole_number(1, MAX_LATENT_DIM),
    "sample": whole_number(0, MAX_SAMPLE),
    "seed": whole_number(0, MAX_SEED),
    "pointer": Field(
        list_of(real(-MAX_POINTER, MAX_POINTER), 2, 2),
        lambda pair: join(map(float, pair)),
        lambda: t("two numbers such as 0.5,-1"),
    ),
    "dims": Field(_dims, join, lambda: t("two different whole numbers such as 0,1")),
    "corruption": Field(one_of(CORRUPTIONS), str, names(CORRUPTIONS)),
    "noise_level": Field(real(0.0, MAX_NOISE), number, span("0", f"{MAX_NOISE:g}")),
    "noise_seed": whole_number(0, MAX_SEED),
    **dict.fromkeys(("clip", "told", "curve", "scored", "directions", "measured", "ranked"), FLAG),
    **dict.fromkeys(("block", "block_x", "block_y"), SHARE),
    "anchors": whole_numbers(MAX_SAMPLE, MAX_ANCHORS),
    "label": whole_number(0, MAX_LABEL),
    "hand": Field(
        list_of(real(0.0, 1.0), 2, 2),
        lambda pair: join(map(float, pair)),
        lambda: t("two numbers from 0 to 1 such as 0.5,0.25"),
    ),
    "pick": Field(one_of(PICKS), str, names(PICKS)),
    "sort": Field(one_of(tuple(CODECS)), str, names(tuple(CODECS))),
    "count": whole_number(1, MAX_COUNT),
    "colouring": Field(one_of(COLOURINGS), str, names(COLOURINGS)),
    "ground": Field(one_of(GROUNDS), str, names(GROUNDS)),
    "axes": Field(one_of(AXES), str, names(AXES)),
    "lasso": FLAG,
    "picked": whole_numbers(MAX_SAMPLE, MAX_PICKED),
    "making": Field(one_of(MAKINGS), str, names(MAKINGS)),
    "path": Field(one_of(PATHS), str, names(PATHS)),
    "steps": whole_number(3, MAX_STEPS),
    "draws": whole_number(4, MAX_DRAWS),
    "side": whole_number(4, MAX_SIDE),
    "codec": Field(one_of(tuple(CODECS)), str, names(tuple(CODECS))),
    "units": whole_numbers(MAX_LATENT_DIM - 1, MAX_UNITS),
    "target": whole_number(0, MAX_LABEL),
    "race": SETTINGS,
    "mode": Field(one_of(MODES), str, names(MODES)),
    "run": RUN,
    "lang": Field(one_of((*LANGUAGES, PSEUDO)), str, names(tuple(LANGUAGES))),
}


def parse_view(query: Mapping[str, str]) -> tuple[View, list[Notice]]:
    """The view a query names, and what in it could not be used. Unknown names are others' own."""
    values: dict[str, Any] = {}
    faults: list[Notice] = []
    for name, field in FIELDS.items():
        if name not in query:
            continue
        text = query[name]
        try:
            if len(text) > MAX_TEXT:
                raise ValueError(text)
            values[name] = field.read(text)
        except ValueError:
            faults.append(Notice(name, text))
    return View(**values), faults


def format_view(shown: View) -> dict[str, str]:
    """The query of a view: only what differs from the default, so the plain address is the default.

    None (a pointer, a code size, a class) is always the default and is left out with the others.
    """
    return {
        name: field.write(getattr(shown, name))
        for name, field in FIELDS.items()
        if getattr(shown, name) != getattr(View(), name)
    }


def canonical(name: str, value: Any) -> Any:
    """`value` as the URL would give it back; ValueError names field, value and what is allowed."""
    if name not in FIELDS:
        raise ValueError(f"unknown field {name!r}; allowed: {', '.join(FIELDS)}")
    if value is None and getattr(View(), name) is None:
        return None
    field = FIELDS[name]
    try:
        return field.read(field.write(value))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} cannot be {value!r}; allowed: {field.allowed()}") from error
