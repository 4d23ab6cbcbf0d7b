"""Samples across, codecs down: every reconstruction beside its error."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from app import services
from app.choice import Choice
from app.i18n import t
from app.palette import TOO_BRIGHT, TOO_DARK, codec_name, colour
from app.services import CodecRef
from app.widgets.sketch import Ground, error_sketch, error_words, sample_sketch
from app.widgets.text import fixed


def gallery(made: Choice, ground: Ground, indices: tuple[int, ...]) -> None:
    """Originals on top, then a row per codec: reconstruction, error on one scale, its number."""
    x = services.samples(made.data.name, indices)
    rows = [_originals(made, ground, indices, x)]
    rows += [_codec_row(ground, which, indices, x) for which in made.refs.values()]
    style = f"--bn-columns:{len(indices)}"
    st.html(f'<div class="bn-gallery" style="{style}">{"".join(rows)}</div>')


def sketch_legend(ground: Ground, note: str = "") -> None:
    """The error colours and the scale that all drawings share; `note` stands beside it."""
    left, right = map(html.escape, error_words(ground))
    bar = f"linear-gradient(90deg,{TOO_DARK},transparent,{TOO_BRIGHT})"
    st.html(
        f'<div class="bn-legend"><span>{left}</span><i style="background:{bar}"></i>'
        f"<span>{right}</span><span>{html.escape(note)}</span></div>"
    )


def sample_name(made: Choice, index: int) -> str:
    """Its number and, where there are classes, its class."""
    y, names = services.labels(made.data.name), made.data.label_names
    if y is None or not names:
        return t("sample {number}", number=index)
    return t("sample {number}, class {name}", number=index, name=names[int(y[index])])


def cloud_image(which: CodecRef, ground: Ground) -> np.ndarray | None:
    """Where a codec puts the data drawn behind a point; None for other kinds."""
    if ground.kind != "points":
        return None
    x_hat = services.reconstructions(which)
    return x_hat[:: max(1, len(x_hat) // len(ground.cloud))]


def _originals(made: Choice, ground: Ground, indices: Sequence[int], x: np.ndarray) -> str:
    cells = []
    y, names = services.labels(made.data.name), made.data.label_names
    for index, one in zip(indices, x, strict=True):
        words = f"<small>{html.escape(t('sample {number}', number=index))}</small>"
        if y is not None and names:
            words = f"<b>{html.escape(names[int(y[index])])}</b><br>{words}"
        drawn = sample_sketch(ground, one, alt=sample_name(made, index))
        cells.append(f'<figure class="bn-pair">{drawn}<figcaption>{words}</figcaption></figure>')
    return _row(f"<b>{html.escape(t('Original'))}</b>", cells)


def _codec_row(ground: Ground, which: CodecRef, indices: tuple[int, ...], x: np.ndarray) -> str:
    name, error = codec_name(which.variant), services.errors(which)
    cloud, cells = cloud_image(which, ground), []
    for index, one, x_hat in zip(indices, x, services.reconstructions(which, indices), strict=True):
        value = fixed(float(error[index]))
        again = t("{codec}: reconstruction of sample {number}", codec=name, number=index)
        wrong = t("{codec}: error of sample {number}, {value}", codec=name, number=index,
                  value=value)  # fmt: skip
        cells.append(
            '<figure class="bn-pair">'
            + sample_sketch(ground, one, x_hat, codec=which.variant, alt=again, cloud_hat=cloud)
            + error_sketch(ground, one, x_hat, alt=wrong)
            + f"<figcaption>{html.escape(value)}</figcaption></figure>"
        )
    mean = t("mean {value}", value=fixed(float(error.mean())))
    title = f'<i style="background:{colour(which.variant)}"></i><b>{html.escape(name)}</b>'
    return _row(f"{title}<small>{html.escape(mean)}</small>", cells)


def _row(title: str, cells: Sequence[str]) -> str:
    return f'<div class="bn-row">{title}</div>{"".join(cells)}'


def error_columns(made: Choice) -> Mapping[str, Sequence[object]]:
    """Squared error of every test sample by codec, with its class: the columns of a CSV."""
    y, names = services.labels(made.data.name), made.data.label_names
    count = made.data.sizes[2]
    columns: dict[str, Sequence[object]] = {"sample": range(count)}
    if y is not None and names:
        columns["class"] = [names[int(k)] for k in y]
    for codec, which in made.refs.items():
        columns[codec] = [float(e) for e in services.errors(which)]
    return columns
