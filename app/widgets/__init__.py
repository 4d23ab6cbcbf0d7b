"""Pieces that pages are put together from. Each draws one thing and knows no page."""

from app.widgets.bar import say_missing, shared_bar, weight_slider, weight_sliders
from app.widgets.controls import config_controls
from app.widgets.panels import (
    Metric,
    download_csv,
    empty_state,
    error_boundary,
    formula_panel,
    metric_row,
    show,
    show_notices,
)
from app.widgets.pickers import codec_picker, data_picker, latent_dim_picker, seed_picker
from app.widgets.pictures import Picture, codec_heading, error_legend, image_strip, mosaic_picture
from app.widgets.style import apply_style
from app.widgets.why import why_panels

__all__ = [
    "Metric",
    "Picture",
    "apply_style",
    "codec_heading",
    "codec_picker",
    "config_controls",
    "data_picker",
    "download_csv",
    "empty_state",
    "error_boundary",
    "error_legend",
    "formula_panel",
    "image_strip",
    "latent_dim_picker",
    "metric_row",
    "mosaic_picture",
    "say_missing",
    "seed_picker",
    "shared_bar",
    "show",
    "show_notices",
    "weight_slider",
    "weight_sliders",
    "why_panels",
]
