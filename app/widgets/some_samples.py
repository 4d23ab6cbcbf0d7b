"""Which samples a comparison shows, and what every codec makes of them."""

import streamlit as st

from app import services, state
from app.choice import Choice, choice
from app.i18n import t
from app.palette import codec_name
from app.view import MAX_COUNT, PICKS
from app.widgets.gallery import gallery, sketch_legend
from app.widgets.panels import error_boundary
from app.widgets.pickers import seed_picker
from app.widgets.sample_picker import class_picker, known_class
from app.widgets.scores import metric_name
from app.widgets.sketch import ground_of


def pick_controls(made: Choice) -> None:
    """Which samples: how they are picked, by whose error, of which class, how many."""
    words = {
        "random": t("Random"),
        "best": t("Best"),
        "worst": t("Worst"),
        "classes": t("One per class"),
    }
    offered = [how for how in PICKS if how != "classes" or made.data.label_names]
    with st.container(horizontal=True, vertical_alignment="bottom", key="picks"):
        st.segmented_control(
            t("Samples"), offered, format_func=words.__getitem__, required=True,
            **state.bind("pick", made.view.pick if made.view.pick in offered else offered[0]),
        )  # fmt: skip
        if made.view.pick != "classes":
            with st.container(width=190):
                st.selectbox(
                    t("Sorted by the error of"), list(made.refs), format_func=codec_name,
                    **state.bind("sort", sorter(made)),
                )  # fmt: skip
            if made.data.label_names:
                with st.container(width=150):
                    class_picker(made)
            with st.container(width=170):
                st.slider(t("How many"), 1, MAX_COUNT, **state.bind("count"))
        if made.view.pick in ("random", "classes"):
            with st.container(width=150):
                seed_picker()


def sorter(made: Choice) -> str:
    """The codec whose error orders the samples."""
    return made.view.sort if made.view.sort in made.refs else next(iter(made.refs))


@st.fragment  # which samples are shown changes nothing in the figures of all of them
@error_boundary()
def some_samples() -> None:
    """The chosen samples and what every codec makes of them."""
    made = known_class(choice(wide=True), wide=True)
    pick_controls(made)
    shown = made.view
    indices = services.pick(
        made.refs[sorter(made)], shown.pick, shown.count, shown.seed, shown.label
    )
    ground = ground_of(made.data, services.samples(made.data.name))
    gallery(made, ground, indices)
    _, unit = metric_name("squared_error_per_image", made.data)
    sketch_legend(ground, t("Below each pair: squared error {unit}", unit=unit))
