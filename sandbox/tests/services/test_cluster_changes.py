"""What owners do to their clusters between runs: the statuses, members, names and addresses that come of it.

Sources: ElastiCache API reference, IncreaseReplicaCount, DecreaseReplicaCount, ModifyReplicationGroup, TestFailover and
ModifyReplicationGroupShardConfiguration; user guide, "Increasing the number of replicas in a shard", "Decreasing the
number of replicas in a shard", "Online resharding and shard rebalancing" and "Scaling up"; the examples of the AWS CLI
for decrease-replica-count and modify-replication-group-shard-configuration.
"""

from typing import Any

import pytest

from sandbox import dns
from sandbox.audit import Snapshot
from sandbox.world import apply_event

PLAIN = {"clusters": [{"id": "orders", "replicasPerShard": 2}]}
SHARDED = {"clusters": [{"id": "orders", "mode": "enabled", "shards": 3, "replicasPerShard": 1}]}
plain = pytest.mark.parametrize("world", [PLAIN], indirect=True)
sharded = pytest.mark.parametrize("world", [SHARDED], indirect=True)


def happen(account: Any, event: str, **arguments: Any) -> None:
    apply_event(event, arguments, account.conditions)


def group(account: Any) -> Any:
    (found,) = account.elasticache.describe_replication_groups()["ReplicationGroups"]
    return found


def statuses(account: Any) -> dict[str, str]:
    """The status of each cache cluster, whether the group still lists it or not."""
    found = account.elasticache.describe_cache_clusters()["CacheClusters"]
    return {each["CacheClusterId"]: each["CacheClusterStatus"] for each in found}


def addresses(account: Any) -> dict[str, str]:
    found = account.elasticache.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    names = {each["CacheClusterId"]: each["CacheNodes"][0].get("Endpoint", {}).get("Address", "") for each in found}
    return {node: "".join(dns.addresses(name, account.conditions)) for node, name in names.items()}


def interfaces(account: Any) -> set[str]:
    found = account.ec2.describe_network_interfaces()["NetworkInterfaces"]
    return {each["Description"].removeprefix("ElastiCache ") for each in found}


# ---- replicas and shards that are removed


@plain
def test_a_replica_that_is_removed_is_listed_with_its_endpoint_until_it_is_gone(corrected: Any) -> None:
    name = corrected.node("orders-002")["Endpoint"]["Address"]
    happen(corrected, "remove-replica", node="orders-002")
    during = group(corrected)
    assert during["Status"] == during["NodeGroups"][0]["Status"] == "modifying"
    assert during["MemberClusters"] == ["orders-001", "orders-002", "orders-003"]
    assert all("ReadEndpoint" in each for each in during["NodeGroups"][0]["NodeGroupMembers"])
    assert statuses(corrected) == {"orders-001": "available", "orders-002": "deleting", "orders-003": "available"}
    assert dns.addresses(name, corrected.conditions)
    corrected.wait(400)
    after = group(corrected)
    assert (after["Status"], after["MemberClusters"]) == ("available", ["orders-001", "orders-003"])
    assert [each["CacheClusterId"] for each in after["NodeGroups"][0]["NodeGroupMembers"]] == after["MemberClusters"]
    assert statuses(corrected).keys() == {"orders-001", "orders-003"}
    assert dns.addresses(name, corrected.conditions) == []


@plain
def test_the_interface_of_a_removed_node_goes_a_little_later_and_its_address_is_free(corrected: Any) -> None:
    happen(corrected, "remove-replica", node="orders-002")
    corrected.wait(400)
    assert "orders-002" in interfaces(corrected)
    corrected.wait(30)
    assert interfaces(corrected) == {"orders-001", "orders-003"}


