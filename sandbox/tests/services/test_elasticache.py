"""ElastiCache: creation, members and their nodes, states over time, what is refused."""

from typing import Any, Final, Literal

import pytest
from botocore.exceptions import ClientError

from sandbox import dns
from sandbox.world.clusters import lay_user_group
from sandbox.world.model import UserGroupSpec, World

# What a creation may not ask for: the changes to a request that is accepted, and the code of the refusal.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "id too long": ({"ReplicationGroupId": "a" * 41}, "InvalidParameterValue"),
    "id with double hyphen": ({"ReplicationGroupId": "a--b"}, "InvalidParameterValue"),
    "id starting with a digit": ({"ReplicationGroupId": "1a"}, "InvalidParameterValue"),
    "id ending with a hyphen": ({"ReplicationGroupId": "a-"}, "InvalidParameterValue"),
    "empty description": ({"ReplicationGroupDescription": ""}, "InvalidParameterValue"),
    "no node type": ({"CacheNodeType": None}, "InvalidParameterValue"),
    "fruit": ({"CacheNodeType": "cache.banana"}, "InvalidParameterValue"),
    "unknown family": ({"CacheNodeType": "cache.z9.large"}, "InvalidParameterValue"),
    "size its family lacks": ({"CacheNodeType": "cache.t4g.16xlarge"}, "InvalidParameterValue"),
    "r6gd without data tiering": ({"CacheNodeType": "cache.r6gd.xlarge"}, "InvalidParameterCombination"),
    "data tiering without r6gd": ({"DataTieringEnabled": True}, "InvalidParameterCombination"),
    "memcached": ({"Engine": "memcached"}, "InvalidParameterValue"),
    "unknown version": ({"EngineVersion": "9.9"}, "InvalidParameterCombination"),
    "patch release": ({"EngineVersion": "7.1.0"}, "InvalidParameterValue"),
    "any minor version of 7": ({"EngineVersion": "7.x"}, "InvalidParameterCombination"),
    "no patch release before 6": ({"EngineVersion": "5.0"}, "InvalidParameterCombination"),
    "port 0": ({"Port": 0}, "InvalidParameterValue"),
    "no clusters": ({"NumCacheClusters": 0}, "InvalidParameterValue"),
    "seven clusters": ({"NumCacheClusters": 7}, "InvalidParameterValue"),
    "failover alone": ({"AutomaticFailoverEnabled": True}, "InvalidParameterCombination"),
    "Multi-AZ without failover": ({"NumCacheClusters": 2, "MultiAZEnabled": True}, "InvalidParameterCombination"),
    "zones of another number": ({"PreferredCacheClusterAZs": ["us-east-1a"] * 2}, "InvalidParameterCombination"),
    "zone outside the subnet group": ({"PreferredCacheClusterAZs": ["us-east-1f"]}, "InvalidParameterValue"),
    "unknown subnet group": ({"CacheSubnetGroupName": "other"}, "CacheSubnetGroupNotFoundFault"),
    "TLS without subnet group": (
        {"CacheSubnetGroupName": None, "TransitEncryptionEnabled": True},
        "InvalidParameterCombination",
    ),
    "unknown security group": ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidParameterValue"),
    "unknown parameter group": ({"CacheParameterGroupName": "mine"}, "CacheParameterGroupNotFound"),
    "parameter group of another family": (
        {"CacheParameterGroupName": "default.valkey8"},
        "InvalidParameterCombination",
    ),
    "shards without cluster mode": ({"NumCacheClusters": None, "NumNodeGroups": 2}, "InvalidParameterCombination"),
    "key without encryption at rest": ({"KmsKeyId": "alias/caches"}, "InvalidParameterCombination"),
    "key of another Region": (
        {"AtRestEncryptionEnabled": True, "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"},
        "InvalidParameterValue",
    ),
    "user group without TLS": ({"UserGroupIds": ["clients"]}, "InvalidParameterCombination"),
    "unknown user group": ({"TransitEncryptionEnabled": True, "UserGroupIds": ["others"]}, "UserGroupNotFound"),
    "user group beside a token": (
        {"TransitEncryptionEnabled": True, "UserGroupIds": ["clients"], "AuthToken": "a" * 20},
        "InvalidParameterCombination",
    ),
    "two user groups": (
        {"TransitEncryptionEnabled": True, "UserGroupIds": ["clients", "others"]},
        "InvalidParameterCombination",
    ),
    "user group for a version without users": (
        {"TransitEncryptionEnabled": True, "UserGroupIds": ["clients"], "EngineVersion": "5.0.6"},
        "InvalidParameterCombination",
    ),
    "backups for too long": ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue"),
    "backups of cache.t1.micro": (
        {"CacheNodeType": "cache.t1.micro", "SnapshotRetentionLimit": 1},
        "InvalidParameterCombination",
    ),
    "token without TLS": ({"AuthToken": "a" * 20}, "InvalidParameterCombination"),
}
REFUSED_SHARDED: dict[str, tuple[dict[str, Any], str]] = {
    "no failover": ({"AutomaticFailoverEnabled": False}, "InvalidParameterCombination"),
    "clusters counted as well": ({"NumCacheClusters": 2}, "InvalidParameterCombination"),
    "six replicas": ({"ReplicasPerNodeGroup": 6}, "InvalidParameterValue"),
    "no shards": ({"NumNodeGroups": 0}, "InvalidParameterValue"),
    "configuration of another number": (
        {"NodeGroupConfiguration": [{"NodeGroupId": "0001"}]},
        "InvalidParameterCombination",
    ),
    "a shard twice": (
        {"NodeGroupConfiguration": [{"NodeGroupId": "0001"}, {"NodeGroupId": "0001"}]},
        "InvalidParameterValue",
    ),
    "replica zones of another number": (
        {
            "NumNodeGroups": 1,
            "NodeGroupConfiguration": [{"ReplicaCount": 2, "ReplicaAvailabilityZones": ["us-east-1a"]}],
        },
        "InvalidParameterCombination",
    ),
    "shard id of letters": (
        {"NumNodeGroups": 1, "NodeGroupConfiguration": [{"NodeGroupId": "one"}]},
        "InvalidParameterValue",
    ),
    "Multi-AZ without replicas": (
        {"ReplicasPerNodeGroup": 0, "MultiAZEnabled": True},
        "InvalidParameterCombination",
    ),
    "more nodes than a cluster may have": (
        {"NumNodeGroups": 31, "ReplicasPerNodeGroup": 2},
        "NodeQuotaForClusterExceeded",
    ),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED)
