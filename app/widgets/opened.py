"""Models of races that a view puts in their codec's place: every page says so and leads back."""

import calendar
import time

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import CODECS, codec_name
from app.services import OpenedModel
from app.widgets.noise import kind_name


def open_model(model: OpenedModel) -> None:
    """Make it its codec on every page of this visitor, at its own data, code size and noise."""
    shown = state.view()
    others = tuple((c, w) for c, w in shown.weights if c != model.variant)
    codecs = tuple(c for c in CODECS if c in (*shown.codecs, model.variant))
    state.update(
        models=shown.with_model(model.variant, model.run).models, weights=others, codecs=codecs
    )
    go_to(model)


def go_to(model: OpenedModel) -> None:
    """Choose the data, code size and noise that a model belongs to."""
    state.update(data=model.data, latent_dim=model.latent_dim)
    if model.corruption:
        state.update(corruption=model.corruption)


def say_opened(made: Choice) -> None:
    """A line for each codec whose model the view names: in use, of other data, or gone."""
    for codec, model in made.opened.items():
        which = made.refs.get(codec)
        used = which is not None and which.model != ""
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"opened.{codec}"
        ):
            st.markdown(_words(codec, model, used), width="content")
            if model is not None and not used and st.button(
                t("Show it there"), key=f"opened.go.{codec}", type="tertiary",
                icon=":material/open_in_new:",
            ):  # fmt: skip
                go_to(model)
                st.rerun()
            if st.button(
                _back(made, codec, used), key=f"opened.back.{codec}", type="tertiary",
                icon=":material/undo:",
            ):  # fmt: skip
                state.update(models=state.view().with_model(codec, "").models)
                st.rerun()


def model_words(model: OpenedModel) -> str:
    """When it was trained, and how it differs from others of its kind."""
    began = calendar.timegm(time.strptime(model.run[:15], "%Y%m%d-%H%M%S"))
    weight = f"{model.symbol} = {model.weight:.3g}, " if model.symbol else ""
    return t(
        "trained {when}, {weight}seed {seed}, {epochs} epochs",
        when=time.strftime("%Y-%m-%d %H:%M", time.localtime(began)), weight=weight,
        seed=model.seed, epochs=model.epochs,
    )  # fmt: skip


def _words(codec: str, model: OpenedModel | None, used: bool) -> str:
    name = codec_name(codec)
    if model is None:
        return ":material/link_off: " + t(
            "**{codec}**: the model of this link is not on this machine (any more).", codec=name
        )
    if used:
        return ":material/bookmark: " + t(
            "**{codec}**: a model of a race, {facts}.", codec=name, facts=model_words(model)
        )
    noise = kind_name(model.corruption) if model.corruption else ""
    where = t("{data}, d = {d}", data=services.title(model.data), d=model.latent_dim)
    return ":material/bookmark: " + t(
        "**{codec}**: the model that is open belongs to {where}, and is not shown here.",
        codec=name, where=", ".join(filter(None, [where, noise])),
    )  # fmt: skip


def _back(made: Choice, codec: str, used: bool) -> str:
    if used and made.usual(codec) is None:
        return t("Close it")
    return t("Back to the shipped one") if used else t("Stay with the shipped one")