REUSED = {
    "securityGroups": [{"id": "sg-cache", "rules": [{"port": 6379, "cidr": "172.31.0.0/16"}]}],
    "clusters": [
        {
            "id": "orders",
            "replicasPerShard": 1,
            "subnets": ["subnet-a"],
            "securityGroups": ["sg-cache"],
            "nodes": {"orders-002": {"ip": "172.31.0.77"}},
        },
        {"id": "theirs", "subnets": ["subnet-a"], "securityGroups": ["sg-cache"]},
    ],
    "targetGroups": [{"name": "t", "targets": [{"ip": "172.31.0.77"}]}],
    "loadBalancers": [{"name": "lb", "subnets": ["subnet-a"], "listeners": [{"port": 6379, "targetGroup": "t"}]}],
}


@pytest.mark.parametrize("world", [REUSED], indirect=True)
def test_another_clusters_node_may_get_the_address_and_answers_there(corrected: Any) -> None:
    (target_group,) = corrected.elbv2.describe_target_groups()["TargetGroups"]

    def health() -> str:
        shown = corrected.elbv2.describe_target_health(TargetGroupArn=target_group["TargetGroupArn"])
        return str(shown["TargetHealthDescriptions"][0]["TargetHealth"]["State"])

    corrected.wait(1000)
    seen = [health()]
    happen(corrected, "remove-replica", node="orders-002")
    seen.append(health())
    corrected.wait(430)
    seen.append(health())
    happen(corrected, "add-replica", cluster="theirs", nodes={"theirs-002": {"ip": "172.31.0.77"}})
    corrected.wait(600)
    assert [*seen, health()] == ["healthy", "healthy", "unhealthy", "healthy"]


@plain
def test_a_group_without_replicas_has_neither_failover_nor_multi_az(corrected: Any) -> None:
    """DecreaseReplicaCount: one replica at least with Multi-AZ, none without, where cluster mode is disabled."""
    for node in ("orders-002", "orders-003"):
        happen(corrected, "remove-replica", node=node)
        shown = group(corrected)
        assert {shown["AutomaticFailover"], shown["MultiAZ"]} == {"enabled" if node == "orders-002" else "disabled"}
        corrected.wait(400)


@sharded
def test_a_shard_that_is_removed_goes_with_its_nodes_and_the_others_keep_their_ids(corrected: Any) -> None:
    happen(corrected, "remove-shard", cluster="orders", shard="0002")
    during = group(corrected)
    assert (during["Status"], len(during["MemberClusters"]), len(during["NodeGroups"])) == ("modifying", 6, 3)
    assert {node for node, status in statuses(corrected).items() if status == "deleting"} == {
        "orders-0002-001",
        "orders-0002-002",
    }
    corrected.wait(400)
    shards = group(corrected)["NodeGroups"]
    assert {each["NodeGroupId"]: each["Slots"] for each in shards} == {"0001": "0-8191", "0003": "8192-16383"}
    assert all(node.startswith(("orders-0001-", "orders-0003-")) for node in statuses(corrected))


@plain
def test_a_group_that_is_deleted_takes_the_members_that_changed_with_it(corrected: Any) -> None:
    happen(corrected, "remove-replica", node="orders-002")
    with corrected.refused("InvalidReplicationGroupState"):
        corrected.elasticache.delete_replication_group(ReplicationGroupId="orders")
    corrected.wait(400)
    corrected.elasticache.delete_replication_group(ReplicationGroupId="orders")
    corrected.wait(300)
    assert statuses(corrected) == {}


# ---- replicas and shards that are added


@plain
def test_a_replica_that_is_added_is_creating_and_listed_from_the_first_moment(corrected: Any) -> None:
    happen(corrected, "add-replica", cluster="orders")
    during = group(corrected)
    assert (during["Status"], during["MemberClusters"][-1]) == ("modifying", "orders-004")
    assert "ReadEndpoint" not in during["NodeGroups"][0]["NodeGroupMembers"][-1]
    assert statuses(corrected) == {**dict.fromkeys(during["MemberClusters"], "available"), "orders-004": "creating"}
    assert "Endpoint" not in corrected.node("orders-004")
    assert "orders-004" not in interfaces(corrected)
    corrected.wait(400)
    after = group(corrected)
    shown = after["NodeGroups"][0]["NodeGroupMembers"][-1]
    assert (after["Status"], shown["CurrentRole"], "ReadEndpoint" in shown) == ("available", "replica", True)
    assert addresses(corrected)["orders-004"].startswith("172.31.")
    assert corrected.node("orders-004")["CacheNodeStatus"] == "available"


