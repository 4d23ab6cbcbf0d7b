"""The train page as a sweep: ask for one, find it again, point at a run; and recipes by name.

What the live plot draws needs a browser: tests/browser/test_sweep.py.
"""

import json

import pytest

from app import services
from app.widgets.sweep import sweep_props
from app.widgets.sweep_text import sweep_words
from tests.app.pages import keys, press, words

TINY = "epochs:2;hidden_sizes:16;sweep.points:3;seeds:2"


@pytest.fixture
def tiny(trained_here, open_page):
    def open_(race=TINY, **query):
        return open_page("train", mode="sweep", race=race, **query)

    return open_


def test_the_switch_is_in_the_address_and_leaves_what_is_shown(tiny, open_page, asked, shown):
    app = open_page("train")
    app.segmented_control(key="memory.mode").set_value("sweep").run()
    assert asked(app, "mode") == "sweep"
    assert app.selectbox(key="view.race.sweep.variant").value == "variational"
    assert not [p for p in app.pills if p.key == "view.codecs"]
    app = press(tiny(), "race.start")
    assert shown(app).varied == "beta"
    link = open_page("train", run=asked(app, "run"))  # the sweep itself says what the page is
    assert link.segmented_control(key="memory.mode").value == "sweep"
    assert link.table
    link.segmented_control(key="memory.mode").set_value("race").run()
    assert (asked(link, "run"), asked(link, "mode")) == (None, None)
    assert not link.table
    assert "race.start" in keys(link)


@pytest.mark.parametrize(
    ("variant", "name"),
    [("sparse", "lambda_"), ("contractive", "lambda_"), ("denoising", "noise_std")],
)
def test_every_codec_with_a_weight_sweeps_over_it(tiny, shown, variant, name):
    app = tiny(race=f"epochs:2;hidden_sizes:16;sweep.points:3;sweep.variant:{variant}")
    assert not app.error
    race = shown(press(app, "race.start"))
    assert (race.varied, race.variants, len(race.runs)) == (name, (variant,), 3)
    table = app.table[0].value
    assert len(table) == 3
    assert json.loads(json.dumps(sweep_props(race), allow_nan=False)) == sweep_props(race)


def test_the_kind_of_noise_decides_what_is_swept(tiny, shown):
    app = tiny(race=f"{TINY};sweep.variant:denoising")
    app.selectbox(key="view.race.denoising.corruption").set_value("masking").run()
    assert not app.exception
    race = shown(press(app, "race.start"))
    assert race.varied == "mask_fraction"
    assert {spec.config["corruption"] for spec in race.specs} == {"masking"}


def test_settings_live_in_the_address(tiny, open_page, asked, shown):
    app = tiny(race="epochs:1;hidden_sizes:8")
    app.number_input(key="view.race.sweep.from_variational").set_value(0.5)
    app.number_input(key="view.race.sweep.to_variational").set_value(2.0)
    app.number_input(key="view.race.sweep.points").set_value(3)
    app.run()
    link = asked(app, "race")
    again = open_page("train", mode="sweep", race=link)
    assert "3 trainings of Variational: 0.5, 1, 2." in words(again)
    race = shown(press(again, "race.start"))
    assert [services.weight_of(run) for run in race.runs] == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("race", "said"),
    [
        ("sweep.from_variational:5;sweep.to_variational:2", "must rise"),
        ("sweep.from_variational:0;sweep.to_variational:2", "above 0"),
        ("sweep.points:15;seeds:5", "75 runs at once"),
    ],
)
def test_what_makes_no_sweep_gives_one_line(tiny, race, said):
    app = tiny(race=race)
    (line,) = app.error
    assert said in line.value.replace("\\", "")
    assert app.button(key="race.start").disabled


