"""What the live denoise page says: {named} places are filled in the browser."""

from app.i18n import t
from app.widgets.noise import MAX_SHOWN, clip_help, told_help


def denoise_text(image: bool) -> dict[str, str]:
    """By the name that the canvas's modules ask for."""
    return _bench_text(image) | _lineup_text() | _curve_text() | _flow_text()


def _bench_text(image: bool) -> dict[str, str]:
    """What only the bench says."""
    return {
        "original": t("Original x"),
        "damaged": t("Damaged x̃"),
        "asItIs": t("Left as it is"),
        "median": t("Median 3×3") if image else t("Median of 3"),
        "linear": t("Best linear map"),
        "linearHelp": t(
            "Of all linear maps the one with the least squared error on train against this noise "
            "at this level."
        ),
        "repair": t("{codec}: repair", codec="{codec}"),
        "noise": t("Noise"),
        "kindHelp": t("Which values the noise changes, and how."),
        "levelHelp": t("How strong the noise is; every repair receives the identical array."),
        "boil": t("Boil"),
        "boilHelp": t("New noise of the same kind and level again and again: does it hold still?"),
        "brush": t("Brush"),
        "brushHelp": t(
            "Draw a sample of your own, or paint over the damaged one: with mouse, pen, finger or "
            "keys, where arrows walk and Space puts the pen down and lifts it."
        ),
        "noBrush": t("none"),
        "draw": t("draw"),
        "white": t("white"),
        "black": t("black"),
        "undo": t("Undo"),
        "undoHelp": t("Takes the last stroke back."),
        "clear": t("Clear"),
        "clearHelp": t("Takes all strokes back."),
        "pad": t("Pad for drawing"),
        "drawHere": t("Draw here"),
        "drawn": t("your drawing"),
        "undrawn": t("nothing drawn yet"),
    }


def _lineup_text() -> dict[str, str]:
    """What is said of several samples below the bench, of a block and of the switches."""
    return {
        "lineup": t("The same noise on several samples"),
        "lineupHelp": t("A press on a clean one puts it on the bench."),
        "clean": t("Clean"),
        "damagedRow": t("Damaged"),
        "takeHelp": t("Put this sample on the bench"),
        "samples": t("Test samples"),
        "samplesHelp": t("Numbers, up to {most}; none: chosen by chance.", most=MAX_SHOWN),
        "byChance": t("by chance"),
        "others": t("Other samples by chance"),
        "noSuchSample": t(
            "{value} is no test sample: give whole numbers from 0 to {last}.",
            value="{value}", last="{last}",
        ),
        "tooMany": t(
            "{count} samples are too many: give {most} at most.", count="{count}", most="{most}"
        ),
        "pngRepairs": t("All strips as one picture"),
        "csvRepairs": t("PSNR of every repair, of all samples and of each"),
        "erase": t("Erase a block"),
        "eraseHelp": t("Set a part of every sample to 0, on top of the noise."),
        "blockSize": t("Size of the block"),
        "blockAcross": t("From left to right"),
        "blockDown": t("From top to bottom"),
        "clip": t("Clip to [0, 1]"),
        "clipHelp": clip_help(),
        "tellHelp": told_help(),
    }  # fmt: skip


def _curve_text() -> dict[str, str]:
    """What is said of the curves over the level."""
    return {
        "curve": t("PSNR over the noise level"),
        "curveAlt": t("PSNR of every repair over the noise level"),
        "curveNote": t(
            "At {level}: means over the first {count} test samples. Drag the line, and the noise "
            "follows.",
            level="{level}", count="{count}",
        ),
        "curveBefore": t(
            "The curves begin at {first}, so that nothing is read from them at {level}. Drag the "
            "line, and the noise follows.",
            first="{first}", level="{level}",
        ),
        "csvCurve": t("The curves as numbers"),
    }  # fmt: skip


def _flow_text() -> dict[str, str]:
    """What is said of points in the plane."""
    return {
        "flow": t("{codec}: arrows from damaged points to their repairs", codec="{codec}"),
        "flowNote": t(
            "Arrows run from each damaged point to its repair. A denoiser that knows the data "
            "points back to where the data lies; a linear map can only pull towards the middle. A "
            "hand over any plane is one more damaged point, in all of them."
        ),
        "received": t("What everybody receives."),
        "ownMaps": t("A map of its own for every level."),
        "csvPoints": t("The points as numbers: as they are, damaged, and repaired by each"),
    }
