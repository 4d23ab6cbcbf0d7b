"""The linear codec against scikit-learn, the SVD, and the linear autoencoder it must meet."""

import gzip
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from ae_core import Codec, DataSet, InvalidConfig, InvalidInput, PCACodec, build, fit


def error_per_image(codec, x):
    with torch.no_grad():
        return (codec.reconstruct(x) - x).square().flatten(1).sum(1).mean().item()


@pytest.mark.parametrize("rows", [1797, 50])  # more samples than values, and fewer
@pytest.mark.parametrize("d", [1, 2, 10, 40])
def test_equals_scikit_learn_and_the_svd(d, rows, all_digits):
    x = all_digits[:rows].double()
    codec, flat = PCACodec(d).fit(x), x.flatten(1).numpy()
    theirs = PCA(d, svd_solver="full").fit(flat)
    ours, expected = codec.encode(x).numpy(), theirs.transform(flat)
    np.testing.assert_allclose(np.abs(ours), np.abs(expected), atol=1e-8)
    np.testing.assert_allclose(codec.variance_ratio, theirs.explained_variance_ratio_, atol=1e-10)
    u, s, vt = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    best = (u[:, :d] * s[:d]) @ vt[:d] + flat.mean(0)
    np.testing.assert_allclose(codec.reconstruct(x).flatten(1).numpy(), best, atol=1e-8)
    left_over = (s[d:] ** 2).sum() / rows  # Eckart and Young
    assert error_per_image(codec, x) == pytest.approx(left_over, rel=1e-8)


def test_contract(all_digits):
    codec = PCACodec(3).fit(all_digits)
    assert isinstance(codec, Codec)
    assert codec.latent_dim == 3
    assert codec.sample_shape == (1, 8, 8)
    z = codec.encode(all_digits[:5])
    assert z.shape == (5, 3)
    assert z.dtype == torch.float32
    assert torch.equal(codec.decode(z), codec.reconstruct(all_digits[:5]))
    torch.testing.assert_close(codec.encode(codec.decode(z)), z, atol=1e-4, rtol=1e-4)
    gram = codec.components @ codec.components.T
    torch.testing.assert_close(gram, torch.eye(3), atol=1e-6, rtol=0)


def test_float32_costs_nothing_that_shows(all_digits):
    single, double = PCACodec(10).fit(all_digits), PCACodec(10).fit(all_digits.double())
    a, b = error_per_image(single, all_digits), error_per_image(double, all_digits.double())
    assert a == pytest.approx(b, rel=1e-5)


def test_a_direction_a_million_times_smaller_is_found(seeded):
    """Products of float32 alone would drown it."""
    x = torch.randn(3000, 3, generator=seeded(0)) * torch.tensor([1.0, 1e-5, 3e-6]) + 2e-5
    turn = torch.linalg.qr(torch.randn(3, 3, generator=seeded(1)))[0]
    x = x @ turn
    codec, theirs = PCACodec(3).fit(x), PCA(3, svd_solver="full").fit(x.double().numpy())
    torch.testing.assert_close(
        codec.components.double(), torch.from_numpy(theirs.components_), atol=1e-5, rtol=0
    )
    np.testing.assert_allclose(codec.variance_ratio, theirs.explained_variance_ratio_, rtol=1e-5)


def test_the_sign_is_fixed(all_digits):
    """Order of the samples and the solver do not mirror the picture."""
    a = PCACodec(4).fit(all_digits.double())
    b = PCACodec(4).fit(all_digits.double().flip(0))
    torch.testing.assert_close(a.components, b.components, atol=1e-8, rtol=0)


@pytest.mark.parametrize("wrong", [0, -1, 2.0, True, "2", None])
def test_bad_latent_dim(wrong):
    with pytest.raises(InvalidConfig, match="latent_dim"):
        PCACodec(wrong)


def test_more_directions_than_there_are():
    with pytest.raises(InvalidConfig, match="at most 5 for 5 samples of 9 values, got 6"):
        PCACodec(6).fit(torch.rand(5, 9))


def test_wrong_shapes(all_digits):
    codec = PCACodec(2)
    for verb in (codec.encode, codec.reconstruct):
        with pytest.raises(InvalidInput, match="fit"):
            verb(all_digits)
    with pytest.raises(InvalidInput, match="fit"):
        codec.decode(torch.zeros(3, 2))
    codec.fit(all_digits)
    with pytest.raises(InvalidInput, match=r"\(B, 1, 8, 8\)"):
        codec.encode(all_digits[0])
    with pytest.raises(InvalidInput, match=r"\(B, 2\)"):
        codec.decode(torch.zeros(3, 4))


