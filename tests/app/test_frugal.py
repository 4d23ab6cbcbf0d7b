"""Settings that are worked out once: the same answers, and Streamlit still asks for them there."""

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from app import frugal, serving
from tests.app import loops

COLOUR = "#0b63b6"


@pytest.fixture
def asked(monkeypatch):
    """The sections that Streamlit looks up, with one colour set; all is put back afterwards."""
    found, own = [], config.get_options_for_section

    def spy(section):
        found.append(section)
        return own(section)

    before = config.get_option("theme.primaryColor")
    config.set_option("theme.primaryColor", COLOUR)
    for module, name in frugal.CONSTANT:
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(config, "get_options_for_section", spy)
    yield found
    config.set_option("theme.primaryColor", before)


def told():
    """What a run tells the browser of the theme."""
    message = CustomThemeConfig()
    app_session._populate_theme_msg(message)
    app_session._populate_theme_msg(message.dark, "theme.dark")
    return message


def test_the_theme_is_the_same_and_looked_up_once(asked):
    before = told()
    assert before.primary_color == COLOUR
    assert asked == ["theme", "theme.dark"]
    frugal.remember_settings()
    asked.clear()
    assert told() == told() == before
    assert asked == ["theme", "theme.dark"]


def test_remembering_twice_changes_nothing_more(asked):
    frugal.remember_settings()
    kept = [getattr(module, name) for module, name in frugal.CONSTANT]
    frugal.remember_settings()
    assert [getattr(module, name) for module, name in frugal.CONSTANT] == kept


def test_a_streamlit_without_such_a_function_is_left_alone(asked, monkeypatch):
    monkeypatch.setattr(frugal, "CONSTANT", ((config, "no_such_function"),))
    frugal.remember_settings()
    assert not hasattr(config, "no_such_function")


def test_the_server_starts_so(asked, monkeypatch):
    monkeypatch.setattr(serving, "serve", lambda: None)
    monkeypatch.setattr(serving, "_import_heavy", lambda: None)

    async def start():
        async with serving.warm(None):
            told()
            told()

    loops.run(start())
    assert asked == ["theme", "theme.dark"]
