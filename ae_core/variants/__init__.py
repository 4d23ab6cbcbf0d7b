"""The five variants, in menu order. A sixth is one file and two lines here."""

from typing import Any

from ae_core.base import Autoencoder
from ae_core.config import Hyper, check_value, shown
from ae_core.errors import InvalidConfig, UnknownVariant
from ae_core.records import is_whole
from ae_core.variants.contractive import Contractive
from ae_core.variants.denoising import Denoising
from ae_core.variants.sparse import Sparse
from ae_core.variants.undercomplete import Undercomplete
from ae_core.variants.variational import Variational

VARIANTS: dict[str, type[Autoencoder]] = {
    "undercomplete": Undercomplete,
    "sparse": Sparse,
    "contractive": Contractive,
    "denoising": Denoising,
    "variational": Variational,
}

SEED = Hyper("int", "", "Of the initial weights.", 0, 2**62)


def variant_class(variant: str) -> type[Autoencoder]:
    """The class behind a key of VARIANTS, or UnknownVariant."""
    if not isinstance(variant, str) or variant not in VARIANTS:
        raise UnknownVariant(
            f"unknown variant {shown(variant)}; choose one of {', '.join(VARIANTS)}"
        )
    return VARIANTS[variant]


def build(
    variant: str, sample_shape: tuple[int, ...], *, seed: int = 0, **config: Any
) -> Autoencoder:
    """A fresh model of a variant, in eval mode.

    Parameters
    ----------
    variant: a key of `VARIANTS`.
    sample_shape: shape of one sample, (C, H, W) for images; `conv` needs images.
    seed: of the initial weights; the same seed gives every variant the same encoder and decoder.
    **config: fields of the variant's `Config`; a weight given as a pair (low, high) makes one
        conditioned network for the whole range.

    Raises
    ------
    UnknownVariant, InvalidConfig: the text names the value and what is allowed.
    """
    cls = variant_class(variant)
    shape = tuple(sample_shape) if isinstance(sample_shape, (tuple, list)) else ()
    if not shape or any(not is_whole(n) or n < 1 for n in shape):
        raise InvalidConfig(
            f"sample_shape must be positive whole numbers such as (1, 28, 28), "
            f"got {shown(sample_shape)}"
        )
    seed = check_value("seed", SEED, seed)
    settings = cls.Config.from_mapping(config)
    model = cls(tuple(int(n) for n in shape), settings).eval()
    model.initialise(seed)
    return model
