"""The load client says what a browser would, and the server's log is read for exceptions."""

import socket

import pytest
from streamlit.proto.Slider_pb2 import Slider

from benchmarks import load
from benchmarks.app_server import AppServer
from benchmarks.load import Control, Tally, row
from tests.app import loops

NUMBERS = Slider(id="n", type=Slider.SLIDER, min=1, max=99, step=2)
OPTIONS = Slider(
    id="o", type=Slider.SELECT_SLIDER, min=0, max=2, step=1, options=["0.01", "0.1", "1"]
)


def moved(slider, place):
    return Control.of(slider, "f").move(place, "page").rerun_script


def test_a_slider_of_numbers_is_moved_by_numbers():
    places = Control.of(NUMBERS, "f").places
    assert places[:3] == (1, 5, 9)
    assert 20 <= len(places) <= 25
    assert all(1 <= place <= 99 for place in places)
    sent = moved(NUMBERS, 5.0)
    assert (sent.fragment_id, sent.page_script_hash) == ("f", "page")
    assert list(sent.widget_states.widgets[0].double_array_value.data) == [5.0]


def test_a_slider_of_options_is_moved_by_their_texts():
    """A number instead is a TypeError in the server: this one's deserialiser looks texts up."""
    assert Control.of(OPTIONS, "f").places == ("0.01", "0.1", "1")
    widget = moved(OPTIONS, "0.1").widget_states.widgets[0]
    assert widget.WhichOneof("value") == "string_array_value"
    assert list(widget.string_array_value.data) == ["0.1"]


LOG = """
  You can now view your app
\x1b[31m│\x1b[0m TypeError: inside a frame \x1b[31m│\x1b[0m
\x1b[1;91mTypeError: \x1b[0mmust be real number, not str
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    raise ValueError
sqlite3.OperationalError: locked
\x1b[1;91mTypeError: \x1b[0mmust be real number, not str
"""


def test_exceptions_are_counted_in_the_log_whatever_their_colour(tmp_path):
    log = tmp_path / "log"
    log.write_text(LOG, encoding="utf-8")
    assert AppServer(1, 1, 0.0, log, log.parent).logged_errors() == [
        "2 × TypeError: must be real number, not str",
        "1 × sqlite3.OperationalError: locked",
    ]
    log.write_text("  URL: http://127.0.0.1:8501\n", encoding="utf-8")
    assert AppServer(1, 1, 0.0, log, log.parent).logged_errors() == []


@pytest.mark.parametrize(
    ("latencies", "said"),
    [([], "no answers"), ([0.2], "no answers"), ([0.1, 0.3], "2 moves, p50 200 ms")],
)
def test_there_is_a_row_whatever_was_measured(latencies, said):
    tally = Tally(latencies, ["OSError: gone"], 3)
    line = row("60 visitors", tally, 1.0)
    assert said in line
    assert "1 errors, 3 waiting" in line
    assert "load" in line


def test_a_server_that_never_answers_costs_bounded_time(monkeypatch):
    monkeypatch.setattr(load, "OPENING", 0.05)

    with socket.create_server(("127.0.0.1", 0)) as server:  # takes calls, never says a word
        silent = AppServer(server.getsockname()[1], 1, 0.0, None, None)
        tally = loops.run(load.crowd(silent, "", 3, 0.05))
    assert (tally.waiting, tally.errors, tally.latencies) == (3, [], [])