@pytest.mark.parametrize(
    "x",
    [
        torch.full((10, 3), float("nan")), torch.full((10, 3), float("inf")), torch.ones(3),
        torch.arange(30).reshape(10, 3), torch.ones(0, 3), torch.ones(()),
    ],
    ids=["nan", "inf", "one axis", "integers", "none", "scalar"],
)  # fmt: skip
def test_what_cannot_be_fitted(x):
    with pytest.raises(InvalidInput):
        PCACodec(1).fit(x)


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (np.ones((10, 3)), "got ndarray; convert with torch.as_tensor"),
        (torch.eye(9)[:, :3] * 1e25, r"from 0 to 1e\+25 .* in torch.float32"),
        (torch.eye(3).double() * 1e200, r"from 0 to 1e\+200 .* in torch.float64"),
    ],
    ids=["numpy", "large", "larger"],
)  # fmt: skip
def test_what_cannot_be_fitted_says_why(x, told):
    with pytest.raises(InvalidInput, match=told):
        PCACodec(1).fit(x)


def test_large_values_are_fitted_in_a_type_that_holds_their_squares(all_digits):
    x = all_digits.double() * 1e25
    ratio = PCACodec(2).fit(x).variance_ratio
    torch.testing.assert_close(ratio, PCACodec(2).fit(all_digits.double()).variance_ratio)


def test_another_type_than_the_fitted_one_is_named(all_digits):
    codec, x = PCACodec(2).fit(all_digits), all_digits[:3]
    for wrong in (x.double(), x.bool(), x.cfloat()):
        with pytest.raises(InvalidInput, match=f"torch.float32.*got {wrong.dtype}"):
            codec.reconstruct(wrong)
    assert codec.encode(x.half()).dtype == torch.float32  # nothing is lost on the way
    for code in (torch.zeros(3, 2).double(), torch.zeros(3, 2).long()):
        with pytest.raises(InvalidInput, match=f"torch.float32.* of {code.dtype}"):
            codec.decode(code)
    for verb in (codec.encode, codec.decode):
        with pytest.raises(InvalidInput, match="got ndarray"):
            verb(np.zeros((3, 2)))


@pytest.mark.parametrize("x", [torch.ones(10, 3), torch.ones(1, 3)], ids=["constant", "one sample"])
def test_without_variance_the_mean_is_the_answer(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        codec = PCACodec(1).fit(x)
    assert torch.equal(codec.variance_ratio, torch.zeros(1))
    torch.testing.assert_close(codec.reconstruct(x), x)


@pytest.mark.parametrize("settings", [{}, {"tied": True}], ids=["free", "tied"])
def test_the_linear_autoencoder_finds_the_same_plane(settings, all_digits):
    """Within 0.1 % of PCA's error, which it cannot beat, and 1° of its plane."""
    x = all_digits
    data = DataSet("digits", "image", x, x[:100], x[:100])
    model = build("undercomplete", (1, 8, 8), latent_dim=4, linear=True, **settings)
    for _ in fit(model, data, epochs=40, learning_rate=0.02, batch_size=50, device="cpu"):
        pass
    codec = PCACodec(4).fit(x.double())
    best, own = error_per_image(codec, x.double()), error_per_image(model, x)
    assert best * (1 - 1e-5) < own < best * 1.001
    plane = torch.linalg.qr(model.decoder.layers[0].matrix.detach().double())[0]
    cosines = torch.linalg.svdvals(codec.components @ plane)
    assert torch.rad2deg(torch.acos(cosines.clamp(max=1))).max() < 1


def test_the_gap_to_pca_shows_where_the_bound_would_fail(all_digits):
    """A barely trained linear network is outside the bound above: the test can fail."""
    x = all_digits
    data = DataSet("digits", "image", x, x[:100], x[:100])
    model = build("undercomplete", (1, 8, 8), latent_dim=4, linear=True)
    list(fit(model, data, epochs=1, learning_rate=0.02, batch_size=50, device="cpu"))
    assert error_per_image(model, x) > 1.02 * error_per_image(PCACodec(4).fit(x), x)


def mnist_images(split: str) -> torch.Tensor:
    root = Path(__file__).resolve().parents[2]
    for folder in (os.environ.get("AE_DATA_DIR"), root / "../shared/data"):
        for place in (Path(folder or "/nonexistent"), Path(folder or "/nonexistent") / "mnist"):
            path = place / f"{split}-images-idx3-ubyte.gz"
            if path.is_file():
                raw = gzip.decompress(path.read_bytes())[16:]
                pixels = np.frombuffer(raw, np.uint8).reshape(-1, 1, 28, 28)
                return torch.from_numpy(pixels.astype(np.float32) / 255)
    pytest.skip("the MNIST files are not here")


@pytest.mark.mnist
def test_mnist_reference_values():
    """Fitted on 60,000, scored on the test set, unclipped: Hinton & Salakhutdinov's 13.87 at 30."""
    train, test = mnist_images("train"), mnist_images("t10k")
    codec = PCACodec(30).fit(train)
    for d, expected in ((2, 43.645), (10, 26.714), (30, 13.866)):
        part = PCACodec(d, (1, 28, 28))  # the first d directions are the same ones
        part.mean, part.components = codec.mean, codec.components[:d]
        assert error_per_image(part, test) == pytest.approx(expected, abs=0.005)
