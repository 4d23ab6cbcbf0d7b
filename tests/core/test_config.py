"""Settings: bounds, canonical types, and errors that name field, value and what is allowed."""

import dataclasses
import json
import math
from decimal import Decimal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ae_core import VARIANTS, InvalidConfig
from ae_core.config import MAX_LAYERS, MAX_WIDTH, Hyper, check_value, hyper_of

FIELDS = {
    (variant, f.name): hyper_of(f)
    for variant, cls in VARIANTS.items()
    for f in dataclasses.fields(cls.Config)
}
NUMBERS = {k: h for k, h in FIELDS.items() if h.kind in ("int", "float")}


def of(variant, **settings):
    return VARIANTS[variant].Config.from_mapping(settings)


def knows(error: pytest.ExceptionInfo, *parts: object) -> None:
    """The message names every part."""
    for part in parts:
        assert str(part) in str(error.value)


@pytest.mark.parametrize("key", FIELDS, ids=".".join)
def test_every_field_describes_itself(key):
    h = FIELDS[key]
    assert h.help.endswith(".")
    assert h.kind in ("int", "float", "bool", "choice", "sizes")
    if h.kind in ("int", "float"):
        assert h.minimum is not None, "a control needs bounds"
        assert h.maximum is not None, "a control needs bounds"
        assert h.symbol or key[1] == "probes"
    if h.kind == "choice":
        assert len(h.choices) > 1


@given(st.sampled_from(sorted(NUMBERS)), st.data())
def test_numbers_inside_are_kept_and_canonical(key, data):
    h = NUMBERS[key]
    strategy = (
        st.integers(int(h.minimum), int(h.maximum))
        if h.kind == "int"
        else st.floats(h.minimum, h.maximum)
    )
    value = data.draw(strategy)
    kept = getattr(of(key[0], **{key[1]: value}), key[1])
    assert kept == value
    assert type(kept) is (int if h.kind == "int" else float)


@given(st.sampled_from(sorted(NUMBERS)), st.data())
def test_numbers_outside_are_refused(key, data):
    h = NUMBERS[key]
    below = st.floats(max_value=h.minimum, exclude_max=True, allow_infinity=False)
    above = st.floats(min_value=h.maximum, exclude_min=True, allow_infinity=False)
    value = data.draw(st.one_of(below, above))
    bound = h.minimum if value < h.minimum else h.maximum
    with pytest.raises(InvalidConfig) as caught:
        of(key[0], **{key[1]: value})
    if h.kind == "float" or float(value).is_integer():
        knows(caught, key[1], repr(value), f"{bound:g}")
    else:
        knows(caught, key[1], repr(value), "whole number")


HOSTILE = [
    math.nan, math.inf, -math.inf, True, "3", b"3", None, [], {}, object(), 1j, 10**400, 10**5000,
    np.array([1.0, 2.0]), torch.ones(2), Decimal("sNaN"), (1.0,), (1.0, 2.0, 3.0), float,
    [[1], [2]],
]  # fmt: skip


@pytest.mark.parametrize("key", NUMBERS, ids=".".join)
def test_what_is_no_number_is_refused(key):
    for value in HOSTILE:
        with pytest.raises(InvalidConfig, match=key[1]) as caught:
            of(key[0], **{key[1]: value})
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "name", ["architecture", "activation", "reconstruction", "tied", "linear", "hidden_sizes"]
)
def test_what_is_no_choice_is_refused(name, variant):
    h = FIELDS[(variant, name)]
    for value in [*HOSTILE, "", "SILU", 1, 0]:
        if h.kind == "bool" and value is True:
            continue
        if h.kind == "sizes" and (value is None or isinstance(value, tuple) or value is HOSTILE[7]):
            continue
        with pytest.raises(InvalidConfig, match=name) as caught:
            of(variant, **{name: value})
        knows(caught, *h.choices)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ((0,), "at least 1"), ((MAX_WIDTH + 1,), f"at most {MAX_WIDTH}"), ((2.5,), "whole number"),
        ((5, "a"), "a number"), ((True,), "a number"), ((4,) * (MAX_LAYERS + 1), MAX_LAYERS),
        ("64", "(512, 256)"), (64, "(512, 256)"), (((8,),), "a number"),
    ],
)  # fmt: skip
def test_hidden_sizes(value, part):
    with pytest.raises(InvalidConfig, match="hidden_sizes") as caught:
        of("sparse", hidden_sizes=value)
    knows(caught, part)


