"""One look per codec everywhere, and ten label colours that colour-blind readers can tell apart.

Both sets were found by a search that maximised the smallest CIEDE2000 distance between any two
colours in normal and in simulated protan, deutan and tritan vision (Machado et al. 2009), under a
floor for the contrast against the light and the dark background. `tests/app/test_figures.py`
measures them again.
"""

from dataclasses import dataclass

from app.i18n import t


@dataclass(frozen=True)
class Look:
    """Colour first; dash and marker repeat the message without colour."""

    colour: str
    dash: str
    symbol: str


# Menu order, the linear baseline first.
CODECS: dict[str, Look] = {
    "pca": Look("#54783c", "dash", "square"),
    "undercomplete": Look("#0060fc", "solid", "circle"),
    "sparse": Look("#849c00", "dot", "diamond"),
    "contractive": Look("#3c9cc0", "dashdot", "cross"),
    "denoising": Look("#e46c84", "longdash", "triangle-up"),
    "variational": Look("#cc1884", "longdashdot", "star"),
}

# Comparisons that are no codec (median filter, input, prior) stay neutral on both themes.
NEUTRAL = "#7b828c"
NEUTRAL_DASHES = ("dot", "dash", "dashdot", "longdash")

LABELS: tuple[str, ...] = (
    "#9c6cfc", "#b44800", "#30c0a8", "#3c546c", "#a8b400",
    "#c0786c", "#5400f0", "#a8b4f0", "#784848", "#6c849c",
)  # fmt: skip
LABEL_SYMBOLS = (
    "circle", "square", "diamond", "triangle-up", "cross",
    "x", "star", "triangle-down", "pentagon", "hexagon",
)  # fmt: skip

# Signed errors: too bright is orange, too dark is blue, none is transparent.
TOO_BRIGHT = "#e07000"
TOO_DARK = "#2a78e4"


def codec_name(codec: str) -> str:
    """The codec's name in the reader's language."""
    match codec:  # asked hundreds of times for a page: only the one name is looked up
        case "pca":
            return t("PCA")
        case "undercomplete":
            return t("Undercomplete")
        case "sparse":
            return t("Sparse")
        case "contractive":
            return t("Contractive")
        case "denoising":
            return t("Denoising")
        case "variational":
            return t("Variational")
    return codec


def colour(codec: str) -> str:
    """The codec's colour; neutral for what is no codec."""
    return CODECS[codec].colour if codec in CODECS else NEUTRAL


def label_colour(label: int) -> str:
    """The colour of a class; classes beyond ten start over (their marker differs by then)."""
    return LABELS[label % len(LABELS)]


def rgba(hex_colour: str, alpha: float) -> str:
    """`#rrggbb` with transparency, as CSS."""
    r, g, b = (int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({r},{g},{b},{alpha:g})"
