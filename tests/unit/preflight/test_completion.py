"""The request with every choice made, out of the facts."""

from dataclasses import replace
from typing import Any

import pytest

from private_connection.cluster.engine_versions import EngineVersion
from private_connection.cluster.networks import Subnet
from private_connection.contracts import NodePlace, ZoneSubnets
from private_connection.naming import node_resource
from private_connection.preflight.completion import Completion, balancer_subnets, complete
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts, RefusedLook
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, a_place, a_subnet, a_subnet_group, an_existing, an_input, creating, facts

SUBNETS = (a_subnet("us-east-1a"), a_subnet("us-east-1b"))
ZONES = frozenset({"us-east-1a", "us-east-1b"})
NETWORK = CreationFacts(subnets=SUBNETS, zones=ZONES)
PLACE = NodePlace(
    node="redis-demo-001", port=6379, vpc_id="vpc-1", availability_zone="us-east-1b", subnet_id="subnet-us-east-1b"
)
REFUSED = RefusedLook("some.field", "denied")


def completed(document: Json, found: Facts) -> Completion:
    return complete(parse_request(document), found)


def test_a_cluster_to_adopt_is_taken_as_it_is() -> None:
    alone = an_existing(kind="cacheCluster")
    plan, places, _ = completed(
        an_input(cluster={"id": "REDIS-demo"}), facts(cluster=ClusterFacts(alone, places=(PLACE,)))
    )
    assert (plan.id, plan.kind, plan.creation) == ("redis-demo", "cacheCluster", None)
    assert places == (PLACE,)


def test_what_is_left_out_is_chosen() -> None:
    plan, places, _ = completed(creating(), facts(creation=NETWORK))
    creation = plan.creation
    assert creation is not None
    assert (plan.kind, creation.engine, creation.port) == ("replicationGroup", "redis", 6379)
    assert creation.subnet_ids == ("subnet-us-east-1a", "subnet-us-east-1b")
    assert (creation.vpc_id, creation.subnet_group) == ("vpc-1", "private-connection-redis-demo")
    assert (creation.own_subnet_group, creation.parameter_group, creation.zones) == (True, None, ("us-east-1a",))
    assert [(place.node, place.subnet_id) for place in places] == [("redis-demo-001", "subnet-us-east-1a")]


def test_a_subnet_group_that_is_named_is_not_our_own() -> None:
    found = facts(creation=CreationFacts(subnet_group=a_subnet_group(), subnets=SUBNETS, zones=ZONES))
    creation = completed(creating(subnetGroup="caches"), found).plan.creation
    assert creation is not None
    assert (creation.subnet_group, creation.own_subnet_group) == ("caches", False)


def test_cluster_mode_takes_the_parameter_group_of_its_family() -> None:
    found = facts(creation=CreationFacts(subnets=SUBNETS, zones=ZONES, versions=(EngineVersion("8.1", "valkey8"),)))
    creation = completed(creating(clusterMode="enabled", shards=2), found).plan.creation
    assert creation is not None
    assert creation.parameter_group == "default.valkey8.cluster.on"
    assert creation.zones == ("us-east-1a", "us-east-1b")


def test_nodes_go_to_zones_of_the_region_that_have_a_subnet() -> None:
    local = facts(creation=CreationFacts(subnets=(*SUBNETS, a_subnet("us-east-1-bos-1a")), zones=ZONES))
    creation = completed(creating(replicasPerShard=2), local).plan.creation
    assert creation is not None
    assert creation.zones == ("us-east-1a", "us-east-1b", "us-east-1a")


def test_without_knowledge_of_zones_the_placement_is_left_to_aws() -> None:
    plan, places, _ = completed(creating(), facts(creation=CreationFacts(subnets=SUBNETS, zones=REFUSED)))
    assert plan.creation is not None
    assert (plan.creation.zones, places) == ((), ())


def test_of_a_cluster_that_is_there_the_real_places_are_foreseen() -> None:
    found = facts(cluster=ClusterFacts(an_existing(), places=(PLACE,)), creation=NETWORK)
    assert completed(creating(), found).foreseen_nodes == (PLACE,)