def test_refuses_group(aws: Any, changes: dict[str, Any], code: str) -> None:
    aws.subnet_group()
    with aws.refused(code):
        aws.replication_group(**changes)


@pytest.mark.parametrize(("changes", "code"), REFUSED_SHARDED.values(), ids=REFUSED_SHARDED)
def test_refuses_sharded_group(aws: Any, changes: dict[str, Any], code: str) -> None:
    aws.subnet_group()
    with aws.refused(code):
        aws.elasticache.create_replication_group(**aws.sharded_request(**changes))


USERS = {
    "for valkey": (UserGroupSpec(id="clients", engine="valkey"), "InvalidParameterCombination"),
    "that is being made": (UserGroupSpec(id="clients", status="creating"), "InvalidUserGroupState"),
}


@pytest.mark.parametrize(("spec", "code"), USERS.values(), ids=USERS)
def test_refuses_a_redis_group_a_user_group(aws: Any, spec: UserGroupSpec, code: str) -> None:
    aws.subnet_group()
    lay_user_group("us-east-1", spec)
    with aws.refused(code):
        aws.replication_group(TransitEncryptionEnabled=True, UserGroupIds=["clients"])


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_a_valkey_group_takes_user_groups_for_either_engine(corrected: Any, engine: Literal["redis", "valkey"]) -> None:
    corrected.subnet_group()
    lay_user_group("us-east-1", UserGroupSpec(id="Clients", engine=engine))
    corrected.replication_group(Engine="valkey", TransitEncryptionEnabled=True, UserGroupIds=["clients"])
    corrected.wait(501)
    (made,) = corrected.elasticache.describe_replication_groups()["ReplicationGroups"]
    assert made["UserGroupIds"] == ["clients"]
    (group,) = corrected.elasticache.describe_user_groups(UserGroupId="CLIENTS")["UserGroups"]
    assert (group["Engine"], group["Status"], group["ReplicationGroups"]) == (engine, "active", ["orders"])


def test_a_user_group_that_does_not_exist_is_not_found(aws: Any) -> None:
    with aws.refused("UserGroupNotFound"):
        aws.elasticache.describe_user_groups(UserGroupId="clients")


