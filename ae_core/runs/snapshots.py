"""What a model in training makes of a fixed probe: codes, reconstructions, mean error."""

from dataclasses import dataclass
from pathlib import Path

import torch
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
FIELD = 19  # places along the longer side of the field over data in the plane
MARGIN = 0.15  # of the data's range, around it
CURVE, SHEET = 160, 16  # codes along a curve that is drawn, along one side of a sheet
FORMAT = "bottleneck-snapshot"
PARTS = ("codes", "reconstructions", "field", "reach")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The probe at one moment; the error is of undamaged samples in one unit for all codecs."""

    epoch: int  # whole ones
    step: int
    codes: Tensor  # (P, ≤ UNITS)
    reconstructions: Tensor  # (S, *sample_shape)
    error: float  # squared error per image, mean over the P
    # Where the data are points of the plane:
    field: Tensor | None = None  # (G, 2): r(x) at the places of `field_of`
    reach: Tensor | None = None  # what the decoder reaches: (CURVE, 2), or (SHEET², 2) for d = 2


def probe_of(dataset: DataSet) -> tuple[Tensor, int]:
    """The fixed probe (P, *sample_shape) of a data set, and how many of it are shown."""
    probe = dataset.valid[:PROBE]
    return probe, len(probe) if dataset.kind == "points" else min(SHOWN, len(probe))


def field_of(dataset: DataSet) -> Tensor | None:
    """Places (G, 2) all over data in the plane, equally far apart in both directions, where
    r(x) − x is drawn; None for other data.
    """
    if dataset.sample_shape != (2,):
        return None
    low, high = dataset.train.amin(0), dataset.train.amax(0)
    size = (1 + 2 * MARGIN) * (high - low)
    step = float(size.max()) / (FIELD - 1) or 1.0
    axes = []
    for centre, length in zip((low + high) / 2, size, strict=True):
        count = round(float(length) / step) + 1
        axes.append(centre + step * (torch.arange(count) - (count - 1) / 2))
    return torch.cartesian_prod(*axes)


def look(
    model: Codec, probe: Tensor, shown: int, epoch: int, step: int, places: Tensor | None = None
) -> Snapshot:
    """A codec's answer to the probe, and to the places of a field where there is one."""
    x_hat = in_batches(model.reconstruct, probe)
    codes = in_batches(model.encode, probe)
    error = float(squared_error_per_image(probe, x_hat).mean())
    field = reach = None
    if places is not None:
        field = in_batches(model.reconstruct, places).cpu().clone()
        reach = _reach(model, codes)
    return Snapshot(
        epoch, step, codes[:, :UNITS].cpu().clone(), x_hat[:shown].cpu().clone(), error,
        field, reach,
    )  # fmt: skip


def _reach(model: Codec, codes: Tensor) -> Tensor | None:
    """What codes between the outermost of the probe decode to: a curve, a sheet, else None."""
    low, high = codes.amin(0), codes.amax(0)
    side = {1: CURVE, 2: SHEET}.get(codes.shape[1])
    if side is None:
        return None
    axes = [torch.linspace(float(a), float(b), side) for a, b in zip(low, high, strict=True)]
    z = torch.cartesian_prod(*axes).reshape(-1, codes.shape[1])
    return in_batches(model.decode, z).cpu().clone()


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """One file, atomically; ModelFileError where a number is not finite."""
    facts = f'{{"epoch": {snapshot.epoch}, "step": {snapshot.step}, "error": {snapshot.error!r}}}'
    tensors = {"codes": snapshot.codes, "reconstructions": snapshot.reconstructions}
    further = {"field": snapshot.field, "reach": snapshot.reach}
    tensors |= {name: tensor for name, tensor in further.items() if tensor is not None}
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
        or not {"codes", "reconstructions"} <= set(found) <= set(PARTS)
        or any(dtype != "F32" for dtype, _ in found.values())
        or len(shapes[0]) != 2
        or not 1 <= len(shapes[1]) - 1 <= 4
        or any(len(found[n][1]) != 2 for n in ("field", "reach") if n in found)
        or not all(type(n) is int and n >= 0 for n in whole)
        or not isinstance(facts.get("error"), (int, float))
    ):
        raise ModelFileError(f"{path.name}: not a snapshot of this program; delete it")
    tensors = read_tensors(path, header, found)
    return Snapshot(
        facts["epoch"], facts["step"], tensors["codes"], tensors["reconstructions"],
        float(facts["error"]), tensors.get("field"), tensors.get("reach"),
    )  # fmt: skip
