"""A filter that an operation does not document is refused: that is what finds a look which no account would answer.

DescribeSecurityGroupRules has no filter ``tag-key``; its neighbours have.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

import pytest

from sandbox import gateway
from sandbox.account import Account
from sandbox.runs import RunReport
from sandbox.services.common import backend, selected
from sandbox.services.ec2 import security_groups
from tests.faults.grounds import ground, removal


def by_tag_key(connection: str) -> list[Any]:
    """The rules of a connection, asked for as if the operation had the filter of its neighbours."""
    rules = sys.modules["private_connection.cluster.rules"]
    mark = f"private-connection/for/{connection}"
    with rules.doing("looking up security group rules", connection):
        found = rules._described([{"Name": "tag-key", "Values": [mark]}])
    return [rules._rule(each) for each in found]


def torn_down(account: Account) -> tuple[RunReport, dict[str, list[str]]]:
    """Asked in a fork: a teardown that asks for the rules by that filter."""
    with mock.patch.object(sys.modules["private_connection.inventory"], "list_rules", by_tag_key):
        report = account.run("teardown", removal("create"))
    return report, account.snapshot.owned()


def with_tag_key(items: Any, filters: Any, fields: Mapping[str, Callable[[Any], object]]) -> list[Any]:
    """What `selected` would be, if every operation had that filter."""
    return selected(items, filters, {**fields, "tag-key": lambda each: list(backend("ec2", "us-east-1").tags[each.id])})


def torn_down_without_the_rule(account: Account) -> tuple[RunReport, dict[str, list[str]]]:
    with (
        mock.patch.object(gateway, "undocumented_filter", return_value=None),
        mock.patch.object(security_groups, "selected", with_tag_key),
    ):
        return torn_down(account)


@pytest.mark.parametrize("rule", ["in", "out"])
def test_the_rule_finds_a_look_by_a_filter_that_there_is_not(rule: str) -> None:
    account = ground("provisioned", "create")
    report, owned = account.ask(torn_down if rule == "in" else torn_down_without_the_rule)
    if rule == "in":
        assert (report.status, report.error) == ("FAILED", "AwsRejected")
        assert "The filter 'tag-key' is invalid" in (report.cause or "")
        assert "endpointService" in owned, "no teardown would ever begin"
    else:
        assert (report.status, report.cause, owned) == ("SUCCEEDED", None, {})
