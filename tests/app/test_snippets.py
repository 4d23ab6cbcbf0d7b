"""Every snippet of "Why do I see this" runs as printed and gives the number beside it."""

import contextlib
import io
from pathlib import Path

import pytest

from ae_core.data import DATASETS
from app import services
from app.palette import CODECS
from app.view import DATA_SETS

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_view_knows_every_data_set():
    assert tuple(DATASETS) == DATA_SETS


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("data", "d"), [("digits", 2), ("digits", 16), ("moons", 1), ("cbf", 8)])
def test_snippet_prints_the_panels_total(data, d, codec, monkeypatch, tmp_path):
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    which = services.ref(data, codec, d)
    assert which is not None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(services.snippet(which), "snippet", "exec"), {})
    assert float(printed.getvalue()) == pytest.approx(services.terms(which).total, rel=1e-5)


def test_snippet_follows_the_slider():
    at = services.ref("digits", "variational", 2, 1.5)
    assert at is not None
    assert ".at(1.5)" in services.snippet(at)
    assert services.terms(at).weight == 1.5
    middle = services.ref("digits", "variational", 2)
    assert middle is not None
    assert services.terms(at).penalty < services.terms(middle).penalty
