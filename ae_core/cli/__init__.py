"""The command line, one file per command; `python -m ae_core` starts it."""
