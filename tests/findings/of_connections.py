"""Findings of what an earlier run of the connection left, of what is not asked for any more, and of records."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import boto3

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import StopAt
from tests.faults import drifts
from tests.faults.drifts import DRIFTS, FIRST, GREEN, ONE_USED, TWO_DIES, TWO_LEAVES, TWO_USED, Change, balancer
from tests.findings.accounts import MADE
from tests.findings.asking import Asked, Row

READY: Final = Asked(FIRST)
RUN: Final = Asked(FIRST, planned=False)
CLAIMED: Final = StopAt(state="Claim connection", when="after")


def after(*happens: Change, planned: bool = True, **changes: Any) -> Asked:
    """A plan, or a run, of the connection to which this has happened."""
    return Asked({**FIRST, **changes}, happens, planned=planned)


def stopped(**changes: Any) -> Change:
    """A run of the connection is stopped as soon as it has claimed it."""

    def happen(account: Account) -> None:
        account.run("provision", {**FIRST, **changes}, stop_at=CLAIMED)

    return happen


def in_all_zones(account: Account) -> None:
    account.run("provision", {**FIRST, "zones": "all"})


def without_mark(_: Account) -> None:
    """Somebody takes a mark off the load balancer of the second node."""
    arn = str(inventory()["loadBalancer"][balancer("orders-002")]["arn"])
    boto3.client("elbv2").remove_tags(ResourceArns=[arn], TagKeys=["private-connection/created-by"])


def with_record(schema: str) -> Change:
    """Somebody puts an item of this form into the registry."""

    def happen(_: Account) -> None:
        dynamodb: Any = boto3.client("dynamodb")
        (table,) = dynamodb.list_tables()["TableNames"]
        dynamodb.put_item(TableName=table, Item={"connection": {"S": "future"}, "schema": {"N": schema}})

    return happen


SWEEP: Final = Asked({}, machine="reconcile")
ROWS: Final[Mapping[str, Row]] = {
    "SEVERAL_ZONES": Row(after(*DRIFTS["a node in another zone"].happens), READY),
    "ZONES_KEPT": Row(after(in_all_zones), READY),
    "NODE_UNHEALTHY": Row(after(TWO_DIES, planned=False), RUN),
    "KEPT_AFTER_DEATH": Row(after(stopped(onFailure="keep"), planned=False), after(stopped(), planned=False)),
    "PLAN_IN_MOTION": Row(after(stopped()), READY),
    "SURPLUS_IN_USE": Row(after(TWO_USED, TWO_LEAVES), after(TWO_LEAVES)),
    "SURPLUS_LATER": Row(after(*DRIFTS["a node left, the cluster changing"].happens), after(TWO_LEAVES)),
    "SURPLUS_LEFT": Row(after(TWO_LEAVES, without_mark), after(TWO_LEAVES)),
    "CLUSTER_LEFT": Row(Asked({**MADE, **GREEN}), after(**GREEN)),
    "CONNECTED_BEFORE_WORKSPACE_CHANGE": Row(after(ONE_USED, **drifts.MOVED), after(**drifts.MOVED)),
    "RECORD_UNREADABLE": Row(replace(SWEEP, happens=[with_record("99")]), SWEEP),
}
