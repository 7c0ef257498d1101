"""Tags that a later request leaves out: what keeps them, since others use it or asked for them."""

import io
from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.world import World, apply_event
from tests.inside import Inside
from tests.scenarios.connected import held
from tests.scenarios.playing import QUICK, SUCCEEDED, mutating, summary

ORDERS: Final[dict[str, Any]] = {
    "connection": "orders",
    "workspaceId": "ws-1",
    "cluster": {"id": "orders", "create": {}},
}
AGAIN: Final[dict[str, Any]] = {"connection": "again", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
CLUSTER: Final = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:orders"
SHARED: Final = ("role", "securityGroupRule")
CHANGE: Final = 3600
"""Seconds that a change of a cluster takes: longer than a run."""
OLD: Final = {"old": "1"}
SLOW: Final = {"latency": {**QUICK, "modification": CHANGE}}


@pytest.fixture(scope="module")
def tagged() -> Iterator[Inside]:
    """A connection that was made with the old tag."""
    for holder in held({**ORDERS, "tags": OLD}, SLOW):
        yield Inside(holder)


def provision(account: Account, request: dict[str, Any], *faults: Fault, **tags: str) -> RunReport:
    report = account.run("provision", request | {"tags": tags}, faults=list(faults))
    assert summary(report) == SUCCEEDED
    return report


def carrying(account: Account, key: str) -> set[str]:
    """The kinds of things that have a tag of this key."""
    account.clock.sleep(1)
    return {name.split("/")[0] for name in inventory()["tag"] if name.rpartition("/")[2] == key}


def codes(report: RunReport) -> list[str]:
    return [each["code"] for each in report.output["findings"]]


def test_what_others_put_there_or_use_keeps_its_tags_and_so_does_what_is_adopted(tagged: Account) -> None:
    assert {*SHARED, "replicationGroup", "listener"} <= carrying(tagged, "old")
    boto3.client("elasticache").add_tags_to_resource(
        ResourceName=CLUSTER, Tags=[{"Key": key, "Value": "ours"} for key in ("by-hand", "second")]
    )
    provision(tagged, AGAIN, second="2")
    report = provision(tagged, ORDERS)
    assert "elasticache:RemoveTagsFromResource" in mutating(report)
    assert codes(report) == []
    assert carrying(tagged, "old") == {*SHARED}
    assert carrying(tagged, "by-hand") == {"replicationGroup"}
    report = provision(tagged, AGAIN)
    assert carrying(tagged, "second") == {"replicationGroup"}
    assert {"elasticache:RemoveTagsFromResource", "iam:UntagRole"}.isdisjoint(mutating(report))
    assert tagged.snapshot.foreign_changes() == []


def test_a_tag_that_comes_and_one_that_goes_are_one_run_though_elasticache_modifies_the_cluster_for_the_first(
    tagged: Account,
) -> None:
    tagged.conditions.latency = tagged.conditions.latency.model_copy(update={"tagging": 400.0})
    report = provision(tagged, ORDERS, new="2")
    assert codes(report) == []
    assert (carrying(tagged, "old"), "replicationGroup" in carrying(tagged, "new")) == (set(), True)


def test_tags_that_cannot_be_taken_off_are_named_and_the_connection_is_ready(tagged: Account) -> None:
    denied = [
        Fault.model_validate({"function": function, "error": "Timeout", "times": 100})
        for function in ("remove_path_tags", "remove_tags")
    ]
    report = provision(tagged, ORDERS, *denied)
    (left,) = [each for each in report.output["findings"] if each["code"] == "SURPLUS_LEFT"]
    assert "tags of pc-orders-orders-001" in left["message"]
    assert "tags of orders" in left["message"]


def test_a_replica_that_is_being_removed_is_not_waited_for_and_its_cluster_keeps_its_tags_and_both_are_named() -> None:
    two = {**ORDERS, "cluster": {"id": "orders", "create": {"replicasPerShard": 1}}}
    with Account(World.model_validate(SLOW), 1, logs=io.StringIO()) as account:
        first = provision(account, two, **OLD)
        with account.snapshot.expecting():
            apply_event("remove-replica", {"node": "orders-002"}, account.conditions)
        report = provision(account, ORDERS)
        assert [each["node"] for each in report.output["endpoints"]] == ["orders-001"]
        assert report.virtual_seconds < first.virtual_seconds
        messages = {each["code"]: each["message"] for each in report.output["findings"]}
        assert "cluster orders is not available" in messages["SURPLUS_LATER"]
        assert "tags of cluster orders: it is modifying" in messages["SURPLUS_LEFT"]
        assert carrying(account, "old") == {"replicationGroup", "loadBalancer", "listener", "targetGroup"}
        account.clock.sleep(CHANGE)
        assert codes(provision(account, ORDERS)) == []
        assert len(account.snapshot.owned()["loadBalancer"]) == 1
        assert carrying(account, "old") == set(), "what could not be taken off is remembered"
