"""One card per codec: its code, its reconstruction, the error, and its knob."""

import html

import numpy as np
import streamlit as st

from app import services
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import CodecRef
from app.widgets.bar import weight_slider
from app.widgets.gallery import cloud_image, sample_name, sketch_legend
from app.widgets.live_text import apart_help
from app.widgets.pictures import heading
from app.widgets.sketch import Ground, code_sketch, error_sketch, sample_sketch
from app.widgets.text import fixed

SQUARED_ERROR = "‖x\u00a0−\u00a0x̂‖²"  # never broken over two lines
NUMBERS = 2  # codes up to this size are written out


def codec_cards(made: Choice, ground: Ground) -> None:
    """The input and, beside it, every codec's answer; they wrap where the window is narrow."""
    x = services.samples(made.data.name, (made.sample,))[0]
    with st.container(horizontal=True, gap="small", key=f"cards-{1 + len(made.refs)}"):
        with st.container(border=True, key="card.input"):
            _input_card(made, ground, x)
        for codec, which in made.refs.items():
            with st.container(border=True, key=f"card.{codec}"):
                _codec_card(made, ground, which, x)


def code_words(z: np.ndarray) -> str:
    """A short code as its numbers, a long one as its size and how many of them are not near 0."""
    if len(z) <= NUMBERS:
        small = float(np.abs(z).max()) < 0.1  # two digits would hardly tell it from 0
        return "z = " + ", ".join(fixed(v) if small else f"{v:.2f}".replace("-", "−") for v in z)
    active = int((np.abs(z) > 0.05 * max(float(np.abs(z).max()), 1e-12)).sum())
    return t("{active} of {d} far from 0 here", d=len(z), active=active)


def code_help(z: np.ndarray) -> str:
    """What the words of a long code count."""
    return "" if len(z) <= NUMBERS else apart_help()


def _input_card(made: Choice, ground: Ground, x: np.ndarray) -> None:
    """The input, and how to read the drawings beside it."""
    name = sample_name(made, made.sample)
    words = t(
        "Beside it: the code z, what it decodes to, x̂, and the error map. {formula} is the squared "
        "error, summed over {count} values.",
        formula=SQUARED_ERROR, count=x.size,
    )  # fmt: skip
    st.html(
        f'<div class="bn-card"><div class="bn-codec">{html.escape(t("Input"))} x</div>'
        f'<div class="bn-duo">{sample_sketch(ground, x, alt=name)}'
        f"<p><b>{html.escape(name)}</b></p></div>"
        f'<p class="bn-note">{html.escape(words)}</p></div>'
    )
    sketch_legend(ground)


def _codec_card(made: Choice, ground: Ground, which: CodecRef, x: np.ndarray) -> None:
    name = codec_name(which.variant)
    z, x_hat, error = _answer(made, which, x)
    wrong = t("squared error {value}", value=fixed(error))
    st.html(
        f'<div class="bn-card">{heading(which.variant)}'
        + code_sketch(
            z, services.codes(which), services.code_range(which, made.dims), which.variant,
            alt=t("{codec}: code {code}", codec=name, code=code_words(z)),
        )
        + f'<p title="{html.escape(code_help(z))}">{html.escape(code_words(z))}</p>'
        + '<div class="bn-duo">'
        + sample_sketch(
            ground, x, x_hat, codec=which.variant, cloud_hat=cloud_image(which, ground),
            alt=t("{codec}: reconstruction", codec=name),
        )
        + error_sketch(ground, x, x_hat, alt=t("{codec}: {error}", codec=name, error=wrong))
        + f"</div><p><b>{SQUARED_ERROR} = {fixed(error)}</b></p></div>"
    )  # fmt: skip
    weight_slider(which.variant, which)


def _answer(made: Choice, which: CodecRef, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Code, what it decodes to and the squared error against the input.

    The code is the encoder's own, or the one that the reader's hand has put in its place.
    """
    if made.view.hand is None:
        x_hat = services.reconstructions(which, (made.sample,))[0]
        return services.codes(which)[made.sample], x_hat, float(services.errors(which)[made.sample])
    z = services.placed_code(which, made.dims, made.view.hand, made.sample)
    x_hat = services.decode(which, (z,))[0]
    return np.array(z), x_hat, float(((x_hat - x) ** 2).sum())
