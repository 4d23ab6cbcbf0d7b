"""The local processes of a sweep."""

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def local_processes(jobs: int) -> Iterator[Executor]:
    """`jobs` fresh processes of one torch thread each; an exception, Ctrl-C too, ends them at once.

    Spawned, not forked: a fork of a process in which torch has run threads can hang.
    """
    others = set(multiprocessing.active_children())
    with _deaf_to_interrupts():  # what children inherit: Ctrl-C is the parent's to answer
        executor = ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=torch.set_num_threads,
            initargs=(1,),
        )  # fmt: skip
        for _ in range(jobs):  # processes start when there is work
            executor.submit(int)
    try:
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
