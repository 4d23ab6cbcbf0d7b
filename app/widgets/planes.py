"""The planes of all codecs side by side; pointing at one chooses in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app import services, state
from app.choice import Choice
from app.i18n import t
from app.palette import codec_name
from app.services import CodecRef
from app.widgets.chosen_set import choose_set
from app.widgets.panels import show
from app.widgets.plane_controls import error_limit
from app.widgets.sheets import in_columns
from app.widgets.sketch import Ground
from app.widgets.tiles import as_pictures

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_POINTS = 1500  # in one plane
GRID, FINE, LINE = 14, 40, 12  # cells along a side: decoded, holes; decoded along a line
CURVE, SHEET = 200, 17  # steps of a decoded curve, lines of a decoded sheet
FAINT = 0.45  # opacity of pictures behind points
ASPECT = 1.35  # of a plane: three fill a row


@dataclass(frozen=True)
class Shown:
    """The test samples that are drawn in every plane."""

    ids: np.ndarray
    classes: np.ndarray | None
    names: Sequence[str]


def shown_samples(made: Choice) -> Shown:
    """All test samples, or an even share of many; the chosen ones are always among them."""
    count = made.data.sizes[2]
    even = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int)
    wanted = [i for i in (made.sample, *made.view.picked) if i < count]
    ids = np.unique(np.concatenate([even, np.array(wanted, dtype=int)]))
    y = services.labels(made.data.name)
    return Shown(ids, None if y is None else y[ids], made.data.label_names)


def plane_grid(made: Choice, ground: Ground) -> None:
    """Small multiples: the canvas component replaces this block."""
    from app import figures

    shown = shown_samples(made)
    by_error = made.view.colouring == "error"
    planes = {
        codec: figures.Plane(
            services.plane_codes(which, made.dims, axes=_axes(which, made))[shown.ids],
            labels=None if by_error else shown.classes,
            names=shown.names,
            errors=services.errors(which)[shown.ids] if by_error else None,
            ids=shown.ids,
            dims=made.dims,
            error_limit=error_limit(made) if by_error else None,
        )
        for codec, which in made.refs.items()
    }
    drawn = figures.latent_planes(planes)
    if by_error:
        drawn = {codec: figures.hide_bar(figure) for codec, figure in drawn.items()}
    for column, (codec, which) in zip(in_columns(len(planes)), made.refs.items(), strict=True):
        with column:
            _plane(made, ground, shown, which, planes[codec], drawn[codec])
            if made.data.kind == "points":
                _data_plane(made, ground, shown, which)


def _plane(
    made: Choice, ground: Ground, shown: Shown, which: CodecRef, plane: Any, figure: "go.Figure"
) -> None:
    from app import figures

    if which.latent_dim == 1:
        strip = figures.strip_of(plane.z[:, 0], shown.classes, shown.names)
        places, extent = strip.places, strip.extent
        figure = figures.code_strip(plane, strip, title=figure.layout.title.text)
        if plane.errors is not None:
            figures.hide_bar(figure)
        _behind_line(made, ground, which, extent, figure)
    else:
        places, extent = plane.z, figures.same_extent(plane.z, aspect=ASPECT)
        figures.square(figure, extent)
        _behind_plane(made, ground, which, extent, figure)
        if _axes(which, made) == "pca":
            share = services.plane_share(which, made.dims, "pca")
            words = t("component {number} of the codes", number=1)
            figure.update_xaxes(title={"text": f"{words} ({share:.0%} {t('in this plane')})"})
            figure.update_yaxes(title={"text": t("component {number} of the codes", number=2)})
    _mark(made, shown, places, figure)
    alt = t("{codec}: codes of the test samples", codec=codec_name(which.variant))
    show(figure, alt=alt, **_selection(made, f"plane.{which.variant}"))


def _data_plane(made: Choice, ground: Ground, shown: Shown, which: CodecRef) -> None:
    """The data itself, coloured by the code, and what the decoder can reach in it."""
    from app import figures

    x = services.samples(made.data.name)[shown.ids]
    one = which.latent_dim == 1
    figure = figures.data_plane(
        x, labels=shown.classes, ids=shown.ids, height=300,
        values=services.codes(which)[shown.ids, 0] if one else None,
        extent=(ground.low, ground.high, ground.low, ground.high),
    )  # fmt: skip
    if one:
        curves = [services.decoded_line(which, CURVE)[1]]
    else:
        curves = figures.mesh(services.decoded_plane(which, SHEET, made.dims)[0])
    figures.draw_curves(figure, {which.variant: curves})
    figure.update_layout(showlegend=False, margin={"t": 10})
    _mark(made, shown, x, figure)
    alt = t("{codec}: the data and the decoded codes", codec=codec_name(which.variant))
    show(figure, alt=alt, **_selection(made, f"data.{which.variant}"))


def _behind_plane(
    made: Choice, ground: Ground, which: CodecRef, extent: Any, figure: "go.Figure"
) -> None:
    from app import figures

    axes = _axes(which, made)
    if made.view.ground == "holes":
        figures.fog(figure, services.holes(which, FINE, made.dims, axes, extent)[0], extent)
    elif made.view.ground == "decoded" and made.data.kind != "points":
        x = services.decoded_plane(which, GRID, made.dims, axes, extent)[0]
        tiles = as_pictures(x.reshape(-1, *x.shape[2:]), made.data.kind, ground.low, ground.high)
        tiles = tiles.reshape(*x.shape[:2], *tiles.shape[1:])
        figures.decoded_grid_image(figure, tiles, extent, opacity=FAINT)


def _behind_line(
    made: Choice, ground: Ground, which: CodecRef, extent: Any, figure: "go.Figure"
) -> None:
    from app import figures

    x0, x1, y0, y1 = extent
    ends = tuple((x0 + (x1 - x0) * (i + 0.5) / LINE,) for i in range(LINE))
    if made.view.ground == "holes":
        figures.fog(figure, services.round_trip(which, ends)[None], extent)
    elif made.view.ground == "decoded" and made.data.kind != "points":
        x = as_pictures(services.decode(which, ends), made.data.kind, ground.low, ground.high)
        every_row = np.repeat(x[None], max(4, round(y1 - y0)), axis=0)  # tiles stay about square
        figures.decoded_grid_image(figure, every_row, extent, opacity=FAINT)


def _mark(made: Choice, shown: Shown, places: np.ndarray, figure: "go.Figure") -> None:
    from app import figures

    chosen = np.isin(shown.ids, made.view.picked)
    if chosen.any():
        figures.mark_set(figure, places[chosen], shown.ids[chosen])
    figures.selectable(figure, lasso=made.view.lasso)
    figures.mark_sample(figure, places[np.searchsorted(shown.ids, made.sample)])


def _selection(made: Choice, chart: str) -> dict[str, Any]:
    """What a click or a lasso in this chart means for all of them."""
    if made.view.lasso:
        tied = state.bind_selection(f"{chart}.set", choose_set)
        return {"selection_mode": ("box", "lasso"), **tied}
    return {"selection_mode": "points", **state.bind_selection(f"{chart}.one", choose_one)}


def choose_one(ids: Sequence[int]) -> None:
    """The clicked sample; a click beside all points keeps the one there was."""
    if ids:
        state.update(sample=ids[0])


def _axes(which: CodecRef, made: Choice) -> str:
    return made.view.axes if which.latent_dim > 2 else "units"
