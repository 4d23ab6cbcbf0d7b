"""Everybody's repair of the identical array, row by row, with its PSNR and the best one marked."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from app import services
from app.choice import Choice
from app.exports import Style, sheet_png
from app.i18n import t
from app.images import Array
from app.palette import CODECS, codec_name, colour
from app.services import LINEAR, MEDIAN, NOISY, CodecRef, Damage, Score
from app.widgets.panels import show
from app.widgets.sketch import Ground, ground_of, sample_sketch
from app.widgets.tiles import tile_blocks

BEST = "★"  # not by colour alone
ACROSS = 4  # panels of points in a row


def repair_names(made: Choice) -> dict[str, str]:
    """What competes beside the codecs, in the reader's language."""
    image = made.data.kind == "image"
    return {
        NOISY: t("Damaged"),
        MEDIAN: t("Median 3×3") if image else t("Median of 3"),
        LINEAR: t("Best linear map"),
    }


def repair_rows(made: Choice, damage: Damage) -> None:
    """Clean, damaged, then a row per repair; columns are samples. For images and series."""
    clean = services.originals(damage)
    tried, scores = _results(made, damage)
    ground = _ground(made, tried[NOISY])
    rows = [_row(ground, t("Clean"), "", "", clean, clean, [""] * len(clean))]
    for name, x_hat in tried.items():
        title = _name(made, name)
        dots = [_mark(scores, name, place) for place in range(len(clean))]
        note = "\n".join([_total(scores, name), _told(made, name)]).strip()
        rows.append(_row(ground, title, name, note, clean, x_hat, dots))
    tile_blocks(rows, columns=len(clean))


def pull_panels(made: Choice, damage: Damage) -> None:
    """Points of the plane: where the noise pushed them, and where every repair pulls them."""
    from app.figures import pull_figure, same_extent

    tried, scores = _results(made, damage)
    cloud = services.samples(damage.data)
    extent = same_extent(cloud, tried[NOISY])
    for place, (name, x_hat) in enumerate(tried.items()):
        if place % ACROSS == 0:  # row by row: a phone stacks columns, and keeps their order
            columns = st.columns(ACROSS)
        dot = f'<span style="color:{colour(name)}">●</span> ' if name in CODECS else ""
        parts = (_total(scores, name), _told(made, name))
        note = " · ".join(part for part in parts if part)
        title = f"{dot}{_name(made, name)}<br><sup>{note}</sup>"
        figure = pull_figure(
            cloud, tried[NOISY], None if name == NOISY else x_hat, name, extent=extent, title=title
        )
        with columns[place % ACROSS]:
            show(figure, key=f"pull.{name}", alt=f"{_name(made, name)}: {note}")
    st.caption(
        t(
            "Arrows run from each damaged point to its repair. A denoiser that knows the data "
            "points back to where the data lies; a linear map can only pull towards the middle."
        )
    )


def repair_columns(made: Choice, damage: Damage) -> dict[str, Sequence[object]]:
    """PSNR of every repair, of all samples and of each: the columns of a CSV."""
    scores = services.scores(damage, tuple(made.refs.values()))
    columns: dict[str, Sequence[object]] = {
        "repair": list(scores),
        "psnr_db": [s.total for s in scores.values()],
    }
    if made.data.kind != "points":
        for place, index in enumerate(damage.indices):
            columns[f"psnr_db_sample_{index}"] = [s.each[place] for s in scores.values()]
    return columns


def repairs_png(made: Choice, damage: Damage) -> Callable[[], bytes]:
    """Draws the rows as one picture, each under its name and PSNR. For images and series.

    Streamlit calls it in another thread, which knows no language: the words are chosen here.
    """
    tried, scores = _results(made, damage)
    ground = _ground(made, tried[NOISY])
    names = [t("Clean")] + [f"{_name(made, n)}  {_total(scores, n)}" for n in tried]
    colours = [colour(name) for name in (NOISY, *tried)]
    style = Style(ground.kind, ground.low, ground.high, ground.cloud, colours, names)
    return partial(sheet_png, np.stack([services.originals(damage), *tried.values()]), style)


def decibels(value: float) -> str:
    """A PSNR with one decimal; ∞ where nothing is lost."""
    return "∞" if np.isinf(value) else f"{value:.1f}".replace("-", "−")


def _results(made: Choice, damage: Damage) -> tuple[dict[str, Array], dict[str, Score]]:
    refs: tuple[CodecRef, ...] = tuple(made.refs.values())
    return services.repairs(damage, refs), services.scores(damage, refs)


def _name(made: Choice, name: str) -> str:
    return repair_names(made).get(name) or codec_name(name)


def _best(values: Mapping[str, float], name: str) -> bool:
    """Whether nothing is better; the damaged array takes part: leaving it alone can be best."""
    return values[name] >= max(values.values())


def _mark(scores: dict[str, Score], name: str, place: int) -> str:
    values = {n: s.each[place] for n, s in scores.items()}
    return f"{BEST} {decibels(values[name])}" if _best(values, name) else decibels(values[name])


def _total(scores: dict[str, Score], name: str) -> str:
    totals = {n: s.total for n, s in scores.items()}
    text = t("{value} dB", value=decibels(totals[name]))
    return f"{text} {BEST} {t('best')}" if _best(totals, name) else text


def _told(made: Choice, name: str) -> str:
    """At which level a denoising codec works."""
    training = services.trained_on(made.refs[name]) if name in made.refs else None
    if training is None:
        return ""
    level = f"{made.refs[name].weight:.2g}"
    return t("told {level}", level=level) if made.view.told else t("set to {level}", level=level)


def _ground(made: Choice, x_tilde: Array) -> Ground:
    """The data's scale; for series wide enough for the noise."""
    ground = ground_of(made.data, services.samples(made.data.name))
    if made.data.kind == "image":
        return ground
    low, high = min(ground.low, float(x_tilde.min())), max(ground.high, float(x_tilde.max()))
    return replace(ground, low=low, high=high)


def _row(
    ground: Ground, title: str, name: str, note: str, clean: Array, x_hat: Array,
    captions: Sequence[str],
) -> str:  # fmt: skip
    """One row; a codec's series is drawn over the clean one, other series stand alone."""
    dot = f'<i style="background:{colour(name)}"></i>' if name in CODECS else ""
    small = "".join(f"<small>{html.escape(line)}</small>" for line in note.splitlines())
    cells = [f'<div class="bn-row">{dot}<b>{html.escape(title)}</b>{small}</div>']
    for x, repaired, words in zip(clean, x_hat, captions, strict=True):
        alt = f"{title}: {words}" if words else title
        if name in CODECS:
            drawn = sample_sketch(ground, x, repaired, codec=name, alt=alt)
        else:
            drawn = sample_sketch(ground, repaired, alt=alt)
        under = f"<b>{html.escape(words)}</b>" if BEST in words else html.escape(words)
        caption = f"<figcaption>{under}</figcaption>" if words else ""
        cells.append(f"<figure>{drawn}{caption}</figure>")
    return "".join(cells)
