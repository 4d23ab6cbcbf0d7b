"""New samples: paths between two, draws from the prior, the decoded manifold, traversals."""

import numpy as np
import torch
from torch import Tensor

from ae_core.base import Generative
from ae_core.batches import in_batches
from ae_core.latent import (
    attribute_direction,
    decoded_grid,
    path,
    quantile_grid,
    round_trip_error,
    sample_codes,
    sample_prior,
    traversal,
)
from ae_core.latent import hole_share as share_of_holes
from app.services.arrays import Array, frozen, tensor
from app.services.cache import remembered
from app.services.catalogue import CodecRef, codec
from app.services.data import dataset
from app.services.measure import codes

HOLE_SAMPLES = 1000
ROUNDING = 1e-4  # of the codes' spread: a round trip as good as that is exact


@remembered(128)
def interpolation(which: CodecRef, start: int, end: int, steps: int, kind: str) -> Array:
    """Decoded path between the codes of two test samples, lerp or slerp: (steps, *sample_shape)."""
    x = dataset(which.data).test
    with torch.no_grad():
        return frozen(
            path(codec(which), x[start], x[end], steps, "slerp" if kind == "slerp" else "lerp")
        )


@remembered(128)
def prior_samples(which: CodecRef, n: int, seed: int) -> Array:
    """n decoded draws: from N(0, I) where the codec has that prior, else from a Gaussian fitted to
    the train codes."""
    return frozen(in_batches(codec(which).decode, _prior(which, n, seed)))


@remembered(128)
def hole_share(which: CodecRef, seed: int, standard_normal: bool = True) -> float:
    """The share of draws that fall into holes: from N(0, I), or from the Gaussian of the codes."""
    generator = torch.Generator().manual_seed(seed)
    z_data = tensor(codes(which, "train"))
    if standard_normal:
        z = sample_prior(HOLE_SAMPLES, which.latent_dim, generator)
    else:
        z = sample_codes(z_data, HOLE_SAMPLES, generator)
    if float(round_trip_error(codec(which), z_data).max()) < ROUNDING * float(z_data.std()):
        return 0.0  # a linear codec returns exactly: what is left is no hole
    return share_of_holes(codec(which), z, z_data)


@remembered(32)
def manifold(which: CodecRef, n: int, dims: tuple[int, int]) -> Array:
    """n × n decoded samples, each for the same share of the prior (of the train codes' Gaussian
    where there is no prior), row 0 at the bottom: (n, n, *sample_shape).

    A code of one number walks through the rows one after the other, from the bottom up.
    """
    z = tensor(codes(which, "train"))
    if which.latent_dim == 1:
        even = (torch.arange(n * n, dtype=torch.float64) + 0.5) / n**2
        grid = torch.special.ndtri(even).float().reshape(n, n, 1)
    else:
        grid = quantile_grid(n, torch.zeros(which.latent_dim), dims)
    if not has_prior(which):
        grid = grid * z.std(0) + z.mean(0)
    return frozen(decoded_grid(codec(which), grid))


@remembered(64)
def traversals(which: CodecRef, sample: int, dims: tuple[int, ...], steps: int) -> Array:
    """Each chosen unit walks over ±2.5 standard deviations of the train codes, the rest stays at
    the sample's code: (len(dims), steps, *sample_shape)."""
    z = tensor(codes(which, "train"))
    base = tensor(codes(which)[sample])
    rows = []
    for dim in dims:
        reach = torch.linspace(-2.5, 2.5, steps) * z[:, dim].std() + z[:, dim].mean()
        rows.append(traversal(codec(which), base, dim, reach))
    return frozen(torch.stack(rows))


@remembered(64)
def directions(which: CodecRef, sample: int, label: int, amounts: tuple[float, ...]) -> Array:
    """The sample's code pushed towards a class (difference of mean codes), by so many times that
    difference: (len(amounts), *sample_shape)."""
    source = dataset(which.data)
    if source.train_labels is None:
        raise ValueError(f"{which.data} has no labels")
    mask = source.train_labels == label
    z = tensor(codes(which, "train"))
    direction = attribute_direction(z, mask)  # its length is the difference of the two means
    base = tensor(codes(which)[sample])
    walk = torch.stack([base + a * direction for a in amounts])
    return frozen(in_batches(codec(which).decode, walk))


def has_prior(which: CodecRef) -> bool:
    """Whether the codec was trained towards a distribution of codes, N(0, I), to draw from."""
    return isinstance(codec(which), Generative)


def _prior(which: CodecRef, n: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    if has_prior(which):
        return sample_prior(n, which.latent_dim, generator)
    return sample_codes(tensor(codes(which, "train")), n, generator)


def spread(which: CodecRef) -> tuple[float, ...]:
    """Standard deviation of every unit over the train codes: which ones carry anything."""
    return tuple(np.asarray(codes(which, "train")).std(0).tolist())
