"""Style sheets of the live canvas are one text to the browser."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_no_two_style_sheets_speak_of_the_same_part() -> None:
    """All sheets are one text to the browser: a rule of a page's own must not reach another's."""
    owners: dict[str, set[str]] = {}
    for sheet in sorted((ROOT / "app" / "canvas").glob("*.css")):
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
        for selector in ",".join(re.findall(r"([^{}]+)\{", rules)).split(","):
            if found := re.match(r"\s*\.([\w-]+)", selector):
                owners.setdefault(found[1], set()).add(sheet.name)
    shared = {part for part, sheets in owners.items() if len(sheets) > 1}
    assert len(owners) > 40
    assert shared <= {
        "bnc",
        "bnc-generate",
    }  # the root of all, and a page's own, below which each may
