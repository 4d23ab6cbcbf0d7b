"""The shape of the program, read from its syntax trees: who may import whom, and how long it is."""

import ast
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    p for top in ("ae_core", "app", "assets", "benchmarks") for p in (ROOT / top).rglob("*.py")
]
CORE = sorted(p for p in SOURCES if p.is_relative_to(ROOT / "ae_core"))
APP = sorted(p for p in SOURCES if p.is_relative_to(ROOT / "app"))

# A part of the core may import its own layer and those before it.
CORE_LAYERS = [
    {"errors", "config", "losses", "objective", "gate", "ramps", "products", "chain", "shapes",
     "convolution", "affine", "networks", "jacobian", "adam", "corruption", "deformation",
     "engine", "batches", "filters", "linear_family", "folders", "spread", "slider", "half",
     "late"},
    {"base"},
    {"bending"},
    {"data", "records", "variants", "pca"},
    {"metrics", "geometry", "latent", "scoring", "neighbours", "layout", "pretraining", "presets",
     "passes", "run"},
    {"training", "safefile", "card", "store", "export", "binary", "onnx_graph", "sweep",
     "runs", "jobs", "processes"},
    {"", "cli", "sklearn", "__main__"},  # "" is ae_core itself
]  # fmt: skip
# The same for the app; parts that are not named here lie between services and widgets.
APP_LAYERS = [
    {"", "address", "frugal", "i18n", "locales", "palette", "images", "fields", "view"},
    {"figures", "services", "state", "canvas"},  # these do not know each other
    {"choice"},
    {"widgets"},
    {"views"},
    {"serving"},
    {"streamlit_app"},
]
STRANGERS, BETWEEN = APP_LAYERS[1], 2

MAX_FILE, MAX_PAGE, MAX_FUNCTION = 250, 90, 40
# Where more lines read better, with the reason.
LONGER = {
    # A peer is shown whole: its network, its loss and its trainer, as its own guide writes them.
    "benchmarks/speed/trainers.py:pythae": 42,
    "benchmarks/speed/jax_loops.py:jax": 51,
}

# Distribution -> module, where the names differ; plugins that are never imported; optional extras.
MODULE_OF = {"scikit-learn": "sklearn", "pillow": "PIL", "pyyaml": "yaml"}
PLUGINS = {"pytest-xdist", "uvloop"}
EXTRAS = {"onnx", "onnxruntime", "dask", "distributed", "tensorboard"}


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """ae_core/data/__init__.py -> ae_core.data"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for p in CORE + APP}


def only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def walk(node: ast.AST, deep: bool = True) -> Iterator[ast.AST]:
    """Every node that runs; without `deep`, only what runs when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if only_for_types(child):
            continue
        if not deep and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        yield child
        yield from walk(child, deep)


@functools.cache
def imports(path: Path, deep: bool = True) -> set[str]:
    """Dotted names of the modules that a file imports; `from a import b` is a.b where a module."""
    found: set[str] = set()
    for node in walk(tree(path), deep):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            module = node.module or ""
            inner = {f"{module}.{alias.name}" for alias in node.names}
            found |= {i if i in MODULES else module for i in inner}
    return found


def part(module: str) -> str:
    """The part of its package that a module belongs to: ae_core.data.idx -> data."""
    return module.split(".")[1] if "." in module else ""


def rank(module: str, layers: list[set[str]], default: int | None = None) -> int:
    for i, layer in enumerate(layers):
        if part(module) in layer:
            return i
    if default is None:
        pytest.fail(f"{module} has no layer yet: name it in CORE_LAYERS of {__file__}")
    return default


def top(module: str) -> str:
    return module.split(".")[0]


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=ids)
def test_core_imports_point_downwards(path):
    own = name_of(path)
    for other in imports(path):
        assert top(other) not in {"streamlit", "plotly", "app", "tests", "assets", "benchmarks"}
        if top(other) == "ae_core":
            assert rank(other, CORE_LAYERS) <= rank(own, CORE_LAYERS), f"{own} imports {other}"


@pytest.mark.parametrize("path", APP, ids=ids)
def test_app_imports_point_downwards(path):
    own = name_of(path)
    for other in imports(path):
        if top(other) != "app":
            continue
        mine, its = (rank(m, APP_LAYERS, BETWEEN) for m in (own, other))
        assert its <= mine, f"{own} imports {other}"
        if part(own) in STRANGERS and part(other) in STRANGERS:
            assert part(own) == part(other), f"{own} and {other} must not know each other"


