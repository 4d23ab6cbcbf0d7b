"""Where the code space is empty: a code no data maps to does not survive decode and encode."""

import torch
from torch import Tensor

from ae_core.base import Codec
from ae_core.batches import in_batches
from ae_core.errors import InvalidInput
from ae_core.latent.planes import Bounds, grid


def round_trip_error(codec: Codec, z: Tensor) -> Tensor:
    """‖f(g(z)) − z‖, in units of the codes: (N, d) -> (N,)."""
    return in_batches(lambda batch: (codec.encode(codec.decode(batch)) - batch).norm(dim=1), z)


def hole_map(
    codec: Codec,
    bounds: Bounds,
    n: int,
    base: Tensor | None = None,
    dims: tuple[int, int] = (0, 1),
) -> Tensor:
    """Round-trip error over a plane, laid out as `grid`: -> (n, n)."""
    return round_trip_error(codec, grid(bounds, n, base, dims).flatten(0, 1)).reshape(n, n)


def hole_share(codec: Codec, z_prior: Tensor, z_data: Tensor, quantile: float = 0.99) -> float:
    """The share of prior samples that fall into holes: (N, d), (M, d) -> [0, 1].

    A hole is where the round trip is worse than for the `quantile` of the data's codes; a prior
    that matched the data's codes would give 1 − quantile.
    """
    if not 0 < quantile < 1:
        raise InvalidInput(f"quantile must lie between 0 and 1, got {quantile}")
    for name, z in (("z_prior", z_prior), ("z_data", z_data)):
        if not len(z) or not z.isfinite().all():
            raise InvalidInput(f"{name} must hold codes of finite numbers, got {len(z)} codes")
    limit = torch.quantile(round_trip_error(codec, z_data), quantile)
    return float((round_trip_error(codec, z_prior) > limit).double().mean())
