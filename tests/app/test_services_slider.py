"""The slider's measured gaps, read for the codec they belong to and for no other."""

import json

import pytest

from app import services
from app.services import slider
from app.widgets.why import one_network


def row(**changes):
    weights = [
        {"weight": w, "separate": 2.0, "conditioned": 2.0 + 0.02 * g, "gap": g, "least": g,
         "largest": g} for w, g in ((0.01, -0.5), (0.1, 0.25), (3.0, 1.5))
    ]  # fmt: skip
    return {
        "data": "digits", "variant": "variational", "knob": "beta", "settings": {},
        "latent_dim": 16, "hidden": [128, 64], "epochs": 150, "seeds": 3, "weights": weights,
        "cost": 2.3,
    } | changes  # fmt: skip


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """measured(rows) writes the file that the service reads."""
    path = tmp_path / "slider.json"
    monkeypatch.setattr(slider, "SLIDER_FILE", path)
    return lambda *rows: path.write_text(json.dumps({"rows": rows}))


def test_nothing_was_measured_where_there_is_no_file_or_it_is_broken(measured, caplog):
    which = services.ref("digits", "variational", 2)
    assert services.slider_figures(which) is None
    slider.SLIDER_FILE.write_text('{"rows"')
    assert services.slider_figures(which) is None
    assert "slider.json: " in caplog.text
    assert "not measured for this data set" in one_network(which, "β")


def test_figures_belong_to_one_data_set_and_objective_at_the_nearest_code_size(measured):
    kl = row(variant="sparse", knob="lambda_", settings={"penalty": "kl"}, epochs=7)
    l1 = row(variant="sparse", knob="lambda_", settings={"penalty": "l1"}, epochs=8)
    noise = row(variant="denoising", knob="noise_std", epochs=9)
    measured(row(), row(latent_dim=2, epochs=20), kl, l1, noise)
    found = {d: services.slider_figures(services.ref("digits", "variational", d)) for d in (2, 16)}
    assert [found[d].epochs for d in (2, 16)] == [20, 150]
    assert [at.weight for at in found[16].weights] == [0.01, 0.1, 3.0]
    sparse = services.ref("digits", "sparse", 2)
    penalty = services.catalogue.config_of(sparse).penalty
    assert services.slider_figures(sparse).epochs == {"kl": 7, "l1": 8}[penalty]
    denoising = services.ref("digits", "denoising", 2, corruption="gaussian")
    assert services.slider_figures(denoising).epochs == 9
    for other in (services.ref("shapes", "variational", 2), services.ref("digits", "pca", 2),
                  services.ref("digits", "undercomplete", 2)):  # fmt: skip
        assert services.slider_figures(other) is None


def test_a_new_file_is_read_again(measured):
    which = services.ref("digits", "variational", 16)
    measured(row(epochs=1))
    assert services.slider_figures(which).epochs == 1
    measured(row(epochs=2), row(variant="sparse"))
    slider._rows.clear()  # two writes within one tick of the clock would share their stamp
    assert services.slider_figures(which).epochs == 2


def test_the_panel_states_the_range_of_the_gap_and_how_it_was_measured(measured):
    measured(row())
    words = one_network(services.ref("digits", "variational", 16), "β")
    for part in ("whole range of β", "3 weights", "+0.2", "−0.5", "+1.5", "d = 16", "150 epochs",
                 "3 seeds"):  # fmt: skip
        assert part in words


def test_the_shipped_file_has_what_the_program_reads():
    for measured_row in json.loads(slider.SLIDER_FILE.read_text())["rows"]:
        figures = slider._figures(measured_row)
        assert figures.seeds >= 1
        for at in figures.weights:
            assert at.least <= at.gap <= at.largest
            if figures.seeds == 1:
                assert at.gap == pytest.approx(100 * (at.conditioned / at.separate - 1), abs=0.02)
