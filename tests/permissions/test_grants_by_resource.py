"""Grants are judged by resource while scenarios run: that shows a run which writes to a role that it may not extend.

The fault is put back into the functions, and then the rule is taken out of the sandbox, which no longer sees it.
"""

import io
from pathlib import Path
from typing import Any

import pytest

from sandbox.account import TEMPLATE, Account
from sandbox.authorization.policies import Policies, Verdict
from sandbox.runs import RunReport
from sandbox.scenarios import recording
from sandbox.world import World
from tests.permissions.vendors_role import REQUEST, ROLE, WORLD, writing_to_every_role


@pytest.fixture(autouse=True)
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a faulty function calls is not to be judged by `make lint`."""
    for each in recording.RECORDERS:
        monkeypatch.setattr(each, "scenario", "")


def provision(*, faulty: bool, monkeypatch: pytest.MonkeyPatch) -> RunReport:
    with Account(WORLD, seed=1, logs=io.StringIO()) as account:
        if faulty:
            account.load()
            writing_to_every_role(monkeypatch)
        return account.run("provision", REQUEST)


def test_a_role_that_allows_all_that_is_needed_serves_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    report = provision(faulty=False, monkeypatch=monkeypatch)
    assert (report.status, report.output["roleArn"].rpartition("/")[2]) == ("SUCCEEDED", ROLE)
    assert [each for each in report.api_calls if each.startswith(("iam:Put", "iam:Tag", "iam:Create"))] == []


def test_a_run_that_writes_to_it_all_the_same_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    report = provision(faulty=True, monkeypatch=monkeypatch)
    assert report.error == "AwsRejected"
    assert f"is not authorized to perform: iam:PutRolePolicy on resource: role {ROLE} because" in str(report.cause)


def test_without_the_rule_the_fault_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_name(self: Policies, action: str, *_: Any) -> Verdict:
        return Verdict.ALLOWED if any(each.covers(action) for each in self._statements) else Verdict.NOT_ALLOWED

    monkeypatch.setattr(Policies, "judge", by_name)
    assert provision(faulty=True, monkeypatch=monkeypatch).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("function", "action"),
    [
        ("EnsureLoadBalancer", "ec2:GetSecurityGroupsForVpc"),
        ("EnsureTargetGroup", "iam:CreateServiceLinkedRole"),
    ],
)
def test_what_a_service_asks_of_its_caller_is_missed_where_it_is_not_granted(
    function: str, action: str, tmp_path: Path
) -> None:
    """The folders of the code are found from the template's own, so that it stands in a folder like the true one."""
    head, found, tail = TEMPLATE.read_text().partition(f"\n  {function}:\n")
    assert found
    assert action in tail
    for folder in ("functions", "layers", "statemachine"):
        (tmp_path / folder).symlink_to(TEMPLATE.parent.absolute() / folder)
    faulty = tmp_path / "template.yaml"
    faulty.write_text(head + found + tail.replace(action, "ec2:DescribeVpcs", 1))
    world = World.model_validate({"clusters": [{"id": "orders", "tls": True, "securityGroups": ["sg-cache"]}]})
    with Account(world, seed=1, template=faulty, logs=io.StringIO()) as account:
        report = account.run("provision", {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}})
    assert report.error == "AwsRejected"
    assert f"is not authorized to perform: {action} on resource: " in str(report.cause)
