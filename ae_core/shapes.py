"""From a sample to its code: the shapes that a network passes through."""

import math

from ae_core.errors import InvalidConfig

Shape = tuple[int, ...]


def layer_shapes(
    architecture: str, sample_shape: Shape, sizes: Shape, latent_dim: int, residual: int = 0
) -> list[Shape]:
    """Shapes from sample to code; conv stages halve the image, residual ones leave it as it is.

    The last step is dense in "mlp" and "conv"; in "fully_conv" it is one more stage, whose maps,
    flattened, are the code, with the residual ones after it.
    """
    if architecture == "mlp":
        if residual:
            raise InvalidConfig(
                f"residual_layers {residual} are convolutions; use 0 with architecture 'mlp', or "
                "architecture 'conv' or 'fully_conv'"
            )
        return [(n,) for n in (math.prod(sample_shape), *sizes, latent_dim)]
    if len(sample_shape) != 3:
        raise InvalidConfig(
            f"architecture {architecture!r} needs images (C, H, W), got samples of shape "
            f"{sample_shape}; use architecture 'mlp'"
        )
    _, h, w = sample_shape
    whole = architecture == "fully_conv"
    stages, most = len(sizes) + whole, min(h, w).bit_length() - 1
    if stages > most:
        raise InvalidConfig(
            f"hidden_sizes {sizes} halve a {h}×{w} image below one pixel; use at most "
            f"{max(0, most - whole)} channel counts"
        )
    shapes = [sample_shape, *((c, h >> i, w >> i) for i, c in enumerate(sizes, 1))]
    if not whole:
        return [*shapes, *shapes[-1:] * residual, (latent_dim,)]
    h, w = h >> stages, w >> stages
    if latent_dim % (h * w):
        raise InvalidConfig(
            f"latent_dim {latent_dim} is no whole number of {h}×{w} maps, which the code of "
            f"architecture 'fully_conv' is made of here; use a multiple of {h * w}"
        )
    return [*shapes, *[(latent_dim // (h * w), h, w)] * (1 + residual)]
