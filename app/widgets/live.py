"""The live canvas in a page: what it is told, and what it keeps."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from app import services, state
from app.address import served
from app.canvas import latent_canvas
from app.canvas.modules import modules_base
from app.choice import Choice
from app.i18n import t
from app.palette import LABELS, TOO_BRIGHT, TOO_DARK, codec_name, colour
from app.services import CodecRef
from app.view import MAX_PICKED, MAX_POINTER
from app.widgets.chosen_set import remember_circled
from app.widgets.live_text import canvas_text, no_weight
from app.widgets.making import anchors
from app.widgets.sketch import Ground, error_words

MOST_SAMPLES = 2000  # in the planes; more would only hide each other
NEAR = 0.16  # of a slider's length: the least room between two of its ticks
# What a canvas calls a field of the view, where the value is taken as it is.
FIELDS = {
    **{n: n for n in ("axes", "ground", "colouring", "lasso", "label", "path", "sample", "steps",
                      "draws", "directions", "measured", "ranked", "side", "target")},
    **{n: n for n in ("clip", "told", "block")}, "blockX": "block_x", "blockY": "block_y",
    "kind": "corruption", "level": "noise_level", "seed": "noise_seed", "drawSeed": "seed",
}  # fmt: skip
_HEARD = "live.heard"  # the last message of a canvas that has been taken in, and whether one failed


def live_ready(made: Choice) -> bool:
    """Whether this page can show the canvas: its modules are served, and none failed to start."""
    return bool(made.refs) and served() and not _heard()["failed"]


def live_canvas(made: Choice, ground: Ground, *, page: str) -> None:
    """Draw the canvas; what a visitor keeps in it goes to the view and the address."""
    latent_canvas(props(made, ground, page), **kept_by(page))


def props(
    made: Choice, ground: Ground, page: str, named: tuple[int, ...] | None = None
) -> dict[str, Any]:
    """All that the canvas knows: plain values and addresses, so that little is sent twice.

    named: the test samples it must hold, instead of those that the view names.
    """
    return {
        "base": modules_base(),
        "page": page,
        "latentDim": made.latent_dim,
        "data": data_of(made, ground, named),
        "codecs": [codec_spec(which) for which in made.refs.values()],
        "palette": {"labels": list(LABELS), "bright": TOO_BRIGHT, "dark": TOO_DARK},
        "view": _view(made),
        "text": {
            **canvas_text(),
            "errorEnds": list(error_words(ground)),
            "noWeight": no_weight(made.sizes),
        },
    }


def data_of(made: Choice, ground: Ground, named: tuple[int, ...] | None = None) -> dict[str, Any]:
    """The data set as the canvas's drawings need it."""
    beyond = _beyond(made, named)
    return {
        "url": services.samples_url(made.data.name, limit=MOST_SAMPLES),
        "more": services.samples_url(made.data.name, rows=beyond) if beyond else None,
        "name": made.data.name,
        "total": made.data.sizes[2],
        "kind": made.data.kind,
        "shape": list(made.data.sample_shape),
        "low": ground.low,
        "high": ground.high,
        "limit": ground.limit,
        "names": list(made.data.label_names),
    }


def _beyond(made: Choice, named: tuple[int, ...] | None) -> tuple[int, ...]:
    """Test samples that are named, by the view if by nobody else, and not among the first ones."""
    if named is None:
        named = (made.sample, *anchors(made), *made.view.picked)
    return tuple(sorted(i for i in set(named) if MOST_SAMPLES <= i < made.data.sizes[2]))


def kept_by(page: str) -> dict[str, Any]:
    """Arguments of a canvas that hand what it keeps to the view."""
    return state.bind_kept(f"live.{page}", _keep)


def last_heard() -> int:
    """The last message that the view has taken in: a canvas knows an echo by it."""
    return int(_heard()["serial"])


