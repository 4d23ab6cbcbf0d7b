"""What `import ae_core` promises: exactly these names, documented, and no side effects."""

import inspect
import os
import re
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import pytest

import ae_core
from ae_core import errors

ROOT = Path(__file__).resolve().parents[1]


def test_all_is_what_is_public():
    public = {
        name
        for name, value in vars(ae_core).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(ae_core.__all__) == public
    assert len(ae_core.__all__) == len(set(ae_core.__all__))


def test_the_names_of_the_contract():
    assert set(ae_core.__all__) >= {
        "VARIANTS", "build", "fit", "PCACodec", "load_dataset", "save_model", "load_model",
        "AECoreError", "UnknownVariant", "InvalidConfig", "ModelFileError", "DataUnavailable",
    }  # fmt: skip


@pytest.mark.parametrize("name", [n for n in ae_core.__all__ if n not in ("VARIANTS", "PRESETS")])
def test_every_public_name_is_documented_and_at_home(name):
    value = getattr(ae_core, name)
    assert (inspect.getdoc(value) or "").strip()
    assert value.__module__.startswith("ae_core.")
    for method, member in vars(value).items() if inspect.isclass(value) else ():
        own = inspect.isfunction(member) and not method.startswith("_")
        if own and "Protocol" not in str(value.__bases__):
            assert member.__doc__ or method == "code_activation", f"{name}.{method}"


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        ("build", ["variant", "sample_shape", "seed", "config"]),
        ("save_model", ["model", "path", "dataset", "state", "test_figures", "recipe", "half"]),
        ("load_model", ["path"]),
        ("save_state", ["model", "state", "path"]),
        ("load_state", ["path"]),
    ],
)
def test_signatures(function, signature):
    assert list(inspect.signature(getattr(ae_core, function)).parameters) == signature


def test_fit_takes_its_settings_by_name_only():
    parameters = inspect.signature(ae_core.fit).parameters
    assert list(parameters)[:2] == ["model", "dataset"]
    for name in ("epochs", "batch_size", "learning_rate", "seed", "patience", "device", "state"):
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["device"].default == "auto"
    assert parameters["threads"].default == 1


def test_load_dataset_takes_a_folder():
    assert list(inspect.signature(ae_core.load_dataset).parameters)[:2] == ["name", "data_dir"]


def test_one_family_of_errors_drawn_in_the_docstring():
    family = {
        name for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.AECoreError)
    }  # fmt: skip
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__)) | {"AECoreError"}
    assert drawn == family <= set(ae_core.__all__)
    for name in family - {"AECoreError"}:
        assert len(getattr(errors, name).__bases__) == 2, "each is also a built-in kind"


def test_version_agrees():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert ae_core.__version__ == project["version"]


PROBE = """
import logging, random, sys, warnings
warnings.simplefilter("error", FutureWarning)
import numpy, torch
torch.manual_seed(1); numpy.random.seed(1); random.seed(1)
before = (torch.rand(3).tolist(), numpy.random.rand(), random.random())
torch.manual_seed(1); numpy.random.seed(1); random.seed(1)
threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
import ae_core
assert (torch.rand(3).tolist(), numpy.random.rand(), random.random()) == before
assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, dtype)
assert torch.is_grad_enabled() and not torch.are_deterministic_algorithms_enabled()
assert not logging.getLogger().handlers and not logging.getLogger("ae_core").handlers
heavy = {"streamlit", "plotly", "app", "onnx", "onnxruntime", "dask", "rich", "playwright"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def test_importing_changes_nothing(tmp_path):
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1", "XDG_DATA_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=tmp_path, env=environment, text=True,
        capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""
    assert list(tmp_path.iterdir()) == []