@plain
def test_the_nodes_of_a_shard_stand_in_different_zones_if_they_can(corrected: Any) -> None:
    gone = corrected.node("orders-002")["CustomerAvailabilityZone"]
    happen(corrected, "remove-replica", node="orders-002")
    corrected.wait(400)
    happen(corrected, "add-replica", cluster="orders")
    corrected.wait(400)
    assert corrected.node("orders-002")["CustomerAvailabilityZone"] == gone


@plain
def test_a_number_that_is_free_again_is_given_to_the_next_node_which_is_a_replica(corrected: Any) -> None:
    before = addresses(corrected)
    happen(corrected, "fail-over", cluster="orders")
    happen(corrected, "remove-replica", node="orders-001")
    corrected.wait(430)
    group(corrected)
    happen(corrected, "add-replica", cluster="orders")
    corrected.wait(400)
    assert roles(corrected) == {"orders-001": "replica", "orders-002": "primary", "orders-003": "replica"}
    assert addresses(corrected) == before, "its address was the lowest that was free"


@plain
def test_a_replica_may_have_a_name_and_an_address_of_its_own(corrected: Any) -> None:
    fixed = {"spare": {"ip": "172.31.16.99", "subnet": "subnet-b"}}
    happen(corrected, "add-replica", cluster="orders", node="spare", nodes=fixed)
    corrected.wait(400)
    assert addresses(corrected)["spare"] == "172.31.16.99"
    assert corrected.node("spare")["CustomerAvailabilityZone"] == "us-east-1b"
    with pytest.raises(ValueError, match="cannot be called spare"):
        happen(corrected, "add-replica", cluster="orders", node="spare")


FIXED = {"clusters": [{"id": "orders", "nodes": {"orders-002": {"ip": "172.31.0.77", "subnet": "subnet-a"}}}]}


@pytest.mark.parametrize("world", [FIXED], indirect=True)
def test_a_world_fixes_nodes_that_are_to_come(corrected: Any) -> None:
    happen(corrected, "add-replica", cluster="orders")
    corrected.wait(400)
    assert addresses(corrected)["orders-002"] == "172.31.0.77"


@sharded
@pytest.mark.parametrize("shard", [None, "0002"])
def test_replicas_are_added_to_a_shard_or_to_each(corrected: Any, shard: str | None) -> None:
    happen(corrected, "add-replica", cluster="orders", **({"shard": shard} if shard else {}))
    corrected.wait(400)
    added = {node for node in statuses(corrected) if node.endswith("-003")}
    assert added == {f"orders-{each}-003" for each in ([shard] if shard else ["0001", "0002", "0003"])}


@pytest.mark.parametrize(
    "world", [{"clusters": [{**SHARDED["clusters"][0], "tls": True, "tags": {"team": "blue"}}]}], indirect=True
)
def test_a_shard_that_is_added_is_as_large_as_the_smallest_and_has_slots_when_it_is_there(corrected: Any) -> None:
    happen(corrected, "add-replica", cluster="orders", shard="0001")
    corrected.wait(400)
    happen(corrected, "add-shard", cluster="orders")
    new = group(corrected)["NodeGroups"][-1]
    assert (new["NodeGroupId"], new["Status"], "Slots" in new) == ("0004", "creating", False)
    assert [each["CacheClusterId"] for each in new["NodeGroupMembers"]] == ["orders-0004-001", "orders-0004-002"]
    corrected.wait(400)
    shards = group(corrected)["NodeGroups"]
    assert [each["Status"] for each in shards] == ["available"] * 4
    assert shards[-1]["Slots"] == "12288-16383"
    arn = f"{group(corrected)['ARN'].replace('replicationgroup', 'cluster')}-0004-001"
    assert corrected.elasticache.list_tags_for_resource(ResourceName=arn)["TagList"] == [
        {"Key": "team", "Value": "blue"}
    ]
    assert corrected.node("orders-0004-001")["Endpoint"]["Address"].startswith("orders-0004-001.orders.")
    with pytest.raises(ValueError, match="is a primary"):
        happen(corrected, "remove-replica", node="orders-0004-001")


