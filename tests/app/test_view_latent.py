"""The latent page: every codec's plane, one selection for all of them, neighbours, quality."""

import base64
import json

import numpy as np
import pytest
import torch
from streamlit.proto.WidgetStates_pb2 import WidgetState

from ae_core import PCACodec, load_dataset
from ae_core.latent import round_trip_error
from app import services
from app.palette import CODECS, codec_name


def charts(app):
    """Figures by the words that describe them, as Plotly's own dictionaries."""
    return {c.proto.alt or c.proto.id: json.loads(c.proto.spec) for c in app.get("plotly_chart")}


def planes(app):
    found = {name: f for name, f in charts(app).items() if "codes of the test" in name}
    return {name.split(":")[0]: figure for name, figure in found.items()}


def array(values):
    """Plotly sends arrays as base64 with their type."""
    if isinstance(values, dict):
        flat = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        shape = values.get("shape")
        return flat.reshape([int(n) for n in shape.split(",")]) if shape else flat
    return np.array(values, dtype=float)


def ring(figure):
    """The place of the chosen sample: the last trace of a plane."""
    trace = figure["data"][-1]
    assert trace["marker"]["symbol"] == "circle-open"
    return float(array(trace["x"])[0]), float(array(trace["y"])[0])


def choose(app, codec, ids):
    """What the browser sends when points of a plane are chosen."""
    (chart,) = [
        c for c in app.get("plotly_chart") if c.proto.alt.startswith(f"{codec_name(codec)}: codes")
    ]
    points = [{"customdata": i, "point_index": 0, "curve_number": 0} for i in ids]
    picked = {"points": points, "point_indices": [], "box": [], "lasso": []}
    states = app._tree.get_widget_states()
    states.widgets.append(
        WidgetState(id=chart.proto.id, string_value=json.dumps({"selection": picked}))
    )
    app._run(widget_state=states)
    assert not app.exception


@pytest.mark.parametrize(("data", "d"), [("digits", 2), ("cbf", 2)])
def test_a_plane_per_codec_shows_the_raw_codes(make_models, open_page, data, d):
    make_models(data, d)
    app = open_page("latent", data=data, sample="3")
    found = planes(app)
    assert list(found) == [codec_name(codec) for codec in CODECS]
    for codec in CODECS:
        z = services.codes(services.ref(data, codec, d))
        figure = found[codec_name(codec)]
        assert ring(figure) == pytest.approx(tuple(z[3]), rel=1e-5)
        points = [trace for trace in figure["data"] if trace.get("customdata") is not None]
        drawn = {
            int(i): (x, y)
            for trace in points
            for i, x, y in zip(
                *map(array, (trace["customdata"], trace["x"], trace["y"])), strict=True
            )
        }
        assert len(drawn) == len(z)
        assert drawn[7] == pytest.approx(tuple(z[7]), rel=1e-5)


