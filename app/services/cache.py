"""What services remember: answers by id, at most so many, each worked out once.

Streamlit's own cache finds its key by walking through every argument, 0.3 ms for one CodecRef; a
page asks forty times. Ids are hashable, so here they are the key. An array is not: it is refused.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_forgetters: list[Callable[[], None]] = []


class _Place:
    """Where one answer goes; who asks meanwhile waits here."""

    def __init__(self) -> None:
        self.lock, self.answer = Lock(), list[object]()


def remembered(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember the last `most` answers of a function of ids. An exception is no answer."""

    def decorate(work: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=most, typed=True)
        def place(*_: Hashable, **__: Hashable) -> _Place:
            return _Place()

        @wraps(work)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            found = place(*args, **kwargs)  # type: ignore[arg-type]
            with found.lock:
                if not found.answer:
                    found.answer.append(work(*args, **kwargs))
            return found.answer[0]  # type: ignore[return-value]

        ask.clear = place.cache_clear  # type: ignore[attr-defined]
        _forgetters.append(place.cache_clear)
        return ask

    return decorate


def forget_all() -> None:
    """As after a restart."""
    for forget in _forgetters:
        forget()
