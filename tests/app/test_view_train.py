"""The train page: ask for a race, see it run, look back, keep what it made."""

import re
import time

import pytest

from ae_core import load_model
from app.palette import CODECS, codec_name

TINY = "epochs:3;hidden_sizes:16"


def stage(app):
    return app.session_state["memory.race"]


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app):
    return {b.key for b in app.button}


def until(app, done, seconds=90):
    """Turns, as the page's timer would ask for them."""
    end = time.monotonic() + seconds
    while not done(stage(app).race):
        assert time.monotonic() < end
        app.run()
        assert not app.exception
    app.run()
    return app


def finish(app):
    press(app, "race.start")
    return until(app, lambda race: race.finished)


def words(app):
    return " ".join(c.value for c in app.caption)


def pictures(app, html):
    """The alternative texts of everything drawn."""
    return re.findall(r'alt="([^"]+)"', html)


@pytest.fixture
def tiny(no_models, open_page):
    def open_(race=TINY, **query):
        return open_page("train", race=race, **query)

    return open_


def test_controls_follow_from_the_configs_and_start_from_the_suggestion(tiny):
    app = tiny(race="")
    assert app.text_input(key="view.race.hidden_sizes").value == "64, 32"
    assert app.number_input(key="view.latent_dim").value == 2
    assert app.select_slider(key="view.race.sparse.lambda_").value == 0.1
    assert app.slider(key="view.race.denoising.noise_std").value == 0.5
    assert app.selectbox(key="view.race.output").value == "sigmoid"  # digits lie in [0, 1]
    app.selectbox(key="view.race.denoising.corruption").set_value("masking").run()
    assert app.slider(key="view.race.denoising.mask_fraction").value == 0.5


def test_the_knob_starts_where_the_shipped_model_has_its_slider(make_models, open_page):
    make_models("digits", 2)
    app = open_page("train")
    assert app.select_slider(key="view.race.variational.beta").value == 0.17


def test_settings_live_in_the_address(tiny, open_page, asked):
    app = tiny(race="")
    app.number_input(key="view.race.epochs").set_value(7)
    app.select_slider(key="view.race.sparse.lambda_").set_value(1.0)
    app.text_input(key="view.race.hidden_sizes").set_value("24, 12")
    app.toggle(key="view.race.tied").set_value(True)
    app.number_input(key="view.latent_dim").set_value(5)
    app.run()
    link = asked(app, "race")
    assert set(link.split(";")) == {
        "epochs:7", "hidden_sizes:24, 12", "sparse.lambda_:1", "tied:True"
    }  # fmt: skip
    again = open_page("train", race=link, latent_dim=asked(app, "latent_dim"))
    press(again, "race.start")
    race = stage(again).race
    assert race.settings.epochs == 7
    for runner in race.runners.values():
        config = runner.model.config
        assert (config.sizes, config.tied, config.latent_dim) == ((24, 12), True, 5)
    assert race.runners["sparse"].model.config.lambda_ == 1.0
    race.pause()
    app.number_input(key="view.race.epochs").set_value(50).run()  # back where it starts
    assert "epochs" not in asked(app, "race")


@pytest.mark.parametrize(
    "link", ["epochs:9999", "epochs:abc", "batch_size:-3", "sparse.lambda_:nan", "tied:perhaps",
             "architecture:rnn", "nobody.knows:1", "learning_rate:1e99"],
)  # fmt: skip
def test_a_strangers_settings_fall_back_to_the_suggestion(tiny, link):
    app = tiny(race=link)
    assert not app.error
    assert not app.button(key="race.start").disabled
    assert app.number_input(key="view.race.epochs").value == 50


def test_a_race_runs_to_its_table_with_pca_beside(tiny, drawn):
    app = finish(tiny())
    race = stage(app).race
    table = app.table[0].value
    assert list(table["codec"]) == [codec_name(c) for c in CODECS]
    shown = float(table["squared error per sample"][1])
    figure = race.figures["undercomplete"]["squared_error_per_image"]
    assert shown == pytest.approx(figure, rel=1e-3)
    alts = pictures(app, drawn(app))
    assert alts.count("reconstruction") == 3 * len(CODECS)
    assert sum(a.startswith("Codes of the valid") for a in alts) == len(CODECS)
    assert sum(a.startswith("The objective of") for a in alts) == len(CODECS) - 1
    last = race.runners["sparse"].laps[-1].record.valid
    assert f"= {last.total:.4g}" in words(app)
    (csv,) = [b for b in app.get("download_button") if "csv" in b.proto.label.lower()]
    assert csv is not None
    assert keys(app) >= {f"race.keep.{v}" for v in race.runners}


