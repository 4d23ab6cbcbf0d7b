"""Libraries imported late: whole, and by one thread at a time."""

import ast
import sys
import threading
from pathlib import Path

import pytest

from ae_core.late import late

CORE = Path(__file__).resolve().parents[2] / "ae_core"
SLOW = """
import threading
from tests_late_gate import inside, most
inside.append(__name__)
most.append(len(inside))
threading.Event().wait(0.2)
inside.remove(__name__)
whole = True
"""


def test_two_threads_take_turns_and_each_gets_the_whole_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("tests_late_a", "tests_late_b")
    (tmp_path / "tests_late_gate.py").write_text("inside, most = [], []")
    for name in names:
        (tmp_path / f"{name}.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(tmp_path))
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda name=name: found.append(late(name).whole))
        for name in (*names, *names)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [True] * 4
    assert sys.modules["tests_late_gate"].most == [1, 1]
    for name in (*names, "tests_late_gate"):
        monkeypatch.delitem(sys.modules, name)


def test_what_is_imported_late_may_import_late_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests_late_outer.py").write_text(
        "from ae_core.late import late\ninner = late('json')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    thread = threading.Thread(target=late, args=("tests_late_outer",), daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    monkeypatch.delitem(sys.modules, "tests_late_outer")


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
