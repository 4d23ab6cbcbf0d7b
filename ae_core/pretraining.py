"""What precedes the first epoch: greedy layer-wise pre-training, and t-SNE's layout of the codes.

Layer by layer each pair learns to squeeze what the one before gives: Bengio et al. 2007; with
damaged inputs for the denoising variant, Vincent et al. 2010, section 3.
"""

from typing import Any

import torch
from torch import Tensor

from ae_core.base import Autoencoder, Corrupting
from ae_core.bending import Bending
from ae_core.corruption import CORRUPTIONS
from ae_core.layout import lay_out
from ae_core.losses import RECONSTRUCTIONS, squared
from ae_core.networks import Stack
from ae_core.records import Recipe


def prepare(
    model: Autoencoder, x: Tensor, recipe: Recipe, order: torch.Generator, noise: torch.Generator
) -> None:
    """All that the recipe asks for before the first epoch, in place."""
    if recipe.pretrain_epochs:
        pretrain(model, x, recipe, order, noise)
    if recipe.layout_images:
        lay_out(model, x, recipe, order)


def pretrain(
    model: Autoencoder, x: Tensor, recipe: Recipe, order: torch.Generator, noise: torch.Generator
) -> None:
    """Train (encoder layer i, decoder layer −i) on the codes of the layers below, in place."""
    s = model.position(None)
    depth = len(model.encoder.layers)
    for i in range(depth):
        encoder, decoder = _level(model.encoder, i), _level(model.decoder, depth - 1 - i)
        term = RECONSTRUCTIONS[model.config.reconstruction] if i == 0 else squared
        parameters = {id(p): p for p in (*encoder.parameters(), *decoder.parameters())}
        optimiser = torch.optim.Adam(parameters.values(), lr=recipe.learning_rate)
        for _ in range(recipe.pretrain_epochs):
            for chosen in torch.randperm(len(x), generator=order).split(recipe.batch_size):
                clean = x[chosen.to(x.device)]
                optimiser.zero_grad(set_to_none=True)
                x_hat = decoder(encoder(_damaged(model, clean, noise, i == 0), s), s)
                term(clean, x_hat.reshape(clean.shape)).mean().backward()
                optimiser.step()
        with torch.no_grad():
            x = torch.cat([encoder(part, s) for part in x.split(4096)])


def _level(stack: Stack, i: int) -> Stack:
    """One layer of a stack, its weights shared with it."""
    return Stack([stack.steps[i][0]], [stack.activations[i]])


def _damaged(model: Autoencoder, x: Tensor, noise: torch.Generator, samples: bool) -> Tensor:
    """The layer's input as the variant damages it; codes of lower layers are neither bent nor
    clipped."""
    config: Any = model.config
    level = model.draw_weight(noise) if isinstance(model, Corrupting) else None
    if isinstance(model, Bending) and samples:
        x = model.shown(x, noise)
    if level is None:
        return x
    x = CORRUPTIONS[config.corruption](x, level, noise)
    return x.clamp(0, 1) if config.clip and samples else x
