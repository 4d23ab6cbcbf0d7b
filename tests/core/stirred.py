"""Models away from their start."""

import torch


def stir(model, seed=0, by=0.3):
    """Move every parameter, gates and biases too: nothing holds by symmetry or by zeros then.

    U of matrices U V a tenth as far: their entries are sums of many products.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            far = by / 10 if "ramps.up." in name else by
            p += far * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model
