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


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": [MEMBER, ALONE]})
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group()]})
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": [INTERFACE]})
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer()]})
    aws.answers("DescribeTargetGroups", {"TargetGroups": [target_group()]})
    configurations = [
        service(NetworkLoadBalancerArns=["lb-1", "lb-2"]),
        service("vpce-svc-2", NetworkLoadBalancerArns=["lb-3"], ServiceState="Deleting"),
        service("vpce-svc-3", NetworkLoadBalancerArns=[]),
    ]
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": configurations})
    endpoints = [endpoint_connection("vpce-1", "available"), endpoint_connection("vpce-2", "rejected")]
    aws.answers("DescribeVpcEndpointConnections", {"VpcEndpointConnections": endpoints})
    aws.answers("DescribeSecurityGroupRules", {"SecurityGroupRules": [rule(), rule("sgr-2")]})
    aws.answers("DescribeSubnets", {"Subnets": [subnet()]})
    aws.answers("ListRoles", {"Roles": [], "IsTruncated": False})
    aws.answers("GetRole", {"Role": role()})


def of(cluster_id: str) -> Connected:
    return a_connected(a_handoff(cluster_id=cluster_id))


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
