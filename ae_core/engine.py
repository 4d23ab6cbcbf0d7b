"""The process-wide settings of training: its threads, and no denormal number in any of them."""

import contextlib
import ctypes
import functools
import platform
from collections.abc import Iterator

import torch
from threadpoolctl import threadpool_info

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # mallopt's names of them in glibc's malloc.h
KEPT, LARGEST = 256 << 20, 32 << 20  # bytes; glibc takes no larger block from its heap
HARD = 2  # omp_pause_hard: threads end too (OpenMP 5.0, section 3.2.43)


@contextlib.contextmanager
def engine(threads: int | None) -> Iterator[None]:
    """Train inside with so many threads (None: as many as there are); all is put back afterwards.

    Denormal numbers slow matrix products several times and carry nothing here. Memory that a step
    frees stays with the process for the next one, from then on.
    """
    _keep_memory()
    before, flushed = torch.get_num_threads(), not (torch.full((1,), 1e-40) * 1.0).any()
    if threads is not None:
        torch.set_num_threads(threads)
    _flush_denormals(True)
    try:
        yield
    finally:
        _flush_denormals(flushed)
        torch.set_num_threads(before)


@functools.cache
def _keep_memory() -> None:
    """Ask glibc to keep what is freed; elsewhere nothing happens.

    It gives the maps of a convolution back to the system after every step, which then fills a
    thousand fresh pages with zeros for the next: a sixth of the step's time.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(MMAP_THRESHOLD, LARGEST)
        libc.mallopt(TRIM_THRESHOLD, KEPT)


def _flush_denormals(wanted: bool) -> None:
    """In this thread, and in the helpers of its products: they take after it when they start.

    The helpers that there are would go on as before, so they are sent home; the next product calls
    new ones. Another thread's helpers instead of these would compute right, but more threads than
    processors make OpenMP sleep where it should wait: a step took three times as long.
    """
    torch.set_flush_denormal(wanted)
    if torch.get_num_threads() > 1:
        for runtime in _runtimes():
            runtime.omp_pause_resource_all(HARD)


@functools.cache
def _runtimes() -> list[ctypes.CDLL]:
    """The OpenMP libraries of this process that can send their threads home.

    GNU's alone, which torch brings on Linux: others end more than the caller's own helpers.
    """
    paths = [each["filepath"] for each in threadpool_info() if each["prefix"] == "libgomp"]
    found = [ctypes.CDLL(path) for path in paths]
    return [runtime for runtime in found if hasattr(runtime, "omp_pause_resource_all")]
