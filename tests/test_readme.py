"""The README's commands are the ones that run, and its Python works as printed."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_ci_calls_the_readmes_test_command():
    run, test = (block.strip() for block in blocks("bash")[:2])
    assert run.endswith("pip install -r requirements.txt && streamlit run app")
    assert test in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_python_example_runs_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 ")
    figures = dict(line.split() for line in lines[-2:])
    assert 0 < float(figures["variational"]) < float(figures["pca"])
    assert (tmp_path / "variational.safetensors").is_file()


def test_pictures_and_pages_it_names_exist():
    for path in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / path).is_file(), path
