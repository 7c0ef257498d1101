"""What several looks have found of connections: joined, cut to fit, and no more written down than was told."""

from typing import Any, Final

import pytest

from private_connection.reconcile.changed import Changed
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.drifted import Drifted, as_far_as_told, fitting, merged, size, within

ADDRESS: Final = Drift(code="ADDRESS_CHANGED", node="redis-demo-001")
SERVICE: Final = Drift(code="SERVICE_GONE", node="redis-demo-001")
GONE: Final = Drift(code="CLUSTER_GONE")


def drifted(name: str, *drift: Drift, revision: int = 3) -> Drifted:
    return Drifted(connection=name, revision=revision, mode="repair", drift=drift)


def test_what_several_looks_found_is_one_of_each_connection_and_the_worst_comes_first() -> None:
    looks = [drifted("b", GONE), drifted("c", SERVICE), drifted("a", SERVICE), drifted("b", ADDRESS, GONE)]
    assert merged(looks) == [drifted("b", ADDRESS, GONE), drifted("c", SERVICE), drifted("a", SERVICE)]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_revisions_the_later_one_is_told(turn: int) -> None:
    looks = [drifted("a", ADDRESS, GONE), drifted("a", SERVICE, revision=4)]
    assert merged(looks[::turn]) == [drifted("a", SERVICE, revision=4)]


def test_one_that_is_too_large_makes_room_for_smaller_ones() -> None:
    large, small = drifted("a", ADDRESS, SERVICE, GONE), drifted("b", GONE)
    assert list(within([large, small, small], size(small))) == [small]
    assert list(fitting([small, large, small], 2 * size(small))) == [small, small]


def test_one_that_is_too_large_for_all_the_room_is_told_in_part() -> None:
    large = drifted("a", ADDRESS, SERVICE, GONE)
    (told,) = fitting([large], size(large) - 1)
    assert told == drifted("a", ADDRESS, SERVICE)


def new(name: str, **changes: Any) -> Changed:
    return Changed(connection=name, revision=3, modifying=False, nodes=("n",), policy=True).model_copy(update=changes)


def test_what_is_told_in_part_judges_nothing_and_what_is_not_told_is_left() -> None:
    found = [drifted(name, ADDRESS, GONE) for name in ("whole", "part", "left")]
    told = [found[0], drifted("part", ADDRESS)]
    news = [new(name) for name in ("whole", "part", "left", "undrifted")]
    assert list(as_far_as_told(news, found, told)) == [
        new("whole"),
        new("part", modifying=None, nodes=(), policy=False),
        new("undrifted"),
    ]
