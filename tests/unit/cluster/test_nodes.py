"""Nodes: each one's address, zone and subnet, whichever source tells it."""

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from private_connection.cluster.interfaces import Interface
from private_connection.cluster.networks import Subnet
from private_connection.cluster.nodes import (
    PreparedNode,
    ResolveNodes,
    _subnet,
    _with_prepared,
    find_nodes,
    resolve,
    resolve_nodes,
)
from private_connection.errors import ClusterUnusable, InvalidRequest, NotYetConsistent
from tests.unit.builders import Json, a_creation, a_member, a_node, a_plan, an_existing
from tests.unit.described import cache_cluster, group, subnet, subnet_group
from tests.unit.fake_aws import FakeAws, Refusal

A = Subnet("subnet-a", "vpc-1", "zone-a", "id-a", "10.0.0.0/24", 200)
A2 = Subnet("subnet-a2", "vpc-1", "zone-a", "id-a", "10.0.1.0/24", 200)
B = Subnet("subnet-b", "vpc-1", "zone-b", "id-b", "10.0.2.0/24", 200)
ALL = [A, A2, B]
ASKED = ResolveNodes(cluster=a_plan(), prepared=(), zones="node")


def interface(address: str = "10.0.0.5", subnet_id: str = "subnet-a") -> Json:
    return {"Description": "ElastiCache redis-demo-001", "PrivateIpAddress": address, "SubnetId": subnet_id}


def unresolvable(*_: object) -> object:
    raise socket.gaierror


def answering(address: str) -> Callable[..., object]:
    return lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 0))]


@pytest.fixture(autouse=True)
def account(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster()]})
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group()]})
    aws.answers("DescribeSubnets", {"Subnets": [subnet()]})
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": [interface()]})
    monkeypatch.setattr(socket, "getaddrinfo", answering("10.0.0.5"))


# ------------------------------------------------------------------ pure parts


@pytest.mark.parametrize(
    ("address", "zone", "found", "subnets", "expected"),
    [
        ("10.0.0.5", "zone-a", Interface("10.0.0.5", "subnet-a"), ALL, A),
        ("10.0.0.5", "zone-b", Interface("10.0.0.5", "subnet-b"), ALL, B),  # the interface knows best
        ("10.0.2.5", "zone-b", Interface("10.0.0.5", "subnet-a"), ALL, B),  # the interface of a node that was replaced
        ("10.0.0.5", "zone-a", Interface("10.0.0.5", "subnet-elsewhere"), ALL, A),
        ("10.0.1.5", "zone-a", None, ALL, A2),
        ("10.9.9.9", "zone-b", None, ALL, B),  # the only one in its zone
        ("10.9.9.9", "zone-a", None, ALL, None),  # two in its zone, and none holds the address
        ("10.9.9.9", "zone-c", None, ALL, None),
        ("10.0.0.5", "zone-a", None, [], None),
    ],
)
def test_the_subnet_of_a_node(
    address: str, zone: str, found: Interface | None, subnets: list[Subnet], expected: Subnet | None
) -> None:
    assert _subnet(address, zone, found, subnets) == expected


PREPARED = PreparedNode(
    node="redis-demo-001",
    port=6379,
    vpc_id="vpc-1",
    availability_zone="us-east-1a",
    subnet_id="subnet-a",
    target_group_arn="tg-1",
    load_balancer_arn="lb-1",
    load_balancer_subnets=("subnet-a", "subnet-b"),
    spread=True,
    touched=True,
)


def test_what_was_prepared_in_the_real_place_is_used() -> None:
    node = _with_prepared(a_node(), [PREPARED.model_copy(update={"node": "redis-demo-002"}), PREPARED])
    assert (node.target_group_arn, node.load_balancer_arn, node.touched) == ("tg-1", "lb-1", True)
    assert (node.load_balancer_subnets, node.spread) == (("subnet-a", "subnet-b"), True)


@pytest.mark.parametrize(
    "changes",
    [{"node": "redis-demo-002"}, {"port": 7000}, {"vpc_id": "vpc-2"}, {"availability_zone": "us-east-1b"}],
)
def test_what_was_prepared_elsewhere_is_not_used(changes: Json) -> None:
    assert _with_prepared(a_node(), [PREPARED.model_copy(update=changes)]) == a_node()


