"""The live part of the reconstruct page: chosen samples through every codec, weights by hand."""

from app.canvas import latent_canvas
from app.choice import Choice
from app.i18n import by_language, t
from app.widgets.live import kept_by, props
from app.widgets.sketch import Ground

WORDS = ("reconstruction", "errorMap", "errorEnds", "sampleName", "sampleClass", "fixedWeight",
         "knob", "knobHelp", "separateHelp")  # fmt: skip


def live_gallery(made: Choice, ground: Ground, indices: tuple[int, ...], words: str) -> None:
    """Draw the canvas for these test samples, in this order; `words` say what the numbers are."""
    told = props(made, ground, "reconstruct", indices)
    told["shown"] = list(indices)
    told["text"] = {name: told["text"][name] for name in WORDS} | _text() | {"below": words}
    latent_canvas(told, **kept_by("reconstruct"))


@by_language
def _text() -> dict[str, str]:
    return {
        "originals": t("Original"),
        "mean": t("mean of these {value}", value="{value}"),
    }
