"""Load balancers in all zones of a cluster, and back in one: what a consumer in each zone reaches."""

from typing import Any, Final

import pytest

from sandbox.scenarios.scenario import parse
from tests.scenarios.ending import Ending, check_connected
from tests.scenarios.playing import SUCCEEDED, Played, carry, mutating, play, quickened, summary
from tests.scenarios.test_provision_room import LARGE, LOCAL, ONLY_IPV6, OTHER, SMALL, WEB, cluster, creating, world

Json = dict[str, Any]
ALL: Final = ("us-east-1a", "us-east-1b", "us-east-1c")
ADOPT: Final = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
EVERYWHERE: Final = {**ADOPT, "zones": "all"}
IN_LARGE: Final = {"nodes": {"orders-001": {"subnet": "subnet-large"}}}
BOTH: Final = {"id": "subnet-both", "cidr": "10.0.3.0/24", "zone": "us-east-1b"}


def codes(played: Played) -> list[list[str]]:
    return [[each["code"] for each in run.output["findings"]] for run in played.runs]


def services(played: Played) -> list[dict[str, str]]:
    return [{each["node"]: each["serviceName"] for each in run.output["endpoints"]} for run in played.runs]


def admitted(ending: Ending) -> int:
    return len(ending.owned["securityGroupRule"])


def test_in_all_zones_a_node_is_reached_from_each_and_keeps_them_when_they_are_not_asked_for_any_more() -> None:
    played = play("all-zones")
    assert [summary(run) for run in played.runs] == [SUCCEEDED] * 4
    check_connected(played.ending, played.runs[-1].output, zones=ALL)
    first, moved, back, settled = played.runs
    assert codes(played) == [["PRIMARY_MOVES"]] * 2 + [["PRIMARY_MOVES", "ZONES_KEPT"]] * 2
    assert (mutating(settled), admitted(played.ending)) == ({}, 3)
    assert mutating(first)["elbv2:SetSubnets"] == mutating(moved)["elbv2:SetSubnets"] == 0, (
        "all are there from the start"
    )
    assert mutating(back) == {}
    assert services(played) == [services(played)[0]] * 4
    assert played.ending.foreign_changes == []


def test_an_offered_connection_gets_the_zones_that_it_lacks() -> None:
    played = play("more-zones")
    assert [summary(run) for run in played.runs] == [SUCCEEDED] * 2
    check_connected(played.ending, played.runs[-1].output, zones=ALL[:2])
    assert mutating(played.runs[1])["elbv2:SetSubnets"] == 1
    assert (codes(played)[1], admitted(played.ending)) == (codes(played)[0], 2)
    assert services(played)[1] == services(played)[0]


def carried(laid: Json, *steps: Json) -> Played:
    return carry(quickened(parse({"world": laid, "steps": [{"run": "provision", **each} for each in steps]})))


def test_a_cluster_is_made_with_load_balancers_in_all_zones_beside_it() -> None:
    asked = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders", "create": {}}, "zones": "all"}
    played = carried({}, {"input": asked}, {"input": asked})
    assert [summary(run) for run in played.runs] == [SUCCEEDED] * 2
    check_connected(played.ending, played.runs[0].output, zones=ALL)
    assert (mutating(played.runs[0])["elbv2:CreateLoadBalancer"], mutating(played.runs[1])) == (1, {})


@pytest.mark.parametrize(
    ("then", "zones", "replaced"), [(ADOPT, ALL[:1], True), (EVERYWHERE, ALL[:2], False)], ids=["node", "all"]
)
def test_a_load_balancer_without_a_service_is_put_right(then: Json, zones: tuple[str, ...], replaced: bool) -> None:
    """The first run fails before its service is made, and leaves what it had made."""
    denied = {"operation": "ec2:CreateVpcEndpointServiceConfiguration", "error": "AccessDenied", "times": 99}
    laid = world(
        LARGE,
        BOTH,
        clusters=cluster("subnet-large", "subnet-both", **IN_LARGE),
    )
    played = carried(laid, {"input": {**EVERYWHERE, "onFailure": "keep"}, "faults": [denied]}, {"input": then})
    first, second = played.runs
    assert (first.status, summary(second)) == ("FAILED", SUCCEEDED)
    check_connected(played.ending, second.output, zones=zones)
    assert (mutating(second)["elbv2:DeleteLoadBalancer"] > 0) == replaced
    assert second.output["findings"] == []


REFUSED: Final[dict[str, tuple[str, str, Json, Json]]] = {
    "a zone without room for the load balancer of a node in another": (
        "InvalidRequest",
        "[SUBNET_FULL]",
        world(LARGE, OTHER, clusters=cluster("subnet-large", "subnet-other", mode="enabled", shards=5)),
        EVERYWHERE,
    ),
    "a new cluster's zone without room for all": (
        "InvalidRequest",
        "zones: found in zone us-east-1b: subnet-other with 11 free addresses",
        world(LARGE, OTHER),
        {**creating(clusterMode="enabled", shards=4, subnetIds=["subnet-large", "subnet-other"]), "zones": "all"},
    ),
    "a Local Zone in the subnet group": (
        "InvalidRequest",
        "subnet-bos in us-east-1-bos-1a",
        world(LARGE, LOCAL, clusters=cluster("subnet-large", "subnet-bos", **IN_LARGE)),
        EVERYWHERE,
    ),
    "a zone without IPv4 in the subnet group": (
        "InvalidRequest",
        "no subnet of the cluster in us-east-1c but subnet-6",
        world(LARGE, ONLY_IPV6, clusters=cluster("subnet-large", "subnet-6", **IN_LARGE)),
        EVERYWHERE,
    ),
    "a quota that is almost used up": (
        "QuotaExceeded",
        "3 Network Load Balancers in this Region, of 3",
        world(
            LARGE,
            BOTH,
            clusters=cluster("subnet-large", "subnet-both"),
            loadBalancers=WEB,
            quotas={"network-load-balancers": 3},
        ),
        EVERYWHERE,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_in_every_zone_is_refused_before_anything_is_made(what: str) -> None:
    error, named, laid, given = REFUSED[what]
    played = carried(laid, {"input": given})
    (run,) = played.runs
    assert (run.status, run.error, mutating(run)) == ("FAILED", error, {})
    assert named in (run.cause or "")
    assert (played.ending.owned, played.ending.foreign_changes) == ({}, [])


def test_what_does_not_fit_in_every_zone_fits_in_the_nodes_own() -> None:
    """The same cluster, without all zones: it is these that were refused, and nothing else."""
    laid = REFUSED["a zone without IPv4 in the subnet group"][2]
    assert summary(carried(laid, {"input": ADOPT}).runs[0]) == SUCCEEDED


def test_a_zone_that_takes_no_load_balancer_is_named_with_what_helps() -> None:
    laid = world(SMALL, BOTH, refusedBalancerZones=["us-east-1b"])
    laid["clusters"] = cluster("subnet-small", "subnet-both", nodes={"orders-001": {"subnet": "subnet-small"}})
    played = carried(laid, {"input": ADOPT}, {"input": EVERYWHERE})
    serving, refused = played.runs
    assert (summary(serving), refused.status, refused.error) == (SUCCEEDED, "FAILED", "AwsRejected")
    assert "if no node is there, leave zones out" in (refused.cause or "")
    check_connected(played.ending, serving.output)
