"""Figures beside a thread that is busy importing."""

import os
import subprocess
import sys
from pathlib import Path

BESIDE = """
import sys, threading, numpy
from importlib import import_module
from importlib.abc import MetaPathFinder

half_way, figure_drawn = threading.Event(), threading.Event()

class Slow(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.startswith("pandas.") and not half_way.is_set():
            half_way.set()
            figure_drawn.wait(1)
        return None

sys.meta_path.insert(0, Slow())
other = threading.Thread(target=import_module, args=("pandas",))
other.start()
assert half_way.wait(60)
assert not hasattr(sys.modules["pandas"], "Series")
from app import figures
figures.code_bars(numpy.ones(3), "pca")
figure_drawn.set()
other.join()
"""


def test_a_figure_waits_for_pandas_that_another_thread_has_half_imported() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", BESIDE], cwd=root, env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
