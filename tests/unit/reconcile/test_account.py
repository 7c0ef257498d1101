"""One look at the whole account: what it asks for, and how it keeps what it found."""

from collections import Counter
from typing import Final

import pytest

from private_connection.reconcile.account import look
from private_connection.reconcile.connected import Connected
from tests.unit.builders import ACCOUNT, Json, a_role
from tests.unit.described import (
    balancer,
    cache_cluster,
    endpoint_connection,
    group,
    role,
    rule,
    service,
    subnet,
    subnet_group,
    target_group,
)
from tests.unit.fake_aws import FakeAws
from tests.unit.reconcile.made import a_connected, a_handoff

INTERFACE: Final[Json] = {
    "Description": "ElastiCache redis-demo-001",
    "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.5"}],
    "VpcId": "vpc-1",
}
MEMBER: Final = cache_cluster(ReplicationGroupId="redis-demo", SecurityGroups=[{"SecurityGroupId": "sg-1"}])
ALONE: Final = cache_cluster("orders", SecurityGroups=[{"SecurityGroupId": "sg-2"}])


ANSWERS: Final[dict[str, Json]] = {
    "DescribeReplicationGroups": {"ReplicationGroups": [group()]},
    "DescribeCacheClusters": {"CacheClusters": [MEMBER, ALONE]},
    "DescribeCacheSubnetGroups": {"CacheSubnetGroups": [subnet_group()]},
    "DescribeNetworkInterfaces": {"NetworkInterfaces": [INTERFACE]},
    "DescribeLoadBalancers": {"LoadBalancers": [balancer()]},
    "DescribeTargetGroups": {"TargetGroups": [target_group()]},
    "DescribeVpcEndpointServiceConfigurations": {
        "ServiceConfigurations": [
            service(NetworkLoadBalancerArns=["lb-1", "lb-2"]),
            service("vpce-svc-2", NetworkLoadBalancerArns=["lb-3"], ServiceState="Deleting"),
            service("vpce-svc-3", NetworkLoadBalancerArns=[]),
        ]
    },
    "DescribeVpcEndpointConnections": {
        "VpcEndpointConnections": [
            endpoint_connection("vpce-1", "available"),
            endpoint_connection("vpce-2", "rejected"),
        ]
    },
    "DescribeSecurityGroupRules": {"SecurityGroupRules": [rule(), rule("sgr-2")]},
    "DescribeSubnets": {"Subnets": [subnet()]},
    "ListRoles": {"Roles": [], "IsTruncated": False},
    "GetRole": {"Role": role()},
}


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    for operation, answer in ANSWERS.items():
        aws.answers(operation, answer)


def of(cluster_id: str) -> Connected:
    return a_connected(a_handoff(cluster_id=cluster_id))


NODE_OF_NOTHING: Final[Json] = {"CacheNodes": [{"Endpoint": {"Address": "theirs.cache.amazonaws.com"}}, {}]}
BARE: Final[dict[str, tuple[str, list[Json]]]] = {
    "DescribeReplicationGroups": (
        "ReplicationGroups",
        [
            {"ReplicationGroupId": "theirs"},
            {"ReplicationGroupId": "others", "MemberClusters": ["a", "b"], "NodeGroups": [{"NodeGroupMembers": [{}]}]},
        ],
    ),
    "DescribeCacheClusters": (
        "CacheClusters",
        [{"CacheClusterId": "theirs", "SecurityGroups": [{}]}, {"CacheClusterId": "others", **NODE_OF_NOTHING}],
    ),
    "DescribeCacheSubnetGroups": ("CacheSubnetGroups", [{"CacheSubnetGroupName": "theirs"}]),
    "DescribeNetworkInterfaces": (
        "NetworkInterfaces",
        [{"Description": "ElastiCache "}, {"Description": "ElastiCache theirs", "PrivateIpAddresses": [{}]}],
    ),
    "DescribeLoadBalancers": (
        "LoadBalancers",
        [{"LoadBalancerArn": "theirs", "LoadBalancerName": "theirs", "AvailabilityZones": [{}]}],
    ),
    "DescribeTargetGroups": ("TargetGroups", [{"TargetGroupArn": "theirs", "TargetGroupName": "pc-theirs"}]),
    "DescribeVpcEndpointServiceConfigurations": ("ServiceConfigurations", [{"ServiceId": "theirs"}]),
    "DescribeVpcEndpointConnections": (
        "VpcEndpointConnections",
        [{"TransitGatewayAttachmentId": "tgw-attach-1"}, {"VpcEndpointId": "vpce-theirs"}],
    ),
    "DescribeSubnets": ("Subnets", [{"SubnetId": "subnet-theirs"}]),
}
"""Somebody's things, of which nothing is told but what they are known by: AWS's models promise no member of them."""


