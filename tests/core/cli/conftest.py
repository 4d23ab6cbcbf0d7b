"""The command line in a home of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ae_core import build, load_dataset, save_model
from ae_core.__main__ import main

Output = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _home(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home of its own, and no colours or widths from the terminal that runs the tests."""
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
    monkeypatch.delenv("AE_DATA_DIR", raising=False)
    for name in ("FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Output]:
    def run(*argv: object) -> Output:
        code = main([str(a) for a in argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small untrained model of the digits."""
    return save_model(
        build("variational", (1, 8, 8), hidden_sizes=(8,), beta=(0.1, 10.0)),
        tmp_path / "small.safetensors", dataset=load_dataset("digits"),
        test_figures={"squared_error_per_image": 4.5},
    )  # fmt: skip
