"""The nodes that a connection has or will have: each with its zone, and the name that its load balancer has."""

from private_connection.naming import node_resource
from private_connection.preflight.facts import ClusterFacts, CreationFacts, PathFacts, RefusedLook
from private_connection.preflight.foreseen import Foreseen, foreseen
from private_connection.request.parsing import parse_request
from tests.unit.builders import a_place, a_subnet, an_existing, an_input, creating, facts

ADOPT = parse_request(an_input(cluster={"id": "redis-demo"}))
CREATE = parse_request(creating(replicasPerShard=1))
A, B = "us-east-1a", "us-east-1b"
NAMES = [node_resource("redis-demo", f"redis-demo-00{number}", "vpc-1", 6379) for number in (1, 2)]


def test_those_of_a_cluster_that_is_there_are_where_they_are() -> None:
    places = tuple(a_place(f"redis-demo-00{number}", availability_zone=A) for number in (1, 2))
    found = facts(cluster=ClusterFacts(an_existing(), places=places), creation=CreationFacts(), paths=PathFacts())
    assert list(foreseen(ADOPT, found)) == [Foreseen(A, name) for name in NAMES]


def test_those_of_a_cluster_to_create_are_spread_over_its_zones() -> None:
    creation = CreationFacts(subnets=(a_subnet(A), a_subnet(B)), zones=frozenset({A, B}))
    assert list(foreseen(CREATE, facts(creation=creation, paths=PathFacts()))) == [
        Foreseen(A, NAMES[0]),
        Foreseen(B, NAMES[1]),
    ]


def test_nothing_is_foreseen_where_the_look_was_refused() -> None:
    refused = ClusterFacts(an_existing(), places=RefusedLook("cluster.id", "denied"))
    assert list(foreseen(ADOPT, facts(cluster=refused, creation=CreationFacts(), paths=PathFacts()))) == []
