"""A repair puts right what a registered connection lost, and nothing else: never a cluster, never what was changed
meanwhile.
"""

from collections.abc import Mapping
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport, Start
from sandbox.scenarios.forks import Holder
from tests.registry import items
from tests.scenarios.connected import ORDERS, our_rules, ready, revoke
from tests.scenarios.playing import SUCCEEDED, mutating, summary

REPAIR: Final[dict[str, Any]] = {**ORDERS, "repair": {"revision": 1}}
OVERTAKEN: Final[Any] = ("SUCCEEDED", {"connection": "orders", "status": "OVERTAKEN"}, {})
"""How a run ends, what it answers and what it changes."""


@pytest.fixture
def ground() -> Holder[Account]:
    return ready()


def without_a_rule(account: Account) -> tuple[RunReport, int, int, RunReport]:
    """A repair of a connection whose rule somebody revoked; how many rules there are then, and the item's revision; and
    a repair of the revision that there was before.
    """
    revoke()
    report = account.run("provision", REPAIR)
    left = len(our_rules()), int(items(account.world.region)["orders"]["revision"])
    return report, *left, account.run("provision", REPAIR)


def test_a_repair_puts_back_what_is_missing_and_changes_nothing_where_another_run_came_first(
    ground: Holder[Account],
) -> None:
    report, rules, recorded, late = ground.ask(without_a_rule)
    assert summary(report) == SUCCEEDED
    assert mutating(report) == {"ec2:AuthorizeSecurityGroupIngress": 1}
    assert rules == 1
    assert recorded == 2
    assert (late.status, late.output, mutating(late)) == OVERTAKEN


def taken(account: Account) -> RunReport:
    """The repair begins while another run works on the connection."""
    _, repair = account.together([Start("provision", ORDERS), Start("provision", REPAIR)], [0, 5])
    return repair


def test_a_repair_of_what_was_taken_meanwhile_changes_nothing(ground: Holder[Account]) -> None:
    report = ground.ask(taken)
    assert (report.status, report.output, mutating(report)) == OVERTAKEN


def without_the_cluster(account: Account) -> tuple[RunReport, Mapping[str, Any], Mapping[str, Any]]:
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")
    account.clock.sleep(3600)
    assert boto3.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []
    before = inventory()
    report = account.run("provision", REPAIR)
    return report, before, inventory()


def test_a_repair_creates_no_cluster(ground: Holder[Account]) -> None:
    report, before, after = ground.ask(without_the_cluster)
    assert (report.status, report.error, mutating(report)) == ("FAILED", "ClusterUnusable", {})
    assert "a repair creates none" in str(report.cause)
    assert after == before
