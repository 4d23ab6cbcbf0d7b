"""The app's entry: `streamlit run app`. Page settings, the menu, and the page of the address.

Streamlit reads this file twice over: once as a module, for the server, and then for every run of
every visitor as a script.
"""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
ICON = f"{ROOT}/assets/icon.png"  # a file: Streamlit fetches its own icons from the network
if ROOT not in sys.path:  # Streamlit puts app/ there, not the repository; every rerun comes by
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402


def show() -> None:
    """One run for one visitor."""
    from app import state
    from app.i18n import t
    from app.widgets import apply_style, error_boundary, show_notices

    st.set_page_config(page_title="Bottleneck", page_icon=ICON, layout="wide")
    state.restore()
    apply_style()
    page = st.navigation(
        [
            st.Page("views/home.py", title=t("Home"), icon=":material/home:", default=True),
            st.Page("views/train.py", title=t("Train"), icon=":material/sports_score:"),
            st.Page("views/reconstruct.py", title=t("Reconstruct"), icon=":material/compare:"),
            st.Page("views/latent.py", title=t("Latent"), icon=":material/scatter_plot:"),
            st.Page("views/denoise.py", title=t("Denoise"), icon=":material/auto_fix_high:"),
            st.Page("views/generate.py", title=t("Generate"), icon=":material/casino:"),
        ],
        position="top",
    )
    show_notices()
    with error_boundary():
        page.run()


if __name__ == "__main__":
    show()
else:
    from app.serving import door, routes, warm

    server = st.App(__file__, routes=routes(), middleware=door(), lifespan=warm)
