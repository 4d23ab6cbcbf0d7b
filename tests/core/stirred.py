"""Models away from their start."""

import torch


def stir(model, seed=0, by=0.3):
    """Move every parameter, gates and biases too: nothing holds by symmetry or by zeros then."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p += by * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model
