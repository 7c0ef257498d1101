"""A later run that fails takes back what it did to roles, and nothing else of them.

What it found stays as it was, to the letter: the policy that an earlier run wrote, the trust that somebody edited, the
marks of the connections. The first run's policy is narrow and the later one's wide, so that the later one changes it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from os import getpid
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.scenarios.forks import Holder
from tests.before_forks import prepare, warmed
from tests.faults.grounds import ADOPT, GROUNDS, removal
from tests.faults.test_roles import own_role
from tests.faults.test_shared import request, run
from tests.faults.trials import SETTINGS, things

Json = dict[str, Any]
FAILING: Final = Fault(function="compose_handoff", error="Timeout", times=9)
"""The last step before READY: all else is done."""
NARROW: Final[Json] = {**ADOPT, "accessPolicy": "scoped"}
POLICY: Final = "private-connection-us-east-1-orders"
ANOTHERS: Final = "workspace-9"
KINDS: Final = ("role", "rolePolicy", "tag role")
Change = Callable[[Account], None]


def of_roles() -> set[str]:
    """Every role with its facts, tags and policies."""
    return {each for each in things() if each.startswith(KINDS)}


def as_it_is(account: Account) -> None:
    """The account as the first run left it."""


def trust_edited(account: Account) -> None:
    trust = boto3.client("iam").get_role(RoleName=own_role(account))["Role"]["AssumeRolePolicyDocument"]
    edited = json.dumps(trust).replace(ADOPT["workspaceId"], ANOTHERS)
    boto3.client("iam").update_assume_role_policy(RoleName=own_role(account), PolicyDocument=edited)


def policy_deleted(account: Account) -> None:
    boto3.client("iam").delete_role_policy(RoleName=own_role(account), PolicyName=POLICY)


def role_deleted(account: Account) -> None:
    """Its policy was deleted before."""
    boto3.client("iam").delete_role(RoleName=own_role(account))


def used_by_another(account: Account) -> None:
    run(account, "provision", request(ADOPT, "another"))


TRIALS: Final[dict[str, tuple[str, list[tuple[Change, Json]]]]] = {
    "a role of ours": (
        "roleless",
        [(as_it_is, {"workspaceId": ANOTHERS}), (trust_edited, {}), (policy_deleted, {}), (role_deleted, {})],
    ),
    "a role of ours that is shared": ("roleless", [(used_by_another, {}), (policy_deleted, {})]),
    "roles of the user's": (
        "blank",
        [(as_it_is, {}), (as_it_is, {"workspaceId": "another-workspace", "role": {"name": "others"}})],
    ),
}
"""A ground; and what happens one after the other, before each of the later runs, and what that asks for."""


@cache
def connected(there: str, asking: int) -> "Holder[Account]":
    """The account after the first run, in a process that lives as long as this one."""
    del asking  # a worker inherits its parent's cache, and must not use its parent's pipes
    warmed()
    return Holder(partial(_narrow, there))


@contextmanager
def _narrow(there: str) -> Iterator[Account]:
    with GROUNDS[there]("adopt") as account:
        prepare(account)
        run(account, "provision", NARROW)
        yield account


def undone(account: Account, changes: list[tuple[Change, Json]]) -> None:
    """Asked in a fork."""
    for change, changed in changes:
        change(account)
        before = of_roles()
        failed = account.run("provision", {**ADOPT, **changed}, faults=[FAILING])
        assert (failed.status, failed.error) == ("FAILED", "StepTimedOut"), (change, changed)
        assert of_roles() == before, (change, changed)


@pytest.mark.parametrize("trial", TRIALS)
def test_roles_are_as_they_were_before_a_later_run_that_failed(trial: str) -> None:
    there, changes = TRIALS[trial]
    connected(there, getpid()).ask(undone, changes)


def test_beside_what_a_first_run_kept_a_later_one_takes_back_role_policy_rules_and_services(roleless: Account) -> None:
    """The first run kept what it had made when it failed of its role. So the later one makes all the rest."""
    denied = Fault(operation="iam:CreateRole", error="AccessDenied", times=90)
    kept = roleless.run("provision", {**ADOPT, "onFailure": "keep"}, faults=[denied])
    assert (kept.status, kept.error) == ("FAILED", "AwsRejected")
    before = things()
    failed = roleless.run("provision", ADOPT, faults=[FAILING])
    assert (failed.status, failed.error) == ("FAILED", "StepTimedOut")
    added = {each for each in things() - before if each.split()[0] not in SETTINGS}
    assert (added, before - things()) == (set(), set())
    assert {each.split()[0] for each in before} >= {"loadBalancer"}
    assert not {"role", "rolePolicy", "securityGroupRule", "endpointService"} & {*roleless.snapshot.owned()}
    run(roleless, "provision", ADOPT)
    run(roleless, "teardown", removal("adopt"))
    assert (roleless.snapshot.owned(), roleless.snapshot.foreign_changes()) == ({}, [])


def allowed(role: str) -> tuple[list[Any], str]:
    """The actions of the connection's policy on a role, and its trust."""
    iam = boto3.client("iam")
    statements: Any = iam.get_role_policy(RoleName=role, PolicyName=POLICY)["PolicyDocument"]
    return [each["Action"] for each in statements["Statement"]], json.dumps(
        iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    )


def extended(account: Account, ours: bool) -> tuple[list[str], list[Any], list[Any], str]:
    """Asked in a fork: a wide policy is asked for. The findings, the actions before and after, and the trust."""
    role = own_role(account) if ours else "team"
    narrow, _ = allowed(role)
    if ours:
        trust_edited(account)
    findings = run(account, "provision", ADOPT).output["findings"]
    return findings, narrow, *allowed(role)


@pytest.mark.parametrize(
    ("there", "ours"), [("roleless", True), ("blank", False)], ids=["a role of ours", "a role of the user's"]
)
def test_once_a_later_run_is_ready_a_role_allows_exactly_what_that_asks_for(there: str, ours: bool) -> None:
    """Ours had been given to another workspace by hand, which is no trust that the request asks for."""
    findings, narrow, wide, trust = connected(there, getpid()).ask(extended, ours)
    assert findings == []
    assert (len(narrow), len(wide)) == (3, 2)
    assert (ADOPT["workspaceId"] in trust, ANOTHERS in trust) == (True, False)
