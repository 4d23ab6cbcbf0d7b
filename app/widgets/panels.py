"""Panels every page has: numbers with units, the formula behind them, empty states, errors."""

import csv
import html
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from ae_core.errors import AECoreError
from app import state
from app.i18n import t
from app.widgets.text import number, told

if TYPE_CHECKING:
    import plotly.graph_objects as go  # 300 ms that the landing page does not need


@dataclass(frozen=True)
class Metric:
    """A named number with its unit and, where known, the ends of its 95 % interval."""

    label: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    help: str | None = None


def metric_row(metrics: Sequence[Metric], *, width: int = 168) -> None:
    """Metrics side by side; they wrap where the window is narrow."""
    with st.container(horizontal=True, gap="small"):
        for m in metrics:
            value = f"{number(m.value)} {m.unit}".strip()
            st.metric(m.label, value, _interval(m), delta_color="off", delta_arrow="off",
                      help=m.help, border=True, width=width)  # fmt: skip


def formula_panel(
    formula: str,
    *,
    reconstruction: float,
    penalty: float = 0.0,
    weight: float = 0.0,
    weight_symbol: str = "",
    snippet: str = "",
    seed: int | None = None,
    model_hash: str = "",
    key: str | None = None,
) -> None:
    """Why do I see this: formula, live numbers that add up, the code that gives them, the origin.

    `reconstruction` and `penalty` are per image; `weight_symbol` is plain text (β), empty for a
    variant without a penalty.
    """
    with st.container(border=True, key=key):
        st.latex(formula)
        st.html(_sum(reconstruction, penalty, weight, weight_symbol))
        if snippet:
            st.caption(t("The same number from Python:"))
            st.code(snippet, language="python", wrap_lines=True)
        origin = [t("seed {seed}", seed=seed)] if seed is not None else []
        origin += [t("model {digest}", digest=model_hash[:12])] if model_hash else []
        if origin:
            st.caption(" · ".join(origin))


def empty_state(text: str, next_step: str) -> None:
    """Nothing to show yet: why, and the one thing to do about it."""
    st.info(f"**{text}**\n\n{next_step}", icon=":material/lightbulb:")


@contextmanager
def error_boundary() -> Iterator[None]:
    """One clear line for what the library refuses; anything else is a bug and goes to the log."""
    try:
        yield
    except AECoreError as error:
        st.error(told(error), icon=":material/error:")


def show_notices() -> None:
    """One line for each value of the link that could not be used."""
    for notice in state.notices():
        st.warning(notice.text, icon=":material/link_off:")


def show(figure: "go.Figure", *, key: str, alt: str, **options: Any) -> Any:
    """A figure in the page's theme; `alt` says in words what it shows."""
    from app.figures import CONFIG

    return st.plotly_chart(
        figure, theme="streamlit", config=CONFIG, width="stretch", key=key, alt=alt, **options
    )


Columns = Mapping[str, Sequence[Any]]


def download_csv(label: str, columns: Columns | Callable[[], Columns], file_name: str) -> None:
    """A button that saves the figures' numbers; columns of unequal length are an error.

    The text is made when somebody asks for it; so are columns that a function gives, which then
    knows nothing of the reader any more, not even the language.
    """
    st.download_button(
        label,
        lambda: csv_text(columns() if callable(columns) else columns),
        file_name,
        "text/csv",
        key=f"csv.{file_name}",
        on_click="ignore",
        icon=":material/download:",
    )


def csv_text(columns: Columns) -> str:
    """Columns as CSV. Text that a spreadsheet would run as a formula gets a leading quote."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_cell(name) for name in columns])
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(value) for value in row])
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value:
        return "'" + value
    return value


def _interval(m: Metric) -> str | None:
    if m.low is None or m.high is None:
        return None
    return t("95 %: {low} to {high}", low=number(m.low), high=number(m.high))


def _sum(reconstruction: float, penalty: float, weight: float, symbol: str) -> str:
    """reconstruction + weight · penalty = total, as HTML that wraps on a phone."""
    first, total = t("reconstruction"), t("total")
    if not symbol:
        parts = [_term(reconstruction, first), "=", _term(reconstruction, total)]
    else:
        parts = [
            _term(reconstruction, first), "+", _term(weight, symbol), "·",
            _term(penalty, t("penalty")), "=", _term(reconstruction + weight * penalty, total),
        ]  # fmt: skip
    return f'<div class="bn-sum">{"".join(p if "<" in p else f"<b>{p}</b>" for p in parts)}</div>'


def _term(value: float, name: str) -> str:
    return f"<span>{number(value)}<small>{html.escape(name)}</small></span>"
