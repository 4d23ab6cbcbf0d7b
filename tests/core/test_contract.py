"""What every variant must do, whatever its name: a new entry of VARIANTS is covered by itself."""

import copy
import dataclasses
import itertools

import pytest
import torch

from ae_core import (
    VARIANTS,
    Autoencoder,
    Codec,
    Corrupting,
    Generative,
    InvalidConfig,
    InvalidInput,
    Objective,
    PCACodec,
    UnknownVariant,
    build,
)
from ae_core.config import Config

KINDS = [
    {"reconstruction": r, "architecture": a, "tied": t, "linear": linear}
    for r, a, t, linear in itertools.product(
        ("squared", "absolute", "bernoulli"), ("mlp", "conv"), (False, True), (False, True)
    )
]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda k: "-".join(map(str, k.values())))


def test_menu_order_and_names():
    assert list(VARIANTS) == [
        "undercomplete", "sparse", "contractive", "denoising", "variational",
    ]  # fmt: skip
    for key, cls in VARIANTS.items():
        assert cls.name == key
        assert "J" in cls.formula
        assert "(" in cls.reference


def test_protocols(variant):
    model = build(variant, (5,), hidden_sizes=())
    assert isinstance(model, Codec)
    assert isinstance(model, Generative) == (variant == "variational")
    assert isinstance(model, Corrupting) == (variant == "denoising")
    assert isinstance(PCACodec(1), Codec)


@kinds
def test_shapes_and_finite_terms(variant, kind, small, images, seeded):
    model = small(variant, **kind)
    x = images.float()
    z = model.encode(x).detach()
    assert z.shape == (12, 3) == (len(x), model.latent_dim)
    x_hat = model.reconstruct(x).detach()
    assert x_hat.shape == x.shape
    assert torch.equal(x_hat, model.decode(z))
    if kind["reconstruction"] == "bernoulli":
        assert 0 < float(x_hat.min()) < float(x_hat.max()) < 1
        assert torch.allclose(torch.sigmoid(model.decode_raw(z)), x_hat)
    with torch.no_grad():
        objective = model.objective(x, seeded(0))
    assert isinstance(objective, Objective)
    for term in (objective.reconstruction, objective.penalty, objective.total):
        assert term.shape == ()
        assert term.isfinite()
    assert float(objective.reconstruction) > 0
    expected = objective.reconstruction + objective.weight * objective.penalty
    assert torch.equal(objective.total, expected)


@kinds
def test_every_weight_gets_a_gradient(variant, kind, small, images, seeded):
    model = small(variant, **kind).train()
    model.objective(images.float(), seeded(0)).total.backward()
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert p.grad.abs().sum() > 0, name


def test_tied_decoder_has_biases_only_and_survives_a_copy(variant, small, images):
    x = images.float()
    for architecture in ("mlp", "conv"):
        model = small(variant, tied=True, architecture=architecture)
        assert {n.split(".")[-1] for n, _ in model.decoder.named_parameters()} == {"bias"}
        twin, before = copy.deepcopy(model), model.reconstruct(x)
        assert torch.equal(twin.reconstruct(x), before)
        z = twin.encode(x)
        with torch.no_grad():
            twin.encoder.layers[0].weight.zero_()
        assert not torch.allclose(twin.decode(z), model.decode(z))  # its decoder followed
        assert torch.equal(model.reconstruct(x), before)  # the original did not


def test_encode_is_deterministic(variant, small, images):
    for mode in (True, False):
        model = small(variant).train(mode)
        first = model.encode(images.float())
        torch.manual_seed(99)
        assert torch.equal(first, model.encode(images.float()))


def test_encode_does_not_mix_samples(variant, small, images):
    model, x = small(variant).double(), images
    alone = torch.cat([model.reconstruct(one[None]) for one in x])
    torch.testing.assert_close(alone, model.reconstruct(x))


