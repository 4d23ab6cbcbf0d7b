"""Which test sample a page looks at: a slider, neighbours, chance, and one class only."""

import random

import streamlit as st

from app import services, state
from app.choice import Choice, choice
from app.i18n import t


def sample_picker(made: Choice, *, wide: bool = False) -> Choice:
    """Draw the controls in a row; the choice with the sample they name."""
    made = _within_class(made, wide)
    found = services.members(made.data.name, made.view.label)
    place = found.index(made.sample)
    with st.container(horizontal=True, vertical_alignment="bottom", width="content", key="sample"):
        for name, icon, words, step in (
            ("before", ":material/arrow_back:", t("Sample before"), -1),
            ("after", ":material/arrow_forward:", t("Sample after"), 1),
        ):
            st.button(
                "", key=f"sample.{name}", icon=icon, help=words,
                on_click=_go, args=(found[(place + step) % len(found)],),
            )  # fmt: skip
        st.button(
            "", key="sample.random", icon=":material/casino:", help=t("Random sample"),
            on_click=_go_anywhere, args=(found,),
        )  # fmt: skip
        if made.data.label_names:
            class_picker(made, 150)
        st.slider(
            t("Test sample"), 0, made.data.sizes[2] - 1, width=180,
            **state.bind("sample", made.sample),
        )  # fmt: skip
    return made


def class_picker(made: Choice, width: int) -> None:
    """One class of the data set, or all."""
    names = made.data.label_names
    st.selectbox(
        t("Class"),
        range(len(names)),
        index=None,
        format_func=lambda k: names[k],
        placeholder=t("any"),
        width=width,
        **state.bind("label"),
    )


def known_class(made: Choice, *, wide: bool = False) -> Choice:
    """A class that this data set lacks (a link made for another one) is any class."""
    label = made.view.label
    if label is None or services.members(made.data.name, label):
        return made
    state.update(label=None)
    return choice(wide=wide)


def _within_class(made: Choice, wide: bool) -> Choice:
    """Move to the next sample of the chosen class."""
    made = known_class(made, wide=wide)
    found = services.members(made.data.name, made.view.label)
    if made.sample in found:
        return made
    state.update(sample=next((i for i in found if i > made.sample), found[0]))
    return choice(wide=wide)


def _go(sample: int) -> None:
    state.update(sample=sample)


def _go_anywhere(found: tuple[int, ...]) -> None:
    """Chance is not seeded here: what it found is in the link."""
    state.update(sample=random.choice(found))
