"""The engine: denormal numbers are flushed in every thread that computes."""

import platform
import subprocess
import sys

import pytest
import torch

from ae_core import build, fit
from ae_core.engine import _runtimes, engine

# Below float32's smallest normal number; made before anything flushes, for then it would be 0.
TINY = torch.full((1000, 1000), 1e-39)


def flushed_share():
    """Of a product that two threads compute in parts."""
    halves = (TINY * 0.5).view(torch.int32)  # a comparison of floats would be flushed, too
    return (halves == 0).float().mean().item()


@pytest.mark.skipif(not _runtimes(), reason="helpers cannot be sent home: no GNU OpenMP here")
def test_every_thread_flushes_while_training(digits, monkeypatch):
    """A team of threads that was at work before does not carry over."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert flushed_share() == 0  # and starts the caller's own team
        model, seen = build("undercomplete", (1, 8, 8), hidden_sizes=(9,)), []
        own = type(model).objective

        def spy(self, *args):
            seen.append((flushed_share(), torch.get_num_threads()))
            return own(self, *args)

        monkeypatch.setattr(type(model), "objective", spy)
        list(fit(model, digits, epochs=2, device="cpu", threads=2))
        assert set(seen) == {(1.0, 2)}
        assert flushed_share() == 0
    finally:
        torch.set_num_threads(before)


def test_the_engine_puts_the_settings_back():
    before = torch.get_num_threads()
    with engine(1):
        assert flushed_share() == 1
        assert torch.get_num_threads() == 1
    assert flushed_share() == 0
    assert torch.get_num_threads() == before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator than glibc's")
def test_a_step_takes_no_fresh_memory_once_it_has_run():
    """Pages of maps that one step freed serve the next; in a process without other history."""
    script = """
import resource, torch
from ae_core import build
from ae_core.engine import engine

model, x = build("undercomplete", (1, 28, 28), architecture="conv"), torch.rand(128, 1, 28, 28)

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        model.objective(x).total.backward()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

torch.set_num_threads(1)
print(max(faults() for _ in range(6)))
with engine(1):
    print(min(faults() for _ in range(6)))
"""
    run = [sys.executable, "-c", script]
    lax, kept = map(int, subprocess.run(run, capture_output=True, check=True).stdout.split())
    assert kept < 500 < 3000 < lax  # a map of the first layer has 392 pages
