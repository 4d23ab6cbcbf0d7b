"""Walking about in code space: paths, planes, holes, samples and named directions."""

from ae_core.latent.directions import attribute_direction
from ae_core.latent.holes import hole_map, hole_share, round_trip_error
from ae_core.latent.paths import code_path, lerp, path, slerp
from ae_core.latent.planes import (
    Bounds,
    bounds_of,
    decoded_grid,
    grid,
    mosaic,
    quantile_grid,
    traversal,
)
from ae_core.latent.sampling import sample_codes, sample_prior

__all__ = [
    "Bounds",
    "attribute_direction",
    "bounds_of",
    "code_path",
    "decoded_grid",
    "grid",
    "hole_map",
    "hole_share",
    "lerp",
    "mosaic",
    "path",
    "quantile_grid",
    "round_trip_error",
    "sample_codes",
    "sample_prior",
    "slerp",
    "traversal",
]