def test_nothing_is_imported_in_circles():
    graph = {m: {i for i in imports(p, deep=False) if i in MODULES} for m, p in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"a circle: {' -> '.join((*trail, module))}"
        if module not in done:
            for other in graph[module]:
                # A package's members may be imported while the package itself is being made.
                if not module.startswith(f"{other}.") and other != module:
                    visit(other, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_variants_do_not_know_each_other():
    folder = ROOT / "ae_core" / "variants"
    files = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
    assert len(files) >= 5
    for path in files:
        assert not any(i.startswith("ae_core.variants") for i in imports(path)), path


@pytest.mark.parametrize("path", APP, ids=ids)
def test_each_part_of_the_app_keeps_to_its_tools(path):
    own, used = part(name_of(path)), imports(path)
    roots = {top(i) for i in used}
    if own == "views":
        assert "torch" not in roots
        assert not any(i.startswith("ae_core.") for i in used), "pages ask services for the core"
    if own in {"figures", "palette", "images", "fields", "view"}:
        assert roots.isdisjoint({"streamlit", "torch", "ae_core"}), "figures are pure"
    if own not in {"services"}:
        assert not mentions(path, {"cache_data", "cache_resource"}), "only services cache"
    if own != "state":
        assert not mentions(path, {"session_state", "query_params"}), "only state touches these"


def mentions(path: Path, names: set[str]) -> set[str]:
    """Which of the names a file's code uses, as attribute, import or string."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found & names


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = (node.end_lineno or 0) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_budgets(path):
    name = ids(path)
    budget = MAX_PAGE if path.parent == ROOT / "app" / "views" else MAX_FILE
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGER.get(name, budget), f"{name} has {lines} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            allowed = LONGER.get(f"{name}:{node.name}", MAX_FUNCTION)
            assert length(node) <= allowed, f"{name}: {node.name} has {length(node)} lines"


def test_exceptions_to_the_budgets_are_still_needed():
    for name in LONGER:
        assert (ROOT / name.split(":")[0]).is_file(), f"{name} is gone"


UNSAFE_MODULES = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
UNSAFE_CALLS = {"torch.load", "joblib.load", "pickle.load", "pickle.loads", "eval", "exec"}


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_nothing_is_unpickled_or_executed(path):
    assert {top(i) for i in imports(path)}.isdisjoint(UNSAFE_MODULES)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in UNSAFE_CALLS, f"line {node.lineno}"
            for keyword in node.keywords:
                if keyword.arg == "allow_pickle":
                    assert ast.unparse(keyword.value) == "False", f"line {node.lineno}"
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"torch\.load\b|joblib\.load\b|allow_pickle\s*=\s*True", text)


def declared(file: str = "requirements.txt") -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    names = [re.split(r"[~=<>!\[; ]", line.strip())[0] for line in lines]
    found = [n.lower() for n in names if n and not n.startswith(("#", "-"))]
    assert len(found) == len(set(found)), "a requirement stands twice"
    return set(found)


def third_party(paths: list[Path]) -> set[str]:
    local = {"ae_core", "app", "tests", "assets", "benchmarks", "conftest", "__future__"}
    return {top(i) for p in paths for i in imports(p)} - set(sys.stdlib_module_names) - local


def peers() -> set[str]:
    """What the benchmarks compare with; they skip what is not installed."""
    return declared("benchmarks/requirements.txt")


def test_only_benchmarks_import_peers():
    elsewhere = [p for p in SOURCES if "benchmarks" not in p.parts]
    assert not third_party(elsewhere) & peers()


def test_requirements_and_imports_agree():
    tests = sorted((ROOT / "tests").rglob("*.py"))
    used = third_party([*SOURCES, *tests]) - peers()
    names = {MODULE_OF.get(n, n) for n in declared() - PLUGINS}
    assert sorted(used - names - EXTRAS) == [], "imported, but not in requirements.txt"
    assert sorted(names - used) == [], "in requirements.txt, but imported nowhere"


def test_extras_are_imported_only_where_they_are_used():
    """Not at the top of a module: the core must load without them."""
    for path in SOURCES:
        assert not {top(i) for i in imports(path, deep=False)} & EXTRAS, path


def test_the_rules_bite():
    """The readers above see what they are meant to see."""
    sample = ast.parse(
        "import torch\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import plotly\n"
        "def f():\n    import streamlit as st\n    st.session_state['x'] = 1\n"
    )
    path = ROOT / "ae_core" / "not_there.py"
    found = {a.name for n in walk(sample) if isinstance(n, ast.Import) for a in n.names}
    assert found == {"torch", "streamlit"}
    shallow = {a.name for n in walk(sample, False) if isinstance(n, ast.Import) for a in n.names}
    assert shallow == {"torch"}
    assert name_of(path) == "ae_core.not_there"
    assert rank("ae_core.store", CORE_LAYERS) > rank("ae_core.pca", CORE_LAYERS)
    assert rank("ae_core", CORE_LAYERS) == len(CORE_LAYERS) - 1
    with pytest.raises(pytest.fail.Exception, match="has no layer"):
        rank("ae_core.not_there", CORE_LAYERS)
    function = ast.parse("def f():\n    '''a\n    b'''\n    return 1\n").body[0]
    assert length(function) == 2
