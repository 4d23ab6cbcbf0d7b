"""Where every codec puts the data: the planes side by side, pointing links them."""

from functools import partial

import numpy as np
import streamlit as st

from app import services
from app.choice import Choice, choice
from app.i18n import t
from app.widgets import (
    download_csv,
    empty_state,
    error_boundary,
    shared_bar,
    weight_sliders,
    why_panels,
)
from app.widgets.live import live_canvas, live_ready, why_not
from app.widgets.plane_controls import plane_controls
from app.widgets.planes import plane_grid
from app.widgets.quality import quality_panel
from app.widgets.sample_picker import known_class, sample_picker
from app.widgets.sample_rows import sample_rows, set_panel
from app.widgets.sketch import Ground, ground_of


@st.fragment
@error_boundary()
def lab() -> None:
    """Everything that one control changes, without the rest of the page."""
    made = known_class(choice())
    ground = ground_of(made.data, services.samples(made.data.name))
    if live_ready(made):
        live_canvas(made, ground, page="latent")
        st.caption(_reading(made))
    else:
        made = _still_planes(made, ground)
        sample_rows(made, ground)
        quality_panel(made)
    set_panel(made, ground)
    download_csv(t("Codes as CSV"), partial(_columns, made), f"codes-{made.data.name}.csv")
    why_panels(made, key="latent")


def _still_planes(made: Choice, ground: Ground) -> Choice:
    """The planes without the live canvas: drawn by Plotly, every control asks the server."""
    if words := why_not():
        st.info(words)
    weight_sliders(made)
    plane_controls(made)
    plane_grid(made, ground)
    st.caption(_reading(made))
    return sample_picker(made)


def _reading(made: Choice) -> str:
    """How to read what is drawn, in one or two sentences."""
    if made.latent_dim == 1:
        text = t(
            "One number per sample, drawn from left to right; the height within a row means "
            "nothing."
        )
    elif made.latent_dim > 2 and made.view.axes == "pca":
        text = t("Codes turned onto their own first two principal components, unscaled.")
    elif made.latent_dim > 2:
        text = t("Two of {d} units as they are; the others are not drawn.", d=made.latent_dim)
    else:
        text = t("Codes as they are, no projection; every codec has its own units.")
    return text + " " + t("Click a point, and every plane marks that sample.")


def _columns(made: Choice) -> dict[str, list[object]]:
    """Sample, class and every codec's code, one column per unit."""
    count = made.data.sizes[2]
    y, names = services.labels(made.data.name), made.data.label_names
    columns: dict[str, list[object]] = {"sample": list(range(count))}
    if y is not None:
        columns["class"] = [names[k] if names else int(k) for k in np.asarray(y)]
    for codec, which in made.refs.items():
        for unit, values in enumerate(services.codes(which).T, start=1):
            columns[f"{codec}_z{unit}"] = values.tolist()
    return columns


shown = shared_bar()
if shown.refs:
    lab()
else:
    empty_state(t("No codec to show."), t("Choose PCA above: it needs no training."))
