"""A repair puts right what a registered connection lost, and nothing else: never a cluster, never what was changed
meanwhile.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport, Start
from sandbox.scenarios.forks import Holder
from tests.registry import items
from tests.scenarios.connected import ORDERS, held, our_rules, revoke
from tests.scenarios.playing import SUCCEEDED, mutating, summary

REPAIR: Final[dict[str, Any]] = {**ORDERS, "repair": {"revision": 1}}
OVERTAKEN: Final = {"connection": "orders", "status": "OVERTAKEN"}


@pytest.fixture(scope="module")
def ground() -> Iterator[Holder[Account]]:
    yield from held()


def without_a_rule(account: Account) -> tuple[RunReport, int, int]:
    """A repair of a connection whose rule somebody revoked; how many rules there are then, and the item's revision."""
    revoke()
    report = account.run("provision", REPAIR)
    return report, len(our_rules()), int(items(account.world.region)["orders"]["revision"])


def test_a_repair_puts_back_what_is_missing(ground: Holder[Account]) -> None:
    report, rules, recorded = ground.ask(without_a_rule)
    assert summary(report) == SUCCEEDED
    assert mutating(report) == {"ec2:AuthorizeSecurityGroupIngress": 1}
    assert rules == 1
    assert recorded == 2


def changed(account: Account) -> RunReport:
    assert summary(account.run("provision", {**ORDERS, "workspaceId": "ws-2"})) == SUCCEEDED
    return account.run("provision", REPAIR)


def torn_down(account: Account) -> RunReport:
    assert summary(account.run("teardown", {"connection": "orders"})) == SUCCEEDED
    return account.run("provision", REPAIR)


def taken(account: Account) -> RunReport:
    """The repair begins while another run works on the connection."""
    _, repair = account.together([Start("provision", ORDERS), Start("provision", REPAIR)], [0, 5])
    return repair


@pytest.mark.parametrize("meanwhile", [changed, torn_down, taken])
def test_a_repair_of_what_was_changed_meanwhile_changes_nothing(ground: Holder[Account], meanwhile: Any) -> None:
    report = ground.ask(meanwhile)
    assert (report.status, report.output, mutating(report)) == ("SUCCEEDED", OVERTAKEN, {})


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
