"""Models away from their start."""

import torch


def stir(model, seed=0):
    """Move every parameter, gates too, so that nothing holds by symmetry or by zeros."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p += 0.3 * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model
