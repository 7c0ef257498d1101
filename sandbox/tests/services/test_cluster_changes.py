"""What owners do to their clusters between runs: the statuses, members, names and addresses that come of it.

Sources: ElastiCache API reference, DecreaseReplicaCount and ModifyReplicationGroupShardConfiguration; user guide,
"Decreasing the number of replicas in a shard" and "Online resharding and shard rebalancing"; the examples of the AWS
CLI for decrease-replica-count and modify-replication-group-shard-configuration.
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


# ---- what cannot be


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "remove-replica of a primary": ({"event": "remove-replica", "node": "orders-0001-001"}, "is a primary"),
    "remove-replica of no node": ({"event": "remove-replica", "node": "orders-0009-001"}, "no node"),
    "remove-replica of a standalone cluster": ({"event": "remove-replica", "node": "alone"}, "no member"),
    "remove-shard of no shard": ({"event": "remove-shard", "cluster": "orders", "shard": "0009"}, "no shard 0009"),
    "remove-shard of no cluster": ({"event": "remove-shard", "cluster": "other", "shard": "1"}, "no replication group"),
    "remove-shard of the only one": ({"event": "remove-shard", "cluster": "plain", "shard": "0001"}, "the only shard"),
}
EVERY = {"clusters": [*SHARDED["clusters"], {"id": "plain"}, {"id": "alone", "mode": "standalone"}]}


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
