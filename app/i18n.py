"""Translation, local to a run: English text is the key, the reader's language comes from the URL.

`gettext.install()` is one setting per process; two people with two languages share that process.
So `t` asks for the language on every call, through the function `state` registers here.

`python -m app.i18n` rewrites the catalogues in `locales/` from the calls of `t` and `tn` in `app/`.
"""

import ast
import gettext
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path

Plural = list[str]
Catalogue = dict[str, str | Plural]

APP = Path(__file__).resolve().parent
CORE = APP.parent / "ae_core"
LOCALES = APP / "locales"
DEFAULT = "en"
PSEUDO = "qps"  # accents and brackets around every text: shows what was not translated
LANGUAGES: dict[str, str] = {"en": "English"}
META = ""  # the catalogue's own entry, as in gettext: [plural rule]

_ACCENTS = str.maketrans("aeiouyAEIOUYcnst", "áéíóúýÁÉÍÓÚÝçñšť")


def _default_language() -> str:
    return DEFAULT


_language: Callable[[], str] = _default_language


def read_language_from(source: Callable[[], str]) -> None:
    """Ask `source` for the language of the current run on every translation."""
    global _language
    _language = source


def t(text: str, **values: object) -> str:
    """`text` in the reader's language, its {named} places filled with `values`."""
    return _fill(translate(text, _language()), text, values)


def tn(one: str, many: str, count: int, **values: object) -> str:
    """`one` or `many` by the language's own plural rule; {count} is filled in."""
    language = _language()
    if language == PSEUDO:
        found = _pseudo(one if count == 1 else many)
    else:
        found = _plural(one, many, count, language)
    return _fill(found, one if count == 1 else many, {"count": count, **values})


def by_language(make: Callable[[], dict[str, str]]) -> Callable[[], dict[str, str]]:
    """`make`, called once for each language: for texts that stand together and never change."""
    known: dict[str, dict[str, str]] = {}

    @wraps(make)
    def texts() -> dict[str, str]:
        language = _language()
        if language not in known:
            known[language] = make()
        return dict(known[language])

    return texts


def known(text: str) -> bool:
    """Whether the app has this text at all, in English."""
    return text in load(DEFAULT)


def translate(text: str, language: str) -> str:
    """`text` in `language`, or the English key where the catalogue has no entry."""
    if language == PSEUDO:
        return _pseudo(text)
    entry = load(language).get(text, text)
    return entry if isinstance(entry, str) else entry[0]


@cache
def load(language: str) -> Catalogue:
    """The catalogue of one of `LANGUAGES`; any other name is the default's."""
    code = language if language in LANGUAGES else DEFAULT
    path = LOCALES / f"{code}.json"
    if not path.exists():
        return {}
    catalogue: Catalogue = json.loads(path.read_text(encoding="utf-8"))
    return catalogue


def _plural(one: str, many: str, count: int, language: str) -> str:
    catalogue = load(language)
    forms = catalogue.get(one)
    if not isinstance(forms, list):
        return one if count == 1 else many
    rule = catalogue.get(META, ["n != 1"])[0]
    return forms[min(gettext.c2py(rule)(count), len(forms) - 1)]


def _fill(translated: str, key: str, values: dict[str, object]) -> str:
    """Fill the places; a translation with a wrong place falls back to the English key."""
    if not values:
        return translated
    try:
        return translated.format_map(values)
    except (KeyError, IndexError, ValueError, AttributeError):
        return key.format_map(values)


def _pseudo(text: str) -> str:
    """`text` with accents, but {places} untouched."""
    parts = []
    for index, part in enumerate(text.replace("}", "{").split("{")):
        parts.append(part.translate(_ACCENTS) if index % 2 == 0 else "{" + part + "}")
    return "⟦" + "".join(parts) + "⟧"


def sources(root: Path = APP) -> list[Path]:
    """Every Python file under a folder."""
    return sorted(p for p in root.rglob("*.py") if "__pycache__" not in p.parts)


def messages(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """(key, plural or None) of every literal call of `t` and `tn`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if node.func.id == "t" and texts and isinstance(texts[0], str):
            yield texts[0], None
        elif node.func.id == "tn" and len(texts) >= 2:
            yield str(texts[0]), str(texts[1])


def setting_label(name: str) -> str:
    """The English label of a config field: `hidden_sizes` -> "Hidden sizes"."""
    return name.rstrip("_").replace("_", " ").capitalize()


def settings(tree: ast.AST) -> Iterator[str]:
    """Label and help of every `name: type = hyper(..., help="...")`; controls are made of them.

    And what every `Preset("...", ...)` is for.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Preset" and node.args:
            yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        made = node.value
        if isinstance(made, ast.Call) and getattr(made.func, "id", "") == "hyper":
            yield setting_label(node.target.id)
            helps = (k.value for k in made.keywords if k.arg == "help")
            yield from (str(h.value) for h in helps if isinstance(h, ast.Constant))


def extract(root: Path = APP) -> Catalogue:
    """The English catalogue that the sources ask for, sorted."""
    found: Catalogue = {META: ["n != 1"]}
    for path in sources(CORE):
        for key in settings(ast.parse(path.read_text(encoding="utf-8"))):
            found[key] = key
    for path in sources(root):
        for key, plural in messages(ast.parse(path.read_text(encoding="utf-8"))):
            found[key] = key if plural is None else [key, plural]
    return dict(sorted(found.items()))


def merge(english: Catalogue, translated: Catalogue) -> Catalogue:
    """Keep what is translated, drop what is no longer asked for, leave new keys out."""
    kept = {k: v for k, v in translated.items() if k in english}
    return dict(sorted(kept.items()))


def write_catalogues() -> list[str]:
    """Rewrite every catalogue; returns one line for each."""
    english, lines = extract(), []
    for code in LANGUAGES:
        path = LOCALES / f"{code}.json"
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        new = english if code == DEFAULT else merge(english, old)
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(new, ensure_ascii=False, indent=1) + "\n"
        path.write_text(text, encoding="utf-8")
        lines.append(f"{path.name}: {len(new) - 1} of {len(english) - 1} texts")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(write_catalogues()) + "\n")
