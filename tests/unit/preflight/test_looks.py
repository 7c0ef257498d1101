"""What is asked of AWS for a request, and what comes of a look that AWS refuses."""

import socket

import pytest

from private_connection.cluster.user_groups import UserGroup
from private_connection.errors import AwsRejected
from private_connection.preflight.facts import Facts, RefusedLook
from private_connection.preflight.looks import gather_facts
from private_connection.request.parsing import parse_request
from tests.unit.builders import OURS, Json, an_input, creating, tag_list
from tests.unit.described import cache_cluster, group, security_group, subnet, subnet_group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

ADOPT = an_input(cluster={"id": "redis-demo"})
BOUNDED = an_input(role={"permissionsBoundary": "arn:aws:iam::123456789012:policy/bound"})
INTERFACE = {"Description": "ElastiCache redis-demo-001", "PrivateIpAddress": "10.0.0.5", "SubnetId": "subnet-a"}
ABSENT_CLUSTER = ("DescribeReplicationGroups", "DescribeCacheClusters")


@pytest.fixture(autouse=True)
def account(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """An account with a default VPC of one subnet, and with the cluster, which an earlier run made."""
    aws.answers("ListRoles", {"Roles": [], "IsTruncated": False})
    aws.answers("GetRole", Refusal("NoSuchEntity", 404))
    aws.answers("GetPolicy", {"Policy": {"DefaultVersionId": "v1"}})
    aws.answers("GetPolicyVersion", {"PolicyVersion": {"Document": "{}"}})
    aws.answers("DescribeSubnets", {"Subnets": [subnet()]})
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [security_group()]})
    aws.answers("DescribeAvailabilityZones", {"AvailabilityZones": [{"ZoneName": "eu-central-1a"}]})
    versions = [{"EngineVersion": "7.1", "CacheParameterGroupFamily": "redis7"}]
    aws.answers("DescribeCacheEngineVersions", {"CacheEngineVersions": versions})
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster()]})
    aws.answers("DescribeCacheParameters", {"Parameters": []})
    aws.answers("DescribeServerlessCaches", Refusal("ServerlessCacheNotFoundFault", 404))
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group()]})
    aws.answers("DescribeAccountLimits", {"Limits": [{"Name": "network-load-balancers", "Max": "50"}]})
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": []})
    aws.answers("DescribeTargetGroups", {"TargetGroups": []})
    aws.answers("DescribeSecurityGroupRules", {"SecurityGroupRules": []})
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": [INTERFACE]})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("10.0.0.5", 0))])
    return aws


def without_cluster(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", Refusal("ReplicationGroupNotFoundFault", 404))
    aws.answers("DescribeCacheClusters", Refusal("CacheClusterNotFound", 404))


def gathered(document: Json) -> Facts:
    return gather_facts(parse_request(document))


# ------------------------------------------------------------------ what is read


def test_a_cluster_to_adopt_is_read_with_its_nodes_and_their_places(aws: FakeAws) -> None:
    found = gathered(ADOPT).cluster
    assert found.found is not None
    assert not isinstance(found.members, RefusedLook)
    assert not isinstance(found.places, RefusedLook)
    assert [member.id for member in found.members] == ["redis-demo-001"]
    assert [(place.node, place.subnet_id) for place in found.places] == [("redis-demo-001", "subnet-a")]
    assert "ListTagsForResource" not in aws.operations


def test_a_cluster_to_create_is_read_with_its_tags() -> None:
    assert gathered(creating()).cluster.tags == OURS


@pytest.mark.parametrize("status", ["create-failed", "deleting"])
def test_of_a_lost_cluster_nothing_more_is_read(aws: FakeAws, status: str) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(Status=status)]})
    assert gathered(ADOPT).cluster.members == ()
    assert "DescribeCacheClusters" not in aws.operations


def test_a_user_group_is_looked_up_where_one_is_named(aws: FakeAws) -> None:
    aws.answers(
        "DescribeUserGroups", {"UserGroups": [{"UserGroupId": "clients", "Status": "active", "Engine": "redis"}]}
    )
    assert gathered(creating()).creation.user_groups == ()
    assert gathered(creating(userGroupIds=["clients"])).creation.user_groups == (
        UserGroup("clients", "active", "redis"),
    )
    aws.answers("DescribeUserGroups", DENIED)
    assert isinstance(gathered(creating(userGroupIds=["clients"])).creation.user_groups, RefusedLook)


def test_of_somebodys_cluster_nothing_more_is_read(aws: FakeAws) -> None:
    aws.answers("ListTagsForResource", {"TagList": []})
    assert gathered(creating()).cluster.members == ()
    assert "DescribeCacheClusters" not in aws.operations


def test_while_a_cluster_is_made_its_places_are_not_known(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(Status="creating")]})
    found = gathered(creating()).cluster
    assert found.members
    assert found.places == ()
    assert gathered(ADOPT).cluster.members == ()


def test_a_node_without_an_endpoint_has_no_place_yet(aws: FakeAws) -> None:
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster(CacheNodes=[])]})
    assert gathered(ADOPT).cluster.places == ()