def test_hidden_sizes_resolve():
    assert of("sparse").hidden_sizes == (512, 256)
    assert of("sparse", architecture="conv").hidden_sizes == (32, 64)
    assert of("sparse", linear=True).hidden_sizes == ()
    assert of("sparse", hidden_sizes=[7.0, 3]).hidden_sizes == (7, 3)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ((1.0, 1.0), "low < high"), ((2, 1), "low < high"), ((0.0, 1.0), "above 0"),
        ((1e-38, 1.0), "at 1e-30 or more"),
        ((1,), "two numbers"), ((1, 2, 3), "two numbers"), ((-1, 2), "at least 0"),
        ((1, 1e7), "at most 1e+06"), ((math.nan, 1), "finite"), (("a", 2), "a number"),
    ],
)  # fmt: skip
def test_bad_ranges(value, part):
    with pytest.raises(InvalidConfig, match="lambda_") as caught:
        of("sparse", lambda_=value)
    knows(caught, part)


def test_only_the_knob_may_be_a_range():
    with pytest.raises(InvalidConfig, match="rho"):
        of("sparse", rho=(0.1, 0.2))
    with pytest.raises(InvalidConfig, match=r"mask_fraction.*'masking'.*'gaussian'"):
        of("denoising", mask_fraction=(0.1, 0.5))
    assert of("denoising", corruption="masking", mask_fraction=[0, 1]).weight == (0.0, 1.0)


@pytest.mark.parametrize(
    ("variant", "settings", "part"),
    [
        ("sparse", {"penalty": "kl", "linear": True}, "linear=True"),
        ("sparse", {"penalty": "kl", "code_activation": "tanh"}, "'tanh'"),
        ("variational", {"code_activation": "sigmoid"}, "'sigmoid'"),
        ("undercomplete", {"linear": True, "code_activation": "relu"}, "'relu'"),
        ("undercomplete", {"architecture": "conv", "hidden_sizes": ()}, "channel"),
    ],
)
def test_settings_that_contradict_each_other(variant, settings, part):
    with pytest.raises(InvalidConfig) as caught:
        of(variant, **settings)
    knows(caught, part)


@pytest.mark.parametrize(
    ("variant", "typo", "meant"),
    [
        ("variational", "betta", "beta"), ("sparse", "lambda", "lambda_"), ("sparse", "rh", "rho"),
        ("denoising", "noise_sd", "noise_std"), ("undercomplete", "latentdim", "latent_dim"),
        ("contractive", "hidden", "hidden_sizes"),
    ],
)  # fmt: skip
def test_unknown_names_suggest_the_nearest(variant, typo, meant):
    with pytest.raises(InvalidConfig) as caught:
        of(variant, **{typo: 1})
    knows(caught, repr(typo), f"did you mean {meant!r}", "latent_dim, architecture")


def test_a_strange_name_gets_the_list_and_no_guess():
    with pytest.raises(InvalidConfig, match="allowed here: latent_dim") as caught:
        of("sparse", zzzzzz=1)
    assert "did you mean" not in str(caught.value)


def test_settings_survive_json(variant, knob):
    for weight in (0.25, (0.1, 0.9)):
        config = of(variant, hidden_sizes=(9, 4), latent_dim=5, **knob(variant, weight))
        text = json.dumps(config.to_mapping(), allow_nan=False)
        assert of(variant, **json.loads(text)) == config


def test_numpy_numbers_are_welcome():
    config = of("sparse", latent_dim=np.int64(4), lambda_=np.float32(0.5))
    assert (config.latent_dim, config.lambda_) == (4, 0.5)
    assert type(config.latent_dim) is int
    assert type(config.lambda_) is float


def test_check_value_without_bounds():
    assert check_value("n", Hyper("int", "", ""), 3.0) == 3
