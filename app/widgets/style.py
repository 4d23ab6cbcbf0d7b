"""The few rules of CSS that Streamlit's theme has no option for."""

import streamlit as st

from app.palette import CODECS

_RULES = """
.stApp a:focus-visible{outline:3px solid currentColor!important;outline-offset:2px}
.bn-strip{display:grid;gap:.6rem;grid-template-columns:repeat(auto-fill,minmax(var(--bn-side),1fr))}
.bn-strip[style*="--bn-columns"]{overflow-x:auto;
  grid-template-columns:repeat(var(--bn-columns),minmax(var(--bn-side),1fr))}
.bn-strip figure{margin:0;min-width:0}
.bn-strip img{width:100%;display:block;image-rendering:pixelated;border-radius:4px;
  border:2px solid var(--bn-edge,rgba(123,130,140,.55));background:rgba(123,130,140,.10)}
.bn-strip figcaption{font-size:.85rem;line-height:1.25;margin-top:.25rem;text-align:center;
  overflow-wrap:anywhere}
.bn-tiles{display:grid;gap:.35rem .45rem;overflow-x:auto;align-items:center;
  grid-template-columns:8.5rem repeat(var(--bn-columns),minmax(var(--bn-side,56px),88px))}
.bn-tiles figure{margin:0}
.bn-tiles figcaption{font-size:.85rem;line-height:1.2;text-align:center;opacity:.9}
.bn-blocks{display:grid;gap:.7rem 2rem;
  grid-template-columns:repeat(auto-fill,minmax(min(33rem,100%),1fr))}
.bn-blocks .bn-tiles{--bn-side:44px}
.bn-single{grid-template-columns:minmax(0,62rem)}
.bn-near figcaption{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.bn-near{grid-template-columns:8.5rem repeat(var(--bn-columns),minmax(0,1fr))}
.bn-near figure:nth-child(2){margin-right:.5rem}
.bn-set{display:grid;gap:.4rem;grid-template-columns:repeat(auto-fill,minmax(3.6rem,1fr))}
.bn-set figure{margin:0}
.bn-set figcaption{font-size:.8rem;text-align:center}
.bn-chips{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.95rem}
.bn-chips i{width:.8rem;height:.8rem;border-radius:50%;display:inline-block;margin-right:.35rem}
@media(max-width:640px){.bn-tiles .bn-row{grid-column:1/-1}
  .bn-tiles{grid-template-columns:repeat(var(--bn-columns),minmax(44px,1fr))}}
.bn-legend{display:flex;align-items:center;gap:.5rem;font-size:.9rem;flex-wrap:wrap}
.bn-legend i{width:9rem;height:.9rem;border-radius:3px;display:inline-block;
  border:1px solid rgba(123,130,140,.55)}
.bn-sum{display:flex;align-items:flex-start;justify-content:center;gap:.35rem .7rem;flex-wrap:wrap;
  font-size:1.25rem;font-variant-numeric:tabular-nums}
.bn-sum span{display:inline-flex;flex-direction:column;align-items:center}
.bn-sum small{font-size:.8rem;opacity:.8}
.stKaTeX,.katex-display{overflow-x:auto;overflow-y:hidden;padding-bottom:.2rem}
@media(max-width:640px){.katex-display{font-size:.85em}}
.js-plotly-plot .xtick text,.js-plotly-plot .ytick text,.js-plotly-plot .g-xtitle text,
.js-plotly-plot .g-ytitle text,.js-plotly-plot .cbaxis text,.js-plotly-plot .cbtitle text,
.js-plotly-plot .annotation text{fill:currentColor!important}
.js-plotly-plot .errorbars path{stroke:currentColor!important}
[data-testid="stMetricLabel"] *{white-space:normal!important;overflow:visible!important}
.bn-sketch{width:100%;display:block;image-rendering:pixelated;border-radius:4px;
  border:1px solid rgba(123,130,140,.55);background:rgba(123,130,140,.10);overflow:hidden}
.bn-line{image-rendering:auto}
.bn-bare{border:0;background:none}
.bn-card{display:flex;flex-direction:column;gap:.4rem}
.bn-card p{margin:0;text-align:center;font-size:.95rem;line-height:1.3;
  font-variant-numeric:tabular-nums}
[class*=st-key-cards]{display:grid!important;align-items:stretch!important;
  grid-template-columns:repeat(auto-fill,minmax(max(8.2rem,var(--bn-share)),1fr))}
[class*=st-key-cards]>*{width:auto!important;max-width:none!important;min-width:0!important}
[class*=st-key-cards] [class*=st-key-card]{padding:.6rem;height:100%}
.bn-hero h3{display:inline;padding:0;margin-right:.7rem}
.bn-hero p{display:inline}
.bn-duo{display:grid;gap:.4rem;grid-template-columns:repeat(auto-fit,minmax(6rem,1fr));
  align-items:center}
.bn-card>img{max-width:17rem;margin:0 auto}
.bn-card .bn-note{font-size:.9rem;opacity:.85;text-align:left}
[class*=st-key-cards] .bn-codec{font-size:.95rem;gap:.35rem}
[class*=st-key-cards] .bn-codec i{width:.7rem;height:.7rem}
[class*=st-key-cards] .bn-legend{justify-content:center;font-size:.9rem}
.bn-gallery{display:grid;gap:.5rem .7rem;overflow-x:auto;align-items:center;
  grid-template-columns:8.5rem repeat(var(--bn-columns),minmax(5.8rem,15rem))}
.bn-row i{width:.85rem;height:.85rem;border-radius:50%;display:inline-block;margin-right:.45rem}
.bn-row small{display:block;font-size:.9rem;opacity:.85}
.st-key-picks>[data-testid=stLayoutWrapper],
.st-key-picks>[data-testid=stLayoutWrapper]>[data-testid=stVerticalBlock]{display:contents}
.st-key-picks>[data-testid=stLayoutWrapper]>*>:not([class*=st-key-view]){flex:1 0 100%;width:100%}
.bn-pair{margin:0;display:grid;grid-template-columns:1fr 1fr;gap:.2rem .25rem;align-items:center}
.bn-pair figcaption{font-size:.9rem;line-height:1.25;font-variant-numeric:tabular-nums}
.bn-pair img+img+figcaption{grid-column:1/-1;text-align:center}
.st-key-view-pick [role=radiogroup]{flex-wrap:wrap}
[class*=st-key-own-]{min-height:2.5rem}
@media(max-width:640px){.st-key-weights>*{flex:1 1 40%!important;min-width:0!important}
  .st-key-weights>*,.st-key-weights>*>*{width:auto!important}
  .bn-row{grid-column:1/-1;position:sticky;left:0}
  .bn-gallery{grid-template-columns:repeat(var(--bn-columns),minmax(7.5rem,1fr))}}
@media(min-width:641px){.stMainBlockContainer{padding-left:clamp(1.5rem,4.5vw,5rem)!important;
  padding-right:clamp(1.5rem,4.5vw,5rem)!important}}
.bn-codec{display:flex;align-items:center;gap:.5rem;font-weight:600;font-size:1.1rem}
.bn-codec i{width:.85rem;height:.85rem;border-radius:50%;display:inline-block;flex:none}
"""


def apply_style() -> None:
    """Send the rules; once per run, from the entry script."""
    st.html(f"<style>{_RULES}{_codec_dots()}{_card_shares()}</style>")


def _card_shares() -> str:
    """n cards fill one row, none too wide; the row does not move while cards still arrive."""
    return "".join(
        f".st-key-cards-{n}{{--bn-share:calc((100% - {n - 1}rem)/{n});max-width:{24 * n}rem}}"
        for n in range(1, len(CODECS) + 2)
    )


def _codec_dots() -> str:
    """A dot in the codec's colour before each pill of the codec picker."""
    rule = (
        ".st-key-view-codecs button:nth-of-type({place})::before"
        "{{content:'';width:.7rem;height:.7rem;border-radius:50%;margin-right:.45rem;"
        "background:{colour};flex:none}}"
    )
    looks = enumerate(CODECS.values(), start=1)
    return "".join(rule.format(place=place, colour=look.colour) for place, look in looks)
