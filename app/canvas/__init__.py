"""The live canvas: planes, pictures and weights that answer in the browser while the hand moves.

One component of Streamlit's second kind. Its modules are plain ES modules in this folder, served
once under an address that names their content; Python sends them what to show and hears only of
what a visitor keeps: on release, on a click, never while something moves.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

# The one script that Streamlit carries itself: it fetches the rest, and says so where it cannot.
_LOADER = """
const faces = new WeakMap();
const calls = new WeakMap();
const LINGER = 100; // ms: Streamlit ends a call that a newer one overtook, the component stays
export default function (component) {
  const { data: [data], parentElement, setStateValue } = component;
  const told = { ...component, data };
  const sorry = (error) => {
    console.warn("The live canvas did not start:", error);
    setStateValue("kept", { failed: String(error) });
  };
  const call = {};
  calls.set(parentElement, call);
  let face = faces.get(parentElement);
  if (face) face.then((known) => known?.update(told)).catch(sorry);
  else {
    const main = new URL(data.base + "main.js", document.baseURI).href;
    face = import(main).then(({ mount }) => mount(told)).catch(sorry);
    faces.set(parentElement, face);
  }
  return () => setTimeout(() => {
    if (calls.get(parentElement) !== call) return;
    faces.delete(parentElement);
    face.then((known) => known?.unmount());
  }, LINGER);
}
"""


@cache
def _component() -> Any:
    """Registered once per process, when a page first shows it."""
    sheets = sorted(Path(__file__).parent.glob("*.css"))  # canvas.css first, pages' own after it
    css = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    return st.components.v2.component("bottleneck_canvas", css=css, js=_LOADER)


def latent_canvas(data: Mapping[str, Any], **tied: Any) -> None:
    """Draw the canvas; `data` as `app.widgets.live` makes it, `tied` from `state.bind_kept`."""
    # In a list: in a mapping Streamlit looks for data frames, and imports pandas for it: a second.
    _component()(data=[dict(data)], **tied)
