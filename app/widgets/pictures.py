"""Sharp pictures in a grid that fits a projector and a phone."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.i18n import t
from app.images import Array, Bytes8, data_uri, grey_pixels, mosaic
from app.palette import TOO_BRIGHT, TOO_DARK, codec_name, colour


@dataclass(frozen=True)
class Picture:
    """Pixels (H, W), (H, W, 3) or (H, W, 4) as bytes, what stands under and what is read aloud."""

    pixels: Bytes8
    caption: str = ""
    alt: str = ""
    codec: str = ""  # its colour becomes the frame


def image_strip(pictures: Sequence[Picture], *, side: int = 96, columns: int = 0) -> None:
    """Pictures in reading order, each at least `side` pixels wide, as many in a row as fit.

    With `columns` the rows keep that length (an image above its error map); where the window is
    too narrow the grid scrolls sideways.
    The browser enlarges the small PNGs without smoothing, so pixels stay squares at any size.
    """
    figures = "".join(_figure(picture) for picture in pictures)
    fixed = f";--bn-columns:{columns}" if columns else ""
    st.html(f'<div class="bn-strip" style="--bn-side:{side}px{fixed}">{figures}</div>')


def mosaic_picture(tiles: Array, columns: int, alt: str, *, gap: int = 1) -> None:
    """Many small images (N, H, W) as one picture over the full width."""
    pixels = grey_pixels(mosaic(tiles, columns, gap=gap, fill=0.5 if gap else 0.0))
    image_strip([Picture(pixels, alt=alt)], columns=1)


def error_legend(limit: float = 1.0) -> None:
    """What the colours of an error map mean, with the fixed scale."""
    bar = f"linear-gradient(90deg,{TOO_DARK},transparent,{TOO_BRIGHT})"
    left = html.escape(t("−{limit} too dark", limit=f"{limit:g}"))
    right = html.escape(t("too bright +{limit}", limit=f"{limit:g}"))
    st.html(
        f'<div class="bn-legend"><span>{left}</span><i style="background:{bar}"></i>'
        f"<span>{right}</span></div>"
    )


def codec_heading(codec: str, title: str = "") -> None:
    """The codec's name, or a title of its own, after a dot in its colour."""
    st.html(heading(codec, title))


def heading(codec: str, title: str = "") -> str:
    """The same as HTML, for a drawing that holds more."""
    name = html.escape(title or codec_name(codec))
    return f'<div class="bn-codec"><i style="background:{colour(codec)}"></i>{name}</div>'


def _figure(picture: Picture) -> str:
    edge = f' style="--bn-edge:{colour(picture.codec)}"' if picture.codec else ""
    alt = html.escape(picture.alt or picture.caption, quote=True)
    caption = html.escape(picture.caption)
    under = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure{edge}><img src="{data_uri(picture.pixels)}" alt="{alt}">{under}</figure>'
