"""The canvas's ES modules, and the one address under which a set of them is served."""

from functools import cache
from pathlib import Path

from app.address import address, digest

FOLDER = Path(__file__).parent


@cache
def modules() -> dict[str, bytes]:
    """Name and content of every module, read once: what is served is what the digest names."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))}


@cache
def modules_digest() -> str:
    """One digest for all: modules import each other by name, so they must come from one set."""
    return digest(b"".join(f"{n}\n{len(b)}\n".encode() + b for n, b in modules().items()))


def modules_base() -> str:
    """The folder a browser imports them from, with its last slash."""
    return address("js", modules_digest(), "")


def module(wanted: str, name: str) -> bytes | None:
    """A module of the set with this digest, None for anything else."""
    return modules().get(name) if wanted == modules_digest() else None
