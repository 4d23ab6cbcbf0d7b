"""Everything this library raises on purpose.

AECoreError
├── UnknownVariant      no such variant
├── InvalidConfig       a setting is outside what is allowed
├── InvalidInput        an array has the wrong shape, type or range
├── DataUnavailable     a data set cannot be found, downloaded or verified
├── ModelFileError      a model file is damaged, foreign or hostile
├── TrainingDiverged    a term of the objective stopped being a finite number
└── RunFailed           a run that was waited for failed, or lost its process

Each text names the value, what is allowed and what to do.
"""


class AECoreError(Exception):
    """Base of the family; catch this to show one clear line to a user."""


class UnknownVariant(AECoreError, KeyError):
    """The name is not a key of `ae_core.VARIANTS`."""

    def __str__(self) -> str:  # KeyError would print the repr, quotes and all
        return str(self.args[0]) if self.args else ""


class InvalidConfig(AECoreError, ValueError):
    """A setting is outside what is allowed."""


class InvalidInput(AECoreError, ValueError):
    """An array has the wrong shape, type or range."""


class DataUnavailable(AECoreError, OSError):
    """A data set is unknown, absent, or failed its check."""


class ModelFileError(AECoreError, ValueError):
    """A model file is damaged, foreign or hostile."""


class TrainingDiverged(AECoreError, ArithmeticError):
    """A term of the objective stopped being a finite number."""


class RunFailed(AECoreError, RuntimeError):
    """A run that was waited for failed, or lost its process."""
