"""What does not fit is refused before anything is made; what fits in another subnet of the zone is made there."""

import io
from contextlib import ExitStack
from importlib import import_module
from typing import Any, Final
from unittest import mock

import pytest

from sandbox.account import Account
from sandbox.runs import RunReport
from sandbox.scenarios.scenario import parse
from sandbox.world import World
from tests.scenarios.ending import check_connected
from tests.scenarios.playing import QUICK, SUCCEEDED, Played, carry, mutating, quickened, summary

Json = dict[str, Any]
ADOPT: Final = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
SMALL: Final = {"id": "subnet-small", "cidr": "10.0.0.0/28", "zone": "us-east-1a"}
LARGE: Final = {"id": "subnet-large", "cidr": "10.0.1.0/24", "zone": "us-east-1a"}
OTHER: Final = {"id": "subnet-other", "cidr": "10.0.0.16/28", "zone": "us-east-1b"}
ONLY_IPV6: Final = {"id": "subnet-6", "ipv6Cidr": "2600:1f14::/64", "zone": "us-east-1c"}
OUTPOST: Final = {"id": "subnet-op", "cidr": "10.0.3.0/24", "zone": "us-east-1a", "outpost": "op-0123456789abcdef0"}
LOCAL: Final = {"id": "subnet-bos", "cidr": "10.0.2.0/24", "zone": "us-east-1-bos-1a"}
WEB: Final = [{"name": f"web-{number}", "subnets": ["subnet-large"]} for number in range(3)]


def creating(**create: Any) -> Json:
    return {**ADOPT, "cluster": {"id": "orders", "create": create}}


def world(*subnets: dict[str, str], **others: Any) -> Json:
    return {"vpcs": [{"id": "vpc-1", "cidr": "10.0.0.0/16", "subnets": list(subnets)}], **others}


def cluster(*subnets: str, **changes: Any) -> list[Json]:
    return [{"id": "orders", "tls": True, "subnets": list(subnets), "securityGroups": ["sg-cache"], **changes}]


def sharded(shards: int, *subnets: str) -> list[Json]:
    """All nodes are in the first of the subnets."""
    places = {f"orders-{shard:04d}-001": {"subnet": subnets[0]} for shard in range(1, shards + 1)}
    return cluster(*subnets, mode="enabled", shards=shards, nodes=places)


IN_A_28: Final = world(SMALL, clusters=sharded(5, "subnet-small"))
IN_TWO_28: Final = {"clusterMode": "enabled", "shards": 4, "replicasPerShard": 1}
REFUSED: Final[dict[str, tuple[str, str, Json, Json]]] = {
    "an adopted cluster in a /28": ("InvalidRequest", "subnet-small with 6 free addresses", IN_A_28, ADOPT),
    "a cluster to create in two of them": (
        "InvalidRequest",
        "subnet-other with 11 free addresses",
        world(SMALL, OTHER),
        creating(**IN_TWO_28, subnetIds=["subnet-small", "subnet-other"]),
    ),
    "a quota that is almost used up": (
        "QuotaExceeded",
        "3 Network Load Balancers in this Region, of 4",
        world(LARGE, loadBalancers=WEB, quotas={"network-load-balancers": 4}),
        creating(replicasPerShard=1, subnetIds=["subnet-large"]),
    ),
    "an IPv6-only subnet": (
        "InvalidRequest",
        "subnet-6, which has no IPv4 range",
        world(LARGE, ONLY_IPV6),
        creating(subnetIds=["subnet-large", "subnet-6"]),
    ),
    "an IPv6-only subnet of a subnet group": (
        "InvalidRequest",
        "subnet-6, which has no IPv4 range",
        world(LARGE, ONLY_IPV6, subnetGroups=[{"name": "caches", "subnets": ["subnet-large", "subnet-6"]}]),
        creating(subnetGroup="caches"),
    ),
    "a subnet on an Outpost": (
        "InvalidRequest",
        "subnet-op on arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0",
        world(LARGE, OUTPOST),
        creating(subnetIds=["subnet-large", "subnet-op"]),
    ),
    "a cluster on an Outpost": (
        "ClusterUnusable",
        "orders-001 in subnet-op",
        world(LARGE, OUTPOST, clusters=cluster("subnet-op")),
        ADOPT,
    ),
    "a cluster over IPv6 alone": (
        "ClusterUnusable",
        "found cluster orders with network type ipv6",
        world(LARGE, ONLY_IPV6, clusters=cluster("subnet-6", networkType="ipv6")),
        ADOPT,
    ),
    "a Local Zone": (
        "ClusterUnusable",
        "orders-001 in us-east-1-bos-1a",
        world(LOCAL, clusters=cluster("subnet-bos")),
        ADOPT,
    ),
}


def played(laid: Json, *inputs: Json) -> Played:
    return carry(quickened(parse({"world": laid, "steps": [{"run": "provision", "input": each} for each in inputs]})))


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_refused_by_name_before_anything_is_made(what: str) -> None:
    error, named, laid, given = REFUSED[what]
    found = played(laid, given)
    (run,) = found.runs
    assert (run.status, run.error, mutating(run)) == ("FAILED", error, {})
    assert named in (run.cause or "")
    assert (found.ending.owned, found.ending.foreign_changes) == ({}, [])


