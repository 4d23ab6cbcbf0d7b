"""The slider benchmark: what it writes for the app, on a tiny run."""

import json
from pathlib import Path

import pytest

from benchmarks.slider import ROWS, figures, main

TINY = ["--data", "rings", "--latent-dim", "2", "--hidden", "4", "--epochs", "1", "--seeds", "1"]
FIGURES = {"weight", "separate", "conditioned", "gap", "least", "largest"}


def rows(path: Path) -> list[dict]:
    return json.loads(path.read_text())["rows"]


def test_the_file_says_how_each_row_was_measured_and_its_nine_figures(tmp_path):
    path = tmp_path / "slider.json"
    main(["denoising", *TINY, "--out", str(path)])
    (row,) = rows(path)
    ours = ("data", "variant", "knob", "settings", "latent_dim", "hidden", "epochs", "seeds")
    assert [row[k] for k in ours] == ["rings", "denoising", "noise_std", {}, 2, [4], 1, 1]
    assert row["cost"] > 0
    assert [w["weight"] for w in row["weights"]] == ROWS["denoising"].weights()
    for each in row["weights"]:
        assert each.keys() == FIGURES
        assert each["gap"] == pytest.approx(
            100 * (each["conditioned"] / each["separate"] - 1), abs=0.02
        )


def test_a_row_measured_again_replaces_itself_alone(tmp_path):
    path = tmp_path / "slider.json"
    main(["sparse-l1", "sparse-kl", *TINY, "--out", str(path)])
    first = rows(path)
    main(["sparse-kl", *TINY, "--learning-rate", "0.01", "--out", str(path)])
    assert [r["settings"] for r in rows(path)] == [{"penalty": "kl"}, {"penalty": "l1"}]
    kl, l1 = rows(path)
    assert l1 in first
    assert kl not in first


def test_another_range_and_reconstruction_are_printed_but_not_kept(tmp_path, capsys):
    main(["variational", *TINY, "--range", "0.2", "0.4", "--reconstruction", "absolute"])
    told = [line.split() for line in capsys.readouterr().out.splitlines() if "at most" not in line]
    weights = [float(words[0]) for words in told if words and words[0].startswith("0.")]
    assert len(weights) == 9
    assert (weights[0], weights[-1]) == (0.2, 0.4)
    path = tmp_path / "slider.json"
    with pytest.raises(SystemExit):
        main(["variational", *TINY, "--range", "0.2", "0.4", "--out", str(path)])
    assert "without --range" in capsys.readouterr().err
    assert not path.exists()


def test_the_gap_is_the_median_of_the_gaps_of_each_seed():
    found = figures(0.5, (1.0, 2.0, 4.0), (1.1, 2.0, 2.0))
    assert found == {
        "weight": 0.5, "separate": 2.0, "conditioned": 2.0,
        "gap": 0.0, "least": -50.0, "largest": 10.0,
    }  # fmt: skip


def test_the_shipped_figures_cover_weights_that_the_rows_have():
    assets = Path(__file__).parents[2] / "assets" / "slider.json"
    known = {(r.variant, r.knob, json.dumps(r.settings)): r.weights() for r in ROWS.values()}
    for row in rows(assets):
        weights = known[row["variant"], row["knob"], json.dumps(row["settings"])]
        assert [w["weight"] for w in row["weights"]] == weights
