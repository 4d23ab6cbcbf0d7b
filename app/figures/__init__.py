"""Arrays in, Plotly figures out: no computing beyond layout, no Streamlit, no torch.

Text and grid colours are left to Streamlit's Plotly theme, so one figure serves light and dark.
"""

from app.figures.base import CONFIG, PLANE_HEIGHT, square
from app.figures.curves import loss_curves, psnr_curve
from app.figures.data_plane import data_plane, draw_curves, draw_points, mesh
from app.figures.latent import (
    Plane,
    decoded_grid_image,
    hole_map,
    latent_planes,
    latent_scatter,
    same_extent,
)
from app.figures.line import Strip, code_strip, strip_of
from app.figures.marks import fog, hide_bar, mark_sample, mark_set, selectable
from app.figures.pull import pull_figure
from app.figures.samples import code_bars, points_figure, series_figure
from app.figures.summary import Interval, class_errors, metric_bars, size_errors

__all__ = [
    "CONFIG",
    "PLANE_HEIGHT",
    "Interval",
    "Plane",
    "Strip",
    "class_errors",
    "code_bars",
    "code_strip",
    "data_plane",
    "decoded_grid_image",
    "draw_curves",
    "draw_points",
    "fog",
    "hide_bar",
    "hole_map",
    "latent_planes",
    "latent_scatter",
    "loss_curves",
    "mark_sample",
    "mark_set",
    "mesh",
    "metric_bars",
    "points_figure",
    "psnr_curve",
    "pull_figure",
    "same_extent",
    "selectable",
    "series_figure",
    "size_errors",
    "square",
    "strip_of",
]