def test_a_load_balancer_that_is_to_be_made_gets_a_subnet_with_room() -> None:
    full, other = a_subnet("us-east-1b", free=7), a_subnet("us-east-1b", "-other", free=8)
    cluster = ClusterFacts(an_existing(), subnets=(full, other), places=(PLACE,))
    adopting = an_input(cluster={"id": "redis-demo"})
    (moved,) = completed(adopting, facts(cluster=cluster)).foreseen_nodes
    assert moved.subnet_id == other.id
    name = node_resource("redis-demo", PLACE.node, PLACE.vpc_id, PLACE.port)
    for zone, subnet_id in (("us-east-1b", full.id), ("us-east-1a", other.id)):
        there = PathFacts(load_balancers={name: {zone: "subnet-there"}})
        (place,) = completed(adopting, facts(cluster=cluster, paths=there)).foreseen_nodes
        assert place.subnet_id == subnet_id


def test_places_that_could_not_be_read_are_not_foreseen() -> None:
    found = facts(cluster=ClusterFacts(an_existing(), places=REFUSED), creation=NETWORK)
    assert completed(creating(), found).foreseen_nodes == ()


# ------------------------------------------------------------------ in all zones

OWN, WIDE, B = a_subnet("us-east-1a", free=20), a_subnet("us-east-1a", "-2", free=30), a_subnet("us-east-1b")
THREE = ("redis-demo-001", "redis-demo-002", "redis-demo-003")
NAMES = [node_resource("redis-demo", node, "vpc-1", 6379) for node in THREE]
EVERYWHERE: Json = {"zones": "all"}


def adopted(**paths: Any) -> Facts:
    """A cluster with three nodes in a zone that has two subnets, and none in the other zone."""
    cluster = ClusterFacts(an_existing(), subnets=(OWN, WIDE, B), places=tuple(map(a_place, THREE)))
    return facts(cluster=cluster, creation=CreationFacts(), paths=PathFacts(**paths))


def in_all_zones(found: Facts) -> ZoneSubnets:
    return completed(an_input(cluster={"id": "redis-demo"}, **EVERYWHERE), found).zone_subnets


def test_without_all_zones_no_subnet_is_chosen_for_them() -> None:
    assert completed(an_input(cluster={"id": "redis-demo"}), adopted()).zone_subnets == {}


def test_for_all_zones_there_is_a_subnet_of_the_cluster_in_each() -> None:
    assert in_all_zones(adopted()) == {"us-east-1a": WIDE.id, "us-east-1b": B.id}
    created = completed(creating() | EVERYWHERE, facts(creation=NETWORK))
    assert created.zone_subnets == {"us-east-1a": "subnet-us-east-1a", "us-east-1b": "subnet-us-east-1b"}
    unknown = facts(cluster=ClusterFacts(an_existing(), subnets=REFUSED), creation=CreationFacts())
    assert in_all_zones(unknown) == {}


@pytest.mark.parametrize(
    ("standing", "free", "chosen"),
    [
        (3, 0, OWN),  # where all of them stand, nothing is chosen anew
        (2, 8, OWN),
        (2, 7, WIDE),
        (1, 8, WIDE),  # two are to be made, and there is room for one
    ],
)
def test_a_later_run_chooses_the_subnet_that_load_balancers_stand_in(standing: int, free: int, chosen: Subnet) -> None:
    there = {name: {"us-east-1a": OWN.id, "us-east-1b": B.id} for name in NAMES[:standing]}
    cluster = ClusterFacts(an_existing(), subnets=(replace(OWN, free=free), WIDE, B), places=tuple(map(a_place, THREE)))
    found = facts(cluster=cluster, creation=CreationFacts(), paths=PathFacts(load_balancers=there))
    assert in_all_zones(found)["us-east-1a"] == chosen.id


def test_load_balancers_may_sit_in_all_of_these_subnets() -> None:
    asked = parse_request(an_input(cluster={"id": "redis-demo"}, **EVERYWHERE))
    assert [each.id for each in balancer_subnets(asked, adopted())] == [OWN.id, WIDE.id, B.id]
    narrow = parse_request(an_input(cluster={"id": "redis-demo"}))
    assert [each.id for each in balancer_subnets(narrow, adopted())] == [OWN.id]
