"""Our Adam takes torch.optim.Adam's steps, whatever lies in memory how."""

import pytest
import torch

from ae_core.adam import Adam


def goal(a, b):
    """Its gradient in a comes out transposed, as a tied weight's does."""
    return (a.t() @ a @ b - 1).square().sum()


def start():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(*shape, generator=generator).requires_grad_() for shape in ((3, 3), (3, 5))]


@pytest.mark.parametrize("beta2", [0.999, 0.9])
def test_ten_steps_are_those_of_torch(beta2):
    mine, theirs = start(), start()
    adam = Adam({"a": mine[0], "b": mine[1]}, beta2)
    reference = torch.optim.Adam(theirs, lr=0.1, betas=(0.9, beta2))
    for _ in range(10):
        adam.descend(goal(*mine), 0.1)
        reference.zero_grad()
        goal(*theirs).backward()
        reference.step()
    for own, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)


def test_moments_go_on_where_they_were_written():
    mine, other = start(), start()
    first, second = (Adam({"a": a, "b": b}) for a, b in (mine, other))
    first.descend(goal(*mine), 0.1)
    with torch.no_grad():
        for own, value in zip(other, mine, strict=True):
            own.copy_(value)
    second.load(first.moments())
    first.descend(goal(*mine), 0.1)
    second.descend(goal(*other), 0.1)
    assert all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))