def test_what_is_not_told_of_somebodys_things_stops_no_look(aws: FakeAws) -> None:
    before = look([of("redis-demo")])
    for operation, (member, things) in BARE.items():
        aws.answers(operation, {member: [*things, *ANSWERS[operation][member]]})
    found = look([of("redis-demo")])
    for what in ("clusters", "members", "balancers", "groups", "services", "endpoints", "subnets"):
        ours, all_of_them = getattr(before, what), getattr(found, what)
        assert {key: all_of_them[key] for key in ours} == ours, what
    assert before.vpcs.items() <= found.vpcs.items()


def test_somebodys_things_are_of_every_look_at_the_whole_account(aws: FakeAws) -> None:
    """But for roles, whose model promises all that is read, and rules, which are those of the clusters' groups."""
    look([of("redis-demo")])
    asked = {*aws.operations, "DescribeCacheSubnetGroups"} - {"ListRoles", "GetRole", "DescribeSecurityGroupRules"}
    assert asked == {*BARE}


def test_everything_is_found_by_what_it_is_known_by(aws: FakeAws) -> None:
    found = look([of("redis-demo")])
    assert found.principal == ACCOUNT
    assert {key: each.kind for key, each in found.clusters.items()} == {
        "redis-demo": "replicationGroup",
        "orders": "cacheCluster",
    }
    assert {*found.members} == {"redis-demo-001", "orders"}
    assert found.vpcs == {"redis-demo-001": "vpc-1"}
    assert found.addresses == {("vpc-1", "redis-demo-001"): {"10.0.0.5"}}
    assert ({*found.balancers}, {*found.groups}, {*found.subnets}) == ({"pc-a"}, {"pc-a"}, {"subnet-a"})
    assert {arn: each.id for arn, each in found.services.items()} == {"lb-1": "vpce-svc-1", "lb-2": "vpce-svc-1"}
    assert {key: len(each) for key, each in found.endpoints.items()} == {"vpce-svc-1": 2}
    assert {key: len(each) for key, each in found.rules.items()} == {"sg-1": 2}
    assert {*found.roles} == {a_role().arn}


def test_the_interfaces_of_nodes_tell_their_vpc(aws: FakeAws) -> None:
    look([of("redis-demo")])
    assert "DescribeCacheSubnetGroups" not in aws.operations


@pytest.mark.parametrize("interfaces", [[], [INTERFACE, {**INTERFACE, "VpcId": "vpc-2"}]], ids=["none yet", "two VPCs"])
def test_where_they_do_not_tell_it_the_subnet_group_does(aws: FakeAws, interfaces: list[Json]) -> None:
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": interfaces})
    assert look([of("redis-demo")]).vpcs == {"redis-demo-001": "vpc-1"}
    assert len(aws.asked("DescribeCacheSubnetGroups")) == 1


def test_a_node_in_a_subnet_group_that_is_gone_has_no_vpc(aws: FakeAws) -> None:
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": []})
    assert look([of("redis-demo")]).vpcs == {}


def test_each_kind_is_asked_for_once_whatever_the_number_of_connections(aws: FakeAws) -> None:
    interfaces = [INTERFACE, {**INTERFACE, "Description": "ElastiCache orders"}]
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": interfaces})
    look([of("redis-demo"), of("orders"), of("gone")] * 10)
    assert Counter(aws.operations) == dict.fromkeys(set(aws.operations), 1)
    assert len(aws.operations) == 11


@pytest.mark.parametrize(
    ("clusters", "groups"), [(["redis-demo"], ["sg-1"]), (["orders", "redis-demo"], ["sg-1", "sg-2"]), (["gone"], [])]
)
def test_rules_are_read_of_the_groups_that_registered_clusters_are_in(
    aws: FakeAws, clusters: list[str], groups: list[str]
) -> None:
    look([of(each) for each in clusters])
    asked = [each["Filters"][0]["Values"] for each in aws.asked("DescribeSecurityGroupRules")]
    assert asked == ([groups] if groups else [])
