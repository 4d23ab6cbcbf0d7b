"""The lab: pages over `ae_core`. `streamlit run app` starts `app/streamlit_app.py`."""
