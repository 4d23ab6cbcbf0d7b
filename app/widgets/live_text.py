"""Every text of the live canvas: {named} places are filled in the browser."""

from collections.abc import Sequence

from app.i18n import by_language, t
from app.widgets.chosen_set import set_help
from app.widgets.quality import quality_note, quality_titles


@by_language
def canvas_text() -> dict[str, str]:
    """By the name that the canvas's modules ask for."""
    below = {**_nearest(), **_directions(), **_quality()}
    return {**_answers(), **_weights(), **_zoom(), **_choices(), **below}


def _answers() -> dict[str, str]:
    """What stands beside planes, pictures and numbers."""
    codec, number = {"codec": "{codec}"}, {"number": "{number}"}
    return {
        "input": t("Input"),
        "inputHead": t("Input x"),
        "plane": t("{codec}: latent plane", **codec),
        "planeHelp": t(
            "Arrow keys walk, Enter keeps the place, Shift and Enter pins the sample, Escape "
            "goes back; plus and minus zoom, 0 shows the whole."
        ),
        "reconstruction": t("{codec}: reconstruction", **codec),
        "errorMap": t("{codec}: error map", **codec),
        "hole": t("‖f(g(z))\u00a0−\u00a0z‖ = {value}", value="{value}"),
        "apart": t("{active} of {d} far from 0 here", active="{active}", d="{d}"),
        "apartHelp": apart_help(),
        "place": t("decoded by {codec} where the hand is", **codec),
        "sampleClass": t("sample {number}, class {name}", **number, name="{name}"),
        "sampleName": t("sample {number}", **number),
    }


def apart_help() -> str:
    """What is counted of a code that is too long to be written out."""
    return t(
        "How many numbers of this one code are larger than 5 % of its largest. Which units vary "
        "over the samples is another question: Generate, along a unit, shows that."
    )


def _weights() -> dict[str, str]:
    """What belongs to a weight and its slider."""
    codec, symbol = {"codec": "{codec}"}, {"symbol": "{symbol}"}
    return {
        "termsHelp": t("The objective at this sample: reconstruction + weight · penalty = total."),
        "drawnHelp": t(
            "The objective at this sample, at a drawn code z = μ + σ ⊙ ε: reconstruction + weight "
            "· penalty = total. The error above is of the mean code μ."
        ),
        "fixedWeight": t(
            "Trained at {symbol} = {weight} alone.", symbol="{symbol}", weight="{weight}"
        ),
        "knob": t("{codec}: weight {symbol}", **codec, **symbol),
        "knobHelp": t(
            "Moves the network along its weight, live; a double click or the Delete key resets it."
        ),
        "tradeoff": t("{codec}: reconstruction over penalty along {symbol}", **codec, **symbol),
        "tradeoffHelp": t(
            "Up: reconstruction. Across: penalty, logarithmic. The curve is this slider from end "
            "to end on some test samples; the mark is where it stands."
        ),
        "separateHelp": t("Dots: weights at which networks of their own were trained to compare."),
        "rings": t(
            "Rings: networks trained at one weight each, by their objective, at the same penalty."
        ),
    }


def no_weight(sizes: Sequence[int]) -> str:
    """What stands in a slider's place; sizes: of the codes that there are to choose from."""
    if len(sizes) < 2:
        return t("No weight to move.")
    return t("No weight to move: its knob is the code size d.")


def _zoom() -> dict[str, str]:
    """How near the planes are seen."""
    return {
        "zoom": t("Zoom"),
        "zoomHelp": t(
            "Wheel, pinch or plus and minus, in all planes; a double click shows the whole again. "
            "Near enough, points become pictures."
        ),
        "closer": t("Closer"),
        "further": t("Further away"),
        "whole": t("The whole plane"),
    }


