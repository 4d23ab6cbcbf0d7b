"""Which samples a comparison shows, and what every codec makes of them."""

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.view import MAX_COUNT, PICKS
from app.widgets.gallery import gallery, sketch_legend
from app.widgets.live import live_ready
from app.widgets.live_gallery import live_gallery
from app.widgets.pickers import seed_picker
from app.widgets.sample_picker import class_picker
from app.widgets.scores import metric_name
from app.widgets.sketch import ground_of


def pick_controls(made: Choice) -> None:
    """Which samples: how they are picked, by whose error, of which class."""
    words = {
        "random": t("Random"),
        "best": t("Best"),
        "worst": t("Worst"),
        "classes": t("One per class"),
    }
    offered = [how for how in PICKS if how != "classes" or made.data.label_names]
    st.segmented_control(
        t("Samples"), offered, format_func=words.__getitem__, required=True,
        **state.bind("pick", made.view.pick if made.view.pick in offered else offered[0]),
    )  # fmt: skip
    if made.view.pick != "classes":
        st.selectbox(
            t("Sorted by the error of"), list(made.refs), format_func=codec_name, width=190,
            **state.bind("sort", sorter(made)),
        )  # fmt: skip
        if made.data.label_names:
            class_picker(made, 150)


def count_controls(made: Choice) -> None:
    """How many of them, and which chance chose."""
    if made.view.pick != "classes":
        st.slider(t("How many"), 1, MAX_COUNT, width=170, **state.bind("count"))
    if made.view.pick in ("random", "classes"):
        seed_picker(150)


def sorter(made: Choice) -> str:
    """The codec whose error orders the samples."""
    return made.view.sort if made.view.sort in made.refs else next(iter(made.refs))


def some_samples(made: Choice) -> None:
    """The chosen samples and what every codec makes of them."""
    count_controls(made)
    shown = made.view
    indices = services.pick(
        made.refs[sorter(made)], shown.pick, shown.count, shown.seed, shown.label
    )
    ground = ground_of(made.data, services.samples(made.data.name))
    _, unit = metric_name("squared_error_per_image", made.data)
    words = t("Below each pair: squared error {unit}", unit=unit)
    if live_ready(made):
        live_gallery(made, ground, indices, words)
        return
    gallery(made, ground, indices)
    sketch_legend(ground, words)
