"""The view: what a page shows, kept in the session and mirrored in the URL. Nobody else touches
`st.session_state` or `st.query_params`.

Who owns the truth: the session. The URL is read when a session begins, when the reader goes back or
forward, and when a link to another page brings its own query; otherwise it is only written. So a
rerun that was sent with an older address cannot undo a newer choice, and nothing loops. Streamlit's
page menu drops the query; the session puts it back.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

from app import i18n
from app.fields import setting_text
from app.view import FIELDS, Notice, View, canonical, format_view, parse_view

__all__ = [
    "Notice", "View", "bind", "bind_kept", "bind_part", "bind_selection", "bind_weight", "memory",
    "notices", "restore", "update", "view",
]  # fmt: skip

_VIEW = "_view"
_PAGE = "_page"
_BARE = "_bare_pages"  # pages that the menu opened without a query, while a view was set
_NOTICES = "_notices"
_TIED = "_tied"  # keys of the widgets that this page has shown since it was opened


def restore() -> View:
    """The view of this run; call it once, first thing in the entry script."""
    query, page = st.query_params.to_dict(), _page()
    known: View | None = st.session_state.get(_VIEW)
    if known is None or _url_speaks(query, page):
        found, faults = parse_view(query)
        st.session_state[_VIEW] = found
        st.session_state[_NOTICES] = faults
        if faults:  # a reload should not complain again
            _write(found)
    else:
        if not _own(query):
            st.session_state.setdefault(_BARE, set()).add(page)
        _write(known)
    if page != st.session_state.get(_PAGE):
        st.session_state[_TIED] = set()
    st.session_state[_PAGE] = page
    return view()


def view() -> View:
    """The view now, also inside fragments and callbacks."""
    known: View | None = st.session_state.get(_VIEW)
    return restore() if known is None else known


def update(**changes: Any) -> View:
    """Change fields; ValueError names what is not allowed. Writes the URL."""
    changed = replace(view(), **{n: canonical(n, value) for n, value in changes.items()})
    st.session_state[_VIEW] = changed
    st.session_state[_NOTICES] = []
    _write(changed)
    return changed


def notices() -> list[Notice]:
    """What in the URL could not be used; empty after the first change."""
    found: list[Notice] = st.session_state.get(_NOTICES, [])
    return found


def bind(name: str, shown: Any = None, *, variety: str = "", **beside: Any) -> dict[str, Any]:
    """Arguments that tie a widget to a field: `st.slider(label, 0, 99, **bind("sample"))`.

    `shown` stands in for a field that is None, or holds what the widget cannot show.

    Give the widget no value of its own. Tuples become lists and back, for multiple choices. A
    value the field refuses (a pill clicked off) leaves the view as it was. Where a widget's range
    depends on something, `variety` names it: Streamlit resets a widget whose range changes.
    `beside`: what other fields become by the same choice, in the same step of the history.
    """

    def store(picked: Any) -> None:
        update(**{name: picked}, **beside)

    value = getattr(view(), name) if shown is None else shown
    key = f"view.{name}.{variety}" if variety else f"view.{name}"
    return _tie(key, list(value) if isinstance(value, tuple) else value, store)


def bind_part(name: str, place: int, shown: Any) -> dict[str, Any]:
    """`bind` for one element of a field that is a tuple; `shown` is the whole tuple in use."""

    def store(picked: Any) -> None:
        now = getattr(view(), name)
        whole = list(now if now is not None and len(now) == len(shown) else shown)
        whole[place] = picked
        update(**{name: tuple(whole)})

    return _tie(f"view.{name}.{place}", shown[place], store)


def bind_weight(codec: str, shown: float, *, variety: str = "") -> dict[str, Any]:
    """`bind` for one codec's weight; `shown` is the one in use, a stop of the widget."""

    def store(picked: Any) -> None:
        update(weights=view().with_weight(codec, picked).weights)

    return _tie(f"view.weights.{codec}.{variety}", shown, store)


