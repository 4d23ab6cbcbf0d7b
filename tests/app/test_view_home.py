"""Home: every codec's code, answer and error for one sample, for every kind of data."""

import re

import numpy as np
import pytest

from app import services
from app.palette import CODECS, codec_name
from app.widgets.codec_cards import code_words


def knob(app, codec):
    """The slider of a codec's weight; its key also tells the range."""
    return next(s for s in app.select_slider if s.key.startswith(f"view.weights.{codec}"))


FORMULA = "‖x\u00a0−\u00a0x̂‖² = "


def squared_errors(text):
    return [float(found) for found in re.findall(re.escape(FORMULA) + r"([\d.e-]+)", text)]


def refs(data, d):
    return [services.ref(data, codec, d) for codec in CODECS]


@pytest.mark.parametrize(("data", "d"), [("digits", 2), ("moons", 1), ("cbf", 8)])
def test_a_card_per_codec_with_its_own_error(make_models, open_page, drawn, data, d):
    make_models(data, d)
    text = drawn(open_page("home", data=data, sample="3"))
    expected = [float(services.errors(which)[3]) for which in refs(data, d)]
    assert squared_errors(text) == pytest.approx(expected, rel=0.01)
    for codec in CODECS:
        assert f"{codec_name(codec)}: reconstruction" in text
        assert CODECS[codec].colour in text


def test_codes_up_to_two_numbers_are_written_out_wider_ones_counted(make_models, open_page, drawn):
    make_models("digits", 2)
    make_models("digits", 16)
    z = services.codes(services.ref("digits", "pca", 2))[0]
    written = "z = " + ", ".join(f"{v:.2f}".replace("-", "−") for v in z)
    assert written in drawn(open_page("home", latent_dim="2"))
    assert code_words(np.array([0.00512, -0.0123])) == "z = 0.00512, −0.0123"
    z = np.abs(services.codes(services.ref("digits", "pca", 16))[0])
    used = int((z > 0.05 * z.max()).sum())
    assert f"PCA: code {used} of 16 far from 0 here" in drawn(open_page("home", latent_dim="16"))


def test_the_sample_can_be_stepped_and_kept_to_a_class(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("home", sample="5")
    app.button(key="sample.after").click().run()
    assert asked(app, "sample") == "6"
    app.selectbox(key="view.label").set_value(7).run()
    app.button(key="sample.after").click().run()
    sample = int(asked(app, "sample"))
    assert services.labels("digits")[sample] == 7
    for _ in range(3):
        app.button(key="sample.random").click().run()
        assert services.labels("digits")[int(asked(app, "sample"))] == 7


def test_the_first_sample_lies_after_the_last(make_models, open_page, asked):
    make_models("moons", 1)
    last = services.data_info("moons").sizes[2] - 1
    app = open_page("home", data="moons", sample=str(last))
    app.button(key="sample.after").click().run()
    assert app.slider(key="view.sample").value == 0
    app.button(key="sample.before").click().run()
    assert asked(app, "sample") == str(last)


def test_a_weight_changes_its_own_codec_and_no_other(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("home")
    before = squared_errors(drawn(app))
    knob(app, "variational").set_value(3.0).run()
    after = squared_errors(drawn(app))
    place = list(CODECS).index("variational")
    assert asked(app, "weights") == "variational:3"
    assert after[place] != before[place]
    assert np.delete(after, place).tolist() == np.delete(before, place).tolist()


def test_a_code_set_by_hand_is_what_gets_decoded(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("home")
    app.toggle(key="home.hand").set_value(True).run()
    assert asked(app, "hand") == "0.5,0.5"
    app.slider(key="view.hand.1").set_value(1.0).run()
    assert asked(app, "hand") == "0.5,1"
    x, expected = services.samples("digits", (0,))[0], []
    for which in refs("digits", 2):
        x0, x1, _, y1 = services.code_range(which)
        x_hat = services.decode(which, (((x0 + x1) / 2, y1),))[0]
        expected.append(float(((x_hat - x) ** 2).sum()))
    assert squared_errors(drawn(app)) == pytest.approx(expected, rel=0.01)
    app.toggle(key="home.hand").set_value(False).run()
    assert asked(app, "hand") is None


def test_a_line_has_one_number_to_move(make_models, open_page):
    make_models("moons", 1)
    app = open_page("home", data="moons", hand="0.25,0.5")
    assert [s.key for s in app.slider] == ["view.sample", "view.hand.0"]
    assert app.toggle(key="home.hand").value


def test_without_models_pca_stands_alone_and_the_next_step_is_said(no_models, open_page, drawn):
    app = open_page("home")
    assert len(squared_errors(drawn(app))) == 1
    (line,) = app.info
    assert "No model yet" in line.value
    assert "Train" in line.value


def test_without_any_codec_the_input_is_still_shown(no_models, open_page, drawn):
    app = open_page("home", codecs="sparse")
    text = drawn(app)
    assert squared_errors(text) == []
    assert 'alt="sample 0, class 4"' in text
    assert len(app.info) == 1


def test_no_chart_library_on_the_landing_page(make_models, open_page):
    make_models("digits", 2)
    assert len(open_page("home").get("plotly_chart")) == 0


def test_every_page_is_one_click_away(make_models, open_page):
    make_models("digits", 2)
    links = [link.proto.page for link in open_page("home").get("page_link")]
    assert links == ["train", "reconstruct", "latent", "denoise", "generate"]
