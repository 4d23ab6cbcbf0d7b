"""Libraries imported late: whole, and by one thread at a time."""

import ast
import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ae_core import late as module
from ae_core.late import late

CORE = Path(__file__).resolve().parents[2] / "ae_core"
SLOW = """
import threading
from late_told import inside, most
inside.append(__name__)
most.append(len(inside))
threading.Event().wait(0.2)
inside.remove(__name__)
whole = True
"""
LONG = """
from late_told import begun, go_on
begun.set()
go_on.wait(60)
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """written(late_x="its lines"): modules that can be imported until the test is over."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, "_whole", {})
    names = []

    def write(**modules: str) -> None:
        for name, lines in modules.items():
            (tmp_path / f"{name}.py").write_text(lines)
            names.append(name)
        importlib.invalidate_caches()

    yield write
    for name in names:
        sys.modules.pop(name, None)


def begin(name: str, found: list[ModuleType]) -> threading.Thread:
    thread = threading.Thread(target=lambda: found.append(late(name)), daemon=True)
    thread.start()
    return thread


def test_threads_take_turns_and_each_gets_the_whole_module(written: Callable[..., None]) -> None:
    written(late_told="inside, most = [], []", late_a=SLOW, late_b=SLOW)
    found: list[ModuleType] = []
    for thread in [begin(name, found) for name in ("late_a", "late_b", "late_a", "late_b")]:
        thread.join(60)
    assert [m.whole for m in found] == [True] * 4
    assert sys.modules["late_told"].most == [1, 1]


def test_what_is_there_already_waits_for_no_other_import(written: Callable[..., None]) -> None:
    told = "import threading\nbegun, go_on = threading.Event(), threading.Event()"
    written(late_told=told, late_long=LONG)
    events = late("late_told")
    busy = begin("late_long", [])
    assert events.begun.wait(60)
    found: list[ModuleType] = []
    begin("late_told", found).join(30)
    assert found == [events]  # while the other import goes on
    events.go_on.set()
    busy.join(60)


def test_what_is_imported_late_may_import_late_itself(written: Callable[..., None]) -> None:
    written(late_outer="from ae_core.late import late\ninner = late('late_inner')", late_inner="")
    found: list[ModuleType] = []
    begin("late_outer", found).join(60)
    assert [m.inner.__name__ for m in found] == ["late_inner"]


def test_what_cannot_be_imported_is_told_each_time(written: Callable[..., None]) -> None:
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="late_nowhere"):
            late("late_nowhere")


def test_no_function_imports_scikit_learn_or_scipy_past_it() -> None:
    past = [
        f"{path.name}:{node.lineno}"
        for path in CORE.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if {name.split(".")[0] for name in imported(node)} & {"sklearn", "scipy"}
    ]
    assert past == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [a.name for a in node.names] if isinstance(node, ast.Import) else []