def test_the_plot_holds_every_line_and_the_baseline(tiny, drawn):
    app = finish(tiny(codecs="pca,undercomplete"))
    html = drawn(app)
    (chart,) = re.findall(r"Squared error per sample</b>.*?</svg>", html, re.DOTALL)
    lines = re.findall(r'd="M([^"]*)"[^>]*stroke="(#\w+)"[^>]*stroke-width="2.5"', chart)
    assert {hue for _, hue in lines} == {CODECS["pca"].colour, CODECS["undercomplete"].colour}
    for path, hue in lines:
        heights = {point.split()[1] for point in path.split("L")}
        assert (len(heights) == 1) == (hue == CODECS["pca"].colour)


def test_pause_step_and_going_on(tiny):
    app = tiny(race="epochs:60;hidden_sizes:16", codecs="pca,undercomplete,variational")
    press(app, "race.start")
    assert app.button(key="race.step").disabled
    assert not app.slider  # nothing to look back at until it stands still
    press(app, "race.pause")
    race = stage(app).race
    assert not race.playing
    time.sleep(0.5)
    app.run()
    before = race.epoch
    app.run()
    assert race.epoch == before < 60
    press(app, "race.step")
    until(app, lambda race: not race.playing)
    assert {len(r.laps) for r in race.runners.values()} == {before + 1}
    assert "race.play" in keys(app)
    press(app, "race.play")
    until(app, lambda race: race.epoch > before + 1)


def test_looking_back_moves_everything_together(tiny, drawn):
    app = finish(tiny(codecs="undercomplete,sparse"))
    race = stage(app).race
    late = drawn(app)
    slider = app.slider(key="memory.race.at")
    assert slider.value == 3
    slider.set_value(1).run()
    assert stage(app).epoch == 1
    early = drawn(app)
    for runner in race.runners.values():
        first, last = runner.laps[0], runner.laps[-1]
        assert f"squared error {first.sight.error:.4g}" in words(app)
        assert f"squared error {last.sight.error:.4g}" not in words(app)
    pattern = r'<img src="data:image/png[^"]*|<svg.*?</svg>|<img class="bn-sketch"[^>]*'
    before, after = (re.findall(pattern, html, re.DOTALL) for html in (late, early))
    assert len(before) == len(after)
    moved = sum(a != b for a, b in zip(before, after, strict=True))
    # the chart; per codec three reconstructions, plane and curves; originals and keys stand still
    assert moved == 1 + 2 * (3 + 1 + 1)
    slider.set_value(3).run()
    assert drawn(app) == late


def test_all_weights_at_zero_give_one_curve_and_the_page_says_so(tiny, asked):
    app = tiny()
    app.toggle(key="view.race.zero").set_value(True).run()
    assert "zero:True" in asked(app, "race")
    assert not app.select_slider  # no λ, no β to set
    finish(app)
    race = stage(app).race
    totals = {tuple(lap.record.valid.total for lap in r.laps) for r in race.runners.values()}
    assert len(totals) == 1
    assert any("Maximum difference = 0" in s.value for s in app.success)
    figures = [f["squared_error_per_image"] for n, f in race.figures.items() if n != "pca"]
    assert len(figures) == 5
    assert len(set(figures)) == 1


def test_curves_that_should_be_one_and_are_not_are_not_called_one(tiny, monkeypatch):
    monkeypatch.setattr("app.services.race.Race.difference", lambda race: 0.25)
    app = finish(tiny(race=TINY + ";zero:True", codecs="undercomplete,sparse"))
    assert not any("one curve" in s.value for s in app.success)
    assert any("Maximum difference = 0.25" in w.value for w in app.warning)


def test_with_weights_nobody_claims_one_curve(tiny):
    app = finish(tiny(codecs="undercomplete,variational"))
    assert not any("Maximum difference" in s.value for s in (*app.success, *app.warning))


def test_cancel_clears_the_page_and_writes_nothing(tiny, no_models):
    app = press(tiny(race="epochs:100;hidden_sizes:16"), "race.start")
    press(app, "race.cancel")
    assert stage(app).race is None
    assert "race.start" in keys(app)
    assert not (no_models / "home").exists()


