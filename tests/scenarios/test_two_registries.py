"""Two deployments in one account and Region: what one does leaves alone what the other has made.

What tells one from the other is its registry; all else that runs see is in the account, which both share. So the
sandbox, which holds one deployment, is given the items of the one or of the other. What has a name in the template is
told apart by `tests/template/test_two_stacks.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3

from sandbox.account import Account
from sandbox.audit import inventory
from tests.faults.grounds import ADOPT, ground
from tests.scenarios.playing import SUCCEEDED, summary

Items = list[dict[str, Any]]
Facts = dict[str, Any]
CARTS: Final[dict[str, Any]] = {**ADOPT, "connection": "carts"}
"""Of the other deployment, with the workspace, and so the role, and the cluster of the first one's connection."""
CHANGED: Final = {**ADOPT, "accessPolicy": "scoped", "zones": "all", "tags": {"team": "payments"}}
USE: Final = "/private-connection/for/carts"


def exchanged(items: Items) -> Items:
    """Puts these items into the registry, in the place of those that it has."""
    dynamodb = boto3.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    former: Any = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    for each in former:
        dynamodb.delete_item(TableName=table, Key={"connection": each["connection"]})
    for each in items:
        dynamodb.put_item(TableName=table, Item=each)
    return list(former)


class Other:
    """The deployment whose turn it is not."""

    def __init__(self) -> None:
        self.items: Items = []

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """The other deployment works within the context."""
        self.items = exchanged(self.items)
        yield
        self.items = exchanged(self.items)


def made_for(connection: str) -> Facts:
    """What carries the connection's mark, with its facts and all its tags."""
    found = inventory()
    of_it = (name for name, each in found["tag"].items() if each["value"] == connection)
    marked = {name.removesuffix("/private-connection") for name in of_it if name.endswith("/private-connection")}
    things = {f"{kind}/{name}": facts for kind, each in found.items() if kind != "tag" for name, facts in each.items()}
    tags = {name: each for name, each in found["tag"].items() if any(name.startswith(f"{one}/") for one in marked)}
    return {name: facts for name, facts in things.items() if name in marked} | tags


def changes(before: Facts, after: Facts) -> set[str]:
    """The names of what is not as it was, but for the mark of use on a rule that both connections use."""
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return {name for name in names if not name.endswith(USE)}


def drift(account: Account) -> list[Any]:
    """What a sweep finds of the connection that its deployment has, with a close look at its nodes."""
    report = account.run("reconcile", {})
    assert (summary(report), report.output["connections"]) == (SUCCEEDED, 1)
    assert report.output["lookedAt"] > 0
    return [*report.output["drifted"], *report.output["unreadable"]]


def side_by_side(account: Account) -> list[Any]:
    """What a sweep of the one finds after each step of the other, and what that changed of what the one has made."""
    other, told = Other(), list[Any]()
    orders = made_for("orders")
    with other.in_turn():
        assert summary(account.run("provision", CARTS)) == SUCCEEDED
    told += [drift(account), changes(orders, made_for("orders"))]
    carts = made_for("carts")
    assert summary(account.run("provision", CHANGED)) == SUCCEEDED
    told.append(changes(carts, made_for("carts")))
    with other.in_turn():
        told.append(drift(account))
    orders = made_for("orders")
    with other.in_turn():
        assert summary(account.run("teardown", {"connection": "carts"})) == SUCCEEDED
    return [*told, drift(account), changes(orders, made_for("orders")), made_for("carts"), len(orders) > 10]


def test_what_one_deployment_does_leaves_alone_what_the_other_has_made() -> None:
    assert ground("provisioned", "adopt").ask(side_by_side) == [[], set(), set(), [], [], set(), {}, True]
