"""Where data and models lie: what ships with the program, and the user's own folder."""

import os
from pathlib import Path

from platformdirs import user_data_path

SHIPPED_MODELS = Path(__file__).resolve().parent.parent / "assets" / "models"


def home_folder() -> Path:
    """BOTTLENECK_HOME, else the platform's folder for user data."""
    own = os.environ.get("BOTTLENECK_HOME")
    return Path(own).expanduser() if own else user_data_path("bottleneck", appauthor=False)


def user_data() -> Path:
    """Where downloaded data sets go when nothing else is said; may not exist yet."""
    return home_folder() / "data"


def user_models() -> Path:
    """The user's own models; may not exist yet."""
    return home_folder() / "models"


def kept_models() -> Path:
    """Models of runs that somebody kept, which no page shows before it is asked to; may not exist.

    One that is moved to `user_models` becomes what everybody sees.
    """
    return home_folder() / "kept"


def model_folders() -> list[Path]:
    """Where models are looked for, the user's own first."""
    return [user_models(), SHIPPED_MODELS]


def runs_folder() -> Path:
    """AE_RUNS_DIR, else a folder in the user's own: every run of this machine; may not exist."""
    own = os.environ.get("AE_RUNS_DIR")
    return Path(own).expanduser() if own else home_folder() / "runs"
