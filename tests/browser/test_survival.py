"""A race whose worker is killed, then whose server is: the open page finds it again."""

import signal

import pytest

from tests.browser.conftest import Visitor, end_workers, free_port, serving
from tests.browser.test_race import Class

pytestmark = pytest.mark.browser
# Small batches, wide layers: a race that is still on when another server is up.
RACE = "race=epochs:200;batch_size:16;hidden_sizes:1024,1024&codecs=undercomplete,variational"


def test_an_open_page_survives_a_killed_worker_and_a_killed_server(browser, tmp_path):
    port = free_port()
    with serving(tmp_path, port) as address:
        room = Class(Visitor(browser.new_context(), address, (1440, 1200), "light"))
        room.start(RACE)
        before = room.until(lambda shown: shown["at"] >= 3)
        assert end_workers(tmp_path, signal.SIGKILL)
        stopped = room.until(lambda shown: shown["state"] == "interrupted")
        assert stopped["at"] >= before["at"]
        room.press("Go on")
        # Running, too: an epoch of before the kill may be shown only now, with nobody at work yet.
        went_on = room.until(
            lambda shown: shown["state"] == "running" and shown["at"] > stopped["at"]
        )
    try:
        # Nobody serves the page; the race goes on, and another server shows it to the same page.
        with serving(tmp_path, port):
            later = room.until(lambda shown: shown["at"] > went_on["at"] + 1)
            assert later["state"] == "running"
            room.press("Cancel")
            room.until(lambda shown: shown["state"] == "cancelled")
    finally:
        end_workers(tmp_path, signal.SIGTERM)
        room.visitor.context.close()
