"""The live bench of the denoise page: noise, brush and repairs that answer in the browser."""

from typing import Any

from app import services
from app.canvas import latent_canvas
from app.canvas.modules import modules_base
from app.choice import Choice
from app.i18n import t
from app.palette import TOO_BRIGHT, TOO_DARK, codec_name, colour
from app.services import CodecRef, Damage
from app.widgets.live import data_of, kept_by, last_heard
from app.widgets.live_text import canvas_text
from app.widgets.noise import denoisers, kind_name, level_name
from app.widgets.sketch import Ground

# How a drawing becomes a sample: a 20 × 20 box around the centre of mass, or the whole square.
NORMS = {"mnist": "mnist", "kmnist": "mnist", "digits": "digits"}


def live_bench(made: Choice, damage: Damage, ground: Ground) -> None:
    """One sample, drawn or taken from the test split, damaged and repaired while the hand moves."""
    unit = made.data.unit_range
    told = denoisers(made)
    data = {
        "base": modules_base(),
        "page": "denoise",
        "data": data_of(made, ground),
        "codecs": [_codec(which, codec in told, damage) for codec, which in made.refs.items()],
        "kinds": [
            {
                "id": kind,
                "name": kind_name(kind),
                "measure": level_name(kind),
                "highest": span.highest,
                "usual": span.usual,
            }
            for kind, span in services.noises(made.data.name).items()
        ],
        "linear": {
            kind: services.linear_url(made.data.name, kind, damage.clip)
            for kind in services.noises(made.data.name)
        },
        "ends": {"low": 0.0 if unit else ground.low, "high": 1.0 if unit else ground.high},
        "peak": services.peak(made.data.name),
        "norm": NORMS.get(made.data.name, ""),
        "palette": {"labels": [], "bright": TOO_BRIGHT, "dark": TOO_DARK},
        "view": {
            "serial": last_heard(),
            "sample": made.sample,
            "kind": damage.kind,
            "level": damage.level,
            "seed": damage.seed,
            "told": made.view.told,
            "clip": damage.clip and unit,
        },
        "text": {**canvas_text(), **_bench_text(made.data.kind == "image")},
    }
    latent_canvas(data, **kept_by("denoise"))


def _codec(which: CodecRef, told: bool, damage: Damage) -> dict[str, Any]:
    training = services.trained_on(which)
    return {
        "id": which.variant, "name": codec_name(which.variant), "colour": colour(which.variant),
        "url": services.codec_url(which), "weight": which.weight,
        "told": bool(told and training and training.kind == damage.kind),
    }  # fmt: skip


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