@pytest.mark.parametrize("named", ["1234abcd-12ab-34cd-56ef-1234567890ab", "alias/caches"])
def test_a_group_shows_its_key_by_arn_and_how_long_backups_are_kept(corrected: Any, named: str) -> None:
    corrected.subnet_group()
    corrected.replication_group(AtRestEncryptionEnabled=True, KmsKeyId=named, SnapshotRetentionLimit=35)
    (made,) = corrected.elasticache.describe_replication_groups()["ReplicationGroups"]
    assert made["KmsKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert (named in made["KmsKeyId"], made["SnapshotRetentionLimit"]) == ("alias" not in named, 35)


def test_the_requests_that_are_varied_are_accepted(corrected: Any) -> None:
    corrected.subnet_group()
    assert corrected.replication_group()["Status"] == "creating"
    sharded = corrected.sharded_request(ReplicationGroupId="sharded")
    assert len(corrected.elasticache.create_replication_group(**sharded)["ReplicationGroup"]["MemberClusters"]) == 4


def test_id_is_taken_whatever_its_case(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group()
    with aws.refused("ReplicationGroupAlreadyExists"):
        aws.replication_group(ReplicationGroupId="ORDERS")


def test_group_is_found_whatever_the_case_and_stored_in_lower_case(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group(ReplicationGroupId="Orders")
    found = aws.elasticache.describe_replication_groups(ReplicationGroupId="ORDERS")["ReplicationGroups"]
    assert found[0]["ReplicationGroupId"] == "orders"


def test_group_is_creating_for_minutes(aws: Any) -> None:
    aws.subnet_group()
    made = aws.replication_group()
    assert made["Status"] == "creating"
    assert "NodeGroups" not in made
    aws.wait(501)
    assert aws.elasticache.describe_replication_groups()["ReplicationGroups"][0]["Status"] == "available"


def test_members_are_listed_from_the_first_moment(aws: Any) -> None:
    aws.subnet_group()
    made = aws.replication_group(NumCacheClusters=3, AutomaticFailoverEnabled=True)
    assert made["MemberClusters"] == ["orders-001", "orders-002", "orders-003"]


def test_member_of_a_creating_group_has_no_endpoint(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group()
    assert "Endpoint" not in aws.node("orders-001")


def test_member_is_a_cache_cluster_with_one_node(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group(NumCacheClusters=2, PreferredCacheClusterAZs=["us-east-1b", "us-east-1a"])
    aws.wait(501)
    node = aws.node("orders-001")
    assert node["CacheNodeId"] == "0001"
    assert node["CustomerAvailabilityZone"] == "us-east-1b"
    assert node["Endpoint"]["Address"].endswith(".use1.cache.amazonaws.com")
    assert node["Endpoint"]["Address"].startswith("orders-001.")
    assert aws.node("orders-002")["CustomerAvailabilityZone"] == "us-east-1a"


def test_nodes_are_left_out_unless_asked_for(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group()
    corrected.wait(501)
    found = corrected.elasticache.describe_cache_clusters(CacheClusterId="orders-001")["CacheClusters"][0]
    assert "CacheNodes" not in found


def test_r6gd_tiers_its_data(corrected: Any) -> None:
    corrected.subnet_group()
    made = corrected.replication_group(CacheNodeType="cache.r6gd.xlarge", DataTieringEnabled=True)
    assert (made["CacheNodeType"], made["DataTiering"]) == ("cache.r6gd.xlarge", "enabled")


def test_cluster_says_what_it_is(aws: Any) -> None:
    aws.subnet_group()
    group = aws.security_group()
    aws.replication_group(SecurityGroupIds=[group], TransitEncryptionEnabled=True, EngineVersion="7.1")
    found = aws.elasticache.describe_cache_clusters(CacheClusterId="orders-001")["CacheClusters"][0]
    assert found["SecurityGroups"] == [{"SecurityGroupId": group, "Status": "active"}]
    assert found["CacheSubnetGroupName"] == "caches"
    assert found["ReplicationGroupId"] == "orders"
    assert (found["EngineVersion"], found["TransitEncryptionEnabled"]) == ("7.1.0", True)


def test_disabled_mode_has_primary_reader_and_read_endpoints(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group(NumCacheClusters=2)
    aws.wait(501)
    shown = aws.elasticache.describe_replication_groups()["ReplicationGroups"][0]
    (shard,) = shown["NodeGroups"]
    assert {"PrimaryEndpoint", "ReaderEndpoint"} <= shard.keys()
    assert [each["CurrentRole"] for each in shard["NodeGroupMembers"]] == ["primary", "replica"]
    assert "ConfigurationEndpoint" not in shown


def test_enabled_mode_has_only_a_configuration_endpoint(aws: Any) -> None:
    aws.subnet_group()
    aws.elasticache.create_replication_group(**aws.sharded_request())
    aws.wait(501)
    shown = aws.elasticache.describe_replication_groups()["ReplicationGroups"][0]
    assert (shown["ClusterEnabled"], shown["ClusterMode"]) == (True, "enabled")
    assert "clustercfg" in shown["ConfigurationEndpoint"]["Address"]
    assert [each["Slots"] for each in shown["NodeGroups"]] == ["0-8191", "8192-16383"]
    members = [member for shard in shown["NodeGroups"] for member in shard["NodeGroupMembers"]]
    assert not any({"ReadEndpoint", "CurrentRole"} & member.keys() for member in members)


def test_members_of_shards_are_numbered_once_each(aws: Any) -> None:
    aws.subnet_group()
    made = aws.elasticache.create_replication_group(**aws.sharded_request())["ReplicationGroup"]
    assert made["MemberClusters"] == ["orders-0001-001", "orders-0001-002", "orders-0002-001", "orders-0002-002"]


def test_zones_of_a_configuration_are_kept(aws: Any) -> None:
    aws.subnet_group()
    shards = [
        {
            "NodeGroupId": f"000{n}",
            "ReplicaCount": 1,
            "PrimaryAvailabilityZone": zone,
            "ReplicaAvailabilityZones": [other],
        }
        for n, zone, other in ((1, "us-east-1a", "us-east-1b"), (2, "us-east-1c", "us-east-1a"))
    ]
    aws.elasticache.create_replication_group(**aws.sharded_request(NodeGroupConfiguration=shards))
    aws.wait(501)
    zones = [aws.node(f"orders-000{n}-00{m}")["CustomerAvailabilityZone"] for n in (1, 2) for m in (1, 2)]
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1a"]


def test_node_has_an_interface_in_a_subnet_of_its_zone(aws: Any) -> None:
    aws.subnet_group()
    group = aws.security_group()
    aws.replication_group(SecurityGroupIds=[group], PreferredCacheClusterAZs=["us-east-1b"])
    aws.wait(501)
    found = aws.interface("ElastiCache orders-001")
    assert found["SubnetId"] == aws.subnets[1]
    assert [each["GroupId"] for each in found["Groups"]] == [group]
    assert found["PrivateIpAddress"].startswith("172.31.")


def test_node_of_a_creating_group_has_no_interface(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group()
    assert corrected.ec2.describe_network_interfaces()["NetworkInterfaces"] == []


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_at_rest_encryption_is_the_default_of_valkey_only(corrected: Any, engine: str) -> None:
    corrected.subnet_group()
    made = corrected.replication_group(Engine=engine)
    assert made["AtRestEncryptionEnabled"] is (engine == "valkey")
    assert made["TransitEncryptionEnabled"] is False


def test_clusters_are_paged(aws: Any) -> None:
    aws.subnet_group()
    aws.elasticache.create_replication_group(**aws.sharded_request(NumNodeGroups=15))
    first = aws.elasticache.describe_cache_clusters(MaxRecords=20)
    rest = aws.elasticache.describe_cache_clusters(MaxRecords=20, Marker=first["Marker"])
    assert (len(first["CacheClusters"]), len(rest["CacheClusters"])) == (20, 10)
    assert "Marker" not in rest


def test_page_size_has_a_floor(aws: Any) -> None:
    with aws.refused("InvalidParameterValue"):
        aws.elasticache.describe_cache_clusters(MaxRecords=5)


STANDALONE = {"id": "alone", "mode": "standalone"}


@pytest.mark.parametrize("world", [{"clusters": [STANDALONE, {"id": "orders"}]}], indirect=True)
def test_standalone_clusters_can_be_listed_alone(corrected: Any) -> None:
    listed = corrected.elasticache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)
    assert [each["CacheClusterId"] for each in listed["CacheClusters"]] == ["alone"]
    assert corrected.node("alone")["Endpoint"]["Port"] == 6379


@pytest.mark.parametrize(
    "world", [{"clusters": [STANDALONE | {"engine": "memcached", "cacheNodes": 2}]}], indirect=True
)
def test_memcached_has_nodes_in_several_zones(corrected: Any) -> None:
    (shown,) = corrected.elasticache.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    assert (shown["Engine"], len(shown["CacheNodes"])) == ("memcached", 2)
    assert shown["PreferredAvailabilityZone"] == "Multiple"
    assert "ConfigurationEndpoint" in shown


@pytest.mark.parametrize("world", [{"clusters": [{"id": "less", "mode": "serverless"}]}], indirect=True)
def test_serverless_caches_are_listed_by_name(corrected: Any) -> None:
    (shown,) = corrected.elasticache.describe_serverless_caches(ServerlessCacheName="LESS")["ServerlessCaches"]
    assert (shown["ServerlessCacheName"], shown["Status"]) == ("less", "available")
    with corrected.refused("ServerlessCacheNotFoundFault"):
        corrected.elasticache.describe_serverless_caches(ServerlessCacheName="more")


def test_serverless_caches_can_be_asked_for(aws: Any) -> None:
    assert aws.elasticache.describe_serverless_caches()["ServerlessCaches"] == []


# zones


@pytest.mark.parametrize("world", [{"refusedZones": ["us-east-1b"]}], indirect=True)
def test_zone_that_is_refused(corrected: Any) -> None:
    corrected.subnet_group()
    with corrected.refused("InsufficientCacheClusterCapacity"):
        corrected.replication_group(PreferredCacheClusterAZs=["us-east-1b"])
    corrected.replication_group(NumCacheClusters=6, AutomaticFailoverEnabled=True)
    corrected.wait(501)
    zones = {corrected.node(f"orders-00{n}")["CustomerAvailabilityZone"] for n in range(1, 7)}
    assert zones == {"us-east-1a", "us-east-1c"}


@pytest.mark.parametrize("world", [{"placements": {"orders-001": "us-east-1c"}}], indirect=True)
def test_node_that_is_put_elsewhere_than_asked(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group(PreferredCacheClusterAZs=["us-east-1a"])
    corrected.wait(501)
    assert corrected.node("orders-001")["CustomerAvailabilityZone"] == "us-east-1c"


def test_a_group_cannot_be_looked_up_by_an_id_that_none_can_have(aws: Any) -> None:
    with aws.refused("InvalidParameterValue"):
        aws.elasticache.describe_replication_groups(ReplicationGroupId="a" * 41)
    with aws.refused("ReplicationGroupNotFoundFault"):
        aws.elasticache.describe_replication_groups(ReplicationGroupId="a" * 40)


@pytest.mark.parametrize("world", [{"lateNodes": {"orders-002": 60}}], indirect=True)
def test_group_that_is_available_before_a_node_of_it_is_ready(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group(NumCacheClusters=2)
    corrected.wait(501)
    assert corrected.elasticache.describe_replication_groups()["ReplicationGroups"][0]["Status"] == "available"
    assert ["Endpoint" in corrected.node(f"orders-00{n}") for n in (1, 2)] == [True, False]
    corrected.wait(60)
    assert "Endpoint" in corrected.node("orders-002")


@pytest.mark.parametrize("world", [{"failing": ["orders"]}], indirect=True)
def test_group_whose_creation_fails(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group()
    corrected.wait(501)
    shown = corrected.elasticache.describe_replication_groups()["ReplicationGroups"][0]
    assert shown["Status"] == "create-failed"
    assert "Endpoint" not in corrected.node("orders-001")
    with corrected.refused("InvalidReplicationGroupState"):
        corrected.elasticache.delete_replication_group(ReplicationGroupId="orders", FinalSnapshotIdentifier="last")
    corrected.elasticache.delete_replication_group(ReplicationGroupId="orders")


@pytest.mark.parametrize("world", [{"quotas": {"nodes-per-region": 2}}], indirect=True)
def test_nodes_of_a_region_are_limited(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group()
    with corrected.refused("NodeQuotaForCustomerExceeded"):
        corrected.replication_group(ReplicationGroupId="more", NumCacheClusters=2)


@pytest.mark.parametrize("world", [{"latency": {"securityGroupVisibility": 5}}], indirect=True)
def test_a_new_security_group_is_seen_some_seconds_later(corrected: Any) -> None:
    corrected.subnet_group()
    group = corrected.security_group()
    with corrected.refused("InvalidParameterValue"):
        corrected.replication_group(SecurityGroupIds=[group])
    corrected.wait(5)
    assert corrected.replication_group(SecurityGroupIds=[group])["Status"] == "creating"


# tags


def test_tags_given_at_creation_reach_the_members(corrected: Any) -> None:
    corrected.subnet_group()
    made = corrected.replication_group(Tags=[{"Key": "team", "Value": "blue"}])
    corrected.wait(501)
    member = made["ARN"].replace("replicationgroup:orders", "cluster:orders-001")
    for arn in (made["ARN"], member):
        tags = corrected.elasticache.list_tags_for_resource(ResourceName=arn)["TagList"]
        assert tags == [{"Key": "team", "Value": "blue"}]


def test_tags_that_are_added_to_a_group_reach_the_members(corrected: Any) -> None:
    corrected.subnet_group()
    arn = corrected.replication_group(Tags=[{"Key": "team", "Value": "blue"}])["ARN"]
    with corrected.refused("InvalidReplicationGroupState"):
        corrected.elasticache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "red"}])
    corrected.wait(501)
    corrected.elasticache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "red"}])
    with corrected.refused("InvalidReplicationGroupState"):  # it is modifying
        corrected.elasticache.list_tags_for_resource(ResourceName=arn)
    corrected.wait(61)
    for each in (arn, arn.replace("replicationgroup:orders", "cluster:orders-001")):
        tags = corrected.elasticache.list_tags_for_resource(ResourceName=each)["TagList"]
        assert tags == [{"Key": "team", "Value": "red"}]


def test_tags_of_a_group_that_is_not_available(aws: Any) -> None:
    aws.subnet_group()
    arn = aws.replication_group()["ARN"]
    with aws.refused("InvalidReplicationGroupState"):
        aws.elasticache.list_tags_for_resource(ResourceName=arn)


def test_tags_of_what_does_not_exist(aws: Any) -> None:
    arn = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:other"
    with aws.refused("ReplicationGroupNotFoundFault"):
        aws.elasticache.list_tags_for_resource(ResourceName=arn)


# subnet groups


def test_subnet_group_says_its_zones(aws: Any) -> None:
    aws.subnet_group()
    (shown,) = aws.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="caches")["CacheSubnetGroups"]
    zones = [each["SubnetAvailabilityZone"]["Name"] for each in shown["Subnets"]]
    assert sorted(zones) == ["us-east-1a", "us-east-1b", "us-east-1c"]


def test_default_subnet_group_is_made_when_it_is_needed(aws: Any) -> None:
    aws.replication_group(CacheSubnetGroupName=None)
    (shown,) = aws.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="default")["CacheSubnetGroups"]
    assert (shown["VpcId"], len(shown["Subnets"])) == (aws.vpc, 3)


def test_subnet_group_of_subnets_that_do_not_exist(aws: Any) -> None:
    with aws.refused("InvalidSubnet"):
        aws.subnet_group(subnets=["subnet-0123456789abcdef0"])


ON_AN_OUTPOST: Final = {
    "vpcs": [
        {
            "id": "vpc-1",
            "cidr": "10.0.0.0/16",
            "subnets": [
                {"id": "s-a", "cidr": "10.0.1.0/24", "zone": "us-east-1a"},
                {"id": "s-op", "cidr": "10.0.2.0/24", "zone": "us-east-1a", "outpost": "op-0123456789abcdef0"},
            ],
        }
    ]
}


@pytest.mark.parametrize("world", [ON_AN_OUTPOST], indirect=True)
def test_subnets_of_an_outpost_are_of_a_group_of_their_own(corrected: Any) -> None:
    """API reference, SubnetNotAllowedFault; EC2 API reference, Subnet: OutpostArn."""
    with corrected.refused("SubnetNotAllowedFault"):
        corrected.subnet_group(subnets=["s-a", "s-op"])
    corrected.subnet_group(subnets=["s-op"])
    found = {each["SubnetId"]: each.get("OutpostArn") for each in corrected.ec2.describe_subnets()["Subnets"]}
    assert found == {"s-a": None, "s-op": "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0"}


def test_subnet_group_names_are_one_case(aws: Any) -> None:
    aws.subnet_group("Caches")
    with aws.refused("CacheSubnetGroupAlreadyExists"):
        aws.subnet_group("caches")


def test_subnet_group_is_deleted(aws: Any) -> None:
    aws.subnet_group()
    aws.elasticache.delete_cache_subnet_group(CacheSubnetGroupName="caches")
    with aws.refused("CacheSubnetGroupNotFoundFault"):
        aws.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="caches")


def test_subnet_group_in_use_is_not_deleted(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group()
    with aws.refused("CacheSubnetGroupInUse"):
        aws.elasticache.delete_cache_subnet_group(CacheSubnetGroupName="caches")


# versions


def test_versions_name_their_parameter_group_family(aws: Any) -> None:
    (default,) = aws.elasticache.describe_cache_engine_versions(Engine="redis", DefaultOnly=True)["CacheEngineVersions"]
    assert default["CacheParameterGroupFamily"] == "redis7"
    valkey = aws.elasticache.describe_cache_engine_versions(Engine="valkey")["CacheEngineVersions"]
    assert {each["CacheParameterGroupFamily"] for each in valkey} == {"valkey7", "valkey8", "valkey9"}
    assert (
        aws.elasticache.describe_cache_engine_versions(Engine="redis", EngineVersion="9.9")["CacheEngineVersions"] == []
    )


def test_a_patch_release_cannot_be_chosen_from_version_6_on(aws: Any) -> None:
    aws.subnet_group()
    with pytest.raises(ClientError, match=r"not allowed for '6\.2\.6', please use '6\.2'"):
        aws.replication_group(EngineVersion="6.2.6")
    for number, version in enumerate(("5.0.6", "6.2", "6.x", "7.1")):
        aws.replication_group(ReplicationGroupId=f"orders-{number}", EngineVersion=version)


# parameters


OWN_PARAMETERS = {"id": "orders", "mode": "enabled", "parameters": {"cluster-preferred-endpoint-type": "ip"}}


@pytest.mark.parametrize("world", [{"clusters": [OWN_PARAMETERS]}], indirect=True)
def test_a_cluster_with_parameters_of_its_own_has_a_group_of_its_own(corrected: Any) -> None:
    (member,) = corrected.elasticache.describe_cache_clusters()["CacheClusters"]
    name = member["CacheParameterGroup"]["CacheParameterGroupName"]
    assert name == "orders-parameters"
    shown = corrected.elasticache.describe_cache_parameters(CacheParameterGroupName=name)["Parameters"]
    values = {each["ParameterName"]: (each["ParameterValue"], each["Source"]) for each in shown}
    assert values["cluster-preferred-endpoint-type"] == ("ip", "user")
    assert values["cluster-enabled"] == ("yes", "system")


def test_parameters_of_a_default_group(aws: Any) -> None:
    shown = aws.elasticache.describe_cache_parameters(CacheParameterGroupName="default.redis7.cluster.on")
    values = {each["ParameterName"]: each["ParameterValue"] for each in shown["Parameters"]}
    assert values["cluster-preferred-endpoint-type"] == "tls-dynamic"


@pytest.mark.parametrize("world", [{"clusters": [OWN_PARAMETERS]}], indirect=True)
def test_parameters_by_their_source(corrected: Any) -> None:
    changed = corrected.elasticache.describe_cache_parameters(
        CacheParameterGroupName="orders-parameters", Source="user"
    )
    assert [each["ParameterName"] for each in changed["Parameters"]] == ["cluster-preferred-endpoint-type"]


def test_parameters_of_a_group_that_does_not_exist(aws: Any) -> None:
    with aws.refused("CacheParameterGroupNotFound"):
        aws.elasticache.describe_cache_parameters(CacheParameterGroupName="none")


@pytest.mark.parametrize(
    "world",
    [{"clusters": [{"id": "orders", "globalDatastore": "ldgnf-orders", "globalRole": "SECONDARY"}]}],
    indirect=True,
)
def test_a_member_of_a_global_datastore_says_its_role(corrected: Any) -> None:
    (group,) = corrected.elasticache.describe_replication_groups()["ReplicationGroups"]
    told = {"GlobalReplicationGroupId": "ldgnf-orders", "GlobalReplicationGroupMemberRole": "SECONDARY"}
    assert group["GlobalReplicationGroupInfo"] == told


@pytest.mark.parametrize(
    "world", [{"clusters": [{"id": "orders", "mode": "enabled", "tls": True, "tlsMode": "preferred"}]}], indirect=True
)
def test_a_cluster_may_take_clients_with_and_without_encryption(corrected: Any) -> None:
    (shown,) = corrected.elasticache.describe_replication_groups()["ReplicationGroups"]
    assert (shown["TransitEncryptionEnabled"], shown["TransitEncryptionMode"]) == (True, "preferred")


BOTH = {"cidr": "10.0.0.0/24", "ipv6Cidr": "2600:1f14::/64"}


def reached(network: str, ranges: dict[str, str] = BOTH) -> dict[str, Any]:
    cluster = {"id": "orders", "networkType": network}
    subnets = [{"id": "s-1", "zone": "us-east-1a", **ranges}]
    return {
        "vpcs": [{"id": "vpc-1", "cidr": "10.0.0.0/16", "subnets": subnets}],
        "clusters": [cluster, {**cluster, "id": "alone", "mode": "standalone"}],
    }


@pytest.mark.parametrize("world", [reached("ipv6"), reached("dual_stack")], indirect=True)
def test_a_cluster_says_over_which_network_it_is_reached(corrected: Any, world: World) -> None:
    """CreateReplicationGroup, `NetworkType`; ElastiCache user guide, "Choosing a network type"."""
    (group,) = corrected.elasticache.describe_replication_groups()["ReplicationGroups"]
    clusters = corrected.elasticache.describe_cache_clusters()["CacheClusters"]
    network = world.clusters[0].network_type
    assert {each["NetworkType"] for each in (group, *clusters)} == {network}
    groups = corrected.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="orders-subnets")
    assert groups["CacheSubnetGroups"][0]["SupportedNetworkTypes"] == ["dual_stack", "ipv4", "ipv6"]
    interface, name = corrected.interface("ElastiCache orders-001"), corrected.node("orders-001")["Endpoint"]["Address"]
    over_ipv6 = [each["Ipv6Address"] for each in interface["Ipv6Addresses"]]
    assert (group["IpDiscovery"], over_ipv6) == (("ipv6", ["2600:1f14::4"]) if network == "ipv6" else ("ipv4", []))
    assert dns.addresses(name, corrected.conditions) == (over_ipv6 or [interface["PrivateIpAddress"]])


@pytest.mark.parametrize("world", [reached("ipv6", {"ipv6Cidr": "2600:1f14::/64"})], indirect=True)
def test_a_node_in_an_ipv6_only_subnet_has_no_address_of_ipv4(corrected: Any) -> None:
    """VPC User Guide, "IPv6-only subnets"; ElastiCache user guide, "Choosing a network type"."""
    groups = corrected.elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="orders-subnets")
    assert groups["CacheSubnetGroups"][0]["SupportedNetworkTypes"] == ["ipv6"]
    taken = []
    for node in ("orders-001", "alone"):
        interface, name = corrected.interface(f"ElastiCache {node}"), corrected.node(node)["Endpoint"]["Address"]
        assert ("PrivateIpAddress" in interface, interface["PrivateIpAddresses"]) == (False, [])
        taken += [each["Ipv6Address"] for each in interface["Ipv6Addresses"]]
        assert dns.addresses(name, corrected.conditions) == taken[-1:]
    assert taken == ["2600:1f14::4", "2600:1f14::5"]


# deletion


def test_group_is_deleting_for_minutes_and_then_gone(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group()
    aws.wait(501)
    deleted = aws.elasticache.delete_replication_group(ReplicationGroupId="orders")
    assert deleted["ReplicationGroup"]["Status"] == "deleting"
    aws.wait(301)
    with aws.refused("ReplicationGroupNotFoundFault"):
        aws.elasticache.describe_replication_groups(ReplicationGroupId="orders")
    with aws.refused("CacheClusterNotFound"):
        aws.elasticache.describe_cache_clusters(CacheClusterId="orders-001")


@pytest.mark.parametrize("times", [1, 2], ids=["creating", "deleting"])
def test_group_that_is_busy_is_not_deleted(aws: Any, times: int) -> None:
    aws.subnet_group()
    aws.replication_group()
    if times == 2:
        aws.wait(501)
        aws.elasticache.delete_replication_group(ReplicationGroupId="orders")
    with aws.refused("InvalidReplicationGroupState"):
        aws.elasticache.delete_replication_group(ReplicationGroupId="orders")


@pytest.mark.parametrize("world", [{"clusters": [{"id": "orders", "status": "snapshotting"}]}], indirect=True)
def test_group_that_is_snapshotting_is_not_deleted(corrected: Any) -> None:
    with corrected.refused("InvalidReplicationGroupState"):
        corrected.elasticache.delete_replication_group(ReplicationGroupId="orders")


def test_final_snapshot_outlives_the_group(aws: Any) -> None:
    aws.subnet_group()
    aws.replication_group()
    aws.wait(501)
    aws.elasticache.delete_replication_group(ReplicationGroupId="orders", FinalSnapshotIdentifier="last")
    aws.wait(301 + 60)
    (snapshot,) = aws.elasticache.describe_snapshots(SnapshotName="last")["Snapshots"]
    assert (snapshot["SnapshotStatus"], snapshot["ReplicationGroupId"]) == ("available", "orders")


def test_final_snapshot_name_must_be_free(aws: Any) -> None:
    aws.subnet_group()
    for group_id in ("orders", "others"):
        aws.replication_group(ReplicationGroupId=group_id)
    aws.wait(501)
    aws.elasticache.delete_replication_group(ReplicationGroupId="orders", FinalSnapshotIdentifier="last")
    with aws.refused("SnapshotAlreadyExistsFault"):
        aws.elasticache.delete_replication_group(ReplicationGroupId="others", FinalSnapshotIdentifier="last")