def _choices() -> dict[str, str]:
    """What can be chosen once for all planes."""
    return {
        "sample": t("Test sample"),
        "sampleHelp": t("Walks through the test samples."),
        "before": t("Sample before"),
        "after": t("Sample after"),
        "random": t("Random sample"),
        "class": t("Class"),
        "any": t("any"),
        "classHelp": t("Only samples of this class; the others step back in the planes."),
        "behind": t("Behind the points"),
        "behindHelp": t(
            "Decoded samples, or how far a code moves when it is decoded and encoded again."
        ),
        "nothing": t("nothing"),
        "decoded": t("decoded"),
        "holes": t("holes"),
        "colour": t("Colour"),
        "colourHelp": t("What the colours of the points mean."),
        "byClass": t("class"),
        "byError": t("error"),
        "pointing": t("Pointing chooses"),
        "pointingHelp": t("One sample, or all samples inside a line drawn around them.")
        + " "
        + set_help(),
        "one": t("one"),
        "set": t("a set (lasso)"),
        "axes": t("Plane"),
        "axesHelp": t("Two units of the code, or the principal components of all codes."),
        "units": t("two units"),
        "pca": t("PCA of codes"),
        "unitPair": t("Units across and upwards"),
        "across": t("across"),
        "upwards": t("upwards"),
        "errorLimit": t("error ≥ {limit}", limit="{limit}"),
    }


def _nearest() -> dict[str, str]:
    """What is said of neighbours."""
    return {
        "nearest": t("Who lies nearest"),
        "nearestHelp": t(
            "First the sample itself, then its {count} nearest among the {shown} test samples "
            "shown: by value, and by code in every codec. A dot • marks those that are also among "
            "the nearest by value. A press on one goes there.",
            count="{count}", shown="{shown}",
        ),
        "nearestPoints": t(
            "The point itself as a ring, its reconstruction, and its {count} nearest among the "
            "{shown} test points shown: by value, and by code in every codec.",
            count="{count}", shown="{shown}",
        ),
        "byValue": t("By value"),
        "both": t(
            "error {error}, {both} of {count} by value", error="{error}", both="{both}",
            count="{count}",
        ),
        "goTo": t("Go to this sample"),
    }  # fmt: skip


def _directions() -> dict[str, str]:
    """What is said of the singular directions of ∂f/∂x."""
    codec = {"codec": "{codec}"}
    return {
        "directions": t("Show what moves each code most"),
        "directionsAlt": t("What moves each code most"),
        "directionsHelp": t(
            "The strongest singular directions of ∂f/∂x at this sample, while weights and hand "
            "move: what a contractive penalty makes short."
        ),
        "directionsNote": t(
            "At this sample: the changes of the input that move a code most, strongest first. "
            "Below each, how far the code moves per unit of change, in the code's own units."
        ),
        "directionsBars": t("Bars: all of these numbers, as shares of the strongest."),
        "directionsWide": t("Shown for codes of up to {most} numbers.", most="{most}"),
        "direction": t("{codec}: direction {number}", number="{number}", **codec),
        "spectrum": t("{codec}: all singular values of ∂f/∂x", **codec),
        "nudgeHelp": t("Press a picture: the input is nudged along it."),
        "nudgeLabel": t("How far the input is nudged"),
        "nudged": t(
            "Input nudged along direction {number} of {codec} by", number="{number}", **codec
        ),
        "nudgedName": t("{name}, nudged", name="{name}"),
        "moved": t("moves {far} per unit", far="{far}"),
        "norm": t("‖∂f/∂x‖ = {norm}", norm="{norm}"),
        "spread": t("about {count} of {of} directions", count="{count}", of="{of}"),
    }


def _quality() -> dict[str, str]:
    """What is said of how well planes keep neighbours."""
    return {
        **quality_titles(),
        "quality": t("Measure how well each plane keeps neighbours"),
        "qualityAlt": t("How well each plane keeps neighbours"),
        "qualityHelp": t(
            "Trustworthiness, continuity and a vote of neighbours, while weights move."
        ),
        "qualityWait": t("Comparing every sample with every other …"),
        "qualityNote": quality_note("{count}", "{k}"),
    }
