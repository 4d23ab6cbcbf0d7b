"""Denoise: the numbers on the page are those of the one damaged array that its link names."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from ae_core.errors import ModelFileError
from app import services
from app.choice import choice
from app.palette import CODECS, codec_name
from app.services import LINEAR, MEDIAN, NOISY, Damage
from app.widgets.repairs import BEST, decibels, repairs_png


def knob(app, codec):
    """The slider of a codec's weight; its key also tells the range."""
    return next(s for s in app.select_slider if s.key.startswith(f"view.weights.{codec}"))


IMAGE_NAMES = {NOISY: "Damaged", MEDIAN: "Median 3×3", LINEAR: "Best linear map"}


def rows(text):
    """Row title -> (its notes, the captions of its tiles)."""
    found = {}
    for part in text.split('<div class="bn-row">')[1:]:
        title = re.search(r"<b>(.*?)</b>", part)[1]
        notes = re.findall(r"<small>(.*?)</small>", part)
        tiles = [re.sub("<.*?>", "", c) for c in re.findall("<figcaption>(.*?)</figcaption>", part)]
        found[title] = (notes, tiles)
    return found


def chance(data, count=6, seed=0):
    test = services.data_info(data).sizes[2]
    return tuple(int(i) for i in np.random.default_rng(seed).permutation(test)[:count])


def expected_rows(asked, d):
    refs = [services.ref(asked.data, codec, d, corruption=asked.kind) for codec in CODECS]
    told = tuple(services.at_level(r, asked.kind, asked.level) for r in refs if r)
    return services.scores(asked, told)


def check(text, scores, names):
    found = rows(text)
    best = max(score.total for score in scores.values())
    for name, score in scores.items():
        notes, tiles = found[names.get(name) or codec_name(name)]
        assert notes[0].startswith(f"{decibels(score.total)} dB")
        assert (BEST in notes[0]) == (score.total == best)
        assert [tile.removeprefix(f"{BEST} ") for tile in tiles] == [
            decibels(v) for v in score.each
        ]
    for place in range(len(next(iter(scores.values())).each)):
        top = max(scores, key=lambda name: scores[name].each[place])
        assert found[names.get(top) or codec_name(top)][1][place].startswith(BEST)


@pytest.mark.parametrize(
    ("data", "d", "kind", "level"),
    [
        ("digits", 2, "gaussian", 0.5),
        ("digits", 2, "salt_pepper", 0.25),
        ("cbf", 2, "masking", 0.4),
    ],
)
def test_every_row_shows_the_decibels_of_the_identical_array(
    make_models, open_page, drawn, data, d, kind, level
):
    make_models(data, d)
    app = open_page("denoise", data=data, corruption=kind, noise_level=str(level), noise_seed="3")
    scores = expected_rows(Damage(data, chance(data), kind, level, 3), d)
    names = {**IMAGE_NAMES, MEDIAN: "Median of 3"} if data == "cbf" else IMAGE_NAMES
    check(drawn(app), scores, names)
    assert ("denoising" in scores) == (kind == "gaussian")  # the only one that was made
    assert any("identical array" in caption.value for caption in app.caption)


