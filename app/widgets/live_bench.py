"""The live denoise page: noise, brush, repairs and their curves, which answer in the browser."""

from typing import Any

from app import services
from app.canvas import latent_canvas
from app.canvas.modules import modules_base
from app.choice import Choice
from app.i18n import t
from app.palette import CODECS, TOO_BRIGHT, TOO_DARK, codec_name
from app.services import CodecRef, Damage
from app.widgets.live import codec_spec, data_of, kept_by, last_heard
from app.widgets.live_bench_text import denoise_text
from app.widgets.live_text import canvas_text, no_weight
from app.widgets.noise import BLOCK, LEVEL_SYMBOLS, MAX_SHOWN, denoisers, kind_name, level_name
from app.widgets.noise_curve import LEVELS, trained_levels
from app.widgets.sketch import Ground

# How a drawing becomes a sample: a 20 × 20 box around the centre of mass, or the whole square.
NORMS = {"mnist": "mnist", "kmnist": "mnist", "digits": "digits"}


def live_bench(made: Choice, damage: Damage, ground: Ground) -> None:
    """Samples, drawn or taken from the test split, damaged and repaired while the hand moves."""
    unit = made.data.unit_range
    page = "flow" if made.data.kind == "points" else "denoise"
    told = denoisers(made)
    data = {
        "base": modules_base(),
        "page": page,
        "data": data_of(made, ground, (made.sample, *damage.indices)),
        "shown": list(damage.indices),
        "most": MAX_SHOWN,
        "side": BLOCK,
        "codecs": [_codec(which, codec in told) for codec, which in made.refs.items()],
        "kinds": _kinds(made.data.name),
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
        "text": canvas_text()
        | denoise_text(made.data.kind == "image")
        | {"noWeight": no_weight(made.sizes)},
    }
    latent_canvas(data, **kept_by(page))


def _codec(which: CodecRef, told: bool) -> dict[str, Any]:
    """A codec, the noise whose level it can be told, and its look as a curve."""
    training = services.trained_on(which) if told else None
    look = CODECS[which.variant]
    own = {"told": training.kind if training else "", "dash": look.dash, "mark": look.symbol}
    return codec_spec(which) | own


def _kinds(data: str) -> list[dict[str, Any]]:
    """The noises that mean something here, with their levels."""
    return [
        {
            "id": kind,
            "name": kind_name(kind),
            "measure": level_name(kind),
            "symbol": LEVEL_SYMBOLS[kind],
            "highest": span.highest,
            "usual": span.usual,
        }
        for kind, span in services.noises(data).items()
    ]


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
        "block": damage.block[2] if damage.block else 0.0,
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
