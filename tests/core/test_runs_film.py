"""What a race shows on its way: how soon it hears, and the fields over data in the plane."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from ae_core import ModelFileError, PCACodec, load_dataset
from ae_core.runs import execute as executing
from ae_core.runs.commands import Command, post
from ae_core.runs.making import create_runs
from ae_core.runs.snapshots import (
    CURVE,
    SHEET,
    field_of,
    load_snapshot,
    look,
    probe_of,
    save_snapshot,
)
from ae_core.runs.spec import RunSpec
from ae_core.safefile import write_tensors

RECIPE = {"epochs": 50, "batch_size": 128, "seed": 5}
SPEC = RunSpec("undercomplete", "rings", {"hidden_sizes": (8,)}, RECIPE, start_paused=True)


def test_who_stood_still_goes_on_a_batch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standing still costs nothing: long rounds after it would keep a cancel waiting."""
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(executing, "POLL", 0.0)
    (run,) = create_runs([SPEC])
    steps: list[int] = []
    obey = executing._obey

    def listen(runners: Any, known: Any) -> None:
        steps.append(runners[0].step)
        if len(steps) == 20:
            post(run, Command("play"))
        if len(steps) == 22:
            post(run, Command("cancel"))
        obey(runners, known)

    monkeypatch.setattr(executing, "_obey", listen)
    executing.execute([run])
    assert steps == [0] * 20 + [1, *steps[21:]]
    assert steps[-1] <= 3
    assert run.status().state == "cancelled"


def test_a_field_covers_data_in_the_plane_evenly() -> None:
    data = load_dataset("moons")
    places = field_of(data)
    assert places is not None
    across, up = (torch.unique(places[:, k]) for k in (0, 1))
    assert len(places) == len(across) * len(up)
    steps = torch.cat([across.diff(), up.diff()])
    torch.testing.assert_close(steps, steps[:1].expand_as(steps), rtol=1e-4, atol=1e-5)
    low, high = data.train.amin(0), data.train.amax(0)
    assert bool((places.amin(0) < low).all())
    assert bool((places.amax(0) > high).all())
    assert field_of(load_dataset("digits")) is None


@pytest.mark.parametrize(("d", "count"), [(1, CURVE), (2, SHEET**2)])
def test_a_snapshot_keeps_the_field_and_what_the_decoder_reaches(
    d: int, count: int, tmp_path: Path
) -> None:
    data = load_dataset("moons")
    codec, places = PCACodec(d).fit(data.train), field_of(data)
    assert places is not None
    probe, shown = probe_of(data)
    save_snapshot(look(codec, probe, shown, 3, 48, places), tmp_path / "0003.safetensors")
    seen = load_snapshot(tmp_path / "0003.safetensors")
    assert seen.field is not None
    assert seen.reach is not None
    torch.testing.assert_close(seen.field, codec.reconstruct(places))
    assert seen.reach.shape == (count, 2)
    torch.testing.assert_close(codec.reconstruct(seen.reach), seen.reach)  # the decoder's own
    z, ends = codec.encode(seen.reach), codec.encode(probe)
    torch.testing.assert_close(z.amin(0), ends.amin(0))
    torch.testing.assert_close(z.amax(0), ends.amax(0))


def test_wider_codes_have_a_field_but_no_sheet() -> None:
    data = load_dataset("digits")
    probe, shown = probe_of(data)
    seen = look(PCACodec(3).fit(data.train), probe, shown, 1, 1, probe[:2])
    assert seen.field is not None
    assert seen.reach is None


def test_a_snapshot_with_other_parts_is_refused(tmp_path: Path) -> None:
    data = load_dataset("moons")
    probe, shown = probe_of(data)
    path = tmp_path / "0001.safetensors"
    seen = look(PCACodec(1).fit(data.train), probe, shown, 1, 1)
    save_snapshot(dataclasses.replace(seen, field=torch.zeros(4)), path)
    with pytest.raises(ModelFileError, match="not a snapshot"):
        load_snapshot(path)
    facts = {"format": "bottleneck-snapshot", "snapshot": '{"epoch": 1, "step": 1, "error": 1.0}'}
    tensors = {"codes": seen.codes, "reconstructions": seen.reconstructions}
    write_tensors(path, {**tensors, "more": torch.zeros(1)}, facts)
    with pytest.raises(ModelFileError, match="not a snapshot"):
        load_snapshot(path)