@sharded
def test_the_number_of_a_shard_that_went_is_given_again(corrected: Any) -> None:
    happen(corrected, "remove-shard", cluster="orders", shard="0001")
    corrected.wait(400)
    happen(corrected, "add-shard", cluster="orders")
    assert [each["NodeGroupId"] for each in group(corrected)["NodeGroups"]] == ["0001", "0002", "0003"]


@sharded
def test_a_shard_may_have_an_id_of_its_own(corrected: Any) -> None:
    """API reference, ReshardingConfiguration: its id may be the user's."""
    happen(corrected, "add-shard", cluster="orders", shard="0007")
    assert group(corrected)["MemberClusters"][-2:] == ["orders-0007-001", "orders-0007-002"]


# ---- fail-over and scaling


def roles(account: Any) -> dict[str, str]:
    members = group(account)["NodeGroups"][0]["NodeGroupMembers"]
    return {each["CacheClusterId"]: each["CurrentRole"] for each in members}


@plain
def test_a_fail_over_changes_the_roles_and_neither_names_nor_addresses(corrected: Any) -> None:
    primary, before = group(corrected)["NodeGroups"][0]["PrimaryEndpoint"]["Address"], addresses(corrected)
    happen(corrected, "fail-over", cluster="orders", node="orders-002")
    assert roles(corrected) == {"orders-001": "replica", "orders-002": "primary", "orders-003": "replica"}
    for dead in ("orders-001", "orders-002"):
        happen(corrected, "kill-node", node=dead)
    happen(corrected, "fail-over", cluster="orders")
    assert roles(corrected) == {"orders-001": "replica", "orders-002": "replica", "orders-003": "primary"}
    assert addresses(corrected) == before
    assert dns.addresses(primary, corrected.conditions) == [before["orders-003"]]


@plain
def test_scaling_replaces_every_node_and_keeps_the_names(corrected: Any) -> None:
    before, zones = addresses(corrected), {each: corrected.node(each)["CustomerAvailabilityZone"] for each in NODES}
    happen(corrected, "kill-node", node="orders-002")
    happen(corrected, "scale", cluster="orders", nodes={"orders-001": {"ip": before["orders-002"]}})
    assert (group(corrected)["Status"], set(statuses(corrected).values())) == ("modifying", {"modifying"})
    corrected.wait(399)
    assert (addresses(corrected), group(corrected)["CacheNodeType"]) == (before, "cache.t4g.micro")
    corrected.wait(1)
    after = addresses(corrected)
    assert after["orders-001"] == before["orders-002"]
    assert {each: corrected.node(each)["CustomerAvailabilityZone"] for each in NODES} == zones
    assert not {(node, address) for node, address in before.items()} & {*after.items()}
    assert (group(corrected)["Status"], set(statuses(corrected).values())) == ("available", {"available"})
    assert group(corrected)["CacheNodeType"] == "cache.t4g.small"
    assert len(corrected.ec2.describe_network_interfaces()["NetworkInterfaces"]) == 3


NODES = ("orders-001", "orders-002", "orders-003")


