"""Jacobians against autograd and closed forms, and what is computed from them."""

import math

import pytest
import torch
from torch import Tensor, nn

from ae_core.base import Autoencoder, Codec
from ae_core.errors import InvalidInput
from ae_core.geometry import (
    contraction_ratio,
    jacobian,
    reconstruction_field,
    singular_directions,
)
from ae_core.pca import PCACodec
from ae_core.variants import VARIANTS, build


def small(variant: str = "undercomplete", shape: tuple[int, ...] = (1, 4, 5)) -> Autoencoder:
    model = build(variant, shape, seed=3, latent_dim=3, hidden_sizes=(7,), activation="tanh")
    return model.double()


def samples(n: int, *shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, *shape, generator=generator, dtype=torch.float64)


def autograd_rows(function, x: Tensor) -> Tensor:
    """∂/∂x one sample and one output at a time."""
    rows = []
    for sample in x:
        sample = sample[None].clone().requires_grad_(True)
        outputs = function(sample).flatten()
        rows.append(
            torch.stack(
                [torch.autograd.grad(o, sample, retain_graph=True)[0].flatten() for o in outputs]
            )
        )
    return torch.stack(rows)


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_jacobian_of_encoder_and_decoder_equals_autograd(variant: str) -> None:
    model = small(variant)
    x = samples(5, 1, 4, 5)
    z = model.encode(x).detach()
    encoder, decoder = jacobian(model.encode, x, chunk_size=2), jacobian(model.decode, z)
    assert encoder.shape == (5, 3, 20)
    assert decoder.shape == (5, 20, 3)
    torch.testing.assert_close(encoder, autograd_rows(model.encode, x))
    torch.testing.assert_close(decoder, autograd_rows(model.decode, z))


def test_jacobian_equals_finite_differences() -> None:
    model = small(shape=(6,))
    x, step = samples(4, 6), 1e-6
    columns = [
        (model.encode(x + step * e) - model.encode(x - step * e)) / (2 * step)
        for e in torch.eye(6, dtype=torch.float64)
    ]
    torch.testing.assert_close(
        jacobian(model.encode, x), torch.stack(columns, 2), rtol=1e-7, atol=1e-8
    )


def test_jacobian_works_under_no_grad_and_leaves_no_graph() -> None:
    model = small()
    x = samples(3, 1, 4, 5).requires_grad_(True)
    outside = jacobian(model.encode, x)
    with torch.no_grad():
        inside = jacobian(model.encode, x)
    torch.testing.assert_close(inside, outside)
    assert inside.abs().max() > 0
    assert not outside.requires_grad
    assert all(p.grad is None for p in model.parameters())


def test_jacobian_of_convolutions() -> None:
    model = build(
        "undercomplete", (2, 8, 6), seed=1, architecture="conv", hidden_sizes=(3,)
    ).double()
    x = samples(3, 2, 8, 6)
    torch.testing.assert_close(jacobian(model.encode, x), autograd_rows(model.encode, x))
    z = model.encode(x).detach()
    torch.testing.assert_close(jacobian(model.decode, z), autograd_rows(model.decode, z))


def test_jacobian_of_pca_is_its_components() -> None:
    pca = PCACodec(2).fit(samples(40, 1, 3, 4))
    x = samples(3, 1, 3, 4, seed=1)
    torch.testing.assert_close(jacobian(pca.encode, x), pca.components.expand(3, 2, 12))
    decoder = jacobian(pca.decode, pca.encode(x))
    torch.testing.assert_close(decoder, pca.components.t().expand(3, 12, 2))


def test_singular_directions_rebuild_the_jacobian_strongest_first() -> None:
    jac = samples(4, 3, 20)
    found = singular_directions(jac, in_shape=(1, 4, 5))
    assert found.inputs.shape == (4, 3, 1, 4, 5)
    assert found.outputs.shape == (4, 3, 3)
    rebuilt = torch.einsum("bk,bko,bki->boi", found.values, found.outputs, found.inputs.flatten(2))
    torch.testing.assert_close(rebuilt, jac)
    assert (found.values.diff(dim=1) <= 0).all()
    # Against the eigenvectors of JᵀJ, which know nothing of this function.
    for b in range(4):
        power, axes = torch.linalg.eigh(jac[b].t() @ jac[b])
        torch.testing.assert_close(found.values[b], power.flip(0)[:3].sqrt())
        alignment = (found.inputs[b].flatten(1) * axes.flip(1)[:, :3].t()).sum(1).abs()
        torch.testing.assert_close(alignment, torch.ones_like(alignment))


def test_singular_directions_have_pictures_on_the_decoder_s_output_side() -> None:
    model = small()
    jac = jacobian(model.decode, samples(2, 3))
    found = singular_directions(jac, out_shape=model.sample_shape)
    assert found.outputs.shape == (2, 3, 1, 4, 5)
    moved = (jac[0] @ found.inputs[0, 0]).reshape(1, 4, 5)
    torch.testing.assert_close(moved, found.values[0, 0] * found.outputs[0, 0])


