"""Look for surplus: what is wanted, whether there is more, which addresses do not wait, and who was there before."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from private_connection import surplus
from private_connection.cluster.descriptions import Cluster
from private_connection.contracts import Former, Node
from private_connection.errors import AwsRejected, StepError
from private_connection.inventory import Inventory
from private_connection.naming import node_resource
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.paths.targets import StaleTargets
from private_connection.surplus import LookForSurplus, Surplus, look_for_surplus
from private_connection.teardown import withdrawal
from private_connection.things import Search, Thing
from tests.unit.builders import Json, a_node, a_plan, a_thing, a_wanted, an_existing

RAISED: Final = [("CONNECTED_BEFORE_WORKSPACE_CHANGE",)]
"""The code that only this step finds."""
NODES: Final = tuple(
    a_node(f"redis-demo-00{number}", port=6379, vpc_id="vpc-1", ip_address=f"10.0.0.{number}") for number in (1, 2)
)
PATHS: Final = tuple(node_resource("redis-demo", each.node, each.vpc_id, each.port) for each in NODES)
NOTHING_FORMER: Final = Former(workspace_id=None, tags=())
SERVICE: Final = a_thing("endpointService", "vpce-svc-a", id="vpce-svc-a", within=PATHS[0])
OLD: Final = a_thing("loadBalancer", "pc-old", cluster="redis-demo")
OLD_TARGETS: Final = a_thing("targetGroup", "pc-old", id="tg-old", within="pc-old", node="redis-demo-003")


class Stage:
    """An account of which a test says what the looks at it show."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.things: list[Thing] = []
        self.connections: Sequence[EndpointConnection] = ()
        self.failures: list[StepError] = []
        self.searches: list[Search] = []
        self.cluster: Cluster | None = an_existing()
        self.endpoints: Mapping[str, str | None] = {}
        """By node, the name of its endpoint."""
        self.dns: Mapping[str, str] = {}
        self.targets: Mapping[str, list[str]] = {}
        self.interfaces: Mapping[str, str] = {}
        """By address, how the interface that has it is described."""
        self.asked: list[str] = []
        for module, name, look in (
            (surplus, "find_inventory", self.find_inventory),
            (withdrawal, "find_cluster", lambda *_: self.cluster),
            (surplus, "find_node_endpoints", self.find_node_endpoints),
            (surplus, "resolve", lambda name: self.dns.get(name)),
            (surplus, "find_targets", lambda arn: self.targets.get(arn, [])),
            (surplus, "find_interface_descriptions", self.find_interface_descriptions),
        ):
            monkeypatch.setattr(module, name, look)

    def find_inventory(self, search: Search) -> Inventory:
        self.searches.append(search)
        return Inventory(self.things, self.failures, [], [], [], self.connections)

    def find_node_endpoints(self) -> Mapping[str, str | None]:
        self.asked.append("nodes")
        return self.endpoints

    def find_interface_descriptions(self, vpc_id: str, addresses: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(f"{vpc_id} {' '.join(addresses)}")
        return {address: what for address, what in self.interfaces.items() if address in addresses}

    def look(self, **changes: object) -> Surplus:
        fields: Json = {
            "connection": "redis-demo",
            "cluster": a_plan(),
            "nodes": NODES,
            "rules": ("sgr-1",),
            "role_arn": "arn:aws:iam::123456789012:role/private-connection/their-role",
            "workspace_id": "ws-1",
            "access_policy": "documented",
            "tags": {},
            "former": NOTHING_FORMER,
            "stale": (),
        }
        return look_for_surplus(LookForSurplus(**fields | changes))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def group_of(node: Node) -> str:
    name = node_resource("redis-demo", node.node, node.vpc_id, node.port)
    return f"arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{name}/50dc6c495c0c9188"


FIRST, SECOND = map(group_of, NODES)


def former(group: str, *addresses: str) -> StaleTargets:
    return StaleTargets(target_group_arn=group, targets=tuple(f"{address}:6379" for address in addresses))


def shown(targets: Sequence[StaleTargets]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.target_group_arn, each.targets) for each in targets]


# ------------------------------------------------------------------ what is wanted, and whether there is more


