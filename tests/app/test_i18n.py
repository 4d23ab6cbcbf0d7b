"""Every text on a page goes through the catalogue, and each reader gets their own language."""

import ast
import json
import threading

import pytest

from app import i18n
from app.i18n import t, tn

TEXT_CALLS = {
    "title", "header", "subheader", "markdown", "caption", "write", "text", "info", "warning",
    "error", "success", "toast", "badge", "button", "download_button", "form_submit_button",
    "link_button", "page_link", "checkbox", "toggle", "radio", "selectbox", "multiselect",
    "slider", "select_slider", "text_input", "text_area", "number_input", "file_uploader", "pills",
    "segmented_control", "metric", "expander", "popover", "spinner", "status", "progress", "Page",
    "dialog", "empty_state", "Metric", "Picture", "download_csv", "mosaic_picture",
    "metric_bars",
}  # fmt: skip
TEXT_ARGUMENTS = {
    "label", "help", "placeholder", "caption", "title", "text", "alt", "next_step", "page_title",
}  # fmt: skip
FIRST_IS_NO_TEXT = {"Page", "page_link", "Picture", "mosaic_picture", "metric_bars"}


@pytest.fixture
def language():
    """Set the language for one test."""
    current = {"code": "en"}
    before = i18n._language
    i18n.read_language_from(lambda: current["code"])
    yield lambda code: current.update(code=code)
    i18n.read_language_from(before)


def literal_text(node):
    """The words of a string literal or f-string, None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(v.value for v in node.values if isinstance(v, ast.Constant))
    else:
        return None
    return text if any(c.isalpha() for c in text) and not text.startswith(":material/") else None


def bare_texts(source):
    """(line, text) of every literal that a reader would see untranslated."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in TEXT_CALLS:
            continue
        seen = [] if name in FIRST_IS_NO_TEXT else node.args[:1]
        seen += [k.value for k in node.keywords if k.arg in TEXT_ARGUMENTS]
        for part in seen:
            text = literal_text(part)
            if text:
                yield node.lineno, text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('st.title("Hello")', 1),
        ('st.slider("Size", 1, 2, help="why")', 2),
        ('box.markdown(f"{n} images")', 1),
        ('st.Page("views/x.py", title="Home")', 1),
        ('st.title(t("Hello"))', 0),
        ('st.markdown("**%")', 0),
        ('st.info(text, icon=":material/add:")', 0),
    ],
)
def test_the_scan_finds_bare_text(source, found):
    assert len(list(bare_texts(source))) == found


def test_no_page_shows_bare_text():
    bare = [
        f"{path.relative_to(i18n.APP)}:{line}: {text!r}"
        for path in i18n.sources(i18n.APP)
        for line, text in bare_texts(path.read_text(encoding="utf-8"))
    ]
    assert not bare, "wrap these in t(...): " + "; ".join(bare)


def test_the_english_catalogue_is_exactly_what_the_sources_ask_for():
    path = i18n.LOCALES / "en.json"
    assert json.loads(path.read_text(encoding="utf-8")) == i18n.extract(), "run: python -m app.i18n"


def test_no_text_is_translated_at_import():
    """A call of t outside a function would freeze the first reader's language for everybody."""
    for path in i18n.sources(i18n.APP):
        if "views" in path.parts or path.name == "streamlit_app.py":
            continue  # these scripts run anew for every reader
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.Lambda)
            for node in ast.walk(function)
        }
        calls = [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and getattr(node.func, "id", "") in {"t", "tn"}
            and id(node) not in inside
        ]
        assert not calls, f"{path.name}: {calls}"


def test_places_are_filled():
    assert t("seed {seed}", seed=7) == "seed 7"
    assert t("a {literal} brace") == "a {literal} brace"
    assert t("seed {seed}", seed="{other}") == "seed {other}"


def test_plurals_follow_the_count():
    assert tn("{count} sample", "{count} samples", 1) == "1 sample"
    assert tn("{count} sample", "{count} samples", 5) == "5 samples"


def test_another_catalogue_is_used_with_its_own_plural_rule(language, monkeypatch, tmp_path):
    polish = {
        "": ["n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"],
        "seed {seed}": "ziarno {seed}",
        "epoch": "epoka",
        "{count} sample": ["{count} próbka", "{count} próbki", "{count} próbek"],
        "broken {seed}": "zepsute {sed}",
    }
    (tmp_path / "pl.json").write_text(json.dumps(polish), encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    monkeypatch.setattr(i18n, "LANGUAGES", {"en": "English", "pl": "Polski"})
    i18n.load.cache_clear()
    language("pl")
    assert t("seed {seed}", seed=3) == "ziarno 3"
    assert t("not there") == "not there"
    assert t("broken {seed}", seed=3) == "broken 3"
    forms = [tn("{count} sample", "{count} samples", n) for n in (1, 3, 5, 22)]
    assert forms == ["1 próbka", "3 próbki", "5 próbek", "22 próbki"]
    i18n.load.cache_clear()


def test_the_pseudo_language_marks_text_but_not_places(language):
    language(i18n.PSEUDO)
    assert t("seed {seed}", seed=7) == "⟦šééd 7⟧"
    assert tn("{count} sample", "{count} samples", 2) == "⟦2 šámpléš⟧"


def test_two_readers_at_once_keep_their_languages():
    own = threading.local()
    before = i18n._language
    i18n.read_language_from(lambda: getattr(own, "code", "en"))
    wrong, start = [], threading.Barrier(2)

    def reader(code, expected):
        own.code = code
        start.wait()
        wrong.extend(found for _ in range(500) if (found := t("epoch")) != expected)

    people = [
        threading.Thread(target=reader, args=args)
        for args in (("en", "epoch"), (i18n.PSEUDO, "⟦épóçh⟧"))
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    i18n.read_language_from(before)
    assert not wrong


def test_a_hostile_language_never_becomes_a_path():
    assert i18n.load("../../etc/passwd") == i18n.load("en")


def test_translations_keep_only_what_is_asked_for():
    english = {"": ["n != 1"], "a": "a", "b": "b"}
    assert i18n.merge(english, {"": ["0"], "a": "A", "old": "x"}) == {"": ["0"], "a": "A"}
