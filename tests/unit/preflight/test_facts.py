"""Facts: a refused read is not the absence of what was asked for."""

from private_connection.preflight.facts import ClusterFacts, CreationFacts, RefusedLook, RoleFacts, known
from tests.unit.builders import facts

LOOK, OTHER = RefusedLook("cluster.id", "denied"), RefusedLook("cluster.create", "denied")


def test_a_fact_is_known_unless_its_look_was_refused() -> None:
    assert known("redis7", None) == "redis7"
    assert known(LOOK, "otherwise") == "otherwise"
    assert known(False, True) is False


def test_the_looks_that_were_refused_are_listed_by_part() -> None:
    found = facts(RoleFacts(boundary_exists=LOOK), ClusterFacts(places=LOOK), CreationFacts(zones=OTHER))
    assert found.refused == [LOOK, LOOK, OTHER]
    assert facts().refused == []