def test_singular_directions_have_fixed_signs() -> None:
    jac = samples(4, 3, 20)
    plus, minus = singular_directions(jac), singular_directions(-jac)
    torch.testing.assert_close(plus.inputs, minus.inputs)
    torch.testing.assert_close(plus.outputs, -minus.outputs)
    extreme = plus.inputs.gather(2, plus.inputs.abs().argmax(2, keepdim=True))
    assert (extreme > 0).all()


class Maps:
    """A codec of two given functions."""

    name, formula, reference = "maps", "", ""

    def __init__(self, sample_shape, latent_dim, encode, decode=lambda z: z) -> None:
        self.sample_shape, self.latent_dim = sample_shape, latent_dim
        self.encode, self.decode = encode, decode

    def reconstruct(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


def test_contraction_ratio_of_a_scaled_rotation_is_its_scale() -> None:
    q, _ = torch.linalg.qr(samples(1, 12, 12)[0])
    codec = Maps((3, 4), 12, lambda x: 0.37 * x.flatten(1) @ q)
    assert isinstance(codec, Codec)
    x = samples(50, 3, 4)
    for radius in (1e-3, 1.0, 40.0):
        ratio = contraction_ratio(codec, x, radius, torch.Generator().manual_seed(0))
        torch.testing.assert_close(ratio, torch.full_like(ratio, 0.37))


def test_contraction_ratio_tends_to_the_jacobian_s_norm_over_root_d() -> None:
    weight = samples(1, 3, 20)[0]
    codec = Maps((20,), 3, lambda x: x @ weight.t())
    x = samples(1, 20).expand(40_000, 20).contiguous()
    ratio = contraction_ratio(codec, x, 0.5, torch.Generator().manual_seed(1))
    expected = float(weight.norm()) / math.sqrt(20)
    assert float(ratio.square().mean().sqrt()) == pytest.approx(expected, rel=0.01)


def test_contraction_ratio_probes_at_the_radius_it_names() -> None:
    # f is 0 within distance 2 of the origin and grows beyond: only the radius decides.
    codec = Maps((6,), 1, lambda x: (x.norm(dim=1, keepdim=True) - 2).clamp_min(0))
    origin = torch.zeros(30, 6, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    assert float(contraction_ratio(codec, origin, 1.99, generator).max()) == 0
    far = contraction_ratio(codec, origin, 4.0, generator)
    torch.testing.assert_close(far, torch.full_like(far, 0.5))  # (4 − 2) / 4


def test_contraction_ratio_repeats_with_its_generator_and_needs_a_radius() -> None:
    model = small("contractive")
    x = samples(8, 1, 4, 5)
    once, again, other = (
        contraction_ratio(model, x, 0.3, torch.Generator().manual_seed(s)) for s in (5, 5, 6)
    )
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    with pytest.raises(InvalidInput, match=r"radius must be above .*, got -1"):
        contraction_ratio(model, x, -1, torch.Generator())


def test_contraction_ratio_at_extreme_radii_is_right_or_refused() -> None:
    codec = Maps((6,), 6, lambda x: 0.5 * x)
    x = samples(20, 6).float()
    for radius in (1e-12, 1e-9, math.nan):
        with pytest.raises(InvalidInput, match=rf"differs from x in torch.float32, got {radius:g}"):
            contraction_ratio(codec, x, radius, torch.Generator().manual_seed(0))
    for points, radius in ((x, 1e30), (x * 0, 1e-30)):  # whose squares are no float32
        ratio = contraction_ratio(codec, points, radius, torch.Generator().manual_seed(0))
        torch.testing.assert_close(ratio, torch.full_like(ratio, 0.5))
    for points, radius in ((x, math.inf), (x, 1e39), (x * math.nan, 1.0)):
        with pytest.raises(InvalidInput, match=f"at radius {radius:g}".replace("+", r"\+")):
            contraction_ratio(codec, points, radius, torch.Generator().manual_seed(0))


def test_reconstruction_field_of_the_best_gaussian_denoiser_is_the_score() -> None:
    # x ~ N(0, S) seen through noise σ: r(x̃) = S (S + σ² I)⁻¹ x̃, and the noisy density's score is
    # −(S + σ² I)⁻¹ x̃, so r(x̃) − x̃ = σ² score exactly (Tweedie).
    half = samples(1, 2, 2)[0]
    cov, var = half @ half.t(), 0.09
    noisy = cov + var * torch.eye(2, dtype=torch.float64)
    codec = Maps((2,), 2, lambda x: torch.linalg.solve(noisy, x.t()).t(), lambda z: z @ cov)
    points = samples(30, 2, seed=4).requires_grad_(True)
    density = torch.distributions.MultivariateNormal(torch.zeros(2, dtype=torch.float64), noisy)
    (score,) = torch.autograd.grad(density.log_prob(points).sum(), points)
    field = reconstruction_field(codec, points.detach())
    torch.testing.assert_close(field, var * score)


def test_reconstruction_field_keeps_the_sample_shape_and_builds_no_graph() -> None:
    model = small("denoising")
    assert isinstance(model, nn.Module)
    x = samples(3, 1, 4, 5)
    field = reconstruction_field(model, x)
    assert not field.requires_grad
    torch.testing.assert_close(x + field, model.reconstruct(x).detach())