# ------------------------------------------------------------------ what DNS and EC2 know


def test_a_name_has_an_address_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("node.example") == "10.0.0.5"
    monkeypatch.setattr(socket, "getaddrinfo", unresolvable)
    assert resolve("node.example") is None
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [])
    assert resolve("node.example") is None


def test_a_node_with_all_that_is_known_of_it() -> None:
    (node,) = find_nodes(an_existing(), [a_member(availability_zone="zone-a")], ALL)
    assert (node.node, node.shard, node.port, node.ip_address) == ("redis-demo-001", "0001", 6379, "10.0.0.5")
    assert (node.subnet_id, node.availability_zone, node.availability_zone_id) == ("subnet-a", "zone-a", "id-a")
    assert (node.vpc_id, node.target_group_arn, node.load_balancer_arn) == ("vpc-1", None, None)


def test_without_a_dns_record_the_interface_tells_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unresolvable)
    (node,) = find_nodes(an_existing(), [a_member()], ALL)
    assert node.ip_address == "10.0.0.5"


OF_IPV6: Json = {key: value for key, value in interface().items() if key != "PrivateIpAddress"}


@pytest.mark.parametrize("there", [[], [OF_IPV6]], ids=["no interface", "one without an address of IPv4"])
def test_a_node_that_neither_knows_is_waited_for(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, there: list[Json]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unresolvable)
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": there})
    with pytest.raises(NotYetConsistent, match=r"resolving node \(redis-demo-001\): .* has no address yet"):
        find_nodes(an_existing(), [a_member()], ALL)


def test_a_node_in_no_subnet_of_its_group_cannot_be_connected(aws: FakeAws) -> None:
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    with pytest.raises(ClusterUnusable, match=r"no subnet of its subnet group holds 10\.0\.0\.5 in zone us-east-1a"):
        find_nodes(an_existing(), [a_member()], [replace(B, cidr="10.9.0.0/24")])


# ------------------------------------------------------------------ the step


def test_nodes_are_resolved_in_order() -> None:
    (node,) = resolve_nodes(ASKED).nodes
    assert (node.node, node.subnet_id, node.ip_address) == ("redis-demo-001", "subnet-a", "10.0.0.5")


def test_with_them_goes_a_subnet_in_each_zone_where_all_are_asked_for(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", {"Subnets": [subnet(), subnet(SubnetId="subnet-b", AvailabilityZone="zone-b")]})
    assert resolve_nodes(ASKED).zone_subnets == {}
    everywhere = resolve_nodes(ASKED.model_copy(update={"zones": "all"})).zone_subnets
    assert everywhere == {"eu-central-1a": "subnet-a", "zone-b": "subnet-b"}


def test_a_cluster_in_no_subnet_group_cannot_be_connected(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", Refusal("CacheSubnetGroupNotFoundFault"))
    with pytest.raises(
        ClusterUnusable, match=r"looking up the nodes of cluster \(redis-demo\): it is in no subnet group"
    ):
        resolve_nodes(ASKED)


def test_a_node_that_is_not_listed_yet_is_waited_for(aws: FakeAws) -> None:
    both = ["redis-demo-001", "redis-demo-002"]
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(MemberClusters=both)]})
    with pytest.raises(NotYetConsistent, match="redis-demo-002 cannot be seen yet"):
        resolve_nodes(ASKED)


def test_the_clusters_engine_and_encryption_and_each_nodes_role_go_with_them() -> None:
    resolved = resolve_nodes(ASKED)
    assert (resolved.cluster.id, resolved.cluster.engine, resolved.cluster.transit_encryption) == (
        "redis-demo",
        "redis",
        True,
    )
    assert [node.role for node in resolved.nodes] == ["primary"]


def test_the_port_of_a_cluster_is_compared_once_it_shows() -> None:
    assert resolve_nodes(ASKED.model_copy(update={"cluster": a_plan(a_creation(port=6379))})).nodes
    with pytest.raises(InvalidRequest, match=r"cluster\.create\.port: found 7000; expected 6379, which cluster"):
        resolve_nodes(ASKED.model_copy(update={"cluster": a_plan(a_creation(port=7000))}))
