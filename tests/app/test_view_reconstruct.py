"""Reconstruct: the samples that were asked for, in the order asked for, and true numbers."""

import csv
import io
import re

import numpy as np
import pytest

from app import services
from app.palette import CODECS, codec_name


def knob(app, codec):
    """The slider of a codec's weight; its key also tells the range."""
    return next(s for s in app.select_slider if s.key.startswith(f"view.weights.{codec}"))


def shown_samples(text):
    return [int(n) for n in re.findall(r"<small>sample (\d+)</small>", text)]


def ordered(which):
    return np.argsort(services.errors(which), kind="stable").tolist()


@pytest.mark.parametrize(("data", "d"), [("digits", 16), ("moons", 1), ("cbf", 8)])
def test_best_and_worst_are_those_of_the_chosen_codec(make_models, open_page, drawn, data, d):
    make_models(data, d)
    by = ordered(services.ref(data, "sparse", d))
    best = drawn(open_page("reconstruct", data=data, pick="best", sort="sparse", count="4"))
    assert shown_samples(best) == by[:4]
    worst = drawn(open_page("reconstruct", data=data, pick="worst", sort="sparse", count="4"))
    assert shown_samples(worst) == by[::-1][:4]
    assert worst != best


def test_random_samples_come_with_the_seed_in_order_of_error(make_models, open_page, drawn):
    make_models("digits", 2)
    first = shown_samples(drawn(open_page("reconstruct", seed="3", count="8")))
    again = shown_samples(drawn(open_page("reconstruct", seed="3", count="8")))
    other = shown_samples(drawn(open_page("reconstruct", seed="4", count="8")))
    assert first == again != other
    error = services.errors(services.ref("digits", "pca", 2))[first]
    assert len(first) == 8
    assert (np.diff(error) >= 0).all()


def test_one_of_every_class_and_only_one_class(make_models, open_page, drawn):
    make_models("digits", 2)
    y = services.labels("digits")
    app = open_page("reconstruct", pick="classes")
    assert y[shown_samples(drawn(app))].tolist() == list(range(10))
    app = open_page("reconstruct", pick="worst", label="7", count="5")
    assert y[shown_samples(drawn(app))].tolist() == [7] * 5


def test_a_class_of_another_data_set_is_any_class(make_models, open_page, drawn, asked):
    make_models("moons", 1)
    app = open_page("reconstruct", data="moons", label="9")
    assert len(shown_samples(drawn(app))) == 6
    assert asked(app, "label") is None


def test_controls_write_the_address(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("reconstruct")
    app.button_group(key="view.pick").set_value("worst").run()
    app.selectbox(key="view.sort").set_value("contractive").run()
    app.slider(key="view.count").set_value(3).run()
    assert [asked(app, name) for name in ("pick", "sort", "count")] == ["worst", "contractive", "3"]
    by = ordered(services.ref("digits", "contractive", 2))
    assert shown_samples(drawn(app)) == by[::-1][:3]


def test_the_table_holds_every_codec_with_its_interval(make_models, open_page):
    make_models("digits", 2)
    table = open_page("reconstruct", scored="1").dataframe[0].value
    assert table["Codec"].tolist() == [codec_name(codec) for codec in CODECS]
    column = "Squared error (per image, summed over pixels)"
    for codec, cell in zip(CODECS, table[column], strict=True):
        value, low, high = map(float, re.findall(r"[\d.]+", cell))
        error = services.errors(services.ref("digits", codec, 2))
        assert value == pytest.approx(float(error.mean()), rel=1e-3)
        assert low < value < high


@pytest.mark.parametrize(
    ("data", "d", "column"),
    [
        ("moons", 1, "Squared error (per point, summed over coordinates)"),
        ("cbf", 8, "Squared error (per series, summed over steps)"),
    ],
)
def test_units_fit_the_data_and_ssim_is_for_images(make_models, open_page, data, d, column):
    make_models(data, d)
    table = open_page("reconstruct", data=data, scored="1").dataframe[0].value
    assert column in table.columns
    assert not any("SSIM" in name or "PSNR" in name for name in table.columns)


def test_error_over_code_size_is_drawn_where_sizes_differ(make_models, open_page):
    make_models("digits", 2)
    charts = len(open_page("reconstruct", latent_dim="2", scored="1").get("plotly_chart"))
    make_models("digits", 4)
    assert (
        len(open_page("reconstruct", latent_dim="2", scored="1").get("plotly_chart")) == charts + 1
    )
    curve = services.errors_by_size("digits", "pca")
    assert [d for d, _ in curve] == [2, 4]
    assert curve[0][1] > curve[1][1]


def test_a_weight_moves_its_row_alone(make_models, open_page):
    make_models("digits", 2)
    app = open_page("reconstruct", scored="1")
    before = app.dataframe[0].value
    knob(app, "sparse").set_value(1.0).run()
    after = app.dataframe[0].value
    changed = (before.iloc[:, 2:] != after.iloc[:, 2:]).any(axis=1).tolist()
    assert changed == [codec == "sparse" for codec in CODECS]


def test_figures_of_the_whole_split_are_worked_out_when_asked_for(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("reconstruct")
    assert not app.dataframe
    assert not app.get("plotly_chart")
    app.toggle(key="view.scored").set_value(True).run()
    assert asked(app, "scored") == "1"
    assert len(app.dataframe) == 1
    assert len(app.get("plotly_chart")) >= 3


def test_errors_of_all_samples_as_csv(make_models, open_page):
    from app.choice import Choice
    from app.view import View
    from app.widgets.gallery import error_columns
    from app.widgets.panels import csv_text

    make_models("digits", 2)
    labels = [b.proto.label for b in open_page("reconstruct", scored="1").get("download_button")]
    assert labels[0] == "Errors of all test samples"
    assert labels[1:] == [f"{codec_name(c)} model" for c in CODECS if c != "pca"]
    refs = {c: services.ref("digits", c, 2) for c in CODECS}
    made = Choice(services.data_info("digits"), (2,), 2, refs, (), {}, 0, View())
    rows = list(csv.DictReader(io.StringIO(csv_text(error_columns(made)))))
    assert len(rows) == services.data_info("digits").sizes[2]
    assert rows[7]["class"] == str(services.labels("digits")[7])
    for codec, which in refs.items():
        assert float(rows[7][codec]) == pytest.approx(float(services.errors(which)[7]))


def test_why_adds_up_for_every_codec(make_models, open_page, drawn):
    make_models("moons", 1)
    app = open_page("reconstruct", data="moons")
    app.toggle(key="reconstruct.why").set_value(True).run()
    assert drawn(app).count('class="bn-sum"') == len(CODECS)
    assert len(app.get("code")) == len(CODECS)


def test_without_models_pca_is_compared_with_nobody(no_models, open_page, drawn):
    app = open_page("reconstruct", scored="1")
    assert app.dataframe[0].value["Codec"].tolist() == ["PCA"]
    assert len(shown_samples(drawn(app))) == 6
    assert "No model yet" in app.info[0].value


def test_without_any_codec_an_empty_state(no_models, open_page):
    app = open_page("reconstruct", codecs="sparse,variational")
    assert [line.value.split("\n")[0] for line in app.info][-1] == "**No codec to compare.**"
    assert len(app.dataframe) == 0