def test_somebodys_nodes_without_an_address_of_ipv4_are_passed_over_by_runs_and_sweeps() -> None:
    clusters = [*cluster("subnet-large"), {"id": "theirs", "networkType": "ipv6", "subnets": ["subnet-6"]}]
    laid = world(LARGE, ONLY_IPV6, clusters=clusters, securityGroups=[{"id": "sg-cache"}])
    found = carry(
        quickened(
            parse({"world": laid, "steps": [{"run": "provision", "input": ADOPT}, {"run": "reconcile", "input": {}}]})
        )
    )
    run, sweep = found.runs
    assert [summary(run), summary(sweep)] == [SUCCEEDED, SUCCEEDED]
    assert (sweep.output["connections"], sweep.output["drifted"]) == (1, [])


def test_a_load_balancer_stands_in_another_subnet_of_its_zone_where_the_nodes_own_is_full() -> None:
    laid = world(SMALL, LARGE, clusters=sharded(4, "subnet-small", "subnet-large"))
    found = played(laid, ADOPT, ADOPT)
    first, second = found.runs
    assert [summary(run) for run in found.runs] == [SUCCEEDED, SUCCEEDED]
    check_connected(found.ending, first.output)
    assert mutating(second) == {}
    standing = [each["subnets"] for each in found.ending.inventory["loadBalancer"].values()]
    assert standing == [["subnet-large"]] * 4


def test_of_the_default_vpc_subnets_on_an_outpost_are_left_out() -> None:
    away = {**OUTPOST, "defaultForAz": True}
    laid = {"vpcs": [{"id": "vpc-1", "cidr": "10.0.0.0/16", "default": True, "subnets": [{**OTHER, **LARGE}, away]}]}
    found = played(laid, creating())
    assert [summary(run) for run in found.runs] == [SUCCEEDED]
    standing = [each["subnets"] for each in found.ending.inventory["loadBalancer"].values()]
    assert standing == [["subnet-large"]]


def test_a_zone_that_takes_no_load_balancer_is_named_with_what_helps() -> None:
    found = played(world(LARGE, clusters=cluster("subnet-large"), refusedBalancerZones=["us-east-1a"]), ADOPT)
    (run,) = found.runs
    assert (run.status, run.error, found.ending.owned) == ("FAILED", "AwsRejected", {})
    assert "Availability Zones us-east-1a cannot be associated with a load balancer" in (run.cause or "")
    assert "remedy: AWS takes no load balancer in that zone for this account" in (run.cause or "")


def rules(number: int) -> list[Json]:
    return [{"id": "sg-cache", "rules": [{"cidr": f"10.{each}.0.0/16", "port": 6379} for each in range(1, number + 1)]}]


@pytest.mark.parametrize("create", [False, True])
def test_a_group_that_is_full_ends_the_run_with_what_helps_and_nothing_is_left(create: bool) -> None:
    laid = world(LARGE, clusters=[] if create else cluster("subnet-large"), securityGroups=rules(60))
    given = creating(subnetIds=["subnet-large"], securityGroupIds=["sg-cache"]) if create else ADOPT
    found = played(laid, given)
    (run,) = found.runs
    assert (run.status, run.error) == ("FAILED", "QuotaExceeded")
    assert "opening security group (sg-cache)" in (run.cause or "")
    assert "rules were to be added for 10.0.1.0/24; remedy: ask Service Quotas for more inbound rules" in str(run.cause)
    assert (found.ending.owned, found.ending.foreign_changes) == ({}, [])


@pytest.mark.parametrize(("present", "quota", "warned"), [(59, 60, False), (60, 100, True), (61, 100, False)])
def test_where_there_is_room_the_run_is_ready_warned_or_not(present: int, quota: int, warned: bool) -> None:
    quotas = {"rules-per-security-group": quota}
    laid = world(LARGE, clusters=cluster("subnet-large"), securityGroups=rules(present), quotas=quotas)
    (run,) = played(laid, ADOPT).runs
    assert (run.status, "GROUP_FULL" in [each["code"] for each in run.output["findings"]]) == ("SUCCEEDED", warned)


def without(*rules: tuple[str, str, object]) -> RunReport:
    """The adopted cluster in a /28, with rules taken out of the product or of the sandbox, by module and name."""
    laid = World.model_validate({**IN_A_28, "latency": QUICK})
    with Account(laid, logs=io.StringIO()) as account, ExitStack() as stack:
        for module, name, value in rules:
            # the account has modules of its own of what is deployed
            stack.enter_context(mock.patch.object(import_module(module), name, value))
        return account.run("provision", ADOPT)


def test_the_sandbox_would_show_a_product_that_does_not_count_addresses() -> None:
    """With the check taken out the run fails as on AWS; with the sandbox's rule out as well, it would seem to work."""
    uncounted = ("private_connection.preflight.checks.room", "_addresses", lambda *_: ())
    run = without(uncounted)
    assert (run.status, run.error) == ("FAILED", "AwsRejected")
    assert "ELB requires at least 8 free IP addresses in each subnet. [InvalidSubnet]" in (run.cause or "")
    assert summary(without(uncounted, ("sandbox.services.elbv2.balancers", "check_room", lambda *_: None))) == SUCCEEDED