def test_keep_names_the_file_and_other_pages_find_it(tiny, no_models):
    app = finish(tiny(codecs="pca,undercomplete,variational"))
    press(app, "race.keep.variational")
    (path,) = (no_models / "home" / "models").iterdir()
    assert any(path.name in s.value.replace("\\", "") for s in app.success)
    assert load_model(path).latent_dim == 2
    assert app.button(key="race.keep.variational").disabled
    app.switch_page("views/reconstruct.py").run()
    assert not app.exception
    missing = " ".join(i.value for i in app.info)
    assert "Variational" not in missing
    assert "Undercomplete" in missing


def test_a_shared_machine_offers_the_file_but_keeps_none(tiny, monkeypatch):
    monkeypatch.setenv("BOTTLENECK_READ_ONLY", "1")
    app = finish(tiny(codecs="undercomplete"))
    assert not [key for key in keys(app) if key and "keep" in key]
    labels = [b.proto.label for b in app.get("download_button")]
    assert any("Undercomplete" in label for label in labels)
    assert "keeps no models" in words(app)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"race": "hidden_sizes:abc"}, "hidden_sizes"),
        ({"race": "hidden_sizes:9000"}, "hidden_sizes"),
        ({"race": "architecture:conv;hidden_sizes:4", "data": "moons"}, "conv"),
        ({"race": "reconstruction:bernoulli", "data": "moons"}, "bernoulli"),
        ({"race": "hidden_sizes:8000, 8000"}, "too large"),
    ],
)
def test_a_wrong_setting_gives_one_line_and_no_race(tiny, query, names):
    app = tiny(**query)
    (line,) = app.error
    assert names in line.value.replace("\\", "")
    assert app.button(key="race.start").disabled


def test_who_diverges_says_so_in_its_card_and_the_others_finish(tiny):
    app = finish(tiny(race=TINY + ";learning_rate:1", codecs="pca,undercomplete,variational"))
    (line,) = app.error
    assert "epoch 1" in line.value
    assert list(app.table[0].value["codec"]) == ["PCA", "Undercomplete"]
    assert "race.keep.variational" not in keys(app)


def test_when_all_diverge_the_page_still_stands(tiny):
    app = press(tiny(race=TINY + ";learning_rate:1", codecs="pca,variational"), "race.start")
    until(app, lambda race: race.finished)
    assert len(app.error) == 1
    assert not app.table
    assert "race.cancel" in keys(app)


def test_nothing_to_train_says_what_to_do(tiny):
    app = tiny(codecs="pca")
    assert any("Nothing to train" in i.value for i in app.info)
    assert "race.start" not in keys(app)


@pytest.mark.parametrize(("data", "d", "drawing"), [("moons", 1, "where the codec puts it"),
                                                    ("cbf", 2, "series and reconstruction"),
                                                    ("digits", 5, "reconstruction")])  # fmt: skip
def test_every_kind_of_data_races(tiny, drawn, data, d, drawing):
    app = finish(
        tiny(race="epochs:1;hidden_sizes:8", data=data, latent_dim=str(d),
             codecs="pca,undercomplete,denoising")
    )  # fmt: skip
    assert stage(app).race.latent_dim == d
    alts = pictures(app, drawn(app))
    assert sum(drawing in a for a in alts) >= 3
    assert sum(a.startswith("Codes of the valid") for a in alts) == 3
    assert "memory.race.at" not in {s.key for s in app.slider}  # one epoch: nothing to look back at


def test_why_shows_the_numbers_of_the_epoch_looked_at(tiny):
    app = finish(tiny(codecs="variational"))
    app.slider(key="memory.race.at").set_value(2).run()
    app.toggle(key="race.why").set_value(True).run()
    assert not app.exception
    (code,) = app.code
    assert "record.epoch == 2" in code.value
    assert 'build("variational"' in code.value
    terms = stage(app).race.runners["variational"].laps[1].record.valid
    panel = " ".join(h.proto.body for h in app.get("html"))
    assert f"{terms.reconstruction + terms.weighted_penalty:.4g}" in panel


def test_settings_of_the_next_race_do_not_touch_the_one_that_runs(tiny):
    app = press(tiny(codecs="undercomplete"), "race.start")
    app.selectbox(key="view.data").set_value("moons").run()
    assert not app.exception
    assert stage(app).race.settings.data == "digits"
    assert "Digits, d = 2" in words(app)
