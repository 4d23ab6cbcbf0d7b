"""Models whose browser's answers are compared with PyTorch's."""

import numpy as np
import torch

from ae_core import build
from ae_core.base import Autoencoder
from tests.core.stirred import stir

CONV = {"architecture": "conv"}
MAPS = {"architecture": "fully_conv"}
STRANGE = {
    "no hidden layer": ("undercomplete", (1, 5, 5), {"hidden_sizes": ()}),
    "linear": ("undercomplete", (1, 6, 5), {"linear": True}),
    "one value": ("undercomplete", (1,), {"latent_dim": 1, "hidden_sizes": (3,)}),
    "bottleneck wider than the sample": ("sparse", (2,), {"latent_dim": 9, "lambda_": (0.1, 1.0)}),
    "relu, sigmoid code": (
        "sparse", (1, 9, 7),
        {"activation": "relu", "penalty": "kl", "latent_dim": 5, "lambda_": (0.01, 1.0)},
    ),
    "tanh, tied": (
        "contractive", (1, 8, 8),
        {"activation": "tanh", "tied": True, "hidden_sizes": (13, 7), "lambda_": (0.1, 10.0)},
    ),
    "sigmoid, bernoulli": (
        "variational", (1, 11, 6),
        {"activation": "sigmoid", "reconstruction": "bernoulli", "beta": (0.01, 4.0)},
    ),
    "relu code": ("undercomplete", (7,), {"code_activation": "relu", "hidden_sizes": (10,)}),
    "MNIST's own shape": (
        "variational", (1, 28, 28), {"beta": (0.1, 10.0), "latent_dim": 32, "output": "sigmoid"},
    ),
    "conv, three stages, not square": (
        "contractive", (1, 26, 17),
        {**CONV, "hidden_sizes": (5, 9, 12), "latent_dim": 3, "lambda_": (0.1, 10.0)},
    ),
    "conv, colours, tied": (
        "sparse", (3, 12, 10),
        {**CONV, "hidden_sizes": (8, 6), "tied": True, "lambda_": (0.1, 1.0)},
    ),
    "conv, one pixel left": (
        "denoising", (2, 7, 7), {**CONV, "hidden_sizes": (3, 4), "noise_std": (0.0, 1.0)},
    ),
    "conv, relu, bernoulli": (
        "variational", (1, 10, 14),
        {**CONV, "hidden_sizes": (16,), "activation": "relu", "reconstruction": "bernoulli",
         "beta": (0.1, 2.0)},
    ),
    "maps, contractive, not square": (
        "contractive", (1, 12, 10),
        {**MAPS, "hidden_sizes": (5,), "latent_dim": 42, "lambda_": (0.1, 10.0)},
    ),
    "maps, colours, tied, bernoulli": (
        "variational", (3, 9, 11),
        {**MAPS, "hidden_sizes": (8,), "latent_dim": 12, "tied": True, "beta": (0.1, 2.0),
         "reconstruction": "bernoulli"},
    ),
    "ramps, odd sizes, tanh": (
        "variational", (1, 9, 7),
        {"hidden_sizes": (13, 7), "activation": "tanh", "latent_dim": 3, "beta": (0.01, 4.0)},
    ),
    "ramps, tied, bernoulli": (
        "denoising", (1, 8, 8),
        {"hidden_sizes": (18,), "tied": True, "latent_dim": 5, "noise_std": (0.0, 1.0),
         "reconstruction": "bernoulli"},
    ),
    "ramps, of large layers biases alone": (
        "denoising", (1, 10, 10), {"hidden_sizes": (170,), "noise_std": (0.0, 1.0)},
    ),
    "ramps, low rank inside": (
        "variational", (1, 8, 8), {"hidden_sizes": (100, 170), "beta": (0.1, 1.0)},
    ),
    "ramps alone": ("variational", (18,), {"hidden_sizes": (), "beta": (0.1, 1.0)}),
    "linear, clipped noise": (
        "denoising", (1, 6, 5),
        {"linear": True, "latent_dim": 20, "clip": True, "noise_std": (0.1, 1.0)},
    ),
    "linear, salt and pepper": (
        "denoising", (1, 6, 5),
        {"linear": True, "latent_dim": 20, "corruption": "salt_pepper",
         "flip_fraction": (0.1, 0.6)},
    ),
    "linear, masking": (
        "denoising", (30,),
        {"linear": True, "latent_dim": 20, "corruption": "masking", "mask_fraction": (0.1, 0.9)},
    ),
    "bent, then noise, clipped": (
        "denoising", (1, 9, 7),
        {"hidden_sizes": (13,), "bend": 3.0, "clip": True, "noise_std": (0.0, 0.5)},
    ),
    "linear, bent alone, two channels": (
        "denoising", (2, 6, 5), {"linear": True, "latent_dim": 20, "bend": 4.0, "noise_std": 0.0},
    ),
    "KL of bent images, a range": (
        "sparse", (1, 8, 6),
        {"hidden_sizes": (9,), "latent_dim": 5, "penalty": "kl", "lambda_": (0.1, 2.0),
         "bend": 2.0},
    ),
    "residual layers, contractive, not square": (
        "contractive", (1, 10, 14),
        {**CONV, "hidden_sizes": (5,), "residual_layers": 2, "latent_dim": 3, "activation": "tanh",
         "lambda_": (0.1, 10.0)},
    ),
    "residual maps, colours, tied": (
        "variational", (3, 9, 11),
        {**MAPS, "hidden_sizes": (6,), "residual_layers": 1, "latent_dim": 20, "tied": True,
         "beta": (0.1, 2.0)},
    ),
    "residual code of two maps": (
        "contractive", (1, 8, 8),
        {**MAPS, "hidden_sizes": (11,), "residual_layers": 3, "latent_dim": 8,
         "code_activation": "tanh", "lambda_": (0.1, 1.0)},
    ),
    "maps at once": ("sparse", (1, 8, 8), {**MAPS, "hidden_sizes": (), "latent_dim": 128}),
}  # fmt: skip


def strange(case):
    """A model of random weights in a shape that nothing shipped has, and samples for it."""
    variant, shape, settings = STRANGE[case]
    model = stir(build(variant, shape, seed=4, **settings), seed=1, by=0.1)
    return model, torch.rand(67, *shape, generator=torch.Generator().manual_seed(2))


def slider(model, n=9):
    """n weights over a conditioned network's range; [None] for any other codec."""
    reach = model.config.weight if isinstance(model, Autoencoder) else None
    if not isinstance(reach, tuple):
        return [None]
    space = np.geomspace if model.config.log_scale else np.linspace
    return [float(w) for w in space(*reach, n)]
