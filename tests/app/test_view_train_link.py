"""The train page's settings in its address: kept there, read from there, refused with a reason."""

import pytest

from tests.app.pages import press


def test_settings_live_in_the_address(tiny, open_page, asked, shown):
    app = tiny(race="")
    app.number_input(key="view.race.epochs").set_value(2)
    app.number_input(key="view.race.seeds").set_value(2)
    app.select_slider(key="view.race.sparse.lambda_").set_value(1.0)
    app.text_input(key="view.race.hidden_sizes").set_value("24, 12")
    app.toggle(key="view.race.tied").set_value(True)
    app.number_input(key="view.latent_dim").set_value(5)
    app.run()
    link = asked(app, "race")
    assert set(link.split(";")) == {
        "epochs:2", "seeds:2", "hidden_sizes:24, 12", "sparse.lambda_:1", "tied:True"
    }  # fmt: skip
    again = open_page("train", race=link, latent_dim=asked(app, "latent_dim"))
    race = shown(press(again, "race.start"))
    assert (race.recipe.epochs, race.seeds, race.latent_dim) == (2, (0, 1), 5)
    assert len(race.runs) == 10
    for spec in race.specs:
        assert (list(spec.config["hidden_sizes"]), spec.config["tied"]) == ([24, 12], True)
        assert spec.side_by_side
        assert spec.rewindable
    assert {s.config["lambda_"] for s in race.specs if s.variant == "sparse"} == {1.0}
    app.number_input(key="view.race.epochs").set_value(50).run()  # back where it starts
    assert "epochs" not in asked(app, "race")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("epochs:9999", "epochs must be at most 300, got 9999. 50 stands instead."),
        ("epochs:abc", "epochs must be a number, got 'abc'. 50 stands"),
        ("batch_size:-3", "batch_size must be at least 16, got -3."),
        ("batch_size:2", "batch_size must be at least 16, got 2."),
        ("sparse.lambda_:nan", "sparse.lambda_ must be a finite number, got nan."),
        ("tied:perhaps", "tied must be true or false, got 'perhaps'. False stands"),
        ("architecture:rnn", "must be one of mlp, conv, fully_conv, got 'rnn'. mlp stands"),
        ("nobody.knows:1", "there is no nobody.knows."),
        ("sparse.knows:1", "there is no sparse.knows."),
        ("pca.lambda_:1", "there is no pca.lambda_."),
        ("depth:1", "there is no depth."),
        ("sweep.depth:1", "there is no sweep.depth."),
        ("learning_rate:1e99", "learning_rate must be at most 10, got 1e+99."),
        ("preset:best", "unknown preset 'best'"),
        ("zero:perhaps", "zero must be true or false, got 'perhaps'. False stands"),
    ],
)
def test_a_strangers_settings_fall_back_to_the_suggestion_and_say_so(tiny, link, said):
    app = tiny(race=link)
    assert not app.error
    (line,) = app.warning
    assert said in line.value.replace("\\", "")
    assert not app.button(key="race.start").disabled
    assert app.number_input(key="view.race.epochs").value == 50


def test_what_stands_instead_is_told_until_it_is_chosen_anew(tiny):
    app = tiny(race="batch_size:2")
    assert app.run().warning
    app.number_input(key="view.race.batch_size").set_value(32).run()
    assert not app.warning


def test_settings_of_codecs_that_wait_and_of_sweeps_are_no_fault(tiny):
    link = "zero:False;sparse.lambda_:2;sweep.points:5;sweep.from_variational:.1;preset:paper-30d"
    assert not tiny(race=link, codecs="undercomplete").warning


def test_what_the_form_refuses_hides_no_fault_and_keeps_none(tiny):
    link = "batch_size:2;sweep.from_variational:9;sweep.to_variational:1"
    app = tiny(race=link, mode="sweep")
    assert "must rise" in app.error[0].value
    (line,) = app.warning
    assert "batch\\_size" in line.value
    app.number_input(key="view.race.sweep.from_variational").set_value(0.5)
    app.number_input(key="view.race.batch_size").set_value(32).run()
    assert not app.error
    assert not app.warning


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"race": "hidden_sizes:abc"}, "“Hidden sizes”"),
        ({"race": "hidden_sizes:9000"}, "“Hidden sizes”"),
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


def test_a_typing_error_is_told_beside_its_field_and_leaves_the_form(tiny):
    app = tiny(race="hidden_sizes:64, x", codecs="sparse")
    (line,) = app.error
    assert "got '64, x'" in line.value.replace("\\", "")
    assert app.button(key="race.start").disabled
    assert app.number_input(key="view.race.epochs").value == 50
    assert app.select_slider(key="view.race.sparse.lambda_").value == 0.1
    app.text_input(key="view.race.hidden_sizes").set_value("64").run()
    assert not app.error
    assert not app.button(key="race.start").disabled
