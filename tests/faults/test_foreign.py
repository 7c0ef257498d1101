"""What is not ours survives. Every world of these tests is full of other people's things, and every trial says that
nothing of them changed; here are the things that stand in the way by having our names."""

import json
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.services.common import backend
from tests.faults.grounds import CREATE, OTHERS, READING, ground, opened, removal, world
from tests.faults.observation import observed


def taken(mode: str, kind: str) -> str:
    """The name that a run gives its first thing of a kind."""
    return observed("provision", mode).owned[kind][0]


def with_our_names(kind: str) -> dict[str, Any]:
    """A world's keys, with somebody else's load balancer or target group that has our name."""
    name = taken("create", kind)
    if kind == "targetGroup":
        return {"targetGroups": [*OTHERS["targetGroups"], {"name": name}]}
    return {"loadBalancers": [*OTHERS["loadBalancers"], {"name": name, "subnets": ["subnet-b"]}]}


@pytest.mark.parametrize("kind", ["loadBalancer", "targetGroup"])
@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"private-connection": "another", "private-connection/created-by": "run-12345678"},
        {"private-connection": "redis-demo"},
        {"private-connection/created-by": "run-12345678"},
    ],
    ids=["untagged", "another connection's", "without a maker", "without a connection"],
)
def test_a_thing_with_our_name_and_not_our_tags_is_not_ours(kind: str, tags: dict[str, str]) -> None:
    changed = with_our_names(kind)
    for each in changed.values():
        each[-1]["tags"] = tags
    with opened(world("create", **changed)) as account:
        report = account.run("provision", CREATE)
        torn_down = account.run("teardown", removal("create"))
        assert (report.status, report.error) == ("FAILED", "NotOurs")
        assert taken("create", kind) in (report.cause or "")
        assert (torn_down.status, torn_down.output["removed"]["counts"]) == ("SUCCEEDED", {}), (
            "it is registered as FAILED"
        )
        assert (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])


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