@pytest.mark.parametrize("architecture", ["mlp", "conv"])
def test_terms_are_per_image(variant, architecture, small, images, monkeypatch):
    """Duplicating the batch changes nothing: means over images, not sums over the batch."""
    model = small(variant, architecture=architecture).double()
    # The same noise for both copies of an image, so that both batches say the same.
    fixed = torch.randn(12, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def same_noise(*size, **_):
        shape = torch.Size(*size) if not isinstance(size[0], int) else torch.Size(size)
        rows = fixed[:, : shape[1:].numel()].reshape(12, *shape[1:])
        return rows.repeat(shape[0] // 12, *[1] * (len(shape) - 1))

    monkeypatch.setattr(torch, "randn", same_noise)
    one, two = model.objective(images), model.objective(torch.cat([images, images]))
    torch.testing.assert_close(one.reconstruction, two.reconstruction)
    torch.testing.assert_close(one.penalty, two.penalty)


def test_defaults_are_shared(variant):
    shared, own = Config().to_mapping(), VARIANTS[variant].Config().to_mapping()
    assert {k: own[k] for k in shared} == shared
    names = [f.name for f in dataclasses.fields(Config)]
    assert names == [
        "latent_dim", "architecture", "hidden_sizes", "residual_layers", "activation",
        "code_activation", "tied", "linear", "reconstruction", "output",
    ]  # fmt: skip


def test_same_seed_gives_every_variant_the_same_start(variant):
    reference = build("undercomplete", (6,), seed=4, hidden_sizes=(5,)).state_dict()
    model = build(variant, (6,), seed=4, hidden_sizes=(5,)).state_dict()
    assert all(torch.equal(model[k], v) for k, v in reference.items())
    other = build(variant, (6,), seed=5, hidden_sizes=(5,)).state_dict()
    assert not any(torch.equal(model[k], other[k]) for k in model if k.endswith("weight"))


def test_build_leaves_the_global_generator_alone_and_answers_in_eval(variant):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    model = build(variant, (4,), seed=123)
    assert torch.equal(torch.rand(3), expected)
    assert not model.training
    assert model.seed == 123


def test_config_is_frozen(variant):
    model = build(variant, (4,))
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.config.latent_dim = 3


def test_wrong_shapes_are_named(variant, small, images):
    model = small(variant)
    for wrong in (images[0].float(), images.float()[..., :7], torch.zeros(2, 64), torch.zeros(())):
        for verb in (model.encode, model.reconstruct, model.objective):
            with pytest.raises(InvalidInput, match=r"\(B, 1, 8, 8\)"):
                verb(wrong)
    for wrong in (torch.zeros(3), torch.zeros(2, 4), torch.zeros(2, 3, 1)):
        with pytest.raises(InvalidInput, match=r"\(B, 3\)"):
            model.decode(wrong)


@pytest.mark.parametrize("name", ["vae", "", "Sparse", None, [], 3, "pca"])
def test_unknown_variant(name):
    with pytest.raises(UnknownVariant, match="undercomplete, sparse") as caught:
        build(name, (4,))
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith('"')


@pytest.mark.parametrize("shape", [(), (0,), (4, -1), (2.5,), ("4",), 64, None, "64", (True,)])
def test_bad_sample_shape(shape):
    with pytest.raises(InvalidConfig, match="sample_shape"):
        build("undercomplete", shape)


@pytest.mark.parametrize("seed", ["a", -1, 1.5, None, 2**70])
def test_bad_seed(seed):
    with pytest.raises(InvalidConfig, match="seed"):
        build("undercomplete", (4,), seed=seed)


def test_base_class_has_no_objective():
    with pytest.raises(NotImplementedError):
        Autoencoder((4,), Config(hidden_sizes=())).objective(torch.zeros(1, 4))


def test_images_below_one_pixel_and_points_are_refused_by_conv(variant):
    with pytest.raises(InvalidConfig, match="at most 3 channel counts"):
        build(variant, (1, 8, 8), architecture="conv", hidden_sizes=(2, 2, 2, 2))
    with pytest.raises(InvalidConfig, match="use architecture 'mlp'"):
        build(variant, (64,), architecture="conv")


@pytest.mark.parametrize("size", [(1, 8, 8), (3, 7, 9), (1, 28, 28), (2, 5, 13)])
@pytest.mark.parametrize("tied", [False, True])
def test_conv_returns_odd_images_to_their_own_size(size, tied):
    model = build("undercomplete", size, architecture="conv", hidden_sizes=(4, 5), tied=tied)
    x = torch.rand(2, *size)
    assert model.reconstruct(x).shape == x.shape