@pytest.mark.parametrize(
    "race", ["sweep.variant:pca", "sweep.variant:undercomplete", "sweep.points:999",
             "sweep.points:abc", "sweep.from_variational:nan", "sweep.to_variational:x"],
)  # fmt: skip
def test_a_strangers_settings_fall_back(tiny, race):
    app = tiny(race=race)
    assert not app.error
    (line,) = app.warning
    assert race.partition(":")[0] in line.value.replace("\\", "")
    assert not app.button(key="race.start").disabled
    assert app.number_input(key="view.race.sweep.points").value == 7


def test_a_sweep_ends_in_a_table_over_seeds_and_a_file(tiny, shown):
    app = press(tiny(), "race.start")
    race = shown(app)
    table = app.table[0].value
    assert list(table["β"]) == [f"{services.weight_of(run):.3g}" for run in race.runs[:3]]
    assert list(table["seeds"]) == ["2", "2", "2"]
    values = [one["kl_nats_per_image"] for one in next(iter(services.sweep_figures(race).values()))]
    middle, least, most = services.middle_and_spread(values)
    assert table["KL in nats"][0] == f"{middle:.4g} ({least:.4g}–{most:.4g})"
    assert "nothing was chosen by these figures" in words(app)
    assert any("CSV" in b.proto.label for b in app.get("download_button"))
    fresh = press_earlier(app, race)
    assert fresh.table


def press_earlier(app, race):
    app.segmented_control(key="memory.mode").set_value("race").run()
    return press(app, f"race.open.{race.id}")


def test_a_run_that_is_pointed_at_may_be_opened_everywhere(tiny, asked, shown):
    app = press(tiny(), "race.start")
    race = shown(app)
    assert "race.open.variational" not in keys(app)
    picked = race.runs[4]
    app.session_state["memory.race"].picked[race.id] = picked.id
    app.run()
    assert not app.exception
    press(app, "race.open.variational")
    assert asked(app, "models") == f"variational:{picked.id}"


def test_why_says_it_in_words_with_the_lines_that_make_a_point(tiny, shown):
    app = press(tiny(), "race.start")
    app.toggle(key="sweep.why").set_value(True).run()
    assert not app.exception
    assert "trained at one β" in " ".join(m.value for m in app.markdown)
    (code,) = app.code
    assert 'build("variational"' in code.value
    assert "record.epoch == 2" in code.value


def test_every_weight_has_its_words():
    for variant in ("variational", "sparse", "contractive", "denoising"):
        words = sweep_words(variant, "λ", 1)
        assert words.startswith("Each point is one network")
        assert "seeds" not in words


def test_who_started_a_sweep_may_delete_it(tiny, asked):
    app = press(tiny(), "race.start")
    name = asked(app, "run")
    press(app, "race.delete")
    assert services.find_race(name) is None
    assert asked(app, "mode") == "sweep"


def test_one_point_is_deleted_from_its_curves_and_the_others_stay(
    tiny, open_page, asked, shown, monkeypatch
):
    monkeypatch.setattr("app.state.visitor", lambda: "me")
    app = press(tiny("epochs:1;hidden_sizes:16;sweep.points:3"), "race.start")
    race = shown(app)
    app.session_state["memory.race"].picked[race.id] = race.runs[1].id
    alone = open_page("train", run=race.runs[1].id)
    press(alone, "sweep.back")
    assert (asked(alone, "run"), asked(alone, "mode")) == (race.id, "sweep")
    alone = open_page("train", run=race.runs[1].id)
    (delete,) = [b for b in alone.button if b.key == "race.delete"]
    assert delete.label == "Delete this point of the sweep"
    press(alone, "race.delete")
    assert asked(alone, "run") == race.id
    assert len(alone.table[0].value) == 2
    assert len(app.run().table[0].value) == 2  # who had pointed at it, too
    assert not app.error


@pytest.fixture
def recipes(monkeypatch):
    """Two of the recipes, as if they were for the digits."""
    found = {name: services.preset(name)
             for name in ("paper-vae-20d", "paper-30d", "paper-contractive")}  # fmt: skip
    for name in ("race_presets", "presets_of"):
        monkeypatch.setattr(
            f"app.services.{'race_settings.' if name == 'presets_of' else ''}{name}",
            lambda data="", **_: tuple(found),
        )
    return found