# ---- what cannot be


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "remove-replica of a primary": ({"event": "remove-replica", "node": "orders-0001-001"}, "is a primary"),
    "remove-replica of no node": ({"event": "remove-replica", "node": "orders-0009-001"}, "no node"),
    "remove-replica of a standalone cluster": ({"event": "remove-replica", "node": "alone"}, "no member"),
    "remove-shard of no shard": ({"event": "remove-shard", "cluster": "orders", "shard": "0009"}, "no shard 0009"),
    "remove-shard of no cluster": ({"event": "remove-shard", "cluster": "other", "shard": "1"}, "no replication group"),
    "add-replica to no shard": ({"event": "add-replica", "cluster": "orders", "shard": "0009"}, "no shard 0009"),
    "add-replica with a name": ({"event": "add-replica", "cluster": "orders", "node": "mine"}, "called mine"),
    "add-replica to a full shard": ({"event": "add-replica", "cluster": "full"}, "5 replicas"),
    "add-replica to a full cluster": ({"event": "add-replica", "cluster": "large"}, "16 nodes"),
    "add-replica to a standalone cluster": ({"event": "add-replica", "cluster": "alone"}, "no replication group"),
    "add-shard to a full Region": ({"event": "add-shard", "cluster": "orders"}, "Region can have 31 nodes"),
    "add-shard without cluster mode": ({"event": "add-shard", "cluster": "plain"}, "cluster mode is disabled"),
    "add-shard with an id that is taken": ({"event": "add-shard", "cluster": "orders", "shard": "0002"}, "called 0002"),
    "add-shard with no id": ({"event": "add-shard", "cluster": "orders", "shard": "four"}, "called four"),
    "fail-over of one of several shards": ({"event": "fail-over", "cluster": "orders"}, "0003: name one"),
    "fail-over without replicas": ({"event": "fail-over", "cluster": "plain"}, "no replica"),
    "fail-over to the primary": ({"event": "fail-over", "cluster": "full", "node": "full-001"}, "no replica full-001"),
    "scale to the same type": ({"event": "scale", "cluster": "plain", "nodeType": "cache.t4g.micro"}, "cannot be"),
    "scale to no type": ({"event": "scale", "cluster": "plain", "nodeType": "cache.banana"}, "cannot be scaled"),
    "remove-shard of the only one": ({"event": "remove-shard", "cluster": "plain", "shard": "0001"}, "the only shard"),
}
EVERY = {
    "clusters": [
        *SHARDED["clusters"],
        {"id": "plain"},
        {"id": "full", "replicasPerShard": 5},
        {"id": "large", "mode": "enabled", "shards": 4, "replicasPerShard": 3},
        {"id": "alone", "mode": "standalone"},
    ],
    "quotas": {"nodes-per-cluster": 16, "nodes-per-region": 31},
}


@pytest.mark.parametrize(("event", "problem"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize("world", [EVERY], indirect=True)
def test_a_change_that_elasticache_refuses_is_an_error(corrected: Any, event: dict[str, Any], problem: str) -> None:
    before = statuses(corrected)
    with pytest.raises(ValueError, match=problem):
        happen(corrected, **event)
    assert statuses(corrected) == before


@sharded
def test_a_group_that_is_changing_is_not_changed_again(corrected: Any) -> None:
    happen(corrected, "remove-replica", node="orders-0001-002")
    with pytest.raises(ValueError, match="orders is modifying"):
        happen(corrected, "remove-shard", cluster="orders", shard="0002")


# ---- what the audit says of it


CHANGES: dict[str, dict[str, Any]] = {
    "add-replica": {"cluster": "orders"},
    "add-shard": {"cluster": "orders"},
    "fail-over": {"cluster": "orders", "shard": "0001"},
    "scale": {"cluster": "orders", "nodeType": "cache.m6g.large"},
    "remove-replica": {"node": "orders-0001-002"},
    "remove-shard": {"cluster": "orders", "shard": "0002"},
}


@pytest.mark.parametrize(("event", "arguments"), CHANGES.items(), ids=CHANGES)
@sharded
def test_what_owners_change_is_no_change_by_a_run(corrected: Any, event: str, arguments: dict[str, Any]) -> None:
    snapshot = Snapshot.take()
    with snapshot.expecting():
        happen(corrected, event, **arguments)
    assert snapshot.foreign_changes() == []
    corrected.wait(1000)
    group(corrected)
    assert (snapshot.owned(), snapshot.foreign_changes()) == ({}, [])
    corrected.elasticache.delete_replication_group(ReplicationGroupId="orders")
    assert snapshot.foreign_changes() == ["replicationGroup orders: deleting was false, is true"]