def codec_spec(which: CodecRef) -> dict[str, Any]:
    """One codec as a canvas knows it: its address, its looks, and the slider of its weight."""
    info = services.codec_info(which)
    known: dict[str, Any] = {
        "id": which.variant,
        "name": codec_name(which.variant),
        "colour": colour(which.variant),
        "url": services.codec_url(which),
        "weight": which.weight,
        "start": info.weight_start if info.weight_range else which.weight,
        "range": info.weight_range,
        "symbol": info.symbol,
        "log": info.log,
        "noise": which.variant == "denoising",  # its weight is no part of its objective
        "drawn": which.variant == "variational",  # its objective is that of a drawn code
        "ticks": _ticks(*info.weight_range, info.log) if info.weight_range else [],
        "separate": _separate(which, info.weight_range),
    }
    return known


def _separate(which: CodecRef, span: tuple[float, float] | None) -> dict[str, Any] | None:
    """Weights of this slider at which separately trained networks were measured, with the gap in %.

    here: they have this very code size, so that their figures belong on the codec's own curve.
    """
    found = services.slider_figures(which)
    if found is None or span is None:
        return None
    inside = [at for at in found.weights if span[0] * 0.999 <= at.weight <= span[1] * 1.001]
    return {
        "here": found.latent_dim == which.latent_dim,
        "weights": [at.weight for at in inside],
        "gaps": [at.gap for at in inside],
    }


def _ticks(low: float, high: float, log: bool) -> list[float]:
    """The ends of a range and, between them where there is room, powers of ten or even steps."""
    if not log:
        return [round(float(v), 4) for v in np.linspace(low, high, 5)]
    room = (high / low) ** NEAR  # two numbers closer than this would run into each other
    decades = range(math.ceil(math.log10(low * room)), math.floor(math.log10(high / room)) + 1)
    return sorted({low, high, *(10.0**k for k in decades)})


def _view(made: Choice) -> dict[str, Any]:
    shown = made.view
    return {
        "serial": last_heard(),
        "sample": made.sample,
        "weights": {c: which.weight for c, which in made.refs.items() if which.weight is not None},
        "pins": list(shown.picked),
        "pointer": list(shown.pointer) if shown.pointer else None,
        "owner": shown.codec,
        "dims": list(made.dims),
        "axes": shown.axes,
        "ground": shown.ground,
        "colouring": shown.colouring,
        "lasso": shown.lasso,
        "label": shown.label,
        "directions": shown.directions,
        "measured": shown.measured,
    }


def _heard() -> dict[str, Any]:
    known: dict[str, Any] = state.memory(_HEARD, lambda: {"serial": 0, "failed": ""})
    return known


def _keep(kept: Mapping[str, Any]) -> None:
    """Take in one message: the browser's own values, so each is checked like an address."""
    heard = _heard()
    if took_failure(kept):
        return
    heard["serial"] = max(heard["serial"], int(kept.get("serial", 0)))
    changes: dict[str, Any] = {field: kept[name] for name, field in FIELDS.items() if name in kept}
    changes |= {name: tuple(kept[name]) for name in ("anchors", "dims", "units") if name in kept}
    if "pins" in kept:
        changes["picked"] = tuple(kept["pins"])[:MAX_PICKED]
    if "weights" in kept:
        hidden = {c: w for c, w in state.view().weights if c not in state.view().codecs}
        moved = {str(c): float(w) for c, w in kept["weights"].items()}
        changes["weights"] = tuple((hidden | moved).items())
    if "pointer" in kept:
        changes |= _pointer(kept["pointer"], kept.get("owner"))
    state.update(**changes)
    if "circled" in kept:
        remember_circled(int(kept["circled"]))


def _pointer(place: Any, owner: Any) -> dict[str, Any]:
    if place is None:
        return {"pointer": None}
    u, v = (min(max(float(value), -MAX_POINTER), MAX_POINTER) for value in place)
    return {"pointer": (u, v), "codec": owner}


def took_failure(kept: Mapping[str, Any]) -> bool:
    """Whether the message says that the modules did not start; it is remembered."""
    if not kept.get("failed"):
        return False
    _heard()["failed"] = str(kept["failed"])[:200]
    return True


def last_failure() -> str:
    """Why the canvas's modules did not start in this browser; "" where they did."""
    return str(_heard()["failed"])


def why_not() -> str:
    """The sentence for a page whose canvas did not start; empty where nothing went wrong."""
    if not last_failure():
        return ""
    return t("The live canvas could not start in this browser; the page shows still pictures.")
