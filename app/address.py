"""Where the program's own files are served: every address names the content behind it."""

import hashlib

import streamlit as st

ROOT = "_bottleneck"  # below it nothing belongs to a page
DIGEST = 32  # hexadecimal figures of the SHA-256 that an address shows


def address(*parts: str) -> str:
    """The address of a file of ours, as a browser asks for it."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return "/".join(["", *filter(None, [base]), ROOT, *parts])


def digest(content: bytes) -> str:
    """The name of a content; another content never has it."""
    return hashlib.sha256(content).hexdigest()[:DIGEST]


_doors: list[str] = []


def serve() -> None:
    """The routes stand: called once, by the process that answers them."""
    _doors.append(ROOT)


def served() -> bool:
    """Whether anybody answers below ROOT; nobody does in a test of pages or in a bare script."""
    return bool(_doors)
