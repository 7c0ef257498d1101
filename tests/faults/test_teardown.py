"""What a teardown takes, what it keeps and says about it, and what it waits for."""

import json
from typing import Any

import boto3
import pytest

from sandbox.account import TEMPLATE, Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.services.common import backend
from sandbox.services.elasticache.state import State
from sandbox.world import apply_event
from tests.faults.cells import DENIED
from tests.faults.grounds import CREATE, ground, removal, slow_down
from tests.faults.observation import FOR_EVER, LATE
from tests.faults.stops import CLUSTER_KINDS
from tests.faults.trials import named

Left = tuple[RunReport, dict[str, list[str]], list[str]]


def torn_down_twice(account: Account, given: dict[str, Any]) -> tuple[Left, RunReport]:
    """Asked in a fork."""
    return torn_down(account, given), account.run("teardown", given)


def torn_down(account: Account, given: dict[str, Any]) -> Left:
    """Asked in a fork."""
    report = account.run("teardown", given)
    return report, account.snapshot.owned(), account.snapshot.foreign_changes()


def test_the_sample_input_leaves_nothing_and_what_is_torn_down_is_not_found_again() -> None:
    given = json.loads((TEMPLATE.parent / "events" / "teardown.json").read_text())
    (report, owned, changes), again = ground("provisioned", "create").ask(torn_down_twice, given)
    assert (report.status, owned, changes) == ("SUCCEEDED", {}, [])
    assert report.output["clean"]
    assert report.output["removed"]["counts"] == {
        "endpointService": 1,
        "loadBalancer": 1,
        "targetGroup": 1,
        "securityGroupRule": 1,
        "rolePolicy": 1,
        "role": 1,
        "replicationGroup": 1,
        "cacheSubnetGroup": 1,
        "securityGroup": 1,
    }
    assert (report.output["kept"], report.output["remains"]["counts"]) == ([], {})
    assert (again.status, again.error) == ("FAILED", "NothingFound")


def stripped(account: Account) -> tuple[list[dict[str, str]], set[str], dict[str, list[str]], dict[str, list[str]]]:
    """Asked in a fork: a teardown that leaves the cluster. What is owned before it and afterwards."""
    before = account.snapshot.owned()
    report = account.run("teardown", {"connection": "redis-demo"})
    assert (report.status, account.snapshot.foreign_changes()) == ("SUCCEEDED", [])
    owned = account.snapshot.owned()
    return report.output["kept"], named(owned), before, owned


def test_the_cluster_stays_unless_it_is_asked_for() -> None:
    kept, names, before, owned = ground("provisioned", "create").ask(stripped)
    assert owned == {kind: before[kind] for kind in CLUSTER_KINDS}
    assert [len(ids) for ids in owned.values()] == [1, 1, 1]
    assert owned["replicationGroup"] == ["redis-demo"]
    assert {f"{each['kind']} {each['name']}" for each in kept} == names
    assert {each["why"] for each in kept} == {"deleteCluster is not set"}


def test_a_cluster_that_goes_leaves_a_snapshot_unless_that_is_not_wanted() -> None:
    given = {"connection": "redis-demo", "deleteCluster": True}
    report, owned, _ = ground("provisioned", "create").ask(torn_down, given)
    assert (report.status, set(owned)) == ("SUCCEEDED", {"snapshot"})


def test_what_a_run_did_not_make_leaves_nothing_to_remove() -> None:
    given = {"connection": "redis-demo", "createdBy": ["provision-7"], "deleteCluster": True}
    report, owned, changes = ground("blank", "create").ask(torn_down, given)
    assert (report.status, owned, changes) == ("SUCCEEDED", {}, [])
    assert (report.output["removed"]["counts"], report.output["clean"]) == ({}, True)


def test_a_connection_that_is_misspelt_is_not_found_and_the_one_that_was_meant_is_named() -> None:
    report, owned, changes = ground("provisioned", "create").ask(torn_down, {"connection": "redis-dmeo"})
    assert (report.status, report.error, changes) == ("FAILED", "NothingFound", [])
    assert "did you mean redis-demo?" in (report.cause or "")
    assert "endpointService" in owned


# ------------------------------------------------------------------ what somebody changed by hand


