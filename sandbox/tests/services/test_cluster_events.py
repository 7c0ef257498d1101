"""What DescribeEvents tells: of creations, their failure, replacements and deletions, and from when until when."""

from typing import Any

import pytest

from sandbox.world import apply_event


def told(account: Any, **asked: Any) -> list[tuple[str, str]]:
    found = account.elasticache.describe_events(**asked)["Events"]
    return [(each["SourceIdentifier"], each["Message"]) for each in found]


def test_a_creation_is_told_once_it_is_over_and_for_an_hour_unless_more_is_asked_for(corrected: Any) -> None:
    corrected.subnet_group()
    group = corrected.replication_group()
    assert told(corrected) == []
    corrected.wait(501)
    zone = corrected.node("orders-001")["CustomerAvailabilityZone"]
    nodes = [
        ("orders-001", "Cache cluster created"),
        ("orders-001", f"Added cache node 0001 in availability zone {zone}"),
    ]
    assert told(corrected, SourceType="cache-cluster", SourceIdentifier="orders-001") == nodes
    assert told(corrected, SourceType="replication-group") == [("orders", "Replication group orders created")]
    assert told(corrected, SourceType="replication-group", SourceIdentifier="other") == []
    begun = group["ReplicationGroupCreateTime"]
    assert told(corrected, StartTime=begun, EndTime=begun) == []
    assert len(told(corrected, StartTime=begun)) == 3
    corrected.wait(3_601)
    assert told(corrected) == []
    assert len(told(corrected, Duration=120)) == 3
    corrected.wait(14 * 86_400)
    assert told(corrected, Duration=30 * 1_440) == []
    with corrected.refused("InvalidParameterCombination"):
        told(corrected, SourceIdentifier="orders")
    with corrected.refused("InvalidParameterValue"):
        told(corrected, SourceType="cluster")


@pytest.mark.parametrize("world", [{"failing": ["orders"]}], indirect=True)
def test_a_creation_that_failed_is_told_of_the_group_alone(corrected: Any) -> None:
    corrected.subnet_group()
    corrected.replication_group()
    corrected.wait(501)
    assert told(corrected) == [("orders", "Replication group orders could not be created")]


@pytest.mark.parametrize("world", [{"exhaustedZones": ["us-east-1b"]}], indirect=True)
def test_a_zone_without_room_fails_a_creation_later_and_is_told_of_the_member(corrected: Any) -> None:
    corrected.subnet_group()
    zones = ["us-east-1a", "us-east-1b"]
    corrected.replication_group(NumCacheClusters=2, PreferredCacheClusterAZs=zones)
    corrected.replication_group(ReplicationGroupId="fits", PreferredCacheClusterAZs=zones[:1])
    corrected.wait(501)
    shown = corrected.elasticache.describe_replication_groups()["ReplicationGroups"]
    assert {each["ReplicationGroupId"]: each["Status"] for each in shown} == {
        "orders": "create-failed",
        "fits": "available",
    }
    assert told(corrected, SourceType="cache-cluster", SourceIdentifier="orders-001") == []
    ((_, message),) = told(corrected, SourceType="cache-cluster", SourceIdentifier="orders-002")
    assert "InsufficientCacheClusterCapacity" in message
    assert "us-east-1b" in message


@pytest.mark.parametrize("world", [{"clusters": [{"id": "orders"}]}], indirect=True)
def test_the_newest_comes_first_and_what_is_gone_is_told_of(corrected: Any) -> None:
    apply_event("change-ip", {"node": "orders-001"}, corrected.conditions)
    corrected.elasticache.delete_replication_group(ReplicationGroupId="orders")
    corrected.wait(2_700)
    messages = [message for _, message in told(corrected)]
    assert messages[0] == "Cache cluster deleted"
    assert sorted(messages[1:]) == ["Finished recovery for cache nodes 0001", "Recovering cache nodes 0001"]
