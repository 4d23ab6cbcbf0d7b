"""Libraries that are imported when they are needed, by one thread at a time.

scikit-learn takes over a second, which nobody who only wants an error should wait for. Its parts
import each other in circles: of two threads that enter by different doors each would hold what the
other waits for, which Python ends with an error in one of them.
"""

import threading
from importlib import import_module
from types import ModuleType

_turn = threading.RLock()  # what is imported may import late itself
_whole: dict[str, ModuleType] = {}  # nobody waits for a turn to get these


def late(name: str) -> ModuleType:
    """The module of this name, all of it."""
    if name not in _whole:
        with _turn:
            _whole[name] = import_module(name)
    return _whole[name]