def bind_setting(name: str, shown: Any, start: Any) -> dict[str, Any]:
    """`bind` for one setting of the race; back at `start` it leaves the URL."""

    def store(picked: Any) -> None:
        chosen = dict(view().race)
        chosen.pop(name, None)
        if picked != start:
            chosen[name] = setting_text(picked)
        update(race=tuple(chosen.items()))

    return _tie(f"view.race.{name}", shown, store)


def bind_memory(key: str, shown: Any, store: Callable[[Any], None]) -> dict[str, Any]:
    """`bind` for what lives in `memory`: shows `shown`, hands changes to `store`."""
    return _tie(f"memory.{key}", shown, store)


def bind_selection(key: str, chosen: Callable[[tuple[int, ...]], Any]) -> dict[str, Any]:
    """Arguments that hand the samples chosen in a chart to `chosen`, before the next run.

    The chart's points carry their sample's index as customdata; a cleared selection gives ().
    """

    def changed() -> None:
        found = [point.get("customdata") for point in st.session_state[key].selection.points]
        ids = [i[0] if isinstance(i, list) else i for i in found]
        chosen(tuple(dict.fromkeys(int(i) for i in ids if i is not None)))

    return {"key": key, "on_select": changed}


def bind_kept(key: str, store: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """Arguments that hand what the live canvas keeps to `store`, before the next run.

    It comes from a browser: what a field refuses leaves the view as it was.
    """

    def changed() -> None:
        kept = st.session_state[key].get("kept")
        if not isinstance(kept, Mapping):
            return
        try:
            store(kept)
        except (ValueError, TypeError, AttributeError):
            return

    return {"key": key, "on_kept_change": changed}


def visitor() -> str:
    """Tells one browser from another, by the token that Streamlit gives it against forgery; a
    session alone would be somebody else after every reload.
    """
    token, _ = decode_xsrf_token_string(st.context.cookies.get("_streamlit_xsrf", ""))
    if token is None:
        return str(memory("visitor", lambda: token_hex(8)))
    return sha256(token).hexdigest()[:16]


def memory(name: str, make: Callable[[], Any]) -> Any:
    """An object of this session that does not belong in a URL (a trained model, a drawing)."""
    key = f"memory.{name}"
    if key not in st.session_state:
        st.session_state[key] = make()
    return st.session_state[key]


def _tie(key: str, value: Any, store: Callable[[Any], None]) -> dict[str, Any]:
    """Show `value` in the widget `key`, hand its changes to `store`.

    Also where the session says that it does already: on another page a widget of the same key is
    another one to Streamlit, and begins with its own default.
    """
    tied = st.session_state.setdefault(_TIED, set())
    if key not in tied or key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    tied.add(key)

    def changed() -> None:
        try:
            store(st.session_state[key])
        except ValueError:
            return  # a pill that was clicked off, say: the next run shows the old value again

    return {"key": key, "on_change": changed}


def _own(query: Mapping[str, str]) -> bool:
    """Whether any of the query is ours."""
    return any(name in query for name in FIELDS)


def _url_speaks(query: Mapping[str, str], page: str) -> bool:
    """Whether the address, not the session, says what to show."""
    if _went_back():
        return _own(query) or page not in st.session_state.get(_BARE, set())
    return _own(query) and page != st.session_state.get(_PAGE)


def _write(shown: View) -> None:
    """Put `shown` into the URL, beside parameters of others; silent when nothing changes."""
    now = st.query_params.to_dict()
    foreign = {name: value for name, value in now.items() if name not in FIELDS}
    wanted = {**foreign, **format_view(shown)}
    if wanted != now:
        st.query_params.from_dict(wanted)


def _page() -> str:
    return urlsplit(st.context.url or "").path.strip("/")


def _went_back() -> bool:
    """Whether the browser's back or forward button started this run.

    Streamlit tells its own widgets, but not scripts; without the attribute the session wins.
    """
    return bool(getattr(get_script_run_ctx(suppress_warning=True), "is_history_navigation", False))


def _language() -> str:
    """The reader's language; English where no page is being drawn (tests, command line)."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return i18n.DEFAULT
    return view().lang


i18n.read_language_from(_language)
