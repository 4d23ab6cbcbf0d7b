"""What a model in training makes of a fixed probe: codes, reconstructions, mean error."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ae_core.base import Codec
from ae_core.batches import in_batches
from ae_core.card import parse_mapping
from ae_core.data.dataset import DataSet
from ae_core.errors import ModelFileError
from ae_core.metrics import squared_error_per_image
from ae_core.safefile import read_header, read_tensors, write_tensors

PROBE = 400  # valid samples whose codes and error are kept
SHOWN = 8  # of them, those whose reconstructions are kept; all where a sample is a point
UNITS = 8  # of a code, those that are kept
FORMAT = "bottleneck-snapshot"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The probe at one moment; the error is of undamaged samples in one unit for all codecs."""

    epoch: int  # whole ones
    step: int
    codes: Tensor  # (P, ≤ UNITS)
    reconstructions: Tensor  # (S, *sample_shape)
    error: float  # squared error per image, mean over the P


def probe_of(dataset: DataSet) -> tuple[Tensor, int]:
    """The fixed probe (P, *sample_shape) of a data set, and how many of it are shown."""
    probe = dataset.valid[:PROBE]
    return probe, len(probe) if dataset.kind == "points" else min(SHOWN, len(probe))


def look(model: Codec, probe: Tensor, shown: int, epoch: int, step: int) -> Snapshot:
    """A codec's answer to the probe."""
    x_hat = in_batches(model.reconstruct, probe)
    codes = in_batches(model.encode, probe)[:, :UNITS]
    error = float(squared_error_per_image(probe, x_hat).mean())
    return Snapshot(epoch, step, codes.cpu().clone(), x_hat[:shown].cpu().clone(), error)


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """One file, atomically; ModelFileError where a number is not finite."""
    facts = f'{{"epoch": {snapshot.epoch}, "step": {snapshot.step}, "error": {snapshot.error!r}}}'
    tensors = {"codes": snapshot.codes, "reconstructions": snapshot.reconstructions}
    write_tensors(path, tensors, {"format": FORMAT, "snapshot": facts})


def load_snapshot(path: Path) -> Snapshot:
    """A snapshot's file, read with every doubt."""
    header = read_header(path)
    found = header.tensors
    facts = parse_mapping(path.name, "snapshot", header.metadata.get("snapshot", ""))
    whole = [facts.get("epoch"), facts.get("step")]
    shapes = [found.get(name, ("", ()))[1] for name in ("codes", "reconstructions")]
    if (
        header.metadata.get("format") != FORMAT
        or set(found) != {"codes", "reconstructions"}
        or any(dtype != "F32" for dtype, _ in found.values())
        or len(shapes[0]) != 2
        or not 1 <= len(shapes[1]) - 1 <= 4
        or not all(type(n) is int and n >= 0 for n in whole)
        or not isinstance(facts.get("error"), (int, float))
    ):
        raise ModelFileError(f"{path.name}: not a snapshot of this program; delete it")
    tensors = read_tensors(path, header, found)
    return Snapshot(
        facts["epoch"], facts["step"], tensors["codes"], tensors["reconstructions"],
        float(facts["error"]),
    )  # fmt: skip
