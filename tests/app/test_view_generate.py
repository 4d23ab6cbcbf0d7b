"""The generate page: paths, draws, manifold, traversals and directions, and their files."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from ae_core import load_dataset
from app import exports, services
from app.images import grey_pixels, mosaic, png
from app.palette import CODECS, codec_name
from app.services.catalogue import codec as codec_of
from app.widgets.tiles import as_pictures


def pixels(x):
    """A picture of one sample as it stands in the page's HTML."""
    return base64.b64encode(png(grey_pixels(x))).decode()


def charts(app):
    return {c.proto.alt: json.loads(c.proto.spec) for c in app.get("plotly_chart")}


def array(values):
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    return np.array(values, dtype=float)


def refs(data, d):
    return {codec: services.ref(data, codec, d) for codec in CODECS}


def test_a_path_joins_the_two_reconstructions_in_every_codec(make_models, open_page, drawn):
    make_models("digits", 2)
    text = drawn(open_page("generate", anchors="3,40", steps="5", path="both"))
    x = services.samples("digits")
    middle = (x[3] + x[40]) / 2
    for expected in (x[3], middle, x[40]):
        assert pixels(expected) in text
    for codec, which in refs("digits", 2).items():
        ends = services.reconstructions(which, (3, 40))
        assert text.count(f"{codec_name(codec)}: steps from one sample to another") == 10
        for end in ends:
            assert pixels(end) in text
        z = torch.tensor(services.codes(which)[[3, 40]])
        with torch.no_grad():
            halfway = codec_of(which).decode(z.mean(0, keepdim=True))[0].numpy()
        assert pixels(halfway) in text


