"""The live part of the generate page: every way of making samples, answered in the browser."""

from typing import Any

from app import services
from app.canvas import latent_canvas
from app.choice import Choice
from app.i18n import by_language, t
from app.widgets.live import kept_by, props
from app.widgets.making import anchors
from app.widgets.sketch import Ground


def live_making(made: Choice, ground: Ground) -> None:
    """Draw the canvas of the chosen way of making samples; it shows and saves all there is."""
    making = made.view.making
    told = props(made, ground, "generate")
    told["making"] = making
    for codec, which in zip(told["codecs"], made.refs.values(), strict=True):
        codec["prior"] = services.has_prior(which)
    told["view"] |= _view(made)
    told["text"] |= {**_saving(), **TEXTS[making]()}
    latent_canvas(told, **kept_by(f"generate.{making}"))


def _view(made: Choice) -> dict[str, Any]:
    shown = made.view
    return {
        "anchors": list(anchors(made)),
        "path": "slerp" if shown.path == "slerp" else "lerp",
        "steps": shown.steps,
        "drawSeed": shown.seed,
        "draws": max(4, shown.draws - shown.draws % 4),  # whole rows
        "units": [unit for unit in shown.units if unit < made.latent_dim],
        "ranked": shown.ranked,
        "side": shown.side,
        "target": shown.target if shown.target < len(made.data.label_names) else 0,
        "axes": "pca",  # of a long code the two directions that vary most: no unit is dead there
    }


def _playing() -> dict[str, str]:
    """What everything that plays needs."""
    return {
        "play": t("Play"),
        "pause": t("Pause"),
        "playHelp": t("Walks from one end to the other, again and again."),
        "speed": t("Speed"),
        "speedHelp": t("Seconds from one end to the other, here and in the GIF."),
        "perWay": t("{seconds} s", seconds="{seconds}"),
        "loop": t("Loop"),
        "loopHelp": t("What follows at the end, here and in the GIF."),
        "thereAndBack": t("and back"),
        "again": t("again"),
        "steps": t("Steps"),
        "stepsHelp": t("How many steps stand side by side below."),
        "stepsHead": t("Step by step"),
        "stepsOf": t("steps from one end to the other"),
    }


@by_language
def _saving() -> dict[str, str]:
    """The files that the browser makes."""
    return {
        "files": t("Files"),
        "save": t("Save"),
        "saveHelp": t("Whose samples the file holds."),
        "allCodecs": t("all codecs"),
        "gifHelp": t("An animation that loops."),
        "pngHelp": t("All of it side by side, in one picture."),
        "csvHelp": t("Codes and values as a table, one line per sample."),
    }


@by_language
def _path() -> dict[str, str]:
    """Between two samples."""
    return {
        **_playing(),
        "inputHead": t("Blend of values"),
        "blendRow": t("Blend of values"),
        "from": t("From sample"),
        "to": t("To sample"),
        "endHelp": t("A test sample; or drag the diamond in any plane."),
        "along": t("Place on the path"),
        "alongHelp": t("From the first sample, 0, to the second, 1."),
        "way": t("Way"),
        "wayHelp": t("Straight from code to code, or turning from one direction to the other."),
        "blend": t("blend of the values of samples {a} and {b}", a="{a}", b="{b}"),
        "dragEnds": t("Drag an end of the path to other samples, in any plane."),
    }


def _order() -> dict[str, str]:
    """How units are counted."""
    return {
        "order": t("Units in the order of"),
        "orderHelp": t(
            "Their spread, so that every codec shows its liveliest first, or their numbers."
        ),
        "byRank": t("spread"),
        "byNumber": t("number"),
    }


