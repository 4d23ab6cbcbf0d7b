"""Ways to make new samples that give rows of steps: paths, traversals, class directions."""

import numpy as np
import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.view import MAX_STEPS, MAX_UNITS
from app.widgets.panels import empty_state
from app.widgets.plane_controls import field_pills
from app.widgets.sample_picker import sample_picker
from app.widgets.sheets import Row, save_buttons, show_sheet
from app.widgets.sketch import Ground

REACH = 2.5  # standard deviations of a traversal, as services.traversals walks
SHOWN_UNITS = 6
FARTHEST = 1.5  # times the difference of two class means


def path_section(made: Choice, ground: Ground) -> None:
    """From one sample to another, in every codec's code space and in the data's own."""
    pair = anchors(made)
    with _controls():
        for place, label in ((0, t("From sample")), (1, t("To sample"))):
            with st.container(width=130):
                st.number_input(
                    label, 0, made.data.sizes[2] - 1, step=1,
                    **state.bind_part("anchors", place, pair),
                )  # fmt: skip
        field_pills("path", t("Way"), {"lerp": "lerp", "slerp": "slerp", "both": t("both")})
        _steps()
    kinds = ("lerp", "slerp") if made.view.path == "both" else (made.view.path,)
    ends = services.samples(made.data.name, pair)
    share = np.linspace(0, 1, made.view.steps).reshape(-1, *[1] * (ends.ndim - 1))
    rows = [Row("", (1 - share) * ends[0] + share * ends[1], t("Blend of values"))]
    rows += [
        Row(
            codec,
            services.interpolation(which, *pair, made.view.steps, kind),
            note=kind if len(kinds) > 1 else "",
        )
        for codec, which in made.refs.items()
        for kind in kinds
    ]
    show_sheet(made, ground, rows, t("steps from one sample to another"))
    lerp_slerp = t(
        "Lerp goes straight from code to code; slerp turns from one direction to the other (with "
        "one number per code both are the same)."
    )
    blend = (
        t("The grey line blends the values themselves: no code at all.")
        if ground.kind == "points"
        else t("The first row blends the values themselves: no code at all.")
    )
    st.caption(f"{lerp_slerp} {blend}")
    save_buttons(ground, rows, f"{made.data.name}-path")


def traversal_section(made: Choice, ground: Ground) -> None:
    """One unit of one codec at a time, the rest of the sample's code held still."""
    with _controls():
        codec = codec_choice(made)
        which = made.refs[codec]
        spread = services.spread(which)
        order = tuple(int(u) for u in np.argsort(spread)[::-1])
        chosen = tuple(u for u in made.view.units if u < which.latent_dim) or order[:SHOWN_UNITS]
        with st.container(width=420):
            st.multiselect(
                t("Units, those that vary most first"), order, max_selections=MAX_UNITS,
                format_func=lambda u: t("z{number}", number=u + 1), **state.bind("units", chosen),
            )  # fmt: skip
        _steps()
    made = sample_picker(made)
    walks = services.traversals(which, made.sample, chosen, made.view.steps)
    rows = [
        Row(codec, walk, t("z{number}", number=unit + 1),
            t("σ = {value}", value=f"{spread[unit]:.2g}"))
        for unit, walk in zip(chosen, walks, strict=True)
    ]  # fmt: skip
    marks = [f"{v:+.1f} σ" for v in np.linspace(-REACH, REACH, made.view.steps)]
    show_sheet(made, ground, rows, t("one unit walks, the others stay"), marks)
    st.caption(
        t(
            "Every row moves one unit over ±{reach} standard deviations of the train codes around "
            "their mean; the other units keep the sample's values.",
            reach=REACH,
        )
    )
    save_buttons(ground, rows, f"{made.data.name}-{codec}-units")


def direction_section(made: Choice, ground: Ground) -> None:
    """The sample's code pushed towards a class, in every codec."""
    names = made.data.label_names
    if not names:
        empty_state(t("This data set has no classes."), t("Choose one with classes above."))
        return
    target = made.view.target if made.view.target < len(names) else 0
    with _controls():
        with st.container(width=180):
            st.selectbox(
                t("Towards class"), range(len(names)), format_func=lambda k: names[k],
                **state.bind("target", target),
            )  # fmt: skip
        _steps()
    made = sample_picker(made)
    amounts = tuple(float(a) for a in np.linspace(0, FARTHEST, made.view.steps).round(3))
    rows = [
        Row(codec, services.directions(which, made.sample, target, amounts))
        for codec, which in made.refs.items()
    ]
    marks = [f"× {amount:.2g}" for amount in amounts]
    words = t("a sample pushed towards class {name}", name=names[target])
    show_sheet(made, ground, rows, words, marks)
    st.caption(
        t(
            "The direction is the mean code of class {name} minus the mean code of all others; "
            "× 1 adds it once.",
            name=names[target],
        )
    )
    save_buttons(ground, rows, f"{made.data.name}-towards-{target}")


def anchors(made: Choice) -> tuple[int, int]:
    """The two samples of a path; without a choice this sample and the next of another class."""
    count = made.data.sizes[2]
    if len(made.view.anchors) >= 2 and max(made.view.anchors[:2]) < count:
        return made.view.anchors[0], made.view.anchors[1]
    y = services.labels(made.data.name)
    if y is None:
        return made.sample, (made.sample + count // 2) % count
    turned = np.roll(np.arange(count), -made.sample)
    others = turned[y[turned] != y[made.sample]]
    return made.sample, int(others[0]) if len(others) else (made.sample + 1) % count


def codec_choice(made: Choice) -> str:
    """One codec of those that are here; at first one that has a prior."""
    shown = made.view.codec
    if shown not in made.refs:
        shown = next(
            (c for c, w in made.refs.items() if services.has_prior(w)), next(iter(made.refs))
        )
    field_pills("codec", t("Codec"), {codec: codec_name(codec) for codec in made.refs}, shown)
    return shown


def _controls() -> "st.delta_generator.DeltaGenerator":
    return st.container(horizontal=True, vertical_alignment="bottom")


def _steps() -> None:
    with st.container(width=200):
        st.slider(t("Steps"), 3, MAX_STEPS, **state.bind("steps"))
