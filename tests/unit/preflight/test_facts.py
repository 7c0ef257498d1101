"""Facts: a refused read is not the absence of what was asked for."""

import pytest

from private_connection.errors import AwsRejected, ServiceFault
from private_connection.preflight.facts import ClusterFacts, CreationFacts, RefusedLook, RoleFacts, known, optional
from tests.unit.builders import facts

LOOK, OTHER = RefusedLook("cluster.id", "denied"), RefusedLook("cluster.create", "denied")


def test_a_fact_is_known_unless_its_look_was_refused() -> None:
    assert known("redis7", None) == "redis7"
    assert known(LOOK, "otherwise") == "otherwise"
    assert known(False, True) is False


def test_a_read_that_aws_refuses_is_a_fact_and_anything_else_an_error() -> None:
    def refused() -> int:
        raise AwsRejected("denied")

    def failing() -> int:
        raise ServiceFault("no answer")

    assert optional("cluster.id", lambda: 7) == 7
    assert optional("cluster.id", refused) == LOOK
    with pytest.raises(ServiceFault):
        optional("cluster.id", failing)


def test_the_looks_that_were_refused_are_listed_by_part() -> None:
    found = facts(RoleFacts(boundary_exists=LOOK), ClusterFacts(places=LOOK), CreationFacts(zones=OTHER))
    assert found.refused == [LOOK, LOOK, OTHER]
    assert facts().refused == []
