"""The latent plane of a codec: decoded ground, holes, and who lies next to whom.

A plane through a code space of any size is given by two units, the others at the data's mean
(`axes="units"`), or by the codes' first two principal components (`axes="pca"`).
"""

import numpy as np
import torch
from torch import Tensor

from ae_core.batches import in_batches
from ae_core.latent import Bounds, bounds_of, decoded_grid, round_trip_error
from app.services.arrays import Array, frozen, tensor
from app.services.cache import remembered
from app.services.catalogue import CodecRef, codec
from app.services.data import dataset
from app.services.measure import codes

Extent = tuple[float, float, float, float]  # x0, x1, y0, y1


def plane_codes(
    which: CodecRef, dims: tuple[int, int], split: str = "test", axes: str = "units"
) -> Array:
    """Where every sample lies in the plane: (N, 2). A code of one number gets a zero beside it."""
    z = codes(which, split)
    if z.shape[1] == 1:
        return np.column_stack([z[:, 0], np.zeros(len(z))])
    if axes == "units":
        return z[:, [d % z.shape[1] for d in dims]]
    base, across = _frame(which, dims, axes)
    turned: Array = (z - base.numpy()) @ across.numpy().T
    return turned


def plane_share(which: CodecRef, dims: tuple[int, int], axes: str = "units") -> float:
    """The share of the test codes' variance that the plane shows."""
    whole = float(codes(which).var(0).sum())
    return float(plane_codes(which, dims, axes=axes).var(0).sum()) / whole if whole else 1.0


def decode(which: CodecRef, z: tuple[tuple[float, ...], ...]) -> Array:
    """Samples from codes given as plain numbers: (N, *sample_shape)."""
    return frozen(in_batches(codec(which).decode, tensor(np.array(z))))


@remembered(64)
def decoded_plane(
    which: CodecRef,
    n: int,
    dims: tuple[int, int] = (0, 1),
    axes: str = "units",
    extent: Extent | None = None,
) -> tuple[Array, Extent]:
    """Decoded samples (n, columns, *sample_shape) over the plane, row 0 at the bottom; its extent.

    Without `extent` it covers most of the data's codes by n × n; with one, cells are square.
    """
    z, covered = _ground(which, n, dims, axes, extent)
    return frozen(decoded_grid(codec(which), z)), covered


@remembered(64)
def holes(
    which: CodecRef,
    n: int,
    dims: tuple[int, int] = (0, 1),
    axes: str = "units",
    extent: Extent | None = None,
) -> tuple[Array, Extent]:
    """‖f(g(z)) − z‖ over the same plane: (n, columns)."""
    z, covered = _ground(which, n, dims, axes, extent)
    return frozen(round_trip_error(codec(which), z.flatten(0, 1)).reshape(z.shape[:2])), covered


@remembered(64)
def decoded_line(which: CodecRef, n: int) -> tuple[Array, Array]:
    """A code of one number swept over the data's range: z (n,) and x (n, *sample_shape)."""
    z = codes(which, "train")[:, 0]
    margin = 0.05 * float(z.max() - z.min()) or 1.0
    sweep = torch.linspace(float(z.min()) - margin, float(z.max()) + margin, n)[:, None]
    return frozen(sweep[:, 0]), frozen(in_batches(codec(which).decode, sweep))


def round_trip(which: CodecRef, z: tuple[tuple[float, ...], ...]) -> Array:
    """‖f(g(z)) − z‖ of codes given as plain numbers: (N,)."""
    return frozen(round_trip_error(codec(which), tensor(np.array(z))))


def code_range(which: CodecRef, dims: tuple[int, int] = (0, 1)) -> Extent:
    """Where most train codes lie along two units: x0, x1, y0, y1. One unit: the same twice."""
    z = tensor(codes(which, "train"))
    if z.shape[1] == 1:
        z, dims = z.repeat(1, 2), (0, 1)
    (x0, x1), (y0, y1) = bounds_of(z, dims=dims)
    return x0, x1, y0, y1


def placed_code(
    which: CodecRef, dims: tuple[int, int], place: tuple[float, float], sample: int
) -> tuple[float, ...]:
    """The sample's code with two units moved to a place given as shares of `code_range`."""
    x0, x1, y0, y1 = code_range(which, dims)
    z = codes(which)[sample].astype(float)
    z[dims[0] % len(z)] = x0 + place[0] * (x1 - x0)
    if len(z) > 1:
        z[dims[1]] = y0 + place[1] * (y1 - y0)
    return tuple(z.tolist())


def nearest_sample(which: CodecRef, dims: tuple[int, int], at: tuple[float, float]) -> int:
    """The test sample whose code lies nearest to a point of the plane."""
    return int(((plane_codes(which, dims) - np.array(at)) ** 2).sum(1).argmin())


@remembered(256)
def neighbours(which: CodecRef | None, data: str, sample: int, k: int = 6) -> tuple[int, ...]:
    """The k test samples nearest to one, by code, or by pixels where no codec is given."""
    points = codes(which) if which else dataset(data).test.flatten(1).numpy()
    distance = ((points - points[sample]) ** 2).sum(1)
    distance[sample] = np.inf
    return tuple(int(i) for i in np.argsort(distance, kind="stable")[:k])


def _frame(which: CodecRef, dims: tuple[int, int], axes: str) -> tuple[Tensor, Tensor]:
    """The plane's origin (d,) and its two directions (2, d): z = origin + (u, v) @ directions."""
    z = tensor(codes(which, "train"))
    base = z.mean(0)
    if axes == "units":
        base[list(dims)] = 0.0  # so that the plane's numbers are the units' own
        return base, torch.eye(z.shape[1])[list(dims)]
    across = torch.linalg.svd(z - base, full_matrices=False)[2][:2]
    strongest = across.gather(1, across.abs().argmax(1, keepdim=True))
    return base, across * strongest.sign()  # the sign is free: fixed here, so the map never flips


def _ground(
    which: CodecRef, n: int, dims: tuple[int, int], axes: str, extent: Extent | None
) -> tuple[Tensor, Extent]:
    """Codes (n, columns, d) at the centres of the cells, and the edges of the whole."""
    columns = n
    if extent is None:
        extent = _extent(bounds_of(tensor(plane_codes(which, dims, "train", axes))), n)
    else:
        columns = max(1, round(n * (extent[1] - extent[0]) / (extent[3] - extent[2])))
    across, up = _centres(*extent[:2], columns), _centres(*extent[2:], n)
    places = torch.stack(torch.meshgrid(across, up, indexing="xy"), dim=-1)
    base, directions = _frame(which, dims, axes)
    return base + places @ directions, extent


def _centres(low: float, high: float, count: int) -> Tensor:
    return low + (high - low) * (torch.arange(count) + 0.5) / count


def _extent(bounds: Bounds, n: int) -> Extent:
    """Edges of the picture whose n × n cells have their centres on the grid."""
    (x0, x1), (y0, y1) = bounds
    half_x, half_y = (x1 - x0) / (n - 1) / 2, (y1 - y0) / (n - 1) / 2
    return x0 - half_x, x1 + half_x, y0 - half_y, y1 + half_y