def test_a_cluster_of_ours_is_known_by_its_tags_when_its_description_was_edited(ready: Account) -> None:
    """Its subnet group and security group, which are ours too, go after it."""
    slow_down(ready, clusterDeletion=200)
    State(ready.world.region).groups["redis-demo"].description = "the demo team's cache"
    kept = ready.run("teardown", {"connection": "redis-demo"})
    assert {each["kind"] for each in kept.output["kept"]} == set(CLUSTER_KINDS)
    report = ready.run("teardown", removal("create"))
    assert (report.status, report.cause) == ("SUCCEEDED", None)
    assert report.virtual_seconds > 200
    assert report.output["removed"]["counts"] == dict.fromkeys(CLUSTER_KINDS, 1)
    assert (ready.snapshot.owned(), ready.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.refused
def test_whoever_is_connected_to_a_service_without_its_tag_is_connected(ready: Account) -> None:
    """Nothing may change such a service, by our own grants: so it stays with what it stands on, and is named."""
    (service,) = ready.snapshot.owned()["endpointService"]
    del backend("ec2", ready.world.region).tags[service]["private-connection"]
    for event in ("connect", "accept"):
        apply_event(event, {"service": service, "endpoint": "vpce-1"}, ready.conditions)
    before = inventory()
    refused = ready.run("teardown", removal("create"))
    assert (refused.status, refused.error, inventory()) == ("FAILED", "ConnectionInUse", before)
    assert service in (refused.cause or "")
    forced = ready.run("teardown", removal("create", force=True))
    assert (forced.status, forced.cause) == ("SUCCEEDED", None)
    assert {each["kind"] for each in forced.output["kept"]} == {"endpointService", "loadBalancer", "targetGroup"}
    assert "put back what it lost, or delete it" in forced.output["kept"][0]["why"]
    backend("ec2", ready.world.region).tags[service]["private-connection"] = "redis-demo"
    assert ready.run("teardown", removal("create", force=True)).status == "SUCCEEDED"
    assert (ready.snapshot.owned(), ready.snapshot.foreign_changes()) == ({}, [])


def _protect(account: Account, value: str) -> None:
    import boto3

    elbv2 = boto3.client("elbv2")
    for each in elbv2.describe_load_balancers(Names=account.snapshot.owned()["loadBalancer"])["LoadBalancers"]:
        elbv2.modify_load_balancer_attributes(
            LoadBalancerArn=each["LoadBalancerArn"],
            Attributes=[{"Key": "deletion_protection.enabled", "Value": value}],
        )


@pytest.mark.refused
def test_a_protected_load_balancer_refuses_a_teardown_before_anybody_loses_a_service(ready: Account) -> None:
    """An organization's automation may protect all that there are; forced, the rest goes, and it is named with why."""
    (balancer,) = ready.snapshot.owned()["loadBalancer"]
    _protect(ready, "true")
    before = inventory()
    refused = ready.run("teardown", removal("create"))
    assert (refused.status, refused.error, inventory()) == ("FAILED", "AwsRejected", before)
    for told in (balancer, "AWSConfigRemediation-EnableELBDeletionProtection"):
        assert told in (refused.cause or "")
    forced = ready.run("teardown", removal("create", force=True))
    assert forced.status == "FAILED"
    assert {*ready.snapshot.owned()} == {"loadBalancer", "listener", "targetGroup", "target"}
    assert "switch deletion_protection.enabled off" in (forced.cause or "")
    _protect(ready, "false")
    assert ready.run("teardown", removal("create")).status == "SUCCEEDED"
    assert (ready.snapshot.owned(), ready.snapshot.foreign_changes()) == ({}, [])


def test_a_load_balancer_without_its_tags_is_named_and_holds_nobody_up(ready: Account) -> None:
    (balancer,) = ready.snapshot.owned()["loadBalancer"]
    elbv2 = backend("elbv2", ready.world.region)
    (arn,) = (arn for arn, each in elbv2.load_balancers.items() if each.name == balancer)
    elbv2.tagging_service.delete_all_tags_for_resource(arn)
    report = ready.run("teardown", removal("create"))
    assert report.status == "SUCCEEDED"
    (kept,) = report.output["kept"]
    assert (kept["kind"], kept["why"]) == (
        "targetGroup",
        f"load balancer {balancer} forwards to it and does not carry our tags",
    )
    assert ready.snapshot.owned().keys() == {"listener", "loadBalancer", "target", "targetGroup"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "connection"),
        ([], "object"),
        ({"connection": "Redis"}, "connection"),
        ({"connection": "redis-demo", "force": "yes"}, "force"),
        ({"connection": "redis-demo", "delete": True}, "delete"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(given: Any, named: str) -> None:
    report, owned, _ = ground("provisioned", "create").ask(torn_down, given)
    assert (report.status, report.error) == ("FAILED", "InvalidRequest")
    assert named in (report.cause or "")
    assert (report.api_calls, "endpointService" in owned) == ({}, True)


def test_what_a_failed_run_was_told_to_keep_is_taken_by_a_teardown(blank: Account) -> None:
    failed = blank.run("provision", {**CREATE, "onFailure": "keep"}, faults=[LATE])
    assert (failed.status, failed.error) == ("FAILED", "AwsRejected")
    assert {"endpointService", "loadBalancer", "replicationGroup", "role"} <= blank.snapshot.owned().keys()
    assert blank.run("teardown", removal("create")).status == "SUCCEEDED"
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])