def test_what_is_wanted_is_told_by_name(stage: Stage) -> None:
    nodes = ("redis-demo-001", "redis-demo-002")
    wanted = a_wanted(nodes=nodes, paths=PATHS)
    assert stage.look().wanted == wanted
    assert stage.searches == [Search("redis-demo", thorough=False, wanted=wanted)]


def test_tags_that_were_asked_for_before_are_not_wanted_unless_they_are_asked_for(stage: Stage) -> None:
    """What the deployment gives is among those that are asked for."""
    former = Former(workspace_id="ws-1", tags=("cost", "old", "team"))
    assert stage.look(former=former, tags={"team": "data", "cost": "4711"}).wanted.tags == ("old",)


def test_where_all_is_wanted_nothing_is_found_and_nothing_more_is_looked_up(stage: Stage) -> None:
    stage.things = [SERVICE, a_thing("securityGroupRule", "sgr-1", id="sgr-1")]
    found = stage.look()
    assert (found.found, found.retiring, found.stale, found.findings) == (False, (), (), ())
    assert stage.asked == []


def test_what_is_not_wanted_is_found(stage: Stage) -> None:
    stage.things = [SERVICE, OLD]
    assert (stage.look().found, stage.look().findings) == (True, ())


def test_what_has_to_stay_is_named_and_nothing_is_started_for_it(stage: Stage) -> None:
    stage.things = [a_thing("replicationGroup", "orders", id="orders"), OLD]
    stage.cluster = an_existing(status="modifying")
    found = stage.look()
    assert not found.found
    assert [each.code for each in found.findings] == ["SURPLUS_LATER", "CLUSTER_LEFT"]


def test_what_has_to_stay_beside_what_goes_is_named_by_the_withdrawal(stage: Stage) -> None:
    stage.things = [a_thing("replicationGroup", "orders", id="orders"), a_thing("role", "old-role")]
    assert (stage.look().found, stage.look().findings) == (True, ())


def test_whoever_is_connected_is_for_the_withdrawal_to_see(stage: Stage) -> None:
    """It stops offering first, so that nobody comes between its look and the deletion."""
    stage.things = [OLD, a_thing("endpointService", "vpce-svc-old", id="vpce-svc-old", within="pc-old")]
    stage.connections = [EndpointConnection("vpce-svc-old", "vpce-1", "1", "available")]
    assert (stage.look().found, stage.look().findings) == (True, ())


def test_a_look_that_is_refused_ends_the_step(stage: Stage) -> None:
    stage.failures = [AwsRejected("looking up load balancers (all): because [AccessDenied]")]
    with pytest.raises(AwsRejected, match="looking up load balancers"):
        stage.look()


# ------------------------------------------------------------------ addresses of nodes that have left


@pytest.mark.parametrize(
    ("endpoints", "dns", "retiring"),
    [
        ({}, {}, ["10.0.0.3"]),  # the node is gone
        ({"redis-demo-003": "three"}, {"three": "10.0.0.3"}, []),  # it is another cluster's, or was taken out just now
        ({"redis-demo-003": "three"}, {"three": "10.0.0.9"}, ["10.0.0.3"]),
        ({"redis-demo-003": "three"}, {}, []),  # nobody knows its address
        ({"redis-demo-003": None}, {}, []),
        ({"redis-demo-001": "one"}, {"one": "10.0.0.3"}, ["10.0.0.3"]),  # the address is another node's by now
    ],
    ids=["gone", "there", "moved", "unresolvable", "without an endpoint", "another's"],
)
def test_an_address_whose_node_has_left_it_does_not_wait(
    stage: Stage, endpoints: Mapping[str, str | None], dns: Mapping[str, str], retiring: list[str]
) -> None:
    stage.things = [OLD, OLD_TARGETS]
    stage.targets = {"tg-old": ["10.0.0.3:7000"]}
    stage.endpoints, stage.dns = endpoints, dns
    found = stage.look()
    assert shown(found.retiring) == [("tg-old", (f"{address}:7000",)) for address in retiring]
    assert found.found


