"""Where the nodes of a cluster to create will be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_connection.cluster.placement import foresee, member_ids, spread, topology
from tests.unit.builders import Json, a_cluster, a_creation, a_subnet

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
SUBNETS = [a_subnet(zone) for zone in ZONES]


def test_members_with_cluster_mode_disabled() -> None:
    assert member_ids("redis", a_cluster(replicas_per_shard=2)) == ["redis-001", "redis-002", "redis-003"]


def test_members_with_cluster_mode_enabled() -> None:
    create = a_cluster(cluster_mode="enabled", shards=2, replicas_per_shard=1)
    assert member_ids("redis", create) == ["redis-0001-001", "redis-0001-002", "redis-0002-001", "redis-0002-002"]


def test_one_shard_with_cluster_mode_enabled_is_a_shard() -> None:
    assert member_ids("redis", a_cluster(cluster_mode="enabled")) == ["redis-0001-001"]


@given(st.integers(1, 20), st.integers(0, 5), st.integers(1, 6))
def test_nodes_of_a_shard_are_in_as_many_zones_as_there_are(shards: int, replicas: int, zones: int) -> None:
    create = a_cluster(cluster_mode="enabled", shards=shards, replicas_per_shard=replicas)
    names = [f"zone-{number}" for number in range(zones)]
    placed = spread(create, names)
    assert len(placed) == len(member_ids("redis", create))
    for shard in range(shards):
        assert len(set(placed[shard * (replicas + 1) : (shard + 1) * (replicas + 1)])) == min(replicas + 1, zones)


def test_primaries_take_turns() -> None:
    create = a_cluster(cluster_mode="enabled", shards=4, replicas_per_shard=1)
    assert spread(create, ZONES)[::2] == [*ZONES, ZONES[0]]


def test_without_zones_nothing_is_placed_or_foreseen() -> None:
    assert spread(a_cluster(), []) == []
    assert foresee("redis", a_cluster(), [], SUBNETS) == []


def test_nodes_are_foreseen_in_the_subnets_of_their_zones() -> None:
    create = a_cluster(replicas_per_shard=2, port=7000)
    places = foresee("redis", create, spread(create, ZONES), SUBNETS)
    assert [(place.node, place.availability_zone, place.subnet_id) for place in places] == [
        ("redis-001", "us-east-1a", "subnet-us-east-1a"),
        ("redis-002", "us-east-1b", "subnet-us-east-1b"),
        ("redis-003", "us-east-1c", "subnet-us-east-1c"),
    ]
    assert {(place.port, place.vpc_id) for place in places} == {(7000, "vpc-1")}


@pytest.mark.parametrize(
    ("zones", "foreseen"),
    [
        (["us-east-1a"], 0),  # has two subnets: which one ElastiCache takes is not known
        (["us-east-1b"], 1),
        (["us-east-1d"], 0),  # has none
    ],
)
def test_only_one_subnet_in_each_zone_that_is_used_is_certain(zones: list[str], foreseen: int) -> None:
    subnets = [*SUBNETS, a_subnet("us-east-1a", "-other")]
    assert len(foresee("redis", a_cluster(), zones, subnets)) == foreseen


# ------------------------------------------------------------------ the arguments of CreateReplicationGroup

SHARDED: Json = {"cluster_mode": "enabled", "shards": 2, "replicas_per_shard": 1}
IN_ZONES: Json = {**SHARDED, "zones": tuple(spread(a_cluster(**SHARDED), ZONES))}


@pytest.mark.parametrize(
    ("creation", "failover", "multi_az"),
    [
        ({}, False, False),
        ({"replicas_per_shard": 1, "zones": ("a", "b")}, True, True),
        ({"replicas_per_shard": 1, "zones": ("a", "a")}, True, False),
        ({"replicas_per_shard": 1, "zones": ()}, True, False),
        ({"cluster_mode": "enabled", "zones": ("a",)}, True, False),
        ({"cluster_mode": "enabled", "shards": 2, "zones": ("a", "b")}, True, False),
        (IN_ZONES, True, True),
    ],
)
@pytest.mark.parametrize("pinned", [False, True])
def test_failover_wants_a_replica_or_cluster_mode(creation: Json, failover: bool, multi_az: bool, pinned: bool) -> None:
    arguments = topology("redis", a_creation(**creation), pinned=pinned)
    assert (arguments["AutomaticFailoverEnabled"], arguments["MultiAZEnabled"]) == (failover, multi_az)


def test_nodes_without_cluster_mode_are_counted_and_placed() -> None:
    creation = a_creation(replicas_per_shard=1, zones=("us-east-1a", "us-east-1b"))
    arguments = topology("redis", creation, pinned=True)
    assert (arguments["NumCacheClusters"], arguments["PreferredCacheClusterAZs"]) == (2, ["us-east-1a", "us-east-1b"])
    arguments = topology("redis", creation, pinned=False)
    assert arguments["NumCacheClusters"] == 2
    assert "PreferredCacheClusterAZs" not in arguments


def test_shards_are_counted_and_placed() -> None:
    arguments = topology("redis", a_creation(**IN_ZONES), pinned=True)
    assert arguments["NumNodeGroups"] == 2
    assert arguments["NodeGroupConfiguration"] == [
        {
            "NodeGroupId": f"000{shard}",
            "ReplicaCount": 1,
            "PrimaryAvailabilityZone": primary,
            "ReplicaAvailabilityZones": [replica],
        }
        for shard, primary, replica in [(1, "us-east-1a", "us-east-1b"), (2, "us-east-1b", "us-east-1c")]
    ]
    arguments = topology("redis", a_creation(**IN_ZONES), pinned=False)
    assert (arguments["NumNodeGroups"], arguments["ReplicasPerNodeGroup"]) == (2, 1)
    assert "NodeGroupConfiguration" not in arguments
