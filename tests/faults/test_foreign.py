"""What is not ours survives. Every world of these tests is full of other people's things, and every trial says that
nothing of them changed; here are the things that stand in the way by having our names."""

import json
from itertools import product
from operator import itemgetter
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from sandbox.services.common import backend
from sandbox.world import World, offerings
from tests.draws import SOAKING, crossed
from tests.faults.grounds import CREATE, READING, ground, removal
from tests.faults.observation import observed


def taken(mode: str, kind: str) -> str:
    """The name that a run gives its first thing of a kind."""
    return observed("provision", mode).owned[kind][0]


def of_somebody(kind: str, name: str, tags: dict[str, str]) -> World:
    """A world's load balancer or target group."""
    if kind == "targetGroup":
        return World.model_validate({"targetGroups": [{"name": name, "tags": tags}]})
    return World.model_validate({"loadBalancers": [{"name": name, "subnets": ["subnet-b"], "tags": tags}]})


def in_the_way(account: Account, laid: World) -> tuple[list[RunReport], dict[str, list[str]], list[str]]:
    """Asked in a fork: a run and its teardown where somebody else's thing has our name."""
    with account.snapshot.expecting():
        offerings.lay(laid, account.conditions)
    reports = [account.run("provision", CREATE), account.run("teardown", removal("create"))]
    return reports, account.snapshot.owned(), account.snapshot.foreign_changes()


TAGS: Final = {
    "untagged": {},
    "another connection's": {"private-connection": "another", "private-connection/created-by": "run-12345678"},
    "without a maker": {"private-connection": "redis-demo"},
    "without a connection": {"private-connection/created-by": "run-12345678"},
}
THINGS: Final = list(product(("loadBalancer", "targetGroup"), TAGS))
CHOSEN: Final = THINGS if SOAKING else crossed(THINGS, "our names", [itemgetter(0), itemgetter(1)], 1)
"""Each kind and each of these tags, and in `make soak` each with each."""


@pytest.mark.parametrize(("kind", "tagged"), CHOSEN)
def test_a_thing_with_our_name_and_not_our_tags_is_not_ours(kind: str, tagged: str) -> None:
    name = taken("create", kind)
    (report, torn_down), owned, changes = ground("blank", "create").ask(
        in_the_way, of_somebody(kind, name, TAGS[tagged])
    )
    assert (report.status, report.error) == ("FAILED", "NotOurs")
    assert name in (report.cause or "")
    assert (torn_down.status, torn_down.output["removed"]["counts"]) == ("SUCCEEDED", {}), "it is registered as FAILED"
    assert (owned, changes) == ({}, [])


def test_our_rule_is_revoked_and_one_that_was_there_before_is_not() -> None:
    owned = observed("provision", "adopt").owned
    assert len(owned["securityGroupRule"]) == 1, "the load balancer's subnet; somebody's own rule lets in another one"
    assert "ec2:RevokeSecurityGroupIngress" in observed("teardown", "adopt").operations
    assert observed("teardown", "adopt").owned == {}


def emptied(account: Account) -> tuple[dict[str, list[str]], list[str], set[str]]:
    before = {name for kind in inventory().values() for name in kind}
    account.run("teardown", removal("adopt"))
    after = {name for kind in inventory().values() for name in kind}
    return account.snapshot.owned(), account.snapshot.foreign_changes(), before - after


def test_an_adopted_cluster_and_the_role_that_was_there_are_left_as_they_were() -> None:
    owned, changes, gone = ground("provisioned", "adopt").ask(emptied)
    assert (owned, changes) == ({}, [])
    assert "team/private-connection-us-east-1-orders" in gone
    assert not {"team", "team/reading", "orders", "orders-subnets", "sg-cache"} & gone


def test_a_role_of_ours_that_somebody_put_a_policy_on_stays_with_it(ready: Account) -> None:
    (role,) = ready.snapshot.owned()["role"]
    iam = backend("iam", "")
    iam.put_role_policy(role, "theirs", json.dumps(READING))
    report = ready.run("teardown", removal("create"))
    assert report.status == "SUCCEEDED"
    assert ready.snapshot.owned() == {"role": [role], "rolePolicy": [f"{role}/theirs"]}
    assert [each["name"] for each in report.output["kept"]] == [role]
    assert "theirs" in report.output["kept"][0]["why"]
