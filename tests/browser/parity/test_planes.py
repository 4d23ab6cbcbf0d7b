"""The plane of longer codes: their principal components, in the browser and in NumPy."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser


def codes(n, d, seed):
    """(n, d), spread ever less from direction to direction, and far from 0."""
    generator = np.random.default_rng(seed)
    turned = np.linalg.qr(generator.normal(size=(d, d)))[0]
    return 3.0 + generator.normal(size=(n, d)) * 0.7 ** np.arange(d) @ turned


@pytest.mark.parametrize(("n", "d"), [(300, 3), (400, 40), (250, 64), (500, 90)])
def test_directions_and_shares_are_those_of_the_singular_values(pages, n, d):
    first = codes(n, d, seed=d)
    second = first + 0.05 * codes(n, d, seed=d + 1)
    found = pages[False].evaluate(
        "([first, second, n, d]) => planes(first, second, n, d)",
        [first.ravel().tolist(), second.ravel().tolist(), n, d],
    )
    for z, (directions, shares) in zip((first, second), found, strict=True):
        _, s, across = np.linalg.svd(z - z.mean(0), full_matrices=False)
        assert shares == pytest.approx(s[:2] ** 2 / (s**2).sum(), rel=1e-3)
        for mine, core in zip(np.array(directions), across, strict=False):
            assert abs(mine @ core) == pytest.approx(1, abs=1e-4)
    signs = [
        np.sign(np.array(a) @ np.array(b)) for a, b in zip(found[0][0], found[1][0], strict=True)
    ]
    assert signs == [1, 1], "an axis turned round under the hand"
    assert all(max(one, key=abs) > 0 for one in found[0][0])


def test_codes_that_are_all_one_have_no_share(pages):
    ((_, shares), _) = pages[False].evaluate(
        "([z, n, d]) => planes(z, z, n, d)", [[1.5] * 40, 10, 4]
    )
    assert shares == [0, 0]
