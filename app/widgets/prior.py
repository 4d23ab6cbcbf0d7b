"""Whole code spaces at a glance: draws from the prior, and the decoded manifold."""

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.images import Array
from app.palette import codec_name
from app.services import CodecRef
from app.view import MAX_DRAWS, MAX_SIDE
from app.widgets.making import codec_choice
from app.widgets.panels import show
from app.widgets.pickers import seed_picker
from app.widgets.pictures import codec_heading, mosaic_picture
from app.widgets.plane_controls import unit_picker
from app.widgets.sheets import WIDE_PLANE, Row, in_columns, save_buttons, square_of
from app.widgets.sketch import Ground
from app.widgets.tiles import as_pictures

ACROSS = 8  # draws in a row of a mosaic


def prior_section(made: Choice, ground: Ground) -> None:
    """Draws of every codec, and how many of them land where no data is."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=160):
            seed_picker()
        with st.container(width=240):
            st.slider(t("Draws"), 4, MAX_DRAWS, step=4, **state.bind("draws", _whole_rows(made)))
    draws = {
        codec: services.prior_samples(which, _whole_rows(made), made.view.seed)
        for codec, which in made.refs.items()
    }
    for column, (codec, x) in zip(in_columns(len(draws)), draws.items(), strict=True):
        with column:
            codec_heading(codec)
            _draws(made, ground, codec, x)
            st.caption(_origin(made.refs[codec]))
    _holes(made)
    rows = [Row(codec, x) for codec, x in draws.items()]
    save_buttons(ground, rows, f"{made.data.name}-draws", back=False)


def manifold_section(made: Choice, ground: Ground) -> None:
    """What one codec can decode, laid out so that every cell is equally likely."""
    left, right = st.columns([5, 6], gap="large")
    with right:
        codec = codec_choice(made)
        which = made.refs[codec]
        st.slider(t("Samples along a side"), 4, MAX_SIDE, **state.bind("side"))
        if which.latent_dim > 2:
            with st.container(horizontal=True):
                for place in (0, 1):
                    unit_picker(made, place)
        st.markdown(_manifold_words(which))
    x = services.manifold(which, made.view.side, made.dims)
    with left:
        if ground.kind == "points":
            _reach(made, ground, codec, x)
        else:
            flat = x[::-1].reshape(-1, *x.shape[2:])
            tiles = as_pictures(flat, ground.kind, ground.low, ground.high)
            alt = t("{codec}: decoded manifold", codec=codec_name(codec))
            mosaic_picture(tiles, made.view.side, alt, gap=0)
    with right:
        rows = [Row(codec, line) for line in x[::-1]]
        save_buttons(ground, rows, f"{made.data.name}-{codec}-manifold", per_row=False)


def _whole_rows(made: Choice) -> int:
    return made.view.draws - made.view.draws % 4


def _draws(made: Choice, ground: Ground, codec: str, x: Array) -> None:
    from app import figures

    alt = t("{codec}: {count} decoded draws", codec=codec_name(codec), count=len(x))
    if ground.kind != "points":
        mosaic_picture(as_pictures(x, ground.kind, ground.low, ground.high), ACROSS, alt)
        return
    figure = figures.data_plane(services.samples(made.data.name), extent=square_of(ground))
    figures.draw_points(figure, {codec: x})
    figure.update_layout(showlegend=False, margin={"t": 10})
    show(figure, key=f"draws.{codec}", alt=alt)


def _origin(which: CodecRef) -> str:
    if services.has_prior(which):
        return t("Codes drawn from its prior, N(0, I)")
    return t("No prior: codes drawn from a Gaussian fitted to its train codes")


def _holes(made: Choice) -> None:
    from app import figures

    share = {
        codec: figures.Interval(
            100 * services.hole_share(which, made.view.seed, services.has_prior(which))
        )
        for codec, which in made.refs.items()
    }
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    title = t("Draws that fall into holes")
    with left:
        show(figures.metric_bars(share, title, t("% of 1000 draws")), key="holes", alt=title)
    with right:
        st.markdown(
            t(
                "A draw falls into a hole when decoding and encoding it again, ‖f(g(z)) − z‖, "
                "misses by more than it does for 99 % of the data. The data itself scores 1 %; a "
                "code space that was trained to be full stays near it, one that was not has "
                "gaps between its clusters. A flat codec such as PCA returns exactly and has none."
            )
        )


def _manifold_words(which: CodecRef) -> str:
    place = (
        t("the prior N(0, I)")
        if services.has_prior(which)
        else t("a Gaussian with the mean and the spread of each unit of the train codes")
    )
    if which.latent_dim == 1:
        return t(
            "Every cell stands for the same share of {place}; its one number grows along each "
            "row, and from the bottom row to the top.",
            place=place,
        )
    return t("Every cell stands for the same share of {place}.", place=place) + (
        " " + t("The other units stay at their mean.") if which.latent_dim > 2 else ""
    )


def _reach(made: Choice, ground: Ground, codec: str, x: Array) -> None:
    from app import figures

    figure = figures.data_plane(
        services.samples(made.data.name), extent=square_of(ground), height=WIDE_PLANE
    )
    one = made.refs[codec].latent_dim == 1
    figures.draw_curves(figure, {codec: [x.reshape(-1, 2)] if one else figures.mesh(x)})
    figure.update_layout(showlegend=False, margin={"t": 10})
    show(figure, key="reach", alt=t("{codec}: decoded manifold", codec=codec_name(codec)))