@pytest.mark.parametrize(
    "group",
    [
        OLD_TARGETS.model_copy(update={"note": "load balancer pc-x forwards to it and does not carry our tags"}),
        OLD_TARGETS.model_copy(update={"node": None}),
        OLD_TARGETS.model_copy(update={"name": PATHS[0], "node": "redis-demo-001"}),
    ],
    ids=["of which others make use", "of no node", "asked for"],
)
def test_addresses_of_a_target_group_that_is_held_unknown_or_wanted_stay(stage: Stage, group: Thing) -> None:
    stage.things = [OLD, group]
    stage.targets = {"tg-old": ["10.0.0.3:6379"]}
    assert (stage.look().retiring, stage.asked) == ((), [])


# ------------------------------------------------------------------ former addresses of nodes that are there


@pytest.mark.parametrize(
    ("interfaces", "goes"),
    [
        ({}, False),  # it was given back, and nobody has it yet
        ({"10.0.0.7": "ElastiCache redis-demo-001"}, False),
        ({"10.0.0.7": "ElastiCache redis-demo-002"}, True),
        ({"10.0.0.7": "ELB app/shop/50dc6c495c0c9188"}, True),
        ({"10.0.0.7": ""}, True),
    ],
    ids=["nobodys", "its own", "another nodes", "another teams", "not described"],
)
def test_a_former_address_waits_unless_somebody_else_has_it(
    stage: Stage, interfaces: Mapping[str, str], goes: bool
) -> None:
    stage.interfaces = interfaces
    found = stage.look(stale=(former(FIRST, "10.0.0.7"),))
    expected = [(FIRST, ("10.0.0.7:6379",))]
    assert (shown(found.retiring), shown(found.stale)) == ((expected, []) if goes else ([], expected))
    assert stage.asked == ["vpc-1 10.0.0.7"]


def test_a_former_address_that_another_node_has_does_not_wait(stage: Stage) -> None:
    """Whatever EC2 says of its interface: a node that ElastiCache has just replaced may not show there yet."""
    found = stage.look(stale=(former(FIRST, "10.0.0.2"),))
    assert shown(found.retiring) == [(FIRST, ("10.0.0.2:6379",))]


def test_of_several_former_addresses_each_is_judged_by_itself(stage: Stage) -> None:
    stage.interfaces = {"10.0.0.7": "somebody's"}
    found = stage.look(stale=(former(FIRST, "10.0.0.7", "10.0.0.8"), former(SECOND, "10.0.0.9")))
    assert shown(found.retiring) == [(FIRST, ("10.0.0.7:6379",))]
    assert shown(found.stale) == [(FIRST, ("10.0.0.8:6379",)), (SECOND, ("10.0.0.9:6379",))]


# ------------------------------------------------------------------ another workspace


def endpoints(*states: str, service: str = "vpce-svc-a") -> list[EndpointConnection]:
    return [EndpointConnection(service, f"vpce-{number}", "1", state) for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("workspace", "connections", "named"),
    [
        ("ws-0", endpoints("available", "pending", "rejected", "pendingacceptance"), "vpce-0 at vpce-svc-a, vpce-1 at"),
        ("ws-0", endpoints("rejected"), None),
        ("ws-0", endpoints("available", service="vpce-svc-old"), None),  # SURPLUS_IN_USE names it
        ("ws-1", endpoints("available"), None),
        (None, endpoints("available"), None),
    ],
)
def test_whoever_is_connected_from_before_a_change_of_the_workspace_is_named(
    stage: Stage, workspace: str | None, connections: Sequence[EndpointConnection], named: str | None
) -> None:
    old_service = a_thing("endpointService", "vpce-svc-old", id="vpce-svc-old", within="pc-old")
    stage.things, stage.connections = [SERVICE, OLD, old_service], connections
    findings = stage.look(former=Former(workspace_id=workspace, tags=())).findings
    assert [(each.code,) for each in findings] == (RAISED if named else [])
    for each in findings:
        assert (each.level, each.field) == ("warning", "workspaceId")
        assert f"when it was ws-0: {named}" in each.found


def test_of_many_that_were_connected_before_the_first_are_named(stage: Stage) -> None:
    stage.things, stage.connections = [SERVICE], endpoints(*["available"] * 52)
    (found,) = stage.look(former=Former(workspace_id="ws-0", tags=())).findings
    assert found.found.count(" at vpce-svc-a") == 50
    assert found.found.endswith(" and 2 more")
