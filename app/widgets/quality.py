"""How well each plane keeps neighbours, in words, and drawn by the server where no canvas is."""

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.widgets.panels import show


def quality_titles() -> dict[str, str]:
    """What each measure is called, by its name."""
    return {
        "trustworthiness": t("Trustworthiness: near here, near in the data"),
        "continuity": t("Continuity: near in the data, near here"),
        "accuracy": t("5-NN accuracy: neighbours vote for the class"),
    }


def quality_note(count: object, k: object) -> str:
    """Of what, and of how many neighbours, the shares are."""
    return t(
        "Shares, 1 is best, of {count} test samples and {k} neighbours (the vote: 5, "
        "leave-one-out), of the plane as it is drawn.",
        count=count, k=k,
    )  # fmt: skip


def quality_panel(made: Choice) -> None:
    """A switch, then three bar charts: the planes as drawn, in shares from 0 to 1."""
    st.toggle(
        t("Measure how well each plane keeps neighbours"),
        help=t("Trustworthiness, continuity and a vote of neighbours; takes a few seconds."),
        **state.bind("measured"),
    )
    if not made.view.measured:
        return
    from app import figures

    with st.spinner(t("Comparing every sample with every other …")):
        found = {
            codec: services.plane_quality(
                which, made.dims, made.view.axes if which.latent_dim > 2 else "units"
            )
            for codec, which in made.refs.items()
        }
    titles = quality_titles()
    known = [name for name in titles if getattr(next(iter(found.values())), name) is not None]
    for column, name in zip(st.columns(len(known)), known, strict=True):
        bars = {c: figures.Interval(getattr(q, name)) for c, q in found.items()}
        with column:
            figure = figures.metric_bars(bars, titles[name], t("share, 1 is best"))
            figure.update_xaxes(range=[0, 1])
            show(figure, key=f"quality.{name}", alt=titles[name])
    first = next(iter(found.values()))
    st.caption(quality_note(first.count, first.neighbours))
