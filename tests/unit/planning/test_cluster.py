"""Plan cluster: what becomes of the cluster and its groups, and which nodes there are."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from private_connection.cluster.descriptions import Member
from private_connection.cluster.interfaces import Interface
from private_connection.cluster.nodes import ResolvedNodes
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.readiness import ClusterState
from private_connection.cluster.replication_groups import HIDDEN
from private_connection.contracts import ConnectedCluster
from private_connection.errors import NotOurs, NotYetConsistent
from private_connection.planning import cluster, nodes
from private_connection.planning.changes import CLUSTER
from private_connection.planning.cluster import (
    EACH_ADDED,
    EACH_NODE,
    NODES_IN_BATCH,
    PATH,
    PlannedCluster,
    plan_cluster,
)
from private_connection.planning.nodes import PlanCluster
from tests.unit.builders import (
    OURS,
    THEIRS,
    a_creation,
    a_member,
    a_node,
    a_place,
    a_plan,
    a_security_group,
    a_subnet,
    a_subnet_group,
    an_existing,
)

OURS_ALL: Final = {
    "find_cluster": an_existing(),
    "ownership_tags": OURS,
    "find_subnet_group": a_subnet_group("private-connection-redis-demo"),
    "subnet_group_tags": OURS,
    "find_cluster_security_group": a_security_group(tags=OURS),
}
NOTHING: Final = dict.fromkeys(OURS_ALL)
CREATING: Final = a_plan(a_creation())
ADOPTING: Final = CREATING.model_copy(update={"creation": None})


class Stage:
    """Plans in an account in which the looks find these."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.ready, self.nodes = monkeypatch, True, [a_node(subnet_id="subnet-resolved")]
        self.members: list[Member] = []

    def plan(self, finds: dict[str, Any], plan: ClusterPlan = CREATING, **changes: Any) -> PlannedCluster:
        for name, found in finds.items():
            self.monkeypatch.setattr(cluster, name, lambda *_, found=found: found)
        for name, found in self._network():
            self.monkeypatch.setattr(nodes, name, lambda *_, found=found: found)
        self.monkeypatch.setattr(cluster, "cluster_state", lambda _: ClusterState(ready=self.ready, status="x"))
        self.monkeypatch.setattr(cluster, "resolve_nodes", lambda _: self._resolved())
        fields = {"foreseen_nodes": (a_place(),), "zones": "node", "zone_subnets": {}, "tags": {}} | changes
        return plan_cluster(PlanCluster(connection="redis-demo", maker="plan", cluster=plan, **fields))

    def _network(self) -> Iterator[tuple[str, Any]]:
        """What the looks find at the nodes of a cluster that is not available, of which some have an endpoint."""
        yield "find_members", self.members
        yield "find_subnet_group", a_subnet_group()
        yield "find_subnets", [a_subnet("us-east-1b")]
        answering = [each.id for each in self.members if each.address]
        yield "find_interfaces", {each: Interface("10.0.0.7", "subnet-us-east-1b") for each in answering}

    def _resolved(self) -> ResolvedNodes:
        connected = ConnectedCluster(id="redis-demo", engine="redis", transit_encryption=True)
        return ResolvedNodes(cluster=connected, nodes=tuple(self.nodes), zone_subnets={"us-east-1b": "subnet-b"})


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def told(planned: PlannedCluster) -> list[tuple[str, str]]:
    return [(each.action, each.type) for each in planned.changes]


def test_a_cluster_that_is_not_there_is_made_with_its_groups(stage: Stage) -> None:
    planned = stage.plan(NOTHING)
    kinds = ["cacheSubnetGroup", "securityGroup", "replicationGroup"]
    assert told(planned) == [("create", kind) for kind in kinds]
    assert (planned.available, planned.nodes_known, planned.nodes) == (False, True, 1)
    (node,) = planned.batches[0].nodes
    assert (node.node, node.availability_zone, node.ip_address) == ("redis-demo-001", "us-east-1a", None)


def test_nodes_whose_places_nobody_foresees_are_known_by_name(stage: Stage) -> None:
    (batch,) = stage.plan(NOTHING, foreseen_nodes=()).batches
    assert [(each.node, each.availability_zone) for each in batch.nodes] == [("redis-demo-001", None)]


def test_groups_that_are_named_are_not_made(stage: Stage) -> None:
    named = a_creation(own_subnet_group=False, security_group_ids=("sg-1",))
    planned = stage.plan(NOTHING, CREATING.model_copy(update={"creation": named}))
    assert told(planned) == [("create", "replicationGroup")]


