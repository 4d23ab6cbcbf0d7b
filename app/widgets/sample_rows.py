"""The chosen sample through every codec, and who lies next to it there."""

import html
from collections.abc import Sequence

import streamlit as st

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name, colour
from app.services import CodecRef
from app.widgets.chosen_set import set_size
from app.widgets.gallery import cloud_image, sample_name
from app.widgets.sketch import Ground, sample_sketch
from app.widgets.text import number
from app.widgets.tiles import tile_blocks

NEAREST = 6


def sample_rows(made: Choice, ground: Ground) -> None:
    """One row in pixel space, then one per codec: reconstruction and the nearest samples."""
    near = services.neighbours(None, made.data.name, made.sample, NEAREST)
    rows = [_data_row(made, ground, near)]
    rows += [_codec_row(made, ground, which, near) for which in made.refs.values()]
    # Drawn points and curves need more room than pictures: one row under the other.
    shape = "" if ground.kind == "image" else "bn-single"
    tile_blocks(rows, columns=NEAREST + 1, shape=shape, kind="bn-near")
    st.caption(
        t(
            "First the sample itself, x, and its reconstructions, x̂, then the {count} nearest test "
            "samples: by their values in the first row, by their codes in the others. A dot • "
            "marks those that are also among the nearest by value.",
            count=NEAREST,
        )
    )


def _clear() -> None:
    state.update(picked=())


def set_panel(made: Choice, ground: Ground) -> None:
    """The samples chosen with the lasso."""
    picked = [i for i in made.view.picked if i < made.data.sizes[2]]
    if not picked:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        set_size(len(picked))
        st.button(t("Clear the set"), key="clear", on_click=_clear)
    x = services.samples(made.data.name, tuple(picked))
    cells = "".join(
        _tile(sample_sketch(ground, one, alt=sample_name(made, i)), _caption(made, i))
        for i, one in zip(picked, x, strict=True)
    )
    st.html(f'<div class="bn-set">{cells}</div>')


def _data_row(made: Choice, ground: Ground, near: Sequence[int]) -> str:
    title = f"<b>{html.escape(sample_name(made, made.sample))}</b>"
    note = f"<small>{html.escape(t('nearest by value'))}</small>"
    x = services.samples(made.data.name, (made.sample,))[0]
    first = _tile(sample_sketch(ground, x, alt=t("the chosen sample")), "x")
    return f'<div class="bn-row">{title}{note}</div>{first}{_neighbours(made, ground, near, ())}'


def _codec_row(made: Choice, ground: Ground, which: CodecRef, by_value: Sequence[int]) -> str:
    name = codec_name(which.variant)
    near = services.neighbours(which, made.data.name, made.sample, NEAREST)
    both = len(set(near) & set(by_value))
    error = number(float(services.errors(which)[made.sample]), 3)
    title = f'<i style="background:{colour(which.variant)}"></i><b>{html.escape(name)}</b>'
    note = html.escape(t("error {value}", value=error)) + "<br>"
    note += html.escape(t("{both} of {count} also near by value", both=both, count=NEAREST))
    x = services.samples(made.data.name, (made.sample,))[0]
    x_hat = services.reconstructions(which, (made.sample,))[0]
    drawn = sample_sketch(
        ground, x, x_hat, codec=which.variant, cloud_hat=cloud_image(which, ground),
        alt=t("{codec}: reconstruction of sample {number}", codec=name, number=made.sample),
    )  # fmt: skip
    first = _tile(drawn, "x̂")
    others = _neighbours(made, ground, near, by_value)
    return f'<div class="bn-row">{title}<small>{note}</small></div>{first}{others}'


def _neighbours(made: Choice, ground: Ground, near: Sequence[int], by_value: Sequence[int]) -> str:
    x = services.samples(made.data.name, tuple(near))
    return "".join(
        _tile(
            sample_sketch(ground, one, alt=sample_name(made, i)),
            ("• " if i in by_value else "") + _caption(made, i),
        )
        for i, one in zip(near, x, strict=True)
    )


def _caption(made: Choice, index: int) -> str:
    y, names = services.labels(made.data.name), made.data.label_names
    return names[int(y[index])] if y is not None and names else str(index)


def _tile(drawn: str, caption: str) -> str:
    return f"<figure>{drawn}<figcaption>{html.escape(caption)}</figcaption></figure>"
