"""Controls give settings that `build` takes; panels add up and show no stranger's markup."""

import csv
import io
import itertools

import pytest
from streamlit.testing.v1 import AppTest

from ae_core.config import Hyper
from ae_core.errors import InvalidConfig
from ae_core.variants import VARIANTS, build
from app import services
from app.widgets.controls import log_stops, slider_range
from app.widgets.panels import csv_text
from app.widgets.text import number, plain, told


def form(variant, only=()):
    import streamlit as st

    from ae_core.variants import VARIANTS
    from app import widgets

    with widgets.error_boundary():
        settings = widgets.config_controls(VARIANTS[variant].Config, key="form", only=only)
        st.session_state["settings"] = settings


@pytest.mark.parametrize("variant", VARIANTS)
def test_controls_untouched_are_the_defaults(variant):
    app = AppTest.from_function(form, args=(variant,), default_timeout=30).run()
    assert not app.exception
    settings = app.session_state["settings"]
    assert VARIANTS[variant].Config(**settings) == VARIANTS[variant].Config()


def test_chosen_controls_stand_in_the_order_they_were_asked_for():
    """What variants share, such as `bend`, is declared before their own and shown after it."""
    own = services.own_fields("sparse")
    assert own == ("penalty", "lambda_", "rho", "bend")
    app = AppTest.from_function(form, args=("sparse", own), default_timeout=30).run()
    assert tuple(app.session_state["settings"]) == own


def test_every_kind_of_control_reaches_the_model():
    app = AppTest.from_function(form, args=("sparse",), default_timeout=30).run()
    app.number_input(key="form.latent_dim").set_value(5)
    app.text_input(key="form.hidden_sizes").set_value("12, 7")
    app.toggle(key="form.tied").set_value(True)
    app.selectbox(key="form.penalty").set_value("l1")
    app.select_slider(key="form.lambda_").set_value(1.0)
    app.run()
    assert not app.exception
    model = build("sparse", (1, 8, 8), **app.session_state["settings"])
    assert (model.config.latent_dim, model.config.sizes, model.config.tied) == (5, (12, 7), True)
    assert model.config.weight == 1.0


def test_no_hidden_layer_can_be_said_and_an_empty_field_is_the_default():
    app = AppTest.from_function(form, args=("sparse",), default_timeout=30).run()
    for typed, sizes in (("none", ()), ("", None)):
        app.text_input(key="form.hidden_sizes").set_value(typed).run()
        assert app.session_state["settings"]["hidden_sizes"] == sizes


@pytest.mark.parametrize("typed", ["12, x", "-3", "0", "٣", "1e3", "9" * 30])
def test_bad_widths_give_one_line_that_names_them(typed):
    app = AppTest.from_function(form, args=("undercomplete",), default_timeout=30).run()
    app.text_input(key="form.hidden_sizes").set_value(typed).run()
    assert not app.exception
    (line,) = app.error
    assert "“Hidden sizes”" in line.value


def test_logarithmic_stops_hold_both_ends_and_the_start():
    stops = log_stops(0.0, 10.0, 0.1)
    assert stops == sorted(set(stops))
    assert {0.0, 0.1, 10.0} <= set(stops)
    ratios = [b / a for a, b in itertools.pairwise(stops[1:])]
    assert max(ratios) < 1.7


def test_a_slider_spans_what_is_useful_not_what_is_allowed():
    weight = Hyper("float", "λ", "", 0.0, 1e6, log=True)
    assert slider_range(weight, 0.1) == (0.0, pytest.approx(10.0))
    share = Hyper("float", "p", "", 0.0, 1.0)
    assert slider_range(share, 0.5) == (0.0, 1.0)


def test_csv_gives_back_the_numbers_and_disarms_formulas():
    rows = list(csv.reader(io.StringIO(csv_text({"codec": ["=1+1", "pca"], "mse": [-1.5, 2.0]}))))
    assert rows == [["codec", "mse"], ["'=1+1", "-1.5"], ["pca", "2.0"]]
    with pytest.raises(ValueError, match="shorter"):
        csv_text({"a": [1, 2], "b": [1]})


def test_numbers_carry_four_digits_and_a_true_minus():
    assert [number(v) for v in (3.14159, -0.5, float("nan"))] == ["3.142", "−0.5", "–"]


def panel():
    from app import widgets

    widgets.formula_panel(
        "J", reconstruction=12.0, penalty=4.0, weight=0.5, weight_symbol="<b>β", model_hash="abcd"
    )
    with widgets.error_boundary():
        from ae_core.errors import InvalidConfig

        raise InvalidConfig("no [link](http://x) and $x$")


def test_the_sum_adds_up_and_foreign_text_stays_text():
    app = AppTest.from_function(panel, default_timeout=30).run()
    assert not app.exception
    shown = str(app.get("html")[0].proto.body)
    assert "14" in shown
    assert "&lt;b&gt;β" in shown
    assert app.error[0].value == plain("no [link](http://x) and $x$")
    assert "[link](" not in app.error[0].value


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("latent_dim must lie between 1 and 9", "“Code size d” must lie between 1 and 9"),
        ("too large; choose smaller hidden_sizes", "too large; choose smaller “Hidden sizes”"),
        ("no_such_thing is not here", "no_such_thing is not here"),
    ],
)
def test_settings_in_errors_are_called_as_their_controls(said, seen):
    assert told(InvalidConfig(said)) == plain(seen)


def test_only_data_of_several_code_sizes_names_the_code_size_as_a_knob():
    from app.widgets.live_text import no_weight

    assert "code size" in no_weight((2, 16))
    assert "code size" not in no_weight((1,))
