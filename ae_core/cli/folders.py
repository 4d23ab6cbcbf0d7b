"""How a model is named on the command line."""

from pathlib import Path

from ae_core.cli.output import one_line
from ae_core.errors import InvalidInput
from ae_core.folders import kept_models, model_folders
from ae_core.store import SUFFIX


def model_file(name: str) -> Path:
    """A model file by its path, or by its name in `list`; InvalidInput if there is none."""
    path = Path(name).expanduser()
    if path.exists():
        return path
    for folder in (*model_folders(), kept_models()):
        for candidate in (folder / name, folder / f"{name}{SUFFIX}"):
            if candidate.is_file():
                return candidate
    raise InvalidInput(
        f"{one_line(name)}: no such model file, and no listed model has this name; "
        "see python -m ae_core list"
    )
