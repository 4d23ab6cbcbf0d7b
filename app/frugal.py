"""What Streamlit works out for every run although it never changes, worked out once.

It tells the browser its theme with each run, of a fragment too: six walks through all settings and
two regular expressions for every option that is set. With many visitors that was half of the
server's time, and no setting turns it off.
"""

from functools import cache

from streamlit import config
from streamlit.runtime import app_session

CONSTANT = ((config, "get_options_for_section"), (app_session, "to_snake_case"))


def remember_settings() -> None:
    """Once per process, when the settings stand. Where Streamlit has no such function any more,
    nothing is changed: it would only be slower.
    """
    for module, name in CONSTANT:
        work = getattr(module, name, None)
        if work is not None and not hasattr(work, "cache_clear"):
            setattr(module, name, cache(work))