def test_boiling_changes_the_noise_and_keeps_the_samples(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("denoise")
    before = rows(drawn(app))
    app.button(key="denoise.boil").click().run()
    assert asked(app, "noise_seed") == "1"
    assert rows(drawn(app))["Damaged"] != before["Damaged"]
    check(
        drawn(app), expected_rows(Damage("digits", chance("digits"), "gaussian", 0.5, 1), 2),
        IMAGE_NAMES,
    )  # fmt: skip
    app.button(key="denoise.others").click().run()
    assert asked(app, "seed") == "1"
    assert asked(app, "noise_seed") == "1"
    other = Damage("digits", chance("digits", seed=1), "gaussian", 0.5, 1)
    check(drawn(app), expected_rows(other, 2), IMAGE_NAMES)


def test_chosen_samples_take_the_place_of_chance(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("denoise", picked="5,200,99999")
    chosen = Damage("digits", (5, 200), "gaussian", 0.5, 0)
    check(drawn(app), expected_rows(chosen, 2), IMAGE_NAMES)
    app.multiselect(key="view.picked").set_value([5, 7]).run()
    assert asked(app, "picked") == "5,7"
    assert len(rows(drawn(app))["PCA"][1]) == 2


def test_controls_write_the_address_and_the_address_sets_the_controls(
    make_models, open_page, drawn, asked
):
    make_models("digits", 2)
    app = open_page("denoise")
    app.slider(key="view.noise_level.gaussian").set_value(0.3).run()
    app.toggle(key="view.clip").set_value(True).run()
    app.toggle(key="denoise.block").set_value(True).run()
    app.slider(key="view.block_x").set_value(0.2).run()
    written = {name: asked(app, name) for name in ("noise_level", "clip", "block", "block_x")}
    assert written == {"noise_level": "0.3", "clip": "1", "block": "0.4", "block_x": "0.2"}
    again = open_page("denoise", **written)
    assert rows(drawn(again)) == rows(drawn(app))
    wanted = Damage("digits", chance("digits"), "gaussian", 0.3, 0, True, (0.2, 0.5, 0.4))
    check(drawn(again), expected_rows(wanted, 2), IMAGE_NAMES)


def test_a_denoiser_is_told_the_level_or_left_at_one(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("denoise", noise_level="0.8")
    assert rows(drawn(app))["Denoising"][0][1] == "told 0.8"
    assert not [s for s in app.select_slider if s.key.startswith("view.weights.denoising")]
    app.toggle(key="view.told").set_value(False).run()
    assert asked(app, "told") == "0"
    knob(app, "denoising").set_value(0.25).run()
    assert rows(drawn(app))["Denoising"][0][1] == "set to 0.25"
    fixed = services.ref("digits", "denoising", 2, 0.25)
    asked_for = Damage("digits", chance("digits"), "gaussian", 0.8, 0)
    score = services.scores(asked_for, (fixed,))["denoising"]
    assert rows(drawn(app))["Denoising"][0][0].startswith(decibels(score.total))


def test_another_noise_needs_another_denoiser_and_the_bar_says_so(make_models, open_page, drawn):
    make_models("digits", 2)
    app = open_page("denoise")
    assert not app.info
    app.button_group(key="view.corruption").set_value("masking").run()
    assert "Denoising" in app.info[0].value
    assert "Denoising" not in rows(drawn(app))
    assert app.slider(key="view.noise_level.masking").value == 0.5


def test_a_kind_that_means_nothing_here_gives_way(make_models, open_page):
    make_models("moons", 1)
    app = open_page("denoise", data="moons", corruption="salt_pepper", noise_level="7")
    assert app.button_group(key="view.corruption").value == "gaussian"
    assert app.slider(key="view.noise_level.gaussian").value == 1.0


def test_the_picture_holds_every_row(make_models):
    make_models("digits", 2)
    damage = Damage("digits", (1, 2, 3), "gaussian", 0.5, 0)
    picture = Image.open(io.BytesIO(repairs_png(choice(), damage)()))
    tile, rows_drawn = 112, 2 + len(CODECS) + 2
    assert picture.width == 3 * (tile + 4) + 4
    assert picture.height == rows_drawn * (tile + 20 + 4) + 4
    pixels = np.asarray(picture.convert("L"))[24 : 24 + tile, 4 : 4 + tile]  # clean, first sample
    clean = services.originals(damage)[0, 0] * 255
    np.testing.assert_allclose(pixels[7::14, 7::14], clean, atol=1)


def test_points_are_pulled_from_where_the_noise_put_them(make_models, open_page):
    make_models("moons", 1)
    app = open_page("denoise", data="moons")
    charts = {c.proto.id.rsplit("-", 1)[-1]: c for c in app.get("plotly_chart")}
    assert set(charts) == {*(f"pull.{n}" for n in (NOISY, *CODECS, LINEAR)), "denoise.curve"}
    wanted = Damage("moons", chance("moons", 120), "gaussian", 0.2, 0)
    for name, score in expected_rows(wanted, 1).items():
        assert f"{decibels(score.total)} dB" in charts[f"pull.{name}"].proto.spec
    assert "Erase a block" not in [toggle.label for toggle in app.toggle]
    assert not app.multiselect


def test_the_curve_comes_unasked_where_it_is_quick(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("denoise", noise_level="0.4")
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert figure["layout"]["annotations"][0]["text"] == "trained on 0 to 1"
    shade, now = figure["layout"]["shapes"]
    assert (shade["x0"], shade["x1"], now["x0"]) == (0.0, 1.0, 0.4)
    shown = {line["name"] for line in figure["data"]}
    assert shown == {*IMAGE_NAMES.values(), *map(codec_name, CODECS)}
    app = open_page("denoise", data="shapes")
    assert not app.get("plotly_chart")
    app.toggle(key="view.curve").set_value(True).run()
    assert asked(app, "curve") == "1"
    assert len(app.get("plotly_chart")) == 1


def test_without_models_the_filters_still_repair(no_models, open_page, drawn):
    app = open_page("denoise")
    assert set(rows(drawn(app))) == {"Clean", "PCA", *IMAGE_NAMES.values()}
    assert "No model yet" in app.info[0].value
    app = open_page("denoise", codecs="sparse")
    assert set(rows(drawn(app))) == {"Clean", *IMAGE_NAMES.values()}
    assert "Only the classical filters" in app.info[1].value
    open_page("denoise", data="moons", codecs="sparse")


def test_a_model_that_cannot_be_read_is_one_clear_line(make_models, open_page, monkeypatch):
    make_models("digits", 2)

    def refuse(path):
        raise ModelFileError(f"{path.name}: no weights")

    monkeypatch.setattr("app.services.catalogue.load_model", refuse)
    (line,) = open_page("denoise").error
    assert "no weights" in line.value
