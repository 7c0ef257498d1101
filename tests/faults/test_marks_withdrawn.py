"""What has lost one of our two marks is not ours: a withdrawal leaves it as it is, and names it where it is in the way.

The request is for another cluster and another workspace, so that all that the first run made is surplus. With its mark
again, the thing goes with the next run.
"""

from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from tests.draws import drawn
from tests.faults.drifts import CONNECTION, END, FIRST, GREEN, MOVED, ONLY_GREEN, balancer, drifted, has, service
from tests.faults.grounds import Json

MARKS: Final = ("connection", "maker")
ELSE: Final = {"connection": "private-connection", "maker": "private-connection/created-by"}
KEYS: Final = {
    "role": {**ELSE, "connection": "private-connection/workspace"},
    "securityGroupRule": {**ELSE, "connection": f"private-connection/for/{CONNECTION}"},
}
"""The marks of what several connections share."""
REQUEST: Final[Json] = {**FIRST, **GREEN, **MOVED}
STAYING: Final = {
    "endpointService": {"endpointService", "loadBalancer", "targetGroup"},
    "loadBalancer": {"loadBalancer", "targetGroup"},
    "targetGroup": {"targetGroup"},
    "securityGroupRule": {"securityGroupRule"},
    "role": {"role"},
}
"""The thing, and what hangs on it."""
UNNAMED: Final = (
    ("targetGroup", "connection"),
    ("targetGroup", "maker"),
    ("securityGroupRule", "connection"),
    ("role", "connection"),
    ("role", "maker"),
)
"""What is not named, as it is in the way of nothing. A role is without rights by then: the policy on it was ours."""


def thing(account: Account, kind: str) -> tuple[str, str]:
    """The name of one that the first run made, and what AWS calls it."""
    found: Any = {
        "endpointService": lambda: service("orders-001"),
        "loadBalancer": lambda: balancer("orders-001"),
        "targetGroup": lambda: balancer("orders-001"),
        "securityGroupRule": lambda: account.snapshot.owned()["securityGroupRule"][0],
        "role": lambda: account.snapshot.owned()["role"][0],
    }[kind]()
    return found, str(inventory()[kind][found].get("arn", found))


def untag(kind: str, name: str, key: str) -> None:
    if kind in ("loadBalancer", "targetGroup"):
        boto3.client("elbv2").remove_tags(ResourceArns=[name], TagKeys=[key])
    elif kind == "role":
        boto3.client("iam").untag_role(RoleName=name, TagKeys=[key])
    else:
        boto3.client("ec2").delete_tags(Resources=[name], Tags=[{"Key": key}])


def tag(kind: str, name: str, key: str, value: str) -> None:
    tags: Any = [{"Key": key, "Value": value}]
    if kind in ("loadBalancer", "targetGroup"):
        boto3.client("elbv2").add_tags(ResourceArns=[name], Tags=tags)
    elif kind == "role":
        boto3.client("iam").tag_role(RoleName=name, Tags=tags)
    else:
        boto3.client("ec2").create_tags(Resources=[name], Tags=tags)


def facts(kind: str, name: str) -> Json:
    """The thing with its tags."""
    found = inventory()
    tags = {each: value for each, value in found["tag"].items() if each.startswith(f"{kind}/{name}/")}
    return {"facts": found[kind].get(name), **tags}


@dataclass(frozen=True)
class Withdrawn:
    """What became of the thing, and of all else that was surplus."""

    status: str
    same: bool
    left: set[str]
    """The kinds of what the first run made and is there still."""
    named: bool
    foreign: list[str]
    afterwards: Json
    """What is there after the next run, to which it has its mark again."""


def lacking(account: Account, kind: str, mark: str) -> Withdrawn:
    """Asked in a fork."""
    key = KEYS.get(kind, ELSE)[mark]
    name, called = thing(account, kind)
    value = str(inventory()["tag"][f"{kind}/{name}/{key}"]["value"])
    untag(kind, called, key)
    before, there = (
        facts(kind, name),
        {(each, one) for each, found in account.snapshot.owned().items() for one in found},
    )
    report = account.run("provision", REQUEST)
    same, after = facts(kind, name) == before, account.snapshot.owned()
    told = [each["message"] for each in report.output["findings"] if each["code"] == "SURPLUS_LEFT"]
    left = {each for each, found in after.items() if each in STAYING and any((each, one) in there for one in found)}
    tag(kind, called, key, value)
    account.run("provision", REQUEST)
    foreign = account.snapshot.foreign_changes()
    return Withdrawn(report.status, same, left, name in "".join(told), foreign, has(account))


@pytest.mark.parametrize(
    ("kind", "mark"), drawn([(kind, mark) for kind in STAYING for mark in MARKS], "marks withdrawn", 10)
)
def test_a_withdrawal_leaves_what_has_lost_a_mark_and_what_hangs_on_it(kind: str, mark: str) -> None:
    expected = {**END, **ONLY_GREEN, "roles": {"own": "workspace-2 documented"}}
    named = (kind, mark) not in UNNAMED
    assert drifted(FIRST).ask(lacking, kind, mark) == Withdrawn("SUCCEEDED", True, STAYING[kind], named, [], expected)
