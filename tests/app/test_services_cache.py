"""What services remember: by id, so many, once for all who ask at the same time."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest

from app.services.cache import forget_all, remembered


@dataclass(frozen=True)
class Id:
    name: str
    weight: float | None = None


@pytest.fixture
def asked():
    """asked.of(id) is remembered; asked.log lists what was worked out."""

    class Asked:
        log = []  # noqa: RUF012

        @staticmethod
        @remembered(2)
        def of(which, *more):
            Asked.log.append((which, *more))
            if which == Id("faulty") and len(Asked.log) == 1:
                raise ValueError("not this time")
            return [which, *more]

    return Asked


def test_equal_ids_share_one_answer(asked):
    assert asked.of(Id("a", 0.5)) is asked.of(Id("a", 0.5))
    assert asked.of(Id("a", 0.6)) == [Id("a", 0.6)]
    assert len(asked.log) == 2


def test_numbers_that_are_equal_but_of_other_kinds_are_other_ids(asked):
    assert asked.of(1) == [1]
    assert asked.of(True)[0] is True
    assert isinstance(asked.of(1.0)[0], float)


def test_the_oldest_answer_makes_room(asked):
    for name in "abca":
        asked.of(Id(name))
    assert [which.name for (which,) in asked.log] == ["a", "b", "c", "a"]


def test_an_exception_is_not_remembered(asked):
    with pytest.raises(ValueError, match="not this time"):
        asked.of(Id("faulty"))
    assert asked.of(Id("faulty")) == [Id("faulty")]


def test_an_array_is_no_id(asked):
    with pytest.raises(TypeError, match="unhashable"):
        asked.of(np.zeros(3))
    assert asked.log == []


def test_forgetting_asks_again(asked):
    asked.of(Id("a"))
    forget_all()
    asked.of(Id("a"))
    assert len(asked.log) == 2


def test_who_asks_meanwhile_waits_for_the_same_answer():
    begun, go, log = threading.Event(), threading.Event(), []

    @remembered(4)
    def slow(which):
        log.append(which)
        begun.set()
        assert go.wait(10)
        return [which]

    found = []
    visitors = [threading.Thread(target=lambda: found.append(slow("a"))) for _ in range(8)]
    visitors[0].start()
    assert begun.wait(10)
    for visitor in visitors[1:]:
        visitor.start()
    go.set()
    for visitor in visitors:
        visitor.join(10)
    assert log == ["a"]
    assert len(found) == 8
    assert all(one is found[0] for one in found)
