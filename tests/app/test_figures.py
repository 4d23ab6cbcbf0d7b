"""Figures hold exactly the numbers they were given."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app import figures, images
from app.figures import Interval, Plane
from app.palette import CODECS, label_colour, rgba

# Pictures


def test_enlarging_keeps_every_pixel_a_square():
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    large = images.enlarge(pixels, 4)
    assert large.shape == (8, 12)
    assert (large[::4, ::4] == pixels).all()
    assert all((large[4 * r : 4 * r + 4, 4 * c : 4 * c + 4] == pixels[r, c]).all()
               for r in range(2) for c in range(3))  # fmt: skip


@pytest.mark.parametrize("channels", [(), (3,), (4,)], ids=["grey", "rgb", "rgba"])
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 200))
def test_png_reads_back_and_reaches_the_asked_size(channels, height, width, side):
    shape = (height, width, *channels)
    pixels = np.arange(np.prod(shape), dtype=np.uint16).astype(np.uint8).reshape(shape)
    picture = Image.open(io.BytesIO(images.png(pixels, side)))
    picture.verify()  # the check sums; reading goes on without
    back = np.asarray(Image.open(io.BytesIO(images.png(pixels, side))))
    factor = back.shape[0] // height
    assert min(back.shape[:2]) >= side
    assert min(back.shape[:2]) - min(height, width) < side
    assert (back == images.enlarge(pixels, factor)).all()


def test_grey_is_a_fixed_scale_not_stretched_to_the_picture():
    assert images.grey_pixels(np.array([[0.25, 0.5]])).tolist() == [[64, 128]]
    assert images.grey_pixels(np.array([[-1.0, 2.0, np.nan]])).tolist() == [[0, 255, 0]]


def test_error_pixels_show_sign_by_colour_and_size_by_opacity():
    x, x_hat = np.zeros((1, 4)), np.array([[0.0, 0.5, -0.5, 2.0]])
    pixels = images.error_pixels(x, x_hat)
    assert pixels[0, :, 3].tolist() == [0, 128, 128, 255]
    bright, dark = pixels[0, 1, :3], pixels[0, 2, :3]
    assert bright[0] > bright[2]
    assert dark[0] < dark[2]
    assert (images.error_pixels(x, x_hat, limit=0.5)[0, :, 3] == [0, 255, 255, 255]).all()


def test_mosaic_puts_tiles_in_reading_order_with_a_gap():
    tiles = np.stack([np.full((1, 2, 2), v) for v in (0.1, 0.2, 0.3)])
    picture = images.mosaic(tiles, columns=2, gap=1, fill=0.9)
    assert picture.shape == (5, 5)
    assert (picture[:2, :2] == 0.1).all()
    assert (picture[:2, 3:] == 0.2).all()
    assert (picture[3:, :2] == 0.3).all()
    assert (picture[2] == 0.9).all()
    assert (picture[3:, 3:] == 0.9).all()


# Planes

Z = np.array([[0.0, 0.0], [4.0, 1.0], [2.0, -1.0], [1.0, 3.0]])


def test_scatter_holds_the_codes_by_class():
    plane = Plane(Z, labels=np.array([1, 0, 1, 0]), names=("zero", "one"), ids=np.arange(4) + 10)
    traces = figures.latent_scatter(plane).data
    assert [trace.name for trace in traces] == ["zero", "one"]
    assert list(traces[0].x) == [4.0, 1.0]
    assert list(traces[0].y) == [1.0, 3.0]
    assert list(traces[0].customdata) == [11, 13]
    assert [trace.marker.color for trace in traces] == [label_colour(0), label_colour(1)]


def test_planes_are_square_and_numbered():
    figure = figures.latent_scatter(Plane(Z, dims=(2, 5)))
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.yaxis.scaleratio == 1
    (x0, x1), (y0, y1) = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert x0 < 0
    assert x1 > 4
    assert figure.layout.xaxis.showticklabels
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("z3", "z6")


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1))
def test_an_extent_holds_every_code(points):
    z = np.array(points)
    x0, x1, y0, y1 = figures.same_extent(z)
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert x0 < z[:, 0].min() <= z[:, 0].max() < x1
    assert y0 < z[:, 1].min() <= z[:, 1].max() < y1


def test_side_by_side_planes_share_size_margins_and_error_scale():
    errors = {"pca": np.array([1.0, 2, 3, 9]), "sparse": np.array([0.5, 1, 1, 2])}
    made = figures.latent_planes({c: Plane(Z, errors=e) for c, e in errors.items()})
    layouts = [f.layout for f in made.values()]
    assert layouts[0].margin == layouts[1].margin
    assert layouts[0].height == layouts[1].height
    assert {f.data[0].marker.cmax for f in made.values()} == {9.0}
    assert list(made["sparse"].data[0].marker.color) == [0.5, 1, 1, 2]
    assert CODECS["sparse"].colour in made["sparse"].layout.title.text


def test_many_points_go_to_webgl():
    many = np.zeros((5001, 2))
    assert figures.latent_scatter(Plane(many)).data[0].type == "scattergl"
    assert figures.latent_scatter(Plane(many[:5000])).data[0].type == "scatter"


def test_decoded_grid_lies_under_the_points_the_right_way_up():
    tiles = np.zeros((2, 2, 1, 1))
    tiles[0, 1] = 1.0  # small second unit, large first unit: bottom right
    figure = figures.decoded_grid_image(figures.latent_scatter(Plane(Z)), tiles, (0, 2, 0, 4))
    placed = figure.layout.images[0]
    assert (placed.x, placed.y, placed.sizex, placed.sizey) == (0, 4, 2, 4)
    assert placed.layer == "below"
    raw = base64.b64decode(placed.source.split(",")[1])
    pixels = np.asarray(Image.open(io.BytesIO(raw)))
    assert pixels[-1, -1] == 255
    assert pixels[-1, 0] == pixels[0, 0] == pixels[0, -1] == 0


def test_hole_map_puts_cells_at_their_centres():
    distance = np.array([[0.0, 1.0], [2.0, 3.0]])
    heat = figures.hole_map(distance, (0, 4, 0, 2), limit=5.0).data[0]
    assert np.array_equal(heat.z, distance)
    assert list(heat.x) == [1.0, 3.0]
    assert list(heat.y) == [0.5, 1.5]
    assert (heat.zmin, heat.zmax) == (0.0, 5.0)


# Curves and bars


def test_loss_curves_stack_train_and_sum_valid():
    figure = figures.loss_curves(
        "sparse", [1, 2], ([4.0, 3.0], [1.0, 0.5]), ([5.0, 4.0], [1.0, 2.0])
    )
    reconstruction, penalty, valid, total = figure.data
    assert list(reconstruction.y) == [4.0, 3.0]
    assert list(penalty.y) == [1.0, 0.5]
    assert reconstruction.stackgroup == penalty.stackgroup == "train"
    assert list(valid.y) == [5.0, 4.0]
    assert list(total.y) == [6.0, 6.0]
    assert total.stackgroup is None
    assert penalty.fillcolor == rgba(CODECS["sparse"].colour, 0.22)


def test_psnr_curve_marks_training_and_gives_codecs_their_look():
    levels = np.array([0.0, 0.5, 1.0])
    curves = {"denoising": levels + 1, "median filter": levels + 2}
    figure = figures.psnr_curve(levels, curves, trained_at=0.5, now=0.25)
    assert list(figure.data[0].y) == [1.0, 1.5, 2.0]
    assert figure.data[0].line.color == CODECS["denoising"].colour
    assert figure.data[0].line.dash == CODECS["denoising"].dash
    assert figure.data[1].line.color not in {look.colour for look in CODECS.values()}
    assert [shape.x0 for shape in figure.layout.shapes] == [0.5, 0.25]
    assert "trained here" in [a.text for a in figure.layout.annotations]


def test_psnr_curve_shades_a_trained_range_and_leaves_a_perfect_copy_out():
    levels, values = np.array([0.0, 0.5]), np.array([np.inf, 12.0])
    figure = figures.psnr_curve(
        levels, {"noisy": values}, trained_at=(0.1, 0.6), names={"noisy": "Damaged"}
    )
    assert list(figure.data[0].y) == [None, 12.0]
    assert figure.data[0].name == "Damaged"
    (shade,) = figure.layout.shapes
    assert (shade.x0, shade.x1) == (0.1, 0.6)
    assert "0.1 to 0.6" in figure.layout.annotations[0].text


def test_pull_arrows_run_from_the_damaged_point_to_its_repair():
    x_tilde = np.array([[0.0, 0.0], [1.0, 1.0]])
    x_hat = np.array([[0.5, 0.0], [1.0, 0.0]])
    figure = figures.pull_figure(np.zeros((4, 2)), x_tilde, x_hat, "pca", extent=(-2, 2, -2, 2))
    arrows = figure.data[-1]
    ends = np.column_stack([arrows.x, arrows.y]).astype(float)
    assert ends[0].tolist() == [0.0, 0.0]
    assert ends[1].tolist() == [0.5, 0.0]
    assert ends[4].tolist() == [1.0, 0.0]
    assert np.isnan(ends[2]).all()
    assert list(arrows.marker.symbol[:2]) == ["circle-open", "arrow"]
    assert arrows.marker.angleref == "previous"
    assert arrows.marker.color == CODECS["pca"].colour


def test_code_bars_are_the_code():
    bars = figures.code_bars(np.array([0.5, -2.0]), "contractive", limit=3.0)
    assert list(bars.data[0].y) == [0.5, -2.0]
    assert bars.data[0].marker.color == CODECS["contractive"].colour
    assert bars.layout.yaxis.range == (-3.0, 3.0)


def test_points_join_data_and_reconstruction():
    x, x_hat = Z, Z + 0.5
    figure = figures.points_figure(x, {"pca": x_hat}, chosen=2)
    data, sticks, points, ring = figure.data
    assert np.array_equal(np.c_[data.x, data.y], x)
    assert np.array_equal(np.c_[points.x, points.y], x_hat)
    assert np.isnan(sticks.x[2::3]).all()
    assert np.array_equal(sticks.x[0::3], x[:, 0])
    assert np.array_equal(sticks.y[1::3], x_hat[:, 1])
    assert (ring.x[0], ring.y[0]) == (2.0, -1.0)
    assert figure.layout.yaxis.scaleanchor == "x"


def test_series_are_drawn_over_the_data():
    figure = figures.series_figure(np.array([1.0, 2, 3]), {"variational": np.array([[1.0, 1, 1]])})
    assert list(figure.data[0].y) == [1, 2, 3]
    assert list(figure.data[1].y) == [1, 1, 1]
    assert figure.data[1].line.color == CODECS["variational"].colour


def test_metric_bars_reach_their_interval_ends():
    values = {"pca": Interval(5.0, 4.0, 7.0), "sparse": Interval(3.0)}
    bar = figures.metric_bars(values, "error", "per image").data[0]
    assert list(bar.x) == [5.0, 3.0]
    assert list(bar.error_x.array) == [2.0, 0.0]
    assert list(bar.error_x.arrayminus) == [1.0, 0.0]
    assert list(bar.marker.color) == [CODECS["pca"].colour, CODECS["sparse"].colour]


def test_papers_are_transparent():
    for figure in (figures.code_bars(Z[0], "pca"), figures.latent_scatter(Plane(Z))):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color is None  # the theme's, light or dark
