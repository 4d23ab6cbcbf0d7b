"""Who is nearest, asked again and again by a hand that moves a little, in the browser and NumPy."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser


def nearest(all_, one, self, count):
    far = ((all_ - one) ** 2).sum(1)
    if self >= 0:
        far[self] = np.inf
    return np.argsort(far, kind="stable")[:count].tolist()


@pytest.mark.parametrize(
    ("n", "width", "count"), [(400, 2, 6), (300, 130, 6), (8, 3, 6), (5, 3, 6)]
)
def test_a_question_close_to_the_last_one_finds_the_same_as_a_new_one(pages, n, width, count):
    generator = np.random.default_rng(width)
    all_ = np.round(generator.normal(size=(n, width)), 1)
    all_[n // 2] = all_[1]  # as near as each other: the first comes first
    third = nearest(all_, all_[1], 1, count)[2]  # who was found is asked for next
    one, questions = all_[0] + 0.01, [(all_[1], 1), (all_[third], third), (all_[0], 0)]
    for step in range(20):
        one = one + 0.02 * generator.normal(size=width)
        questions.append((one if step % 5 else all_[step % n], -1 if step % 5 else step % n))
    found = pages[False].evaluate(
        "([all, questions, n, count]) => nearest(all, questions, n, count)",
        [all_.ravel().tolist(), [(q.tolist(), self) for q, self in questions], n, count],
    )
    wanted = [nearest(all_, q, self, min(count, n - (self >= 0))) for q, self in questions]
    assert found == wanted
