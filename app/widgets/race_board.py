"""A race to look at: the chart of all codecs and a card for each."""

import html
from collections.abc import Callable

import streamlit as st

from app import services
from app.i18n import t
from app.palette import codec_name
from app.services import Race, Sight
from app.services.arrays import Array
from app.widgets.pictures import codec_heading
from app.widgets.race import Stage
from app.widgets.race_sketch import plane_plot, race_plot, roomy, strip_plot, terms_plot
from app.widgets.sketch import Ground, ground_of, sample_sketch
from app.widgets.text import number, plain

PICTURES = 3  # samples in a card


def race_board(stage: Stage) -> None:
    """Everything the race has shown up to the epoch looked at, which a line marks."""
    race = stage.race
    if race is None:
        return
    one_curve(race)
    if race.epoch:
        _chart(stage, race)
    _cards(stage, race)


def one_curve(race: Race) -> None:
    """With all weights at 0: whether the runners are one, and by how much they are not."""
    configs = [runner.model.config for runner in race.runners.values()]
    if len(configs) < 2 or any(config.weight != 0 for config in configs):
        return
    difference = f"{race.difference():g}"
    if difference == "0":
        st.success(
            t("All weights are 0: one curve for all codecs. Maximum difference = 0."),
            icon=":material/done_all:",
        )
    else:
        st.warning(t("All weights are 0. Maximum difference = {value}.", value=difference))


def _chart(stage: Stage, race: Race) -> None:
    errors = {v: [lap.sight.error for lap in r.laps] for v, r in race.runners.items() if r.laps}
    levels = {name: sight.error for name, sight in race.baseline_sights.items()}
    highest = max([*(values[0] for values in errors.values()), *levels.values()])
    st.html(
        f"<b>{html.escape(t('Squared error per sample'))}</b>"
        + race_plot(
            errors, levels, epochs=race.settings.epochs, at=stage.epoch, limit=roomy(highest),
            alt=t("Squared error of every codec over the epochs"),
        )
    )  # fmt: skip


def _cards(stage: Stage, race: Race) -> None:
    names = [*race.baselines, *race.runners]
    ground = ground_of(race.data_info, services.samples(race.settings.data))
    totals = [
        max(runner.laps[0].record.train.total, runner.laps[0].record.valid.total)
        for runner in race.runners.values()
        if runner.laps
    ]
    limit = roomy(max(totals, default=1.0))
    with st.container(horizontal=True, gap="small", key=f"cards.{len(names)}"):
        for name in names:
            with st.container(key=f"race.card.{name}"):
                _card(stage, race, name, ground, limit)
    if race.epoch:
        st.caption(
            t(
                "Above: mean over {count} samples of the valid split, undamaged, one unit for "
                "every codec. In the cards: the filled area is reconstruction and, lighter above "
                "it, weight · penalty on train; the dotted line is reconstruction, the dashed one "
                "the total on valid.",
                count=len(race.probe),
            )
        )


def _card(stage: Stage, race: Race, name: str, ground: Ground, limit: float) -> None:
    """Pictures, plane and curves of one codec at the epoch looked at."""
    codec_heading(name)
    runner = race.runners.get(name)
    if runner is not None and runner.failure:
        st.error(plain(runner.failure), icon=":material/error:")
    if runner is None:
        sight = race.baseline_sights[name]
    elif runner.laps:
        sight = runner.laps[max(min(stage.epoch, len(runner.laps)), 1) - 1].sight
    else:
        return
    st.html(_PICTURES[ground.kind](ground, race.originals(), sight.reconstructions, name))
    st.caption(t("squared error {value}", value=number(sight.error)))
    _plane(race, name, sight)
    if runner is None:
        st.caption(t("Not trained: computed at once from the train split."))
    else:
        _curves(stage, race, name, limit)


def _curves(stage: Stage, race: Race, name: str, limit: float) -> None:
    """The objective split into its terms, and its numbers on valid at the epoch looked at."""
    laps = race.runners[name].laps
    train, valid = (
        ([getattr(lap.record, split).reconstruction for lap in laps],
         [getattr(lap.record, split).weighted_penalty for lap in laps])
        for split in ("train", "valid")
    )  # fmt: skip
    alt = t("The objective of {codec}, split into its terms", codec=codec_name(name))
    epochs = race.settings.epochs
    st.html(terms_plot(name, train, valid, epochs=epochs, at=stage.epoch, limit=limit, alt=alt))
    at = max(min(stage.epoch, len(laps)), 1) - 1
    first, second, total = (
        number(v) for v in (valid[0][at], valid[1][at], valid[0][at] + valid[1][at])
    )
    st.caption(t("valid: {first} + {second} = {total}", first=first, second=second, total=total))


def _plane(race: Race, name: str, sight: Sight) -> None:
    """The first two units of the codes; a code of one number lies in one row per class."""
    labels = race.labels()
    alt = t("Codes of the valid samples as {codec} places them", codec=codec_name(name))
    if sight.codes.shape[1] == 1:
        st.html(strip_plot(sight.codes[:, 0], labels, alt))
    else:
        st.html(plane_plot(sight.codes[:, :2], labels, alt))


def _images(ground: Ground, x: Array, x_hat: Array, codec: str) -> str:
    """Originals above their reconstructions."""
    pairs = list(zip(x[:PICTURES], x_hat[:PICTURES], strict=True))
    cells = [sample_sketch(ground, a, alt=t("original")) for a, _ in pairs]
    cells += [sample_sketch(ground, a, b, codec=codec, alt=t("reconstruction")) for a, b in pairs]
    return _grid(cells, PICTURES)


def _points(ground: Ground, x: Array, x_hat: Array, codec: str) -> str:
    """The data, and where the codec puts it."""
    alt = t("the data, and where the codec puts it")
    return _grid([sample_sketch(ground, x[0], x_hat[0], codec=codec, alt=alt, cloud_hat=x_hat)], 1)


def _series(ground: Ground, x: Array, x_hat: Array, codec: str) -> str:
    """Each series with its reconstruction over it."""
    pairs = zip(x[:PICTURES], x_hat[:PICTURES], strict=True)
    alt = t("series and reconstruction")
    return _grid([sample_sketch(ground, a, b, codec=codec, alt=alt) for a, b in pairs], 1)


def _grid(cells: list[str], columns: int) -> str:
    figures_ = "".join(f"<figure>{cell}</figure>" for cell in cells)
    return f'<div class="bn-strip" style="--bn-side:40px;--bn-columns:{columns}">{figures_}</div>'


_PICTURES: dict[str, Callable[[Ground, Array, Array, str], str]] = {
    "image": _images, "points": _points, "series": _series,
}  # fmt: skip