def test_without_its_subnet_group_a_cluster_has_no_places(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", Refusal("CacheSubnetGroupNotFoundFault"))
    assert gathered(ADOPT).cluster.places == ()


def test_only_an_id_that_is_no_cluster_is_looked_for_among_serverless_caches(aws: FakeAws) -> None:
    without_cluster(aws)
    aws.answers("DescribeServerlessCaches", {"ServerlessCaches": [{"ServerlessCacheName": "redis-demo"}]})
    assert gathered(ADOPT).cluster.serverless is True
    assert gathered(creating()).cluster.serverless is False
    assert gathered(an_input(cluster={"id": "a" * 41})).cluster.serverless is False
    assert len(aws.asked("DescribeServerlessCaches")) == 1


def test_an_id_that_only_a_standalone_cluster_can_have_is_no_replication_groups(aws: FakeAws) -> None:
    gathered(an_input(cluster={"id": "a" * 41}))
    assert "DescribeReplicationGroups" not in aws.operations


def test_subnets_are_those_of_the_group_that_is_named(aws: FakeAws) -> None:
    without_cluster(aws)
    gathered(creating(subnetGroup="caches"))
    assert aws.asked("DescribeSubnets") == [{"SubnetIds": ["subnet-a"]}]


def test_subnets_are_those_that_are_named(aws: FakeAws) -> None:
    without_cluster(aws)
    gathered(creating(subnetIds=["subnet-b", "subnet-a"]))
    assert aws.asked("DescribeSubnets") == [{"SubnetIds": ["subnet-a", "subnet-b"]}]


def test_without_a_subnet_group_that_is_named_there_are_no_subnets(aws: FakeAws) -> None:
    without_cluster(aws)
    aws.answers("DescribeCacheSubnetGroups", Refusal("CacheSubnetGroupNotFoundFault"))
    found = gathered(creating(subnetGroup="caches")).creation
    assert (found.subnet_group, found.subnets, found.zones) == (None, (), frozenset())


# ------------------------------------------------------------------ what AWS refuses

SHARDED = creating(clusterMode="enabled")
OPTIONAL = [
    ("GetPolicy", BOUNDED, "role.permissionsBoundary"),
    ("DescribeAvailabilityZones", creating(), "cluster.create"),
    ("DescribeSecurityGroups", creating(securityGroupIds=["sg-1"]), "cluster.create.securityGroupIds"),
    ("DescribeCacheEngineVersions", creating(engineVersion="7.1"), "cluster.create.engineVersion"),
    ("DescribeAvailabilityZones", ADOPT, "cluster.id"),
    ("DescribeAccountLimits", ADOPT, "cluster.id"),
    ("DescribeLoadBalancers", creating(), "cluster.id"),
    ("DescribeTargetGroups", ADOPT, "cluster.id"),
    ("DescribeSecurityGroups", ADOPT, "cluster.id"),
    ("DescribeSecurityGroupRules", ADOPT, "cluster.id"),
    ("DescribeCacheClusters", ADOPT, "cluster.id"),
    ("DescribeCacheParameters", ADOPT, "cluster.id"),
    ("DescribeCacheSubnetGroups", ADOPT, "cluster.id"),
    ("DescribeSubnets", ADOPT, "cluster.id"),
    ("DescribeNetworkInterfaces", ADOPT, "cluster.id"),
]
NEEDED = [
    ("ListRoles", ADOPT),
    ("GetRole", ADOPT),
    ("GetRole", an_input(role={"name": "their-role"})),
    ("DescribeReplicationGroups", ADOPT),
    ("ListTagsForResource", creating()),
    ("DescribeSubnets", creating()),
    ("DescribeCacheSubnetGroups", creating(subnetGroup="caches")),
    ("DescribeCacheEngineVersions", SHARDED),
]


@pytest.mark.parametrize(("operation", "document", "field"), OPTIONAL, ids=[row[0] for row in OPTIONAL])
def test_a_look_that_a_run_can_do_without_may_be_refused(
    aws: FakeAws, operation: str, document: Json, field: str
) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(ClusterEnabled=True)]})
    aws.answers(operation, DENIED)
    (refused,) = gathered(document).refused
    assert refused.field == field
    assert "[AccessDenied]" in refused.cause
    assert operation in aws.operations


def test_the_look_for_a_serverless_cache_may_be_refused(aws: FakeAws) -> None:
    without_cluster(aws)
    aws.answers("DescribeServerlessCaches", DENIED)
    (refused,) = gathered(ADOPT).refused
    assert refused.field == "cluster.id"


@pytest.mark.parametrize(("operation", "document"), NEEDED, ids=[row[0] for row in NEEDED])
def test_a_look_that_a_run_needs_ends_it_when_refused(aws: FakeAws, operation: str, document: Json) -> None:
    aws.answers(operation, DENIED)
    with pytest.raises(AwsRejected, match="AccessDenied"):
        gathered(document)


def test_the_look_for_a_standalone_cluster_ends_the_run_when_refused(aws: FakeAws) -> None:
    without_cluster(aws)
    aws.answers("DescribeCacheClusters", DENIED)
    with pytest.raises(AwsRejected, match="looking up cache cluster"):
        gathered(ADOPT)