@by_language
def _walk() -> dict[str, str]:
    """Along a unit."""
    number, value, sigmas = "{number}", "{value}", "{sigmas}"
    return {
        **_playing(),
        **_order(),
        "unit": t("Unit"),
        "unitHelp": t("Which number of the code walks; a bar under a plane chooses it too."),
        "nth": t("no. {number} of each codec", number=number),
        "walk": t("Place on the walk"),
        "walkHelp": t("From −2.5 to +2.5 standard deviations of the codes around their mean."),
        "walkSample": t("The sample whose code keeps all other units; or point at it in a plane."),
        "walkHint": t(
            "The other units keep the sample's values. A dead unit, an empty bar, does not vary; "
            "it walks as far as the liveliest."
        ),
        "walkOne": t("The code's one number walks; the diamond is the sample's own."),
        "walks": t("z{number} = {value}, {sigmas} σ", number=number, value=value, sigmas=sigmas),
        "walksDead": t("z{number} = {value}: a dead unit", number=number, value=value),
        "spread": t("z{number}: σ = {value}", number=number, value=value),
        "deadUnit": t("z{number}: dead, σ = {value}", number=number, value=value),
        "deadUnits": t(
            "{count} of {d} units are dead: {names}", count="{count}", d="{d}", names="{names}"
        ),
        "noDeadUnits": t("All {d} units vary", d="{d}"),
    }


@by_language
def _draws() -> dict[str, str]:
    """From the prior."""
    n, codec = "{n}", "{codec}"
    return {
        "inputHead": t("Draw"),
        "seed": t("Seed"),
        "seedHelp": t("The same seed gives the same draws, in every codec."),
        "anew": t("Draw anew"),
        "anewHelp": t("Takes another seed."),
        "draws": t("Draws"),
        "drawsHelp": t("How many are shown; the share of holes is always of 1000."),
        "drawsHint": t(
            "× marks a hole: decoding and encoding again, ‖f(g(z)) − z‖, misses by more than it "
            "does for 99 % of the samples shown. The data itself scores 1 %."
        ),
        "drawsOf": t("{codec}: decoded draws", codec=codec),
        "drawName": t(
            "draw {number} of {count}, {codec}", number="{number}", count="{count}", codec=codec
        ),
        "fromPrior": t("Codes drawn from its prior, N(0, I)"),
        "fromCodes": t("No prior: a Gaussian fitted to its codes"),
        "measuring": t("measuring …"),
        "noHoles": t("returns exactly: no holes"),
        "inHoles": t("{count} of {n} in holes", count="{count}", n=n),
        "share": t("{share} % of {n}", share="{share}", n=n),
    }


@by_language
def _push() -> dict[str, str]:
    """Towards a class."""
    amount, name = "{amount}", "{name}"
    return {
        **_playing(),
        "target": t("Towards class"),
        "targetHelp": t("Its samples stand out in the planes."),
        "push": t("How far"),
        "pushHelp": t("From the sample, × 0, to one and a half times the difference of the means."),
        "pushSample": t("The sample that is pushed; or point at it in a plane."),
        "pushHint": t(
            "The direction is the mean code of the class minus the mean code of all others, of the "
            "samples shown; × 1 adds it once."
        ),
        "pushed": t("pushed × {amount} towards {name}", amount=amount, name=name),
    }


@by_language
def _manifold() -> dict[str, str]:
    """The whole manifold."""
    codec = "{codec}"
    place = {"across": "{across}", "upwards": "{upwards}", "codec": codec}
    return {
        **_order(),
        "inputHead": t("Cell"),
        "side": t("Samples along a side"),
        "sideHelp": t("Rows and columns of every grid."),
        "manifoldHint": t(
            "Every cell stands for the same share of the code space; all codecs show the one under "
            "the hand. Further units stay at their mean."
        ),
        "manifoldLine": t(
            "Every cell stands for the same share of the code's one number, which grows along each "
            "row, and from the bottom row to the top."
        ),
        "cellsOf": t("{codec}: decoded manifold", codec=codec),
        "cellsPrior": t("Cells of its prior, N(0, I)"),
        "cellsCodes": t("No prior: cells of its codes' own spread"),
        "cell": t("cell at {across} σ, {upwards} σ, {codec}", **place),
        "cellLine": t("cell at {across} σ, {codec}", **place),
    }


TEXTS = {
    "path": _path,
    "prior": _draws,
    "manifold": _manifold,
    "traversal": _walk,
    "direction": _push,
}