def test_a_click_in_one_plane_moves_the_ring_in_all(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("latent")
    choose(app, "sparse", [41])
    assert asked(app, "sample") == "41"
    for codec in CODECS:
        z = services.codes(services.ref("digits", codec, 2))[41]
        assert ring(planes(app)[codec_name(codec)]) == pytest.approx(tuple(z), rel=1e-5)
    choose(app, "sparse", [])  # a click beside all points
    assert asked(app, "sample") == "41"


def test_a_lasso_chooses_a_set_in_all_planes_and_a_button_clears_it(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("latent", lasso="1")
    choose(app, "pca", [4, 9, 17])
    assert asked(app, "picked") == "4,9,17"
    for codec in CODECS:
        z = services.codes(services.ref("digits", codec, 2))[[4, 9, 17]]
        rings = [t for t in planes(app)[codec_name(codec)]["data"] if len(array(t["x"])) == 3]
        assert any(np.allclose(array(t["x"]), z[:, 0], rtol=1e-5) for t in rings)
    assert "**3 samples chosen**" in [m.value for m in app.markdown]
    app.button(key="clear").click().run()
    assert asked(app, "picked") is None
    assert not [m for m in app.markdown if "chosen" in m.value]


def test_a_set_that_holds_not_all_of_the_circled_samples_says_so(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("latent", lasso="1")
    choose(app, "pca", list(range(150)))
    assert "**100 of 150 samples kept, evenly**" in [m.value for m in app.markdown]
    choose(app, "pca", list(range(100)))
    assert "**100 samples chosen**" in [m.value for m in app.markdown]


def test_a_set_too_long_for_a_link_is_thinned_evenly():
    from app.view import MAX_PICKED
    from app.widgets.chosen_set import thinned

    assert thinned(range(7)) == tuple(range(7))
    kept = thinned(range(1000))
    assert len(kept) == MAX_PICKED
    assert (kept[0], kept[-1]) == (0, 999)
    assert max(np.diff(kept)) <= 11


def test_one_number_per_code_lies_on_a_line_by_class_with_the_decoders_curve(
    make_models, open_page
):
    make_models("moons", 1)
    found = charts(open_page("latent", data="moons", sample="5"))
    which = services.ref("moons", "undercomplete", 1)
    z = services.codes(which)[5, 0]
    x, y = ring(found["Undercomplete: codes of the test samples"])
    assert x == pytest.approx(z, rel=1e-5)
    assert round(y) == services.labels("moons")[5]
    plane = found["Undercomplete: the data and the decoded codes"]
    assert ring(plane) == pytest.approx(tuple(services.samples("moons")[5]), rel=1e-5)
    coloured = array(plane["data"][0]["marker"]["color"])
    assert np.allclose(coloured, services.codes(which)[:, 0], rtol=1e-5)
    curve = plane["data"][1]
    sweep, decoded = services.decoded_line(which, 200)
    assert np.allclose(array(curve["x"])[:200], decoded[:, 0], rtol=1e-5)
    assert sweep[0] < services.codes(which).min()


def test_long_codes_are_cut_by_two_units_or_by_their_components(make_models, open_page, asked):
    make_models("digits", 8)
    app = open_page("latent", latent_dim="8", axes="units", dims="2,5", sample="6")
    which = services.ref("digits", "denoising", 8)
    z = services.codes(which)[6]
    assert ring(planes(app)["Denoising"]) == pytest.approx((z[2], z[5]), rel=1e-5)
    app.button_group(key="view.axes").set_value("pca").run()
    assert not asked(app, "axes")  # as it is where nobody asks
    centred = services.codes(which, "train") - services.codes(which, "train").mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    expected = axes @ (z - services.codes(which, "train").mean(0))
    assert np.abs(ring(planes(app)["Denoising"])) == pytest.approx(np.abs(expected), rel=1e-3)
    assert any("principal components" in c.value for c in app.caption)


def test_fog_is_the_round_trip_error_over_the_drawn_plane(make_models, open_page):
    make_models("digits", 2)
    figure = planes(open_page("latent", ground="holes"))["Variational"]
    layer = figure["data"][0]
    assert layer["type"] == "heatmap"
    x0, x1 = figure["layout"]["xaxis"]["range"]
    assert layer["x0"] == pytest.approx(x0 + layer["dx"] / 2)
    from app.services.catalogue import codec

    model = codec(services.ref("digits", "variational", 2))
    corner = torch.tensor([[layer["x0"], layer["y0"]]], dtype=torch.float32)
    expected = float(round_trip_error(model, corner))
    assert array(layer["z"])[0, 0] == pytest.approx(expected, rel=1e-3)
    assert x1 > x0


def test_decoded_ground_lies_under_every_plane(make_models, open_page):
    make_models("cbf", 2)
    found = planes(open_page("latent", data="cbf", ground="decoded"))
    for figure in found.values():
        (picture,) = figure["layout"]["images"]
        assert picture["layer"] == "below"
        x0, x1 = figure["layout"]["xaxis"]["range"]
        assert (picture["x"], picture["sizex"]) == pytest.approx((x0, x1 - x0))


def test_colour_by_error_has_one_scale_for_all(make_models, open_page):
    make_models("digits", 2)
    found = planes(open_page("latent", colouring="error"))
    limits = [figure["data"][0]["marker"]["cmax"] for figure in found.values()]
    worst = max(np.quantile(services.errors(services.ref("digits", c, 2)), 0.99) for c in CODECS)
    assert limits == pytest.approx([worst] * len(CODECS))


def test_neighbours_by_value_and_by_code(make_models, open_page, drawn):
    make_models("digits", 2)
    text = drawn(open_page("latent", sample="12"))
    x = load_dataset("digits").test.flatten(1)
    by_value = (x - x[12]).square().sum(1).argsort(stable=True)[1:7].tolist()
    assert services.neighbours(None, "digits", 12) == tuple(by_value)
    z = PCACodec(2).fit(load_dataset("digits").train).encode(load_dataset("digits").test)
    by_code = (z - z[12]).square().sum(1).argsort(stable=True)[1:7].tolist()
    both = len(set(by_value) & set(by_code))
    assert f"{both} of 6 also near by value" in text.split("<b>PCA</b>")[1][:200]


def test_quality_is_computed_only_when_asked(make_models, open_page, asked, monkeypatch):
    make_models("digits", 2)
    asked_for = []
    true = services.plane_quality

    def counted(which, *rest):
        asked_for.append(which)
        return true(which, *rest)

    monkeypatch.setattr(services, "plane_quality", counted)
    app = open_page("latent", codecs="pca,sparse")
    assert not asked_for
    app.toggle(key="view.measured").set_value(True).run()
    assert asked(app, "measured") == "1"
    assert [which.variant for which in asked_for] == ["pca", "sparse"]
    bars = charts(app)["Trustworthiness: near here, near in the data"]["data"][0]
    from sklearn.manifold import trustworthiness

    x = load_dataset("digits").test.flatten(1).numpy()
    z = services.codes(services.ref("digits", "pca", 2))
    expected = trustworthiness(x, z, n_neighbors=10)
    assert array(bars["x"])[0] == pytest.approx(expected, abs=1e-3)  # ties


def test_without_models_pca_is_still_drawn_and_nothing_is_an_error(no_models, open_page):
    app = open_page("latent", data="spiral")
    assert list(planes(app)) == ["PCA"]
    assert "No model yet" in app.info[0].value
    app = open_page("latent", codecs="variational")
    assert not app.get("plotly_chart")
    assert "No codec to show" in app.info[-1].value


def test_the_csv_holds_every_code(make_models, open_page, monkeypatch):
    make_models("digits", 2)
    saved = {}
    monkeypatch.setattr(
        "app.widgets.download_csv", lambda label, columns, name: saved.update({name: columns})
    )
    open_page("latent", codecs="pca,variational")
    columns = saved["codes-digits.csv"]()
    assert list(columns) == [
        "sample", "class", "pca_z1", "pca_z2", "variational_z1", "variational_z2",
    ]  # fmt: skip
    z = services.codes(services.ref("digits", "variational", 2))
    assert columns["variational_z2"] == pytest.approx(z[:, 1].tolist())
    assert columns["class"][8] == str(services.labels("digits")[8])
