"""The live bench of the denoise page: noise, brush and repairs that answer in the browser."""

from typing import Any

from app import services
from app.canvas import latent_canvas
from app.canvas.modules import modules_base
from app.choice import Choice
from app.i18n import t
from app.palette import CODECS, TOO_BRIGHT, TOO_DARK, codec_name
from app.services import CodecRef, Damage
from app.widgets.live import codec_spec, data_of, kept_by, last_heard
from app.widgets.live_text import canvas_text
from app.widgets.noise import LEVEL_SYMBOLS, clip_help, denoisers, kind_name, level_name, told_help
from app.widgets.noise_curve import LEVELS, trained_levels
from app.widgets.sketch import Ground

# How a drawing becomes a sample: a 20 × 20 box around the centre of mass, or the whole square.
NORMS = {"mnist": "mnist", "kmnist": "mnist", "digits": "digits"}


def live_bench(made: Choice, damage: Damage, ground: Ground) -> None:
    """Samples, drawn or taken from the test split, damaged and repaired while the hand moves."""
    image, unit = made.data.kind == "image", made.data.unit_range
    told = denoisers(made)
    data = {
        "base": modules_base(),
        "page": "denoise",
        "data": data_of(made, ground, (made.sample, *damage.indices)),
        "shown": list(damage.indices),
        "codecs": [
            codec_spec(which)
            | {"told": _trained_for(which) if codec in told else ""}
            | {"dash": CODECS[codec].dash, "mark": CODECS[codec].symbol}
            for codec, which in made.refs.items()
        ],
        "kinds": [
            {
                "id": kind,
                "name": kind_name(kind),
                "measure": level_name(kind),
                "symbol": LEVEL_SYMBOLS[kind],
                "highest": span.highest,
                "usual": span.usual,
            }
            for kind, span in services.noises(made.data.name).items()
        ],
        "linear": _linear(made, damage),
        "levels": list(LEVELS),
        "trained": _trained(made, damage.kind),
        "ends": {"low": 0.0 if unit else ground.low, "high": 1.0 if unit else ground.high},
        "peak": services.peak(made.data.name),
        "norm": NORMS.get(made.data.name, ""),
        "palette": {"labels": [], "bright": TOO_BRIGHT, "dark": TOO_DARK},
        "clips": unit,
        "told": t("Tell {codec} the level", codec=", ".join(map(codec_name, told))) if told else "",
        "view": _view(made, damage),
        "text": {**canvas_text(), **_bench_text(image), **_lineup_text(), **_curve_text()},
    }
    latent_canvas(data, **kept_by("denoise"))


def _view(made: Choice, damage: Damage) -> dict[str, Any]:
    shown = made.view
    return {
        "serial": last_heard(),
        "sample": made.sample,
        "weights": {c: which.weight for c, which in made.refs.items() if which.weight is not None},
        "pins": list(shown.picked),
        "drawSeed": shown.seed,
        "kind": damage.kind,
        "level": damage.level,
        "seed": damage.seed,
        "told": shown.told,
        "clip": damage.clip and made.data.unit_range,
        "block": shown.block,
        "blockX": shown.block_x,
        "blockY": shown.block_y,
    }


def _linear(made: Choice, damage: Damage) -> dict[str, Any]:
    """Where the best linear maps of every noise are, and what they were made for."""
    name, (x, y, side) = made.data.name, damage.block or (0, 0, 0)
    return {
        "made": [damage.clip and made.data.unit_range, side, x, y],
        "urls": {
            kind: services.linear_url(name, kind, damage.clip, damage.block)
            for kind in services.noises(name)
        },
    }


def _trained(made: Choice, kind: str) -> dict[str, Any] | None:
    """The levels of this noise behind the denoising codec, and how that is said."""
    if (span := trained_levels(made, kind)) is None:
        return None
    low, high = (f"{level:g}" for level in span)
    words = t("trained on {low} to {high}", low=low, high=high)
    return {"kind": kind, "span": list(span), "words": words}


def _trained_for(which: CodecRef) -> str:
    """The noise whose level this codec can be told."""
    training = services.trained_on(which)
    return training.kind if training else ""


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
        "drawn": t("your drawing"),
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
        "samplesHelp": t("Numbers, up to 10; none: chosen by chance."),
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
        "csvCurve": t("The curves as numbers"),
    }  # fmt: skip
