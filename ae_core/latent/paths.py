"""Ways from one code to another."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from ae_core.base import Codec
from ae_core.errors import InvalidInput

Kind = Literal["lerp", "slerp"]


def lerp(z0: Tensor, z1: Tensor, t: float | Tensor) -> Tensor:
    """(1 − t) z0 + t z1, exact at both ends: (*, d), (*, d), t of any shape -> (*t, *, d)."""
    z0, z1, t = _aligned(z0, z1, t)
    return torch.lerp(z0, z1, t)


def slerp(z0: Tensor, z1: Tensor, t: float | Tensor) -> Tensor:
    """Great-circle path from z0 to z1, exact at both ends: shapes as in `lerp`.

    The direction turns by Shoemake's formula (1985, section 3.3),
    sin((1 − t) Ω) / sin Ω · u0 + sin(t Ω) / sin Ω · u1, with u = z / ‖z‖ and Ω the angle between;
    the length goes linearly from ‖z0‖ to ‖z1‖. Where no one great circle is singled out: a zero
    vector takes the other's direction; opposite vectors turn through the coordinate axis most
    nearly perpendicular to them (in one dimension, where nothing can turn, lerp).
    """
    straight = lerp(z0, z1, t)
    z0, z1, t = _aligned(z0, z1, t)
    tiny = torch.finfo(z0.dtype).tiny
    (length0, u0), (length1, u1) = _polar(z0), _polar(z1)
    cosine = (u0 * u1).sum(-1, keepdim=True)
    across = u1 - cosine * u0  # sin Ω times the unit vector w that completes the circle's plane
    sine = across.norm(dim=-1, keepdim=True)
    aligned = sine < 8 * torch.finfo(z0.dtype).eps  # below it `across` is rounding, not direction
    opposite = aligned & (cosine < 0)
    axis = F.one_hot(u0.abs().argmin(-1), u0.shape[-1]).to(u0)
    w = _square_to(u0, torch.where(opposite, axis, across / sine.clamp_min(tiny)))
    omega = torch.where(opposite, torch.pi, torch.atan2(sine, cosine))
    # The same circle as Shoemake's, without the division by sin Ω that fails near 0 and π.
    direction = torch.cos(t * omega) * u0 + torch.sin(t * omega) * w
    turned = torch.lerp(length0, length1, t) * direction
    flat = (length0 == 0) | (length1 == 0) | (aligned & ~opposite) | (t == 0) | (t == 1)
    if z0.shape[-1] == 1:
        flat = torch.ones_like(flat)
    return torch.where(flat, straight, turned)


PATHS = {"lerp": lerp, "slerp": slerp}


def code_path(codec: Codec, x0: Tensor, x1: Tensor, steps: int, kind: Kind = "lerp") -> Tensor:
    """Codes from that of x0 to that of x1, both included: two (*sample_shape) -> (steps, d)."""
    if kind not in PATHS:
        raise InvalidInput(f"kind must be one of {', '.join(PATHS)}, got {kind!r}")
    if steps < 2:
        raise InvalidInput(f"steps must be at least 2 (the two ends), got {steps}")
    with torch.no_grad():
        z0, z1 = codec.encode(torch.stack([x0, x1]))
    t = torch.linspace(0, 1, steps, dtype=z0.dtype, device=z0.device)
    return PATHS[kind](z0, z1, t)


def path(codec: Codec, x0: Tensor, x1: Tensor, steps: int, kind: Kind = "lerp") -> Tensor:
    """The decoded path; its ends are the reconstructions: -> (steps, *sample_shape)."""
    with torch.no_grad():
        return codec.decode(code_path(codec, x0, x1, steps, kind))


def _aligned(z0: Tensor, z1: Tensor, t: float | Tensor) -> tuple[Tensor, Tensor, Tensor]:
    if z0.shape != z1.shape or z0.dim() == 0:
        raise InvalidInput(
            f"z0 and z1 must be codes of one shape, got {tuple(z0.shape)} and {tuple(z1.shape)}"
        )
    t = torch.as_tensor(t, dtype=z0.dtype, device=z0.device)
    t = t.reshape(*t.shape, *(1,) * z0.dim())
    return z0, z1, t


def _polar(z: Tensor) -> tuple[Tensor, Tensor]:
    """Length and direction, also where squares would be no numbers: (*, d) -> (*, 1), (*, d)."""
    tiny = torch.finfo(z.dtype).tiny
    most = z.abs().amax(dim=-1, keepdim=True)
    scaled = z / most.clamp_min(tiny)
    length = scaled.norm(dim=-1, keepdim=True)
    return most * length, scaled / length.clamp_min(tiny)


def _square_to(u: Tensor, v: Tensor) -> Tensor:
    """v less its part along the unit vector u, made unit: two (*, d) -> (*, d)."""
    rest = v - (v * u).sum(-1, keepdim=True) * u
    return F.normalize(rest, dim=-1, eps=torch.finfo(u.dtype).tiny)
