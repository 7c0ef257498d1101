"""Which nodes a plan knows before their cluster is available, and where they are."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from private_connection.cluster.descriptions import Member
from private_connection.cluster.interfaces import Interface
from private_connection.cluster.nodes import ResolvedNodes
from private_connection.cluster.plan import ClusterPlan
from private_connection.contracts import ConnectedCluster
from private_connection.planning import nodes
from private_connection.planning.nodes import PlanCluster, coming_nodes, settled_nodes
from tests.unit.builders import a_creation, a_member, a_node, a_place, a_plan, a_subnet, a_subnet_group, an_existing

CREATING: Final = a_plan(a_creation())
ADOPTING: Final = CREATING.model_copy(update={"creation": None})
UNNAMED: Final[dict[str, Any]] = {"address": None, "port": None, "availability_zone": ""}
"""A member that has no endpoint yet."""
Laid = Callable[[Sequence[Member]], None]


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> Laid:
    """Lays what the looks find: these members, each of which that has an endpoint has an interface in us-east-1b."""

    def lay(members: Sequence[Member]) -> None:
        monkeypatch.setattr(nodes, "find_members", lambda _: members)
        monkeypatch.setattr(nodes, "find_subnet_group", lambda _: a_subnet_group())
        monkeypatch.setattr(nodes, "find_subnets", lambda ids: [a_subnet("us-east-1b")] if ids else [])
        there = {each.id: Interface("10.0.0.7", "subnet-us-east-1b") for each in members if each.address}
        monkeypatch.setattr(nodes, "find_interfaces", lambda _, asked: {each: there[each] for each in asked})

    return lay


def asked(plan: ClusterPlan, *foreseen: str) -> PlanCluster:
    places = tuple(map(a_place, foreseen))
    return PlanCluster(
        connection="redis-demo",
        maker="plan",
        cluster=plan,
        foreseen_nodes=places,
        zones="node",
        zone_subnets={},
        tags={},
    )


def test_a_cluster_that_is_to_be_created_has_the_names_that_elasticache_will_give_and_the_places_foreseen() -> None:
    (known,) = coming_nodes(asked(CREATING, "redis-demo-001"), None)
    (unknown,) = coming_nodes(asked(CREATING), None)
    assert (known.node, known.port, known.availability_zone, known.subnet_id) == (
        *("redis-demo-001", 6379),
        *("us-east-1a", "subnet-us-east-1a"),
    )
    assert (unknown.node, unknown.availability_zone, unknown.subnet_id) == ("redis-demo-001", None, None)
    assert known.ip_address is None


def test_of_an_adopted_cluster_that_is_not_there_nothing_is_known() -> None:
    assert list(coming_nodes(asked(ADOPTING), None)) == []


@pytest.mark.parametrize(
    "members", [[], [a_member(**UNNAMED)]], ids=["it lists no member", "no member has an endpoint"]
)
def test_without_a_port_no_path_has_a_name(laid: Laid, members: list[Member]) -> None:
    laid(members)
    assert list(coming_nodes(asked(ADOPTING), an_existing(status="creating", port=None))) == []


def test_all_nodes_have_the_port_of_the_one_that_shows_it_and_those_that_leave_are_no_nodes(laid: Laid) -> None:
    laid([a_member(), a_member("redis-demo-002", **UNNAMED), a_member("redis-demo-003", status="deleting")])
    shards = dict.fromkeys(["redis-demo-001", "redis-demo-002", "redis-demo-003"], "0001")
    found = coming_nodes(asked(ADOPTING), an_existing(status="modifying", port=None, shards=shards))
    assert [(each.node, each.port, each.availability_zone, each.subnet_id) for each in found] == [
        ("redis-demo-001", 6379, "us-east-1b", "subnet-us-east-1b"),
        ("redis-demo-002", 6379, None, None),
    ]


def test_a_settled_node_is_in_the_subnet_foreseen_for_its_zone_else_in_its_own() -> None:
    connected = ConnectedCluster(id="redis-demo", engine="redis", transit_encryption=True)
    there = (a_node(), a_node("redis-demo-002"), a_node("redis-demo-003", availability_zone="us-east-1b"))
    resolved = ResolvedNodes(cluster=connected, nodes=there, zone_subnets={})
    found = settled_nodes(asked(CREATING, "redis-demo-001", "redis-demo-003"), resolved)
    assert [each.subnet_id for each in found] == ["subnet-us-east-1a", "subnet-a", "subnet-a"]
