"""What a codec does locally: its Jacobian, what it contracts, where it pushes a point."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import jacrev, vjp, vmap

from ae_core.base import Codec
from ae_core.batches import in_batches
from ae_core.errors import InvalidInput

Shape = tuple[int, ...]


def jacobian(function: Callable[[Tensor], Tensor], x: Tensor, chunk_size: int = 64) -> Tensor:
    """∂function/∂x of each sample, both flattened: (B, *in_shape) -> (B, out, in).

    `function` is `codec.encode`, `codec.decode` or any map (B, *) -> (B, *) that treats samples
    independently. By rows or by columns, whichever are fewer; `chunk_size` samples at a time
    bound the memory. Exact, without a graph, and usable under no_grad.
    """
    x = x.detach()
    if not len(x):
        raise InvalidInput(f"expected at least one sample (B, ...), got shape {tuple(x.shape)}")

    def of_one(sample: Tensor) -> Tensor:
        return function(sample.reshape(1, *x.shape[1:])).flatten()

    with torch.no_grad():  # the transform turns on what it needs, and no weight gets a graph
        out = of_one(x[0]).numel()
        flat = x.flatten(1)
        transform = _by_columns if flat.shape[1] < out else jacrev
        result: Tensor = vmap(transform(of_one), chunk_size=chunk_size)(flat)
    return result


def _by_columns(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The Jacobian of (in,) -> (out,), one pass per input: u ↦ Jᵀu is linear, its pullback is J.

    As fast as torch's forward mode, whose first use costs two seconds and a deprecation warning.
    """

    def columns(x: Tensor) -> Tensor:
        y, pull = vjp(function, x)[:2]
        push = vjp(lambda u: pull(u)[0], torch.zeros_like(y))[1]
        directions = torch.eye(len(x), dtype=x.dtype, device=x.device)
        result: Tensor = vmap(lambda e: push(e)[0], out_dims=1)(directions)
        return result

    return columns


@dataclass(frozen=True)
class SingularDirections:
    """J = Σ_k values_k · output_k ⊗ input_k, strongest first."""

    inputs: Tensor  # (B, k, *in_shape), unit: nudge the input along it ...
    values: Tensor  # (B, k): ... and the output moves this much per unit ...
    outputs: Tensor  # (B, k, *out_shape), unit: ... along this


def singular_directions(
    jac: Tensor, in_shape: Shape | None = None, out_shape: Shape | None = None
) -> SingularDirections:
    """The singular value decomposition of each Jacobian: (B, out, in), k = min(out, in).

    For an encoder `in_shape=sample_shape` makes the inputs pictures: what the code listens to.
    For a decoder `out_shape=sample_shape` makes the outputs pictures: what moving the code
    changes. Signs are fixed: the largest entry of each input direction is positive.
    """
    u, values, vh = torch.linalg.svd(jac, full_matrices=False)
    largest = vh.gather(2, vh.abs().argmax(2, keepdim=True))  # (B, k, 1)
    sign = torch.where(largest < 0, -1, 1).to(vh)
    inputs, outputs = vh * sign, u.transpose(1, 2) * sign
    return SingularDirections(
        inputs.unflatten(2, in_shape) if in_shape else inputs,
        values,
        outputs.unflatten(2, out_shape) if out_shape else outputs,
    )


def contraction_ratio(codec: Codec, x: Tensor, radius: float, generator: torch.Generator) -> Tensor:
    """‖f(x) − f(x′)‖ / ‖x − x′‖, x′ at this distance in a random direction: (B, *) -> (B,).

    Rifai et al. 2011, section 5.3 and figure 2: drawn over the radius, a codec that contracts
    around the data stays low up to the distance of the next sample. As the radius shrinks the
    ratio's root mean square tends to ‖∂f/∂x‖_F / √D. InvalidInput for a radius at which x′ rounds
    to x, or leaves the numbers there are.
    """
    least = torch.finfo(x.dtype).eps * float(x.flatten(1).cpu().double().norm(dim=1).max())
    if not radius > 0 or radius <= least:
        raise InvalidInput(
            f"radius must be above {least:.2g}, from where x + step differs from x in {x.dtype}, "
            f"got {radius:g}"
        )
    step = torch.randn(x.shape, generator=generator, device=generator.device, dtype=x.dtype).to(x)
    step = step.flatten(1)
    step = (radius * step / step.norm(dim=1, keepdim=True)).reshape(x.shape)

    def ratio(a: Tensor, b: Tensor) -> Tensor:
        # Over the distance actually taken: x + step rounds, which matters at small radii.
        # In units of the radius, whose square may be no number of its own.
        moved: Tensor = ((codec.encode(a) - codec.encode(b)) / radius).square().sum(1)
        taken = ((a - b).flatten(1) / radius).square().sum(1)
        return (moved / taken).sqrt()

    ratios = in_batches(ratio, x, x + step)
    if not bool(ratios.isfinite().all()):
        raise InvalidInput(
            f"codes at radius {radius:g} are not finite numbers; take a radius nearer to the "
            "distances between samples, or look for NaN in x"
        )
    return ratios


def reconstruction_field(codec: Codec, points: Tensor) -> Tensor:
    """r(x) − x, where the codec pulls each point: (N, *sample_shape) -> the same shape.

    For a denoising codec and small noise this is σ² ∇ log p(x) (Alain & Bengio 2014, theorem 1).
    """
    return in_batches(lambda batch: codec.reconstruct(batch) - batch, points)
