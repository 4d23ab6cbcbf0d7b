"""From a sample to its code: the shapes that a network passes through."""

import math

from ae_core.errors import InvalidConfig

Shape = tuple[int, ...]


def layer_shapes(
    architecture: str, sample_shape: Shape, sizes: Shape, latent_dim: int
) -> list[Shape]:
    """Shapes from sample to code; conv stages halve the image.

    The last step is dense in "mlp" and "conv"; in "fully_conv" it is one more stage, whose maps,
    flattened, are the code.
    """
    if architecture == "mlp":
        return [(n,) for n in (math.prod(sample_shape), *sizes, latent_dim)]
    if len(sample_shape) != 3:
        raise InvalidConfig(
            f"architecture {architecture!r} needs images (C, H, W), got samples of shape "
            f"{sample_shape}; use architecture 'mlp'"
        )
    shapes, whole = [sample_shape], architecture == "fully_conv"
    for channels in (*sizes, latent_dim) if whole else sizes:
        _, h, w = shapes[-1]
        if min(h, w) < 2:
            raise InvalidConfig(
                f"hidden_sizes {sizes} halve a {sample_shape[1]}×{sample_shape[2]} image below one "
                f"pixel; use at most {len(shapes) - 1 - whole} channel counts"
            )
        shapes.append((channels, h // 2, w // 2))
    if not whole:
        return [*shapes, (latent_dim,)]
    _, h, w = shapes[-1]
    if latent_dim % (h * w):
        raise InvalidConfig(
            f"latent_dim {latent_dim} is no whole number of {h}×{w} maps, which the code of "
            f"architecture 'fully_conv' is made of here; use a multiple of {h * w}"
        )
    return [*shapes[:-1], (latent_dim // (h * w), h, w)]