def test_what_an_earlier_run_made_is_kept_and_gets_the_tags_that_it_lacks(stage: Stage) -> None:
    assert {action for action, _ in told(stage.plan(OURS_ALL))} == {"keep"}
    tagged = stage.plan(OURS_ALL, tags={"team": "data"})
    assert {action for action, _ in told(tagged)} == {"change"}
    assert {one.name for each in tagged.changes for one in each.attributes} == {"tags.team"}


def test_a_cluster_gets_tags_only_while_it_is_available(stage: Stage) -> None:
    planned = stage.plan(OURS_ALL | {"find_cluster": an_existing(status="modifying")}, tags={"team": "data"})
    assert told(planned)[-1] == ("keep", "replicationGroup")


def test_somebody_elses_cluster_ends_the_plan(stage: Stage) -> None:
    with pytest.raises(NotOurs):
        stage.plan(OURS_ALL | {"ownership_tags": THEIRS})
    with pytest.raises(NotYetConsistent):
        stage.plan(OURS_ALL | {"ownership_tags": HIDDEN})


def test_the_nodes_of_an_available_cluster_are_those_that_a_run_would_resolve(stage: Stage) -> None:
    stage.nodes = [a_node(subnet_id="subnet-resolved"), a_node("redis-demo-002", subnet_id="subnet-resolved")]
    planned = stage.plan(OURS_ALL)
    subnets = {each.node: each.subnet_id for each in planned.batches[0].nodes}
    assert subnets == {"redis-demo-001": "subnet-us-east-1a", "redis-demo-002": "subnet-resolved"}
    assert planned.zone_subnets == {"us-east-1b": "subnet-b"}
    assert {each.ip_address for each in planned.batches[0].nodes} == {"10.0.0.5"}


def test_nodes_are_looked_at_in_batches(stage: Stage) -> None:
    stage.nodes = [a_node(f"n-{number:03d}") for number in range(2 * NODES_IN_BATCH + 1)]
    planned = stage.plan(OURS_ALL, ADOPTING)
    assert [len(each.nodes) for each in planned.batches] == [NODES_IN_BATCH, NODES_IN_BATCH, 1]
    assert planned.nodes == 2 * NODES_IN_BATCH + 1


def test_the_paths_to_a_cluster_that_somebody_creates_are_known_once_it_is_available(stage: Stage) -> None:
    stage.ready = False
    planned = stage.plan(OURS_ALL, ADOPTING, foreseen_nodes=())
    assert told(planned) == [("create", kind) for kind in PATH]
    assert {(each.name, each.known_after) for each in planned.changes} == {(EACH_NODE, CLUSTER)}
    assert (planned.nodes_known, planned.batches) == (False, ())
    stage.ready = True
    assert told(stage.plan(OURS_ALL, ADOPTING)) == []


ADDED: Final = a_member("redis-demo-002", address=None, port=None, availability_zone="", status="creating")
LEAVING: Final = a_member("redis-demo-003", status="deleting")


@pytest.mark.parametrize("plan", [ADOPTING, CREATING], ids=["adopted", "ours"])
def test_the_nodes_that_a_changing_cluster_shows_lead_to_paths_that_are_looked_at(
    stage: Stage, plan: ClusterPlan
) -> None:
    stage.ready, stage.members = False, [a_member(), ADDED, LEAVING]
    shards = dict.fromkeys(["redis-demo-001", "redis-demo-002", "redis-demo-003", "redis-demo-004"], "0001")
    shown = OURS_ALL | {"find_cluster": an_existing(status="modifying", shards=shards, port=None)}
    planned = stage.plan(shown, plan, foreseen_nodes=())
    (batch,) = planned.batches
    assert [(each.node, each.port, each.vpc_id, each.availability_zone, each.subnet_id) for each in batch.nodes] == [
        ("redis-demo-001", 6379, "vpc-1", "us-east-1b", "subnet-us-east-1b"),
        ("redis-demo-002", 6379, "vpc-1", None, None),
        ("redis-demo-004", 6379, "vpc-1", None, None),  # not listed yet
    ]
    assert {each.ip_address for each in batch.nodes} == {None}
    assert planned.nodes_known == (plan is CREATING)
    assert {each.name for each in planned.changes if each.type in PATH} == ({EACH_ADDED} if plan is ADOPTING else set())
