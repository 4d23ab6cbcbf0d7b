"""The train page: ask for a race, find it again, see what is left of it, keep what it made.

What the live component draws needs a browser: tests/browser/test_race.py.
"""

import json

import pytest

from ae_core.folders import runs_folder
from app import services
from app.palette import CODECS, codec_name
from app.widgets.race import Stage, ask, epoch_looked_at, props
from tests.app.pages import TINY, keys, press, words
from tests.app.racing import raced


@pytest.fixture
def wishes(monkeypatch):
    """A stage outside a page, whose acts do not touch an address."""
    stage = Stage()
    monkeypatch.setattr("app.widgets.race.race_stage", lambda: stage)
    monkeypatch.setattr("app.widgets.race.show_race", lambda name: stage.at.update(shown=name))
    return stage


def test_controls_follow_from_the_configs_and_start_from_the_suggestion(tiny):
    app = tiny(race="")
    assert app.text_input(key="view.race.hidden_sizes").value == "64, 32"
    assert app.number_input(key="view.latent_dim").value == 2
    assert app.select_slider(key="view.race.sparse.lambda_").value == 0.1
    assert app.slider(key="view.race.denoising.noise_std").value == 0.5
    assert app.selectbox(key="view.race.output").value == "sigmoid"  # digits lie in [0, 1]
    app.selectbox(key="view.race.denoising.corruption").set_value("masking").run()
    assert app.slider(key="view.race.denoising.mask_fraction").value == 0.5


def test_what_networks_share_is_told_where_there_are_several(tiny):
    said = "Sparse, Denoising: same seed, same first weights, same batches; only the objective"
    assert said in words(tiny(codecs="pca,sparse,denoising"))
    assert "same seed" not in words(tiny(codecs="pca,sparse"))


def test_the_knob_starts_where_the_shipped_model_has_its_slider(make_models, open_page):
    make_models("digits", 2)
    app = open_page("train")
    assert app.select_slider(key="view.race.variational.beta").value == 0.17


def test_a_race_ends_in_its_table_with_pca_beside(tiny, shown):
    app = press(tiny(), "race.start")
    race = shown(app)
    table = app.table[0].value
    assert list(table["codec"]) == [codec_name(c) for c in CODECS]
    (figures,) = services.race_figures(race)["undercomplete"]
    figure = figures["squared_error_per_image"]
    assert float(table["squared error per sample"][1]) == pytest.approx(figure, rel=1e-3)
    assert keys(app) >= {f"race.{act}.{v}" for v in race.variants for act in ("keep", "open")}
    labels = [b.proto.label for b in app.get("download_button")]
    assert sum(label.startswith("Download") for label in labels) == len(race.runs)
    assert any("csv" in label.lower() for label in labels)


def test_several_seeds_are_one_row_with_a_spread(tiny, shown):
    app = press(tiny(race=TINY + ";seeds:3", codecs="pca,undercomplete"), "race.start")
    table = app.table[0].value
    assert list(table["seeds"]) == ["–", "3"]
    values = [f["mse_per_pixel"] for f in services.race_figures(shown(app))["undercomplete"]]
    middle, least, most = services.middle_and_spread(values)
    assert table["MSE per value"][1] == f"{middle:.4g} ({least:.4g}–{most:.4g})"
    assert "over so many seeds" in words(app)


def test_a_link_finds_the_race_again_and_the_shelf_offers_it(tiny, open_page, asked):
    name = asked(press(tiny(codecs="undercomplete"), "race.start"), "run")
    again = open_page("train", run=name)
    assert list(again.table[0].value["codec"]) == ["PCA", "Undercomplete"]
    fresh = open_page("train")
    assert not fresh.table
    press(fresh, f"race.open.{name}")
    assert asked(fresh, "run") == name
    assert fresh.table


def test_who_started_a_race_may_delete_it(tiny, asked, monkeypatch):
    monkeypatch.setattr("app.state.visitor", lambda: "me")
    app = press(tiny(codecs="undercomplete"), "race.start")
    name = asked(app, "run")
    monkeypatch.setattr("app.state.visitor", lambda: "another")
    assert "race.delete" not in keys(app.run())
    monkeypatch.setattr("app.state.visitor", lambda: "me")
    press(app.run(), "race.delete")
    assert services.find_race(name) is None
    assert asked(app, "run") is None
    assert "race.start" in keys(app)


def test_a_link_to_a_race_that_is_gone_says_so_and_offers_a_new_one(tiny):
    app = tiny(run="0123456789ab")
    assert any("not on this machine" in i.value for i in app.info)
    assert "race.start" in keys(app)


@pytest.mark.parametrize("run", ["../../etc", "0123456789AB", "20261121-171202-056f42b424/.."])
def test_a_strangers_race_is_refused(tiny, run):
    app = tiny(run=run)
    assert any("run" in w.value for w in app.warning)
    assert "race.start" in keys(app)


def test_the_component_is_told_what_it_needs(tiny, shown):
    race = shown(press(tiny(codecs="pca,undercomplete,variational"), "race.start"))
    told = props(race)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert [one["id"] for one in told["runs"]] == ["undercomplete", "variational"]
    assert [one["id"] for one in told["baselines"]] == ["pca"]
    assert told["runs"][0]["knob"] is None
    knob = told["runs"][1]["knob"]
    assert (knob["field"], knob["symbol"]) == ("beta", "β")
    assert knob["low"] <= knob["value"] <= knob["high"]
    assert not told["zero"]


