"""Local processes as a `concurrent.futures.Executor`; work of a killed one is done again."""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import torch

ATTEMPTS = 3  # processes that one piece of work may take down before it counts as failed

Work = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class LocalProcesses(Executor):
    """`count` fresh processes of one torch thread each, kept warm; an exception, Ctrl-C too, ends
    them at once.

    Spawned, not forked: a fork of a process in which torch has run threads can hang. Each has a
    pool of its own, so that it is known whose work a killed one was doing.
    """

    def __init__(self, count: int) -> None:
        self.others = set(multiprocessing.active_children())
        self.work: SimpleQueue[Work | None] = SimpleQueue()
        self.closing = False
        with _deaf_to_interrupts():  # what children inherit: Ctrl-C is the parent's to answer
            pools = [_pool() for _ in range(count)]
        self.threads = [threading.Thread(target=self._serve, args=(p,)) for p in pools]
        for thread in self.threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Have it done by the first process that is free."""
        if self.closing:
            raise RuntimeError("cannot submit after shutdown")
        future: Future[Any] = Future()
        self.work.put((future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; finish what there is, or cancel what has not begun."""
        self.closing = True
        while cancel_futures and not self.work.empty():
            if (item := self.work.get()) is not None:
                item[0].cancel()
        for _ in self.threads:
            self.work.put(None)
        for thread in self.threads if wait else ():
            thread.join()

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self.closing = kind is not None
        if self.closing:
            for process in set(multiprocessing.active_children()) - self.others:
                process.terminate()
        self.shutdown(cancel_futures=True)

    def _serve(self, pool: ProcessPoolExecutor) -> None:
        while (item := self.work.get()) is not None:
            future, fn, args, kwargs = item
            if not future.set_running_or_notify_cancel():
                continue
            for attempt in range(ATTEMPTS):
                try:
                    future.set_result(pool.submit(fn, *args, **kwargs).result())
                    break
                except BrokenProcessPool as error:
                    pool.shutdown()
                    if self.closing:
                        future.set_exception(error)
                        return
                    pool = _pool()
                    if attempt == ATTEMPTS - 1:
                        future.set_exception(error)
                except BaseException as error:
                    future.set_exception(error)
                    break
        pool.shutdown()


def _pool() -> ProcessPoolExecutor:
    pool = ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn"), initializer=_quiet_and_single
    )
    pool.submit(int)  # a process starts when there is work
    return pool


def _quiet_and_single() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)


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