def test_the_two_ends_are_chosen_apart_and_kept_in_the_address(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("generate")
    y = services.labels("digits")
    start, end = app.number_input(key="view.anchors.0"), app.number_input(key="view.anchors.1")
    assert y[start.value] != y[end.value]
    end.set_value(17).run()
    assert asked(app, "anchors") == f"{start.value},17"
    app.button_group(key="view.path").set_value("slerp").run()
    app.slider(key="view.steps").set_value(7).run()
    assert (asked(app, "path"), asked(app, "steps")) == ("slerp", "7")


def test_a_link_with_one_end_opens(make_models, open_page, asked):
    make_models("digits", 2)
    app = open_page("generate", anchors="5")
    app.number_input(key="view.anchors.1").set_value(9).run()
    assert not app.exception
    assert asked(app, "anchors").endswith(",9")


def test_points_walk_through_their_plane(make_models, open_page):
    make_models("moons", 1)
    app = open_page("generate", data="moons", anchors="1,2", steps="4", codecs="pca,sparse")
    figures = [json.loads(c.proto.spec) for c in app.get("plotly_chart")]
    assert len(figures) == 2
    for figure, codec in zip(figures, ("pca", "sparse"), strict=True):
        blend, walk = figure["data"][1:]
        x = services.samples("moons")
        assert array(blend["x"])[:4] == pytest.approx(np.linspace(x[1, 0], x[2, 0], 4), rel=1e-4)
        ends = services.reconstructions(services.ref("moons", codec, 1), (1, 2))
        assert array(walk["y"])[[0, 3]] == pytest.approx(ends[:, 1], rel=1e-4)


@pytest.mark.parametrize("data", ["digits", "cbf"])
def test_draws_come_from_the_prior_where_there_is_one(make_models, open_page, drawn, data):
    make_models(data, 2)
    app = open_page("generate", data=data, making="prior", seed="3", draws="8")
    said = [c.value for c in app.caption if "drawn from" in c.value]
    assert len(said) == len(CODECS)
    priors = [codec for codec, words in zip(CODECS, said, strict=True) if "N(0, I)" in words]
    assert priors == ["variational"]
    which = services.ref(data, "variational", 2)
    z = torch.randn(8, 2, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        x = codec_of(which).decode(z).numpy()
    assert services.prior_samples(which, 8, 3) == pytest.approx(x, abs=1e-5)
    info, everything = services.data_info(data), services.samples(data)
    from app.widgets.sketch import ground_of

    ground = ground_of(info, everything)
    tiles = as_pictures(services.prior_samples(which, 8, 3), info.kind, ground.low, ground.high)
    assert pixels(mosaic(tiles, 8, fill=0.5)) in drawn(app)


def test_the_share_of_holes_is_shown_for_every_codec(make_models, open_page):
    make_models("digits", 2)
    app = open_page("generate", making="prior", seed="1")
    bars = charts(app)["Draws that fall into holes"]["data"][0]
    shares = dict(zip(bars["y"], array(bars["x"]), strict=True))
    for codec, which in refs("digits", 2).items():
        expected = 100 * services.hole_share(which, 1, codec == "variational")
        assert shares[codec_name(codec)] == pytest.approx(expected)
    assert shares["PCA"] == 0.0  # rounding is no hole
    assert any("misses by more than it does for 99 %" in m.value for m in app.markdown)


def test_the_manifold_cuts_the_prior_into_equal_shares(make_models, open_page, drawn, asked):
    make_models("digits", 2)
    app = open_page("generate", making="manifold", side="4")
    which = services.ref("digits", "variational", 2)
    quantiles = torch.special.ndtri((torch.arange(4) + 0.5) / 4)
    corner = torch.stack([quantiles[0], quantiles[-1]])[None]  # left, top
    with torch.no_grad():
        first = codec_of(which).decode(corner)[0].numpy()
    x = services.manifold(which, 4, (0, 1))
    assert x[-1, 0] == pytest.approx(first, abs=1e-5)
    assert pixels(mosaic(x[::-1].reshape(16, 1, 8, 8), 4, gap=0)) in drawn(app)
    app.button_group(key="view.codec").set_value("sparse").run()
    assert asked(app, "codec") == "sparse"
    assert "a Gaussian with the mean and the spread" in app.markdown[-1].value


def test_one_number_decodes_to_a_curve(make_models, open_page):
    make_models("spiral", 1)
    app = open_page("generate", data="spiral", making="manifold", side="5")
    curve = charts(app)["Variational: decoded manifold"]["data"][1]
    x = services.manifold(services.ref("spiral", "variational", 1), 5, (0, 1)).reshape(-1, 2)
    assert array(curve["x"])[:25] == pytest.approx(x[:, 0], rel=1e-4)
    with torch.no_grad():
        z = torch.special.ndtri((torch.arange(25) + 0.5) / 25)[:, None]
        decoded = codec_of(services.ref("spiral", "variational", 1)).decode(z).numpy()
    assert x == pytest.approx(decoded, abs=1e-4)


def test_a_unit_walks_while_the_others_stay(make_models, open_page, drawn, asked):
    make_models("digits", 8)
    app = open_page("generate", making="traversal", latent_dim="8", codec="sparse", sample="9",
                    steps="3", units="2,6")  # fmt: skip
    text = drawn(app)
    which = services.ref("digits", "sparse", 8)
    train = services.codes(which, "train")
    z = services.codes(which)[9].copy()
    for unit in (2, 6):
        walked = z.copy()
        walked[unit] = train[:, unit].mean() + 2.5 * train[:, unit].std(ddof=1)
        with torch.no_grad():
            expected = codec_of(which).decode(torch.tensor(walked)[None])[0].numpy()
        assert pixels(expected) in text
    assert "<b>z3</b>" in text
    assert "<b>z7</b>" in text
    app.multiselect(key="view.units").set_value([4]).run()
    assert asked(app, "units") == "4"
    assert "<b>z5</b>" in drawn(app)


def test_a_direction_adds_the_difference_of_the_means_once(make_models, open_page, drawn):
    make_models("digits", 2)
    app = open_page("generate", making="direction", target="7", sample="4", steps="4")
    text = drawn(app)
    assert "× 1<" in text
    y = load_dataset("digits").train_labels.numpy()
    for which in refs("digits", 2).values():
        train = services.codes(which, "train")
        z = services.codes(which)[4] + train[y == 7].mean(0) - train[y != 7].mean(0)
        with torch.no_grad():
            expected = codec_of(which).decode(torch.tensor(z)[None])[0].numpy()
        shown = services.directions(which, 4, 7, (0.0, 1.0))[1]
        assert shown == pytest.approx(expected, abs=1e-4)
        assert pixels(shown) in text


@pytest.mark.parametrize("making", ["path", "prior", "manifold", "traversal", "direction"])
def test_series_are_made_by_the_same_controls(make_models, open_page, making):
    make_models("cbf", 2)
    app = open_page("generate", data="cbf", making=making, steps="3", draws="4", side="4")
    assert not app.error
    assert {b.proto.label for b in app.get("download_button")} == {"PNG", "GIF, looping"}


def test_without_models_pca_still_makes_samples(no_models, open_page, drawn):
    app = open_page("generate", data="rings", making="traversal")
    (figure,) = charts(app).values()
    assert figure["data"][1]["name"].startswith("z1")
    app = open_page("generate", codecs="denoising")
    assert "No codec to show" in app.info[-1].value
    assert not app.exception


# Files


def style(kind, rows, names=None):
    cloud = np.random.default_rng(0).uniform(0, 1, (50, 2))
    colours = [look.colour for look in CODECS.values()][:rows]
    return exports.Style(kind, 0.0, 1.0, cloud, colours, names or [""] * rows)


@pytest.mark.parametrize(("kind", "shape"), [("image", (1, 8, 8)), ("series", (128,)),
                                             ("points", (2,))])  # fmt: skip
def test_a_gif_loops_there_and_back(kind, shape):
    sheet = np.random.default_rng(1).uniform(0, 1, (2, 5, *shape))
    movie = Image.open(io.BytesIO(exports.looping_gif(sheet, style(kind, 2, ["a", "b"]))))
    assert movie.info["loop"] == 0
    assert movie.n_frames == 5 + 3
    frames = []
    for index in range(movie.n_frames):
        movie.seek(index)
        frames.append(np.asarray(movie.convert("RGB")).astype(int))
    way_back = np.abs(frames[3] - frames[5]).mean()
    assert np.abs(frames[0] - frames[4]).mean() > 10 * way_back


def test_a_sheet_keeps_every_pixel_of_an_image_as_a_square():
    sheet = np.random.default_rng(2).uniform(0, 1, (2, 3, 1, 8, 8))
    picture = np.asarray(Image.open(io.BytesIO(exports.sheet_png(sheet, style("image", 2)))))
    side = exports.TILE // 8
    tile = picture[exports.GAP : exports.GAP + 8 * side, exports.GAP : exports.GAP + 8 * side, 0]
    assert np.array_equal(tile, np.kron(grey_pixels(sheet[0, 0]), np.ones((side, side))))
    assert picture.shape[:2] == tuple(n * (8 * side + exports.GAP) + exports.GAP for n in (2, 3))


def test_a_series_in_a_file_is_a_line_in_its_codecs_colour():
    sheet = np.full((1, 2, 64), 0.25)
    picture = np.asarray(Image.open(io.BytesIO(exports.sheet_png(sheet, style("series", 1)))))
    coloured = np.abs(picture.astype(int) - [0x54, 0x78, 0x3C]).sum(-1) < 60
    rows = np.nonzero(coloured.any(1))[0]
    height = exports.TILE * 3 // 4
    assert rows.mean() - exports.GAP == pytest.approx(0.75 * height, abs=3)


def test_a_series_in_a_mosaic_is_joined_where_it_jumps():
    step = np.r_[np.zeros(30), np.ones(34)][None]
    (tile,) = as_pictures(step, "series", 0.0, 1.0)
    assert tile[-1, 0] == 1
    assert tile[0, -1] == 1
    assert tile.any(0).all()
    assert tile.sum(0).max() > tile.shape[0] / 3