def test_a_rollback_waits_until_the_cluster_that_it_began_can_be_deleted(blank: Account) -> None:
    failed = blank.run("provision", CREATE, faults=[DENIED.fault("ec2:DescribeNetworkInterfaces")])
    assert (failed.status, failed.error) == ("FAILED", "AwsRejected")
    assert "rollback: removed" in (failed.cause or "")
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])
    slow_down(blank, cluster=600)
    early = blank.run("provision", CREATE, faults=[DENIED.fault("iam:CreateRole")])
    assert (early.status, early.error) == ("FAILED", "AwsRejected")
    assert early.virtual_seconds > 600, "the cluster was still being created"
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])


def test_a_cluster_whose_creation_failed_is_taken_away_too(blank: Account) -> None:
    blank.conditions.failing = frozenset({"redis-demo"})
    failed = blank.run("provision", CREATE)
    assert (failed.status, failed.error) == ("FAILED", "ClusterUnusable")
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.parametrize("kind", ["interfaceDeletion", "endpointServiceDeletion", "loadBalancerDeletion", "snapshot"])
def test_what_goes_slowly_is_waited_out(ready: Account, kind: str) -> None:
    """Five minutes, which is what network interfaces may take (aws-provider for Terraform, load balancer deletion)."""
    slow_down(ready, **{kind: 300})
    report = ready.run("teardown", {"connection": "redis-demo", "deleteCluster": True})
    assert (report.status, report.cause) == ("SUCCEEDED", None)
    assert report.virtual_seconds > 300
    assert ready.snapshot.owned().keys() == {"snapshot"}


def test_what_shows_late_is_found_by_the_second_look(blank: Account) -> None:
    """A function that its run does not wait for any more may create something after the first look."""
    late = Fault(function="ensure_load_balancer", error="Timeout", times=FOR_EVER, applied=True)
    failed = blank.run("provision", CREATE, faults=[late])
    assert (failed.status, failed.error) == ("FAILED", "StepTimedOut")
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])


def test_a_run_that_is_refused_says_what_its_rollback_removed(blank: Account) -> None:
    failed = blank.run("provision", CREATE, faults=[LATE])
    assert "creating" not in (failed.cause or "").partition(" | ")[2]
    assert "1 load balancer (pc-redis-demo-" in (failed.cause or "").partition("rollback: removed ")[2]
    assert (failed.cause or "").endswith("kept nothing; remaining nothing")


def without_a_step(account: Account, kind: str) -> RunReport:
    """Asked in a fork: torn down by a definition of another version, which has no step for a kind."""
    machine = account.template.machines["teardown"]
    altered = machine.definition.replace(f"kind = '{kind}'", "kind = 'other'")
    assert altered != machine.definition
    boto3.client("stepfunctions").update_state_machine(stateMachineArn=machine.arn, definition=altered)
    return account.run("teardown", {"connection": "redis-demo"})


def test_a_kind_that_the_definition_has_no_step_for_fails_by_name_and_the_others_go() -> None:
    report = ground("provisioned", "create").ask(without_a_step, "targetGroup")
    assert (report.status, report.error) == ("FAILED", "InvalidRequest")
    assert (report.cause or "").startswith("removing targetGroup (pc-redis-demo-")
    assert "no step removes this kind; deploy the stack again" in (report.cause or "")
    assert "1 load balancer" in (report.cause or "").partition("| removed ")[2].partition("; kept")[0]
