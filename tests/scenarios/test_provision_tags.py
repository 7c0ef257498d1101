"""Tags that a later request leaves out: what keeps them, since others use it or asked for them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.world import World, apply_event
from tests.faults.grounds import QUICK
from tests.scenarios.playing import SUCCEEDED, mutating, summary

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


@contextmanager
def opened() -> Iterator[Account]:
    with Account(
        World.model_validate({"latency": {**QUICK, "modification": CHANGE}}), 1, logs=io.StringIO()
    ) as account:
        yield account


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


def test_what_others_put_there_or_use_keeps_its_tags_and_so_does_what_is_adopted() -> None:
    with opened() as account:
        provision(account, ORDERS, **OLD)
        everything = carrying(account, "old")
        assert {*SHARED, "replicationGroup", "listener"} <= everything
        boto3.client("elasticache").add_tags_to_resource(
            ResourceName=CLUSTER, Tags=[{"Key": key, "Value": "ours"} for key in ("by-hand", "second")]
        )
        provision(account, AGAIN, second="2")
        report = provision(account, ORDERS)
        assert "elasticache:RemoveTagsFromResource" in mutating(report)
        assert codes(report) == []
        assert carrying(account, "old") == {*SHARED}
        assert carrying(account, "by-hand") == {"replicationGroup"}
        report = provision(account, AGAIN)
        assert carrying(account, "second") == {"replicationGroup"}
        assert {"elasticache:RemoveTagsFromResource", "iam:UntagRole"}.isdisjoint(mutating(report))
        assert account.snapshot.foreign_changes() == []


@pytest.mark.parametrize(
    ("function", "named"), [("remove_path_tags", "tags of pc-orders-orders-001"), ("remove_tags", "tags of orders")]
)
def test_tags_that_cannot_be_taken_off_are_named_and_the_connection_is_ready(function: str, named: str) -> None:
    with opened() as account:
        provision(account, ORDERS, **OLD)
        denied = Fault.model_validate({"function": function, "error": "Timeout", "times": 100})
        report = provision(account, ORDERS, denied)
        (left,) = [each for each in report.output["findings"] if each["code"] == "SURPLUS_LEFT"]
        assert named in left["message"]


def test_a_replica_that_is_being_removed_is_not_waited_for_and_its_cluster_keeps_its_tags_and_both_are_named() -> None:
    two = {**ORDERS, "cluster": {"id": "orders", "create": {"replicasPerShard": 1}}}
    with opened() as account:
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
