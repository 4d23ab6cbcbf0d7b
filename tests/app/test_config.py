"""The shipped Streamlit settings are the safe ones, and Streamlit knows every name in them."""

import tomllib
from pathlib import Path

from streamlit import config

FILE = Path(__file__).parents[2] / "app/.streamlit/config.toml"
SETTINGS = tomllib.loads(FILE.read_text(encoding="utf-8"))


def names(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from names(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def test_every_option_exists_in_this_streamlit():
    known = config.get_config_options()
    assert [name for name in names(SETTINGS) if name not in known] == []


def test_only_this_machine_and_its_own_pages_are_served():
    server = SETTINGS["server"]
    assert server["address"] == "127.0.0.1"
    assert set(server["allowedHosts"]) == {"localhost", "127.0.0.1"}
    assert server["enableCORS"]
    assert server["enableXsrfProtection"]
    assert not server["enableStaticServing"]
    assert server["maxUploadSize"] <= 20


def test_visitors_see_no_tracebacks_and_nobody_is_counted():
    assert SETTINGS["client"]["showErrorDetails"] == "none"
    assert SETTINGS["client"]["toolbarMode"] == "viewer"
    assert SETTINGS["browser"]["gatherUsageStats"] is False


def test_a_rerun_pays_for_no_collector_and_no_watcher():
    assert SETTINGS["runner"]["postScriptGC"] is False
    assert SETTINGS["server"]["fileWatcherType"] == "none"


def test_no_message_refers_to_one_that_the_browser_may_have_dropped():
    assert SETTINGS["global"]["minCachedMessageSize"] > 1e6 * SETTINGS["server"]["maxMessageSize"]


def test_nothing_is_fetched_from_elsewhere():
    theme = SETTINGS["theme"]
    assert "://" not in FILE.read_text(encoding="utf-8")
    assert theme["font"] == "sans-serif"