def test_a_recipe_fills_in_the_settings_of_its_variant(trained_here, open_page, asked, recipes):
    app = open_page("train")
    app.selectbox(key="memory.race.preset.").set_value("paper-30d").run()
    assert not app.exception
    assert asked(app, "race") == "preset:paper-30d"
    assert (asked(app, "latent_dim"), asked(app, "codecs")) == ("30", "pca,undercomplete")
    assert app.text_input(key="view.race.hidden_sizes").value == "512, 256"
    assert app.number_input(key="view.race.epochs").value == 150
    assert app.number_input(key="view.race.batch_size").value == 128
    assert app.selectbox(key="view.race.output").value == "sigmoid"
    said = words(app).replace("\\", "")
    assert "deform 0.5" in said
    assert "30 numbers an image, after Hinton & Salakhutdinov 2006." in said
    app.number_input(key="view.race.epochs").set_value(1)
    app.text_input(key="view.race.hidden_sizes").set_value("16").run()
    race = services.find_race(asked(press(app, "race.start"), "run"))
    assert (race.recipe.epochs, race.recipe.deform, race.recipe.batch_size) == (1, 0.5, 128)
    assert race.latent_dim == 30
    link = {"race": "preset:paper-30d", "latent_dim": "30", "codecs": "pca,undercomplete"}
    app = open_page("train", **link)
    app.selectbox(key="memory.race.preset.").set_value("").run()
    assert [asked(app, name) for name in link] == [None, None, None]
    assert app.text_input(key="view.race.hidden_sizes").value == "64, 32"


def test_a_recipe_without_hidden_layers_starts_as_it_stands(
    trained_here, open_page, asked, recipes
):
    name = "paper-contractive"
    app = open_page("train", race=f"preset:{name}", latent_dim="1000", codecs="pca,contractive")
    assert app.text_input(key="view.race.hidden_sizes").value == "none"
    assert not app.error
    app.number_input(key="view.race.epochs").set_value(1).run()
    race = services.find_race(asked(press(app, "race.start"), "run"))
    given = {**recipes[name].config, "hidden_sizes": []}
    assert race.specs[0].config == race.specs[0].config | given


def test_a_recipe_over_the_limit_is_refused_with_the_limit(open_page, recipes, monkeypatch):
    monkeypatch.setenv("AE_MAX_EPOCHS", "10")
    app = open_page("train", race="preset:paper-30d", latent_dim="30", codecs="undercomplete")
    (line,) = app.error
    assert "epochs must lie between 1 and 10 here, got 150" in line.value.replace("\\", "")
    assert app.button(key="race.start").disabled


def test_a_sweep_offers_the_recipes_of_its_codec(trained_here, open_page, recipes):
    app = open_page("train", mode="sweep", race="preset:paper-vae-20d")
    assert len(app.selectbox(key="memory.race.preset.variational").options) == 2
    assert app.selectbox(key="view.race.reconstruction").value == "bernoulli"
    assert app.number_input(key="view.race.epochs").value == 60


@pytest.mark.parametrize("name", ["paper-nothing", "", "../x"])
def test_a_strangers_recipe_is_the_suggestion(open_page, recipes, name):
    app = open_page("train", race=f"preset:{name}")
    assert not app.error
    assert app.number_input(key="view.race.epochs").value == 50


def test_every_recipe_for_mnist_is_one_that_the_page_can_start():
    names = services.race_presets("mnist")
    assert "paper-30d" in names
    assert "paper-denoise-gaussian" not in names  # its code of maps is larger than a race can show
    assert services.race_presets("digits") == ()
    for name in names:
        start = services.recipe_start("mnist", name)
        assert start["epochs"] <= services.most_epochs()
        assert start["latent_dim"] <= services.MAX_LATENT
        low, high = services.BATCHES
        assert low <= start["batch_size"] <= high
