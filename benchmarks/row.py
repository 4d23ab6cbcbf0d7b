"""One line of a table of figures, with its bound."""

from dataclasses import dataclass

PATIENCE = 120_000  # ms that a page may take


@dataclass(frozen=True)
class Row:
    """`most` is the bound, None where there is none."""

    what: str
    value: float
    unit: str
    most: float | None = None

    def __str__(self) -> str:
        bound, met = "", True
        if self.most is not None:
            bound, met = f"≤ {self.most:g}", self.value <= self.most
        verdict = "" if not bound else "ok" if met else "MISSED"
        return f"{self.what:<74} {self.value:>9.2f} {self.unit:<3} {bound:>8} {verdict}"
