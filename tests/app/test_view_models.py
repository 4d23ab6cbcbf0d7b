"""Models of races on the pages: kept, opened by the address, and the way back."""

from ae_core import load_model
from tests.app.pages import TINY, keys, press, said, words


def test_keep_names_the_file_and_changes_no_page(tiny, no_models, open_page):
    app = press(tiny(codecs="pca,undercomplete,variational"), "race.start")
    press(app, "race.keep.variational")
    (path,) = (no_models / "home" / "kept").iterdir()
    assert any(path.name in s.value.replace("\\", "") for s in app.success)
    assert load_model(path).latent_dim == 2
    assert app.button(key="race.keep.variational").disabled
    app.switch_page("views/reconstruct.py").run()
    assert not app.exception
    assert "Variational" in " ".join(i.value for i in app.info)  # still without a model
    fresh = open_page("train")
    assert len(fresh.selectbox(key="kept.model").options) == 1
    press(fresh, "kept.open")
    assert fresh.query_params["models"] in (f"variational:{path.stem[-26:]}",)


def test_open_everywhere_is_the_visitors_view_and_leads_back(
    make_models, tiny, open_page, asked, shown
):
    make_models("digits", 5)
    app = tiny(codecs="pca,variational", latent_dim="5", weights="variational:0.5")
    race = shown(press(app, "race.start"))
    run = race.runs[0].id
    press(app, "race.open.variational")
    assert not app.table  # another page
    assert (asked(app, "latent_dim"), asked(app, "weights")) == ("5", None)
    assert asked(app, "models") == f"variational:{run}"
    assert "a model of a race" in said(app)
    link = {name: asked(app, name) for name in ("models", "latent_dim", "codecs")}
    other = open_page("reconstruct", codecs="pca,variational", latent_dim="5")
    assert [s.key for s in other.select_slider if "weights.variational" in s.key]
    assert "a model of a race" not in said(other)
    followed = open_page("reconstruct", **link)
    assert "a model of a race" in said(followed)
    assert not [s.key for s in followed.select_slider if "weights.variational" in s.key]
    press(followed, "opened.back.variational")
    assert asked(followed, "models") is None
    assert [s.key for s in followed.select_slider if "weights.variational" in s.key]


def test_a_model_opens_at_its_own_data_and_size_and_waits_elsewhere(tiny, open_page, asked, shown):
    race = shown(press(tiny(codecs="variational", latent_dim="3"), "race.start"))
    link = f"variational:{race.runs[0].id}"
    wrong = open_page("latent", models=link.replace("variational", "sparse"), latent_dim="3")
    assert "not on this machine" in said(wrong)  # another codec's
    app = open_page("latent", models=link, data="moons")
    assert "is not shown here" in said(app)
    press(app, "opened.go.variational")
    assert (asked(app, "data"), asked(app, "latent_dim")) == (None, "3")  # digits is the default
    assert "a model of a race" in said(app)
    assert app.button(key="opened.back.variational").label == "Close it"  # nothing was shipped


def test_a_model_that_is_gone_is_said_and_the_default_shown(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("latent", models="variational:20260101-120000-0123456789")
    assert "not on this machine" in said(app)
    assert not app.warning
    press(app, "opened.back.variational")
    assert asked(app, "models") is None
    assert "not on this machine" not in said(app)


def test_a_denoiser_opened_for_other_noise_says_so_when_the_noise_changes(
    tiny, make_models, open_page, shown
):
    make_models("digits", 2)
    app = tiny(race=TINY + ";denoising.corruption:masking", codecs="denoising")
    race = shown(press(app, "race.start"))
    link = {"models": f"denoising:{race.runs[0].id}", "latent_dim": "2", "codecs": "denoising"}
    page = open_page("denoise", corruption="gaussian", **link)
    assert "Masking" in said(page)
    press(page, "opened.go.denoising")
    assert "a model of a race" in said(page)
    page = open_page("latent", **link)  # nobody asks for a noise here
    assert "a model of a race" in said(page)


def test_a_shared_machine_offers_the_file_but_keeps_none(tiny, monkeypatch):
    monkeypatch.setenv("BOTTLENECK_READ_ONLY", "1")
    app = press(tiny(codecs="undercomplete"), "race.start")
    assert "keeps no models" in words(app)
    assert not [key for key in keys(app) if key and "keep" in key]
    labels = [b.proto.label for b in app.get("download_button")]
    assert any("Undercomplete" in label for label in labels)
    assert "keep it" not in app.button(key="race.open.undercomplete").help
    press(app, "race.open.undercomplete")  # from where it was trained
    assert "a model of a race" in said(app)
