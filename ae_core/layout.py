"""A start for maps: the encoder first learns where t-SNE puts some of the samples.

An autoencoder of two numbers that starts anywhere folds its map while it learns, and what is folded
in the first epochs stays folded. t-SNE (van der Maaten & Hinton 2008) has no encoder for new
samples and no decoder, but it keeps neighbours together. So it draws the first map, the network
learns to read and to write it, and from there on nothing but its own objective counts.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ae_core.adam import Adam
from ae_core.base import Autoencoder
from ae_core.late import late
from ae_core.neighbours import reduced
from ae_core.records import Recipe

FEWEST, DIMENSIONS = 50, 3  # samples that make a layout; axes that Barnes & Hut's tree allows
PERPLEXITY = 150.0  # neighbours that count: more keep the coarse order, fewer the fine one
SPREAD = 4.0  # standard deviation of the map, over both axes
READING = 300_000  # samples shown to the encoder, those of the layout again and again
WRITING = 150_000  # samples shown to the decoder, of all there are
READING_RATE, WRITING_RATE = 2e-3, 3e-3  # Adam's, falling to 0 with a cosine


def lay_out(model: Autoencoder, x: Tensor, recipe: Recipe, order: torch.Generator) -> None:
    """Teach the encoder t-SNE's layout of x's first samples, the decoder to undo it."""
    some = x[: recipe.layout_images]
    target = tsne(some.flatten(1), model.latent_dim, recipe.seed)

    def misplaced(chosen: Tensor) -> Tensor:
        return (model.encode(some[chosen]) - target[chosen]).square().sum(1).mean()

    def rebuilt(chosen: Tensor) -> Tensor:
        with torch.no_grad():
            z = model.encode(x[chosen])
        return model.reconstruction_term(x[chosen], model.decode_raw(z)).mean()

    reading, writing = _batches(some, READING, recipe, order), _batches(x, WRITING, recipe, order)
    _learn(model.encoder, misplaced, reading, READING_RATE)
    _learn(model.decoder, rebuilt, writing, WRITING_RATE)


def tsne(x: Tensor, d: int, seed: int) -> Tensor:
    """t-SNE's layout: (N, D) -> (N, d), centred, on x's device; scikit-learn's, on one thread."""
    n = len(x)
    perplexity = min(PERPLEXITY, n / 10)
    layout = late("sklearn.manifold").TSNE(
        d, perplexity=perplexity, init="pca", random_state=seed % 2**32, n_jobs=1
    )
    # Between principal components, as in van der Maaten & Hinton, section 4.
    found = layout.fit_transform(reduced(x).double().cpu().numpy()).astype(np.float64)
    z = torch.from_numpy((found - found.mean(0)) * SPREAD / found.std())
    return z.to(x)


def _batches(x: Tensor, shown: int, recipe: Recipe, order: torch.Generator) -> Sequence[Tensor]:
    """Which samples every step sees, in whole passes until so many were shown."""
    return [
        chosen.to(x.device)
        for _ in range(-(-shown // len(x)))
        for chosen in torch.randperm(len(x), generator=order).split(recipe.batch_size)
    ]


def _learn(
    part: nn.Module, goal: Callable[[Tensor], Tensor], batches: Sequence[Tensor], rate: float
) -> None:
    """Descend `goal` by the parameters of one part alone."""
    optimiser = Adam(dict(part.named_parameters()))
    pace = Recipe(learning_rate=rate)
    for step, chosen in enumerate(batches):
        optimiser.descend(goal(chosen), pace.rate(step, len(batches)))