def test_wishes_and_orders_of_a_browser_are_obeyed_or_refused_with_a_sentence(trained_here, wishes):
    small = (("hidden_sizes", (16,)), ("latent_dim", 2))
    configs = (("undercomplete", small), ("variational", small))
    settings = services.RaceSettings("digits", configs, 3, 64, 0.003, 0)
    race = services.find_race(services.start_race(settings, "somebody"))
    ask(race, {"act": "branch", "epoch": 1})
    branch = services.find_race(wishes.at["shown"])
    assert services.race_state(branch) == "paused"
    assert services.order_race(branch.id, {"act": "step", "unit": "epoch"}) == ""
    assert [run.status().epoch for run in branch.runs] == [2, 2]
    change = {"act": "change", "field": "beta", "value": 4, "run": branch.runs[1].id}
    assert services.order_race(branch.id, change) == ""
    for wrong, said in [
        ({"act": "explode"}, "explode"),
        ({}, "action"),
        (change | {"value": -1.0}, "beta"),
        (change | {"value": "many"}, "many"),
        (change | {"value": None}, "NoneType"),
        (change | {"run": race.runs[1].id}, "no run of"),
        (change | {"field": "latent_dim"}, "latent_dim"),
    ]:
        assert said in services.order_race(branch.id, wrong)
    ask(branch, {"act": "branch", "epoch": 99})
    assert "99" in wishes.failure
    assert services.order_race("nobody", {"act": "play"}) is None
    assert services.order_race(branch.id, {"act": "play"}) == ""
    assert services.race_state(branch) == "finished"
    (change,) = branch.runs[1].changes()
    assert (change["field"], change["value"]) == ("beta", 4)
    ask(branch, {"act": "look", "epoch": 2})
    assert epoch_looked_at(branch) == 2
    ask(branch, {"act": "look", "epoch": 0})  # follows the race
    assert epoch_looked_at(branch) == 3
    ask(branch, {"act": "close"})
    assert wishes.at["shown"] == ""


def test_all_weights_at_zero_leave_one_row_of_figures(tiny, asked, shown):
    app = tiny()
    app.toggle(key="view.race.zero").set_value(True).run()
    assert "zero:True" in asked(app, "race")
    assert not app.select_slider  # no λ, no β to set
    race = shown(press(app, "race.start"))
    assert props(race)["zero"]
    figures = [one["squared_error_per_image"] for (one,) in services.race_figures(race).values()]
    assert len(figures) == 5
    assert len(set(figures)) == 1


def test_too_many_runs_are_refused_with_one_line(tiny, monkeypatch):
    monkeypatch.setenv("AE_MAX_WAITING_PER_VISITOR", "2")
    app = tiny()
    (line,) = app.error
    assert "AE\\_MAX\\_WAITING" in line.value
    assert app.button(key="race.start").disabled
    assert not runs_folder().exists()


def test_who_diverges_is_left_out_of_the_table(tiny):
    app = press(
        tiny(race=TINY + ";learning_rate:1", codecs="pca,undercomplete,variational"), "race.start"
    )
    assert list(app.table[0].value["codec"]) == ["PCA", "Undercomplete"]
    assert "race.keep.variational" not in keys(app)


def test_when_all_diverge_the_page_still_stands(tiny, shown):
    app = press(tiny(race=TINY + ";learning_rate:1", codecs="pca,variational"), "race.start")
    assert services.race_state(shown(app)) == "failed"
    assert not app.table


def test_nothing_to_train_says_what_to_do_and_offers_what_there_is(tiny):
    race = raced("undercomplete", epochs=1)
    app = tiny(codecs="pca")
    assert any("Nothing to train" in i.value for i in app.info)
    assert "race.start" not in keys(app)
    assert f"race.open.{race.id}" in keys(app)


@pytest.mark.parametrize(("data", "d"), [("moons", 1), ("cbf", 2), ("digits", 5)])
def test_every_kind_of_data_races(tiny, shown, data, d):
    app = tiny(race="epochs:1;hidden_sizes:8", data=data, latent_dim=str(d),
               codecs="pca,undercomplete,denoising")  # fmt: skip
    race = shown(press(app, "race.start"))
    assert (race.data, race.latent_dim) == (data, d)
    told = props(race)
    assert (told["data"]["places"] is not None) == (data == "moons")
    samples = {"moons": "points", "cbf": "series", "digits": "images"}[data]
    assert told["text"]["speed"] == f"{{rate}} {samples}/s"
    assert services.asset(told["baselines"][0]["url"].rsplit("/", 1)[1].removesuffix(".bin"))


def test_why_shows_the_numbers_of_the_last_epoch_or_the_one_looked_at(tiny, shown):
    app = press(tiny(codecs="variational"), "race.start")
    race = shown(app)
    app.session_state["memory.race"].at[race.id] = 2
    app.toggle(key="race.why").set_value(True).run()
    assert not app.exception
    (code,) = app.code
    assert "record.epoch == 2" in code.value
    assert 'build("variational"' in code.value
    terms = race.runs[0].history()[1].record.valid
    panel = " ".join(h.proto.body for h in app.get("html"))
    assert f"{terms.reconstruction + terms.weighted_penalty:.4g}" in panel


def test_settings_of_the_next_race_do_not_touch_the_one_that_is_shown(tiny, shown):
    app = press(tiny(codecs="undercomplete"), "race.start")
    app.selectbox(key="view.data").set_value("moons").run()
    assert not app.exception
    assert shown(app).data == "digits"
    assert app.table
