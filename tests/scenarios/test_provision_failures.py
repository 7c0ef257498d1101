"""Runs that cannot succeed: they wait as long as they should, say why, and let nobody connect."""

import re

from tests.scenarios.playing import Played, mutating, play


def failed(played: Played, error: str) -> str:
    """The cause of its only run, which failed so and let nobody connect."""
    (run,) = played.runs
    assert (run.status, run.error, run.output) == ("FAILED", error, None)
    assert played.ending.foreign_changes == []
    assert "ec2:ModifyVpcEndpointServicePermissions" not in run.api_calls
    assert [path.principals for path in played.ending.paths] == [()] * len(played.ending.paths)
    assert run.cause is not None
    return run.cause


def test_a_node_that_never_turns_healthy_is_waited_for_and_named_and_nothing_is_offered() -> None:
    played = play("never-healthy")
    cause = failed(played, "TargetsNeverHealthy")
    assert re.search(r"1 not healthy\): orders-002: unhealthy \(Target.FailedHealthChecks\): .*look at the node", cause)
    assert "ElastiCache shows it as available" in cause
    assert "orders-001: " not in cause
    assert played.runs[0].virtual_seconds > 900


def test_a_load_balancer_that_is_not_active_in_time_is_named_and_nothing_is_handed_over() -> None:
    played = play("load-balancer-too-slow")
    cause = failed(played, "TargetsNeverHealthy")
    assert re.match(r"waiting for load balancers \(1 not active in time\): pc-orders-\S+: provisioning; ", cause)
    assert "ec2:CreateVpcEndpointServiceConfiguration" not in played.runs[0].api_calls


def test_a_cluster_whose_creation_fails_is_unusable() -> None:
    cause = failed(play("create-failed"), "ClusterUnusable")
    assert cause.startswith("waiting for cluster (redis-demo): its status is create-failed; ")


def test_a_zone_that_turns_out_to_be_full_is_told_and_can_be_left_out() -> None:
    played = play("no-capacity-later")
    first, second = played.runs
    assert (first.error, second.status) == ("ClusterUnusable", "SUCCEEDED")
    assert "its last events: redis-demo-001: " in str(first.cause)
    assert "InsufficientCacheClusterCapacity in availability zone us-east-1a" in str(first.cause)


def test_a_cluster_that_is_never_available_is_given_an_hour_and_one_look_more() -> None:
    cause = failed(play("never-available"), "ClusterNotReady")
    found = re.match(r"waiting for cluster \(redis-demo\): its status is still creating after (\d+) s; ", cause)
    assert found is not None
    assert 3600 <= int(found[1]) <= 3600 + 100 + 2, "a poll comes every 100 s, a look takes less than 2 s"


def test_a_quota_that_is_used_up_is_named() -> None:
    played = play("no-load-balancers-left")
    cause = failed(played, "QuotaExceeded")
    assert "0 Network Load Balancers in this Region, of 0 that its quota allows, and 1 to be made" in cause
    assert mutating(played.runs[0]) == {}


def test_a_load_balancer_that_failed_is_not_waited_for() -> None:
    cause = failed(play("load-balancer-failed"), "AwsRejected")
    assert cause.startswith("creating load balancer (pc-orders-orders-001-39702c83): its state is failed")
