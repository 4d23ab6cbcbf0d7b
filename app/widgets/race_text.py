"""Every text of the live race: {named} places are filled in the browser."""

from typing import Any

from app.i18n import t


def race_text(kind: str = "image") -> dict[str, Any]:
    """By the name that the component's modules ask for; kind: of data, whose samples it counts."""
    speed = {
        "image": t("{rate} images/s", rate="{rate}"),
        "points": t("{rate} points/s", rate="{rate}"),
        "series": t("{rate} series/s", rate="{rate}"),
    }[kind]
    return {
        **_buttons(), **_scrubber(), **_charts(), **_told(), "speed": speed, "states": _states(),
    }  # fmt: skip


def _buttons() -> dict[str, str]:
    return {
        "play": t("Play"),
        "pause": t("Pause"),
        "batch": t("One batch"),
        "epoch": t("One epoch"),
        "cancel": t("Cancel"),
        "resume": t("Go on"),
        "resumeHelp": t("Nobody trains it any more; going on leads to the same weights."),
        "close": t("New race"),
        "closeHelp": t("This one stays; it is found again under Earlier races and sweeps."),
        "branch": t("Train on from here"),
        "branchHelp": t(
            "A new race with this one's past up to the epoch looked at. Change a weight or the "
            "rate there, and compare."
        ),
        "replay": t("Train again from here"),
        "replayHelp": t(
            "The same once more from the epoch looked at: the same weights, bit for bit."
        ),
    }


def _scrubber() -> dict[str, str]:
    return {
        "lookAt": t("Look at epoch"),
        "lookHelp": t("Curves, pictures and planes move together."),
        "rewind": t("To the first epoch"),
        "film": t("Play the film"),
        "hold": t("Hold the film"),
        "latest": t("To the latest epoch"),
        "pace": t("Film"),
        "perSecond": t("{count} epochs/s", count="{count}"),
        "rate": t("Learning rate"),
        "rateShort": t("rate"),
        "knobHelp": t("Moves while it trains: counts from the next batch on, and is marked."),
    }


def _charts() -> dict[str, str]:
    codec = {"codec": "{codec}"}
    return {
        "chart": t("Squared error per sample"),
        "chartAlt": t("Squared error of every codec over the epochs"),
        "termsAlt": t("The objective of {codec}, split into its terms", **codec),
        "planeAlt": t("Codes of the valid samples as {codec} places them", **codec),
        "pictures": t("Originals above their reconstructions by {codec}", **codec),
        "field": t("Data, what {codec} reaches, and where it pulls every place", **codec),
        "epochAxis": t("epoch"),
        "error": t("squared error {value}", value="{value}"),
        "valid": t(
            "valid: {first} + {second} = {total}", first="{first}", second="{second}",
            total="{total}",
        ),
        "untrained": t("Not trained: computed at once from the train split."),
        "legend": t(
            "Above: mean over {count} samples of the valid split, undamaged, one unit for "
            "every codec. In the cards: the filled area is reconstruction and, lighter above "
            "it, weight · penalty on train; the dotted line is reconstruction, the dashed one "
            "the total on valid.",
            count="{count}",
        ),
        "fieldLegend": t(
            "Arrows point along r(x) − x, where one pass through the codec moves a place, and are "
            "a third as long. "
            "The line or net is everything the decoder can reach."
        ),
    }  # fmt: skip


def _told() -> dict[str, str]:
    return {
        "progressLabel": t("How far the race is"),
        "progress": t("Epoch {done} of {total}", done="{done}", total="{total}"),
        "batchOf": t("batch {done} of {total}", done="{done}", total="{total}"),
        "queue": t("Place {position} in the queue", position="{position}"),
        "scoring": t("Scoring on the test split"),
        "lost": t("The server does not answer; trying again."),
        "unheard": t("The server did not answer; ask once more."),
        "gone": t("It has been deleted."),
        "oneCurve": t("All weights are 0: one curve for all codecs. Maximum difference = 0."),
        "difference": t("All weights are 0. Maximum difference = {value}.", value="{value}"),
    }


def _states() -> dict[str, str]:
    return {
        "queued": t("Waiting"),
        "running": t("Training"),
        "paused": t("Paused"),
        "finished": t("Finished"),
        "cancelled": t("Cancelled"),
        "failed": t("Failed"),
        "interrupted": t("Interrupted"),
    }
